-- Jobs that can be paused, adjusted while they run, and continued from what they stored.

-- 1. What there is to remember.

-- pausing is the request that a running job still has to obey. Like the others these columns are in no index that a claim
-- touches: rows stay on their pages.
ALTER TABLE quern.job
  ADD COLUMN pausing boolean NOT NULL DEFAULT false,
  ADD COLUMN paused_from quern.job_state,
  ADD COLUMN checkpoint_step bigint,
  ADD COLUMN checkpoint_attempt int,
  ADD CONSTRAINT job_pausing_check CHECK (NOT pausing OR state = 'running'),
  ADD CONSTRAINT job_paused_from_check CHECK ((paused_from IS NOT NULL) = (state = 'paused'));

COMMENT ON TABLE quern.job IS
  'Unfinished jobs. attempt is the fencing token; failures count against max_attempts; losses are losses in a row. checkpoint_step is the highest step stored, by checkpoint_attempt.';

-- Paused jobs are not due however long ago their run_at was: a claim does not walk over them.
DROP INDEX quern.job_due;

CREATE INDEX job_due ON quern.job (run_at) WHERE parked AND paused_from IS NULL;

ALTER TABLE quern.worker ADD COLUMN training jsonb NOT NULL DEFAULT '{}';

COMMENT ON COLUMN quern.worker.training IS 'By job: the numbers of training that the last heartbeat told.';

ALTER TABLE quern.parameter ADD COLUMN adjustable boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN quern.parameter.adjustable IS 'Whether quern.adjust may change it while the job is unfinished.';

CREATE TABLE quern.adjustment (
  job          bigint NOT NULL,
  seq          int NOT NULL CHECK (seq > 0),
  changes      jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'object'),
  by           text NOT NULL,
  at           timestamptz NOT NULL DEFAULT now(),
  applied_step bigint CHECK (applied_step >= 0),
  applied_at   timestamptz,
  PRIMARY KEY (job, seq)
);

COMMENT ON TABLE quern.adjustment IS
  'Changes of parameters of an unfinished job, in order. applied_step is how many steps were done when one came into force: whoever continues from before replays it there.';

CREATE INDEX adjustment_open ON quern.adjustment (job) WHERE applied_step IS NULL;

-- Checkpoints hold private data: their bytes are the job's own rows, which no blob of a model shares.
CREATE TABLE quern.checkpoint (
  job          bigint NOT NULL,
  step         bigint NOT NULL CHECK (step >= 0),
  attempt      int NOT NULL,
  kernel_level text NOT NULL,
  metric       double precision,
  progress     real,
  training     jsonb NOT NULL DEFAULT '{}',
  detail       jsonb NOT NULL DEFAULT '{}',
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (job, step)
);

COMMENT ON TABLE quern.checkpoint IS 'What attempts stored of unfinished, failed and cancelled jobs; the youngest is where the next attempt continues.';

CREATE TABLE quern.checkpoint_file (
  job    bigint NOT NULL,
  step   bigint NOT NULL,
  path   text NOT NULL CHECK (path ~ '^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$' AND path !~ '[.][.]'),
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size   bigint NOT NULL CHECK (size >= 0),
  PRIMARY KEY (job, step, path),
  FOREIGN KEY (job, step) REFERENCES quern.checkpoint (job, step) ON DELETE CASCADE
);

CREATE TABLE quern.checkpoint_chunk (
  job    bigint NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  index  int NOT NULL CHECK (index >= 0),
  size   bigint NOT NULL CHECK (size >= 0),
  bytes  bytea NOT NULL,
  PRIMARY KEY (job, sha256, index)
) WITH (
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_cost_delay = 0,
  toast.autovacuum_vacuum_scale_factor = 0.02,
  toast.autovacuum_vacuum_cost_delay = 0
);

COMMENT ON TABLE quern.checkpoint_chunk IS
  'The files of a job''s checkpoints by their SHA-256, in chunks; size is that of the whole file. Whoever reads one checks its hash.';

-- Optimiser state does not compress.
ALTER TABLE quern.checkpoint_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- 2. Transitions: a job that is pausing becomes paused wherever it would go back to the queue, and an attempt that stored
--    a checkpoint counts neither as failure nor as loss.

CREATE OR REPLACE FUNCTION quern.finish(
  jobs bigint[], attempts int[], worker text, state quern.job_state, outcome text,
  results jsonb[] DEFAULT '{}', usages jsonb[] DEFAULT '{}', errors jsonb[] DEFAULT '{}', reason text DEFAULT NULL)
RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  finished bigint[];
  stored bigint[];
  waited bigint;
BEGIN
  PERFORM quern.need_today();
  WITH
  -- 1. The rows leave the hot table. A concurrent transition of the same row is waited for, and wins.
  over AS (
    DELETE FROM quern.job AS j
    USING unnest(finish.jobs, finish.attempts, finish.results, finish.usages, finish.errors) AS g(id, attempt, result, usage, error)
    WHERE j.id = g.id
      AND j.attempt = g.attempt
      AND (finish.worker IS NULL OR j.worker = finish.worker)
    RETURNING j.*, g.result AS new_result, g.usage AS new_usage, g.error AS new_error
  ),
  -- 2. They arrive in the table of the day.
  archived AS (
    INSERT INTO quern.finished_job (id, created_at, run_at, started_at, expires_at, finished_at, priority, attempt, failures,
      losses, max_attempts, state, kind, queue, submitter, worker, model, tenant, subject, reason, timeout, metadata, error,
      parameters, result, usage)
    SELECT o.id, o.created_at, o.run_at, o.started_at, o.expires_at, now(), o.priority, o.attempt,
      o.failures + (finish.outcome IS NOT DISTINCT FROM 'failed')::int,
      o.losses + (finish.outcome IS NOT DISTINCT FROM 'lost')::int, o.max_attempts,
      finish.state, o.kind, o.queue, o.submitter, o.worker, o.model, o.tenant, o.subject, finish.reason, o.timeout, o.metadata, o.new_error,
      o.parameters, o.new_result, o.new_usage
    FROM over AS o
  ),
  -- 3. A running attempt is over.
  ended AS (
    INSERT INTO quern.attempt (job, attempt, worker, started_at, ended_at, outcome, error)
    SELECT o.id, o.attempt, o.worker, o.started_at, now(), finish.outcome, o.new_error
    FROM over AS o
    WHERE o.state = 'running'
  ),
  -- 4. One event each.
  told AS (
    INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, code, seconds, data)
    SELECT o.id, o.attempt, o.state, finish.state, finish.state::text, o.kind, o.queue, o.model, o.worker,
      o.new_error ->> 'code', extract(epoch FROM now() - o.created_at),
      jsonb_strip_nulls(jsonb_build_object('usage', o.new_usage, 'reason', finish.reason))
    FROM over AS o
    ORDER BY o.id
  )
  SELECT coalesce(array_agg(o.id ORDER BY o.id), '{}'), array_agg(o.id) FILTER (WHERE o.checkpoint_step IS NOT NULL)
  INTO finished, stored
  FROM over AS o;
  -- 5. What succeeded has its result; what did not can be retried from its checkpoints. Their bytes are the sweep's: to
  --    delete gigabytes would hold up the worker.
  IF finish.state = 'succeeded' AND stored IS NOT NULL THEN
    DELETE FROM quern.checkpoint AS c
    WHERE c.job = ANY (stored);
  END IF;
  -- 6. Those who wait are told at commit.
  IF EXISTS (SELECT FROM quern.waiter) THEN
    FOR waited IN
      DELETE FROM quern.waiter AS w
      WHERE w.job = ANY (finished)
      RETURNING w.job
    LOOP
      PERFORM pg_notify('quern_finished', waited::text);
    END LOOP;
  END IF;
  RETURN finished;
END
$$;

CREATE OR REPLACE FUNCTION quern.give_back(
  jobs bigint[], attempts int[], worker text, type text, due timestamptz DEFAULT '-infinity', error jsonb DEFAULT NULL, reason text DEFAULT NULL)
RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  waits boolean := due > now();
  given bigint[];
  lane text;
BEGIN
  PERFORM quern.need_today();
  WITH
  -- 1. Fenced like quern.finish; the locked rows keep what the update hides.
  locked AS MATERIALIZED (
    SELECT j.id, j.worker, j.started_at, j.pausing, j.checkpoint_attempt IS NOT DISTINCT FROM j.attempt AS has_stored
    FROM unnest(give_back.jobs, give_back.attempts) AS g(id, attempt)
    JOIN quern.job AS j ON j.id = g.id AND j.attempt = g.attempt
    WHERE j.state = 'running'
      AND (give_back.worker IS NULL OR j.worker = give_back.worker)
    ORDER BY j.id
    FOR UPDATE OF j
  ),
  -- 2. Two losses in a row make a job run alone from then on; an attempt that ends by itself breaks the row.
  returned AS (
    UPDATE quern.job AS j
    SET state = CASE WHEN l.pausing THEN 'paused' WHEN waits THEN 'scheduled' ELSE 'queued' END::quern.job_state,
        parked = l.pausing OR waits,
        pausing = false,
        paused_from = CASE WHEN l.pausing THEN 'running'::quern.job_state END,
        run_at = CASE WHEN waits THEN give_back.due ELSE j.run_at END,
        worker = NULL,
        failures = j.failures + (give_back.type = 'retrying' AND NOT l.has_stored)::int,
        losses = CASE
          WHEN l.has_stored THEN j.losses
          WHEN give_back.type = 'lost' THEN j.losses + 1
          WHEN give_back.type = 'retrying' THEN CASE WHEN j.losses >= 2 THEN 2 ELSE 0 END
          ELSE j.losses END,
        error = coalesce(give_back.error, j.error),
        reason = CASE WHEN l.pausing AND give_back.type = 'released' THEN NULL ELSE give_back.reason END
    FROM locked AS l
    WHERE j.id = l.id
    RETURNING j.id, j.attempt, j.state, j.kind, j.queue, j.model, l.worker, l.started_at, l.pausing
  ),
  ended AS (
    INSERT INTO quern.attempt (job, attempt, worker, started_at, ended_at, outcome, error)
    SELECT r.id, r.attempt, r.worker, r.started_at, now(),
      CASE give_back.type WHEN 'retrying' THEN 'failed' ELSE give_back.type END, give_back.error
    FROM returned AS r
  ),
  told AS (
    INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, code, data)
    SELECT r.id, r.attempt, 'running', r.state, CASE WHEN r.pausing AND give_back.type = 'released' THEN 'paused' ELSE give_back.type END,
      r.kind, r.queue, r.model, r.worker, give_back.error ->> 'code',
      jsonb_strip_nulls(jsonb_build_object('reason', give_back.reason, 'run_at', CASE WHEN waits THEN give_back.due END))
    FROM returned AS r
    ORDER BY r.id
  )
  SELECT coalesce(array_agg(r.id ORDER BY r.id), '{}')
  INTO given
  FROM returned AS r;
  IF NOT waits THEN
    FOR lane IN SELECT DISTINCT j.queue FROM quern.job AS j WHERE j.id = ANY (given) AND j.state = 'queued'
    LOOP
      PERFORM quern.wake(lane);
    END LOOP;
  END IF;
  RETURN given;
END
$$;

CREATE OR REPLACE FUNCTION quern.fail_attempt(worker text, job bigint, attempt int, error jsonb, retryable boolean, retry_after interval)
RETURNS text
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  failed quern.job;
  has_stored boolean;
  pause interval;
BEGIN
  SELECT j.*
  INTO failed
  FROM quern.job AS j
  WHERE j.id = fail_attempt.job
    AND j.attempt = fail_attempt.attempt
    AND j.worker = fail_attempt.worker
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  has_stored := failed.checkpoint_attempt IS NOT DISTINCT FROM failed.attempt;
  IF NOT retryable OR (failed.failures + 1 >= failed.max_attempts AND NOT has_stored) THEN
    PERFORM quern.finish(ARRAY[failed.id], ARRAY[failed.attempt], worker, 'failed', 'failed', errors => ARRAY[error],
      reason => CASE WHEN retryable THEN format('failed %s times', failed.failures + 1) END);
    RETURN 'failed';
  END IF;
  -- 1, 2, 4, … 300 seconds, each between three quarters and five quarters of that, so that what failed together does not return together.
  pause := coalesce(retry_after, make_interval(secs => least(300, 2 ^ least(failed.failures, 20)) * (0.75 + random() / 2)));
  PERFORM quern.give_back(ARRAY[failed.id], ARRAY[failed.attempt], worker, 'retrying', now() + pause, error,
    CASE WHEN has_stored THEN format('continues from step %s', failed.checkpoint_step)
      ELSE format('failure %s of %s', failed.failures + 1, failed.max_attempts) END);
  RETURN (SELECT j.state FROM quern.job AS j WHERE j.id = failed.id);
END
$$;

CREATE OR REPLACE FUNCTION quern.catch_up(most int)
RETURNS jsonb
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  ids bigint[];
  recovered int := 0;
  expired int := 0;
  promoted int := 0;
BEGIN
  IF EXISTS (
    SELECT
    FROM quern.worker AS w
    WHERE (w.state = 'live' AND quern.lease_over(w.lease_until, w.lease))
      OR (w.state = 'lost' AND w.held <> '{}'))
  THEN
    recovered := quern.recover();
  END IF;
  ids := ARRAY(
    SELECT j.id
    FROM quern.job AS j
    WHERE j.expires_at <= now()
      AND j.state <> 'running'
    ORDER BY j.expires_at
    LIMIT most
    FOR UPDATE SKIP LOCKED);
  expired := quern.isolated('expire', ids);
  ids := ARRAY(
    SELECT j.id
    FROM quern.job AS j
    WHERE j.parked
      AND j.paused_from IS NULL
      AND j.run_at <= now()
      AND j.state = 'scheduled'
    ORDER BY j.run_at
    LIMIT most
    FOR UPDATE SKIP LOCKED);
  promoted := quern.isolated('promote', ids);
  RETURN jsonb_build_object('recovered', recovered, 'expired', expired, 'promoted', promoted);
END
$$;

-- 3. Pause, resume, adjust.

CREATE FUNCTION quern.refuse_control(id bigint, done text, rule text)
RETURNS void
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
BEGIN
  PERFORM quern.refuse('invalid_state', 'id', format('job %s is %s; %s', refuse_control.id,
    coalesce(refuse_control.done, quern.job_state(refuse_control.id)), refuse_control.rule));
END
$$;

CREATE FUNCTION quern.pause(id bigint)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  changed record;
BEGIN
  PERFORM quern.need_today();
  WITH
  locked AS MATERIALIZED (
    SELECT j.id, j.state
    FROM quern.job AS j
    WHERE j.id = pause.id
      AND j.state <> 'paused'
      AND NOT j.pausing
      AND (j.submitter = quern.caller() OR quern.is_operator())
    FOR UPDATE
  ),
  -- What waits is paused at once. What runs is asked to: its worker stores a checkpoint first.
  asked AS (
    UPDATE quern.job AS j
    SET state = CASE WHEN l.state = 'running' THEN 'running' ELSE 'paused' END::quern.job_state,
        parked = l.state <> 'running',
        pausing = l.state = 'running',
        paused_from = CASE WHEN l.state <> 'running' THEN l.state END,
        reason = CASE WHEN l.state = 'running' THEN 'pausing' END
    FROM locked AS l
    WHERE j.id = l.id
    RETURNING j.*, l.state AS before
  ),
  told AS (
    INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker)
    SELECT a.id, a.attempt, a.before, a.state, CASE WHEN a.pausing THEN 'pause_requested' ELSE 'paused' END, a.kind, a.queue, a.model, a.worker
    FROM asked AS a
  )
  SELECT a.state, a.worker
  INTO changed
  FROM asked AS a;
  IF NOT FOUND THEN
    PERFORM quern.refuse_control(pause.id,
      (SELECT 'pausing already' FROM quern.job AS j WHERE j.id = pause.id AND j.pausing AND (j.submitter = quern.caller() OR quern.is_operator())),
      'only an unfinished job that is not paused can be paused');
  END IF;
  PERFORM pg_notify('quern_control', changed.worker)
  WHERE changed.worker IS NOT NULL;
  RETURN changed.state;
END
$$;

COMMENT ON FUNCTION quern.pause IS
  'Pauses an unfinished job; returns the new state. A running one says running, with reason pausing, until its worker has stored a checkpoint and handed it back.';

CREATE FUNCTION quern.resume(id bigint)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  changed record;
BEGIN
  PERFORM quern.need_today();
  WITH
  locked AS MATERIALIZED (
    SELECT j.id, j.state, j.paused_from
    FROM quern.job AS j
    WHERE j.id = resume.id
      AND (j.state = 'paused' OR j.pausing)
      AND (j.submitter = quern.caller() OR quern.is_operator())
    FOR UPDATE
  ),
  -- A paused job goes where it would be by now; one that is still pausing just goes on.
  resumed AS (
    UPDATE quern.job AS j
    SET state = CASE
          WHEN l.state = 'running' THEN 'running'
          WHEN l.paused_from = 'blocked' THEN 'blocked'
          WHEN j.run_at > now() THEN 'scheduled'
          ELSE 'queued' END::quern.job_state,
        parked = l.state <> 'running' AND (l.paused_from = 'blocked' OR j.run_at > now()),
        pausing = false,
        paused_from = NULL,
        reason = NULL
    FROM locked AS l
    WHERE j.id = l.id
    RETURNING j.*, l.state AS before
  ),
  told AS (
    INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker)
    SELECT r.id, r.attempt, r.before, r.state, 'resumed', r.kind, r.queue, r.model, r.worker
    FROM resumed AS r
  )
  SELECT r.state, r.worker, r.queue
  INTO changed
  FROM resumed AS r;
  IF NOT FOUND THEN
    PERFORM quern.refuse_control(resume.id, NULL, 'only a paused job, or one that is pausing, can be resumed');
  END IF;
  PERFORM pg_notify('quern_control', changed.worker)
  WHERE changed.worker IS NOT NULL;
  IF changed.state = 'queued' THEN
    PERFORM quern.wake(changed.queue);
  END IF;
  RETURN changed.state;
END
$$;

COMMENT ON FUNCTION quern.resume IS
  'Lets a paused job go on from its checkpoint, or withdraws a pause that its worker has not obeyed yet; returns the new state.';

-- Events are read by operators and journals: what is in their data is a number, a truth value or a short identifier.
CREATE FUNCTION quern.is_plain(data jsonb)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
SET search_path = quern, pg_temp
AS $$
  SELECT CASE WHEN jsonb_typeof(data) = 'object' THEN (
    SELECT count(*) <= 64 AND coalesce(bool_and(m.key ~ '^[A-Za-z][A-Za-z0-9_]{0,63}$' AND CASE jsonb_typeof(m.value)
      WHEN 'string' THEN m.value #>> '{}' ~ '^[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}$'
      ELSE jsonb_typeof(m.value) IN ('number', 'boolean', 'null') END), true)
    FROM jsonb_each(data) AS m) ELSE false END
$$;

-- Raises what is wrong with changes that cannot be made to these parameters.
CREATE FUNCTION quern.refuse_changes(kind text, parameters jsonb, changes jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  names text[] := ARRAY(SELECT q.name FROM quern.parameter AS q WHERE q.kind = refuse_changes.kind AND q.adjustable ORDER BY q.name);
  wrong record;
BEGIN
  IF cardinality(names) = 0 THEN
    PERFORM quern.refuse('invalid_state', 'id',
      format('nothing of a job of kind "%s" can be adjusted; cancel it and submit another', refuse_changes.kind));
  END IF;
  IF jsonb_typeof(changes) IS DISTINCT FROM 'object' OR changes = '{}' THEN
    PERFORM quern.refuse('invalid_value', 'changes',
      format('changes must be a JSON object of parameters and their new values, not %s', CASE WHEN changes = '{}' THEN 'an empty one' ELSE quern.quoted(changes) END));
  END IF;
  SELECT k.name, q.name IS NOT NULL AS is_known
  INTO wrong
  FROM jsonb_object_keys(changes) AS k(name)
  LEFT JOIN quern.parameter AS q ON q.kind = refuse_changes.kind AND q.name = k.name
  WHERE k.name <> ALL (names)
  ORDER BY k.name
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse(CASE WHEN wrong.is_known THEN 'invalid_value' ELSE 'unknown_parameter' END,
      CASE WHEN quern.quoted(wrong.name) LIKE '"%' THEN wrong.name END,
      format('%s of the kind "%s" cannot be adjusted%s', quern.quoted(wrong.name), refuse_changes.kind,
        CASE WHEN wrong.is_known THEN '; these can: ' || array_to_string(names, ', ') ELSE quern.suggestion(wrong.name, names) END));
  END IF;
  FOR wrong IN
    SELECT q.name, q.schema, changes -> q.name AS value
    FROM quern.parameter AS q
    WHERE q.kind = refuse_changes.kind
      AND changes ? q.name
    ORDER BY q.name
  LOOP
    IF NOT quern.value_fits(wrong.schema, wrong.value) THEN
      PERFORM quern.refuse('invalid_value', wrong.name, format('"%s" must be %s', wrong.name, quern.schema_words(wrong.schema))
        || CASE WHEN wrong.schema ? 'description' THEN '' ELSE ', not ' || quern.quoted(wrong.value) END);
    END IF;
  END LOOP;
  -- Rules between parameters hold for what comes of it.
  PERFORM quern.refuse_parameters(refuse_changes.kind, parameters || changes)
  WHERE quern.parameters_fit(refuse_changes.kind, parameters)
    AND NOT quern.parameters_fit(refuse_changes.kind, parameters || changes);
END
$$;

CREATE FUNCTION quern.adjust(id bigint, changes jsonb)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_job quern.job;
  accepted jsonb;
  effective jsonb;
BEGIN
  -- 1. The job, unfinished: who comes second here waits, and sees what the first one changed.
  SELECT j.*
  INTO found_job
  FROM quern.job AS j
  WHERE j.id = adjust.id
    AND (j.submitter = quern.caller() OR quern.is_operator())
  FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM quern.refuse_control(adjust.id, NULL, 'only an unfinished job can be adjusted');
  END IF;
  -- 2. Refuse, or know what to store: the changes on top of those before them.
  accepted := quern.canonical_names(found_job.kind, adjust.changes);
  effective := found_job.parameters;
  SELECT found_job.parameters || coalesce(jsonb_object_agg(m.key, m.value ORDER BY a.seq), '{}')
  INTO effective
  FROM quern.adjustment AS a
  CROSS JOIN jsonb_each(a.changes) AS m
  WHERE a.job = found_job.id;
  PERFORM quern.refuse_changes(found_job.kind, effective, accepted);
  -- 3. The adjustment and its event. The worker fetches it with a heartbeat, another attempt at its start.
  PERFORM quern.need_today();
  WITH added AS (
    INSERT INTO quern.adjustment AS a (job, seq, changes, by)
    SELECT found_job.id, coalesce(max(o.seq), 0) + 1, accepted, quern.caller()
    FROM quern.adjustment AS o
    WHERE o.job = found_job.id
    RETURNING a.seq
  )
  INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, data)
  SELECT found_job.id, found_job.attempt, found_job.state, found_job.state, 'hyperparameter_changed', found_job.kind, found_job.queue,
    found_job.model, found_job.worker, CASE WHEN quern.is_plain(accepted) THEN accepted ELSE '{}' END || jsonb_build_object('seq', a.seq)
  FROM added AS a;
  PERFORM pg_notify('quern_control', found_job.worker)
  WHERE found_job.worker IS NOT NULL;
  RETURN found_job.state;
END
$$;

COMMENT ON FUNCTION quern.adjust IS
  'Changes parameters of an unfinished job while it runs, from its next step on: quern.adjust(id, ''{"learning_rate": 1e-4}''). quern.parameter says which can be; returns the state of the job.';

CREATE OR REPLACE FUNCTION quern.retry(id bigint)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  lane text;
  found_state text;
BEGIN
  PERFORM quern.need_today();
  WITH
  -- 1. Out of the archive: failures and losses start again, the attempt goes on, a ttl gets its length again, and what
  --    attempts stored is where the next one continues.
  again AS (
    DELETE FROM quern.finished_job AS f
    WHERE f.id = retry.id
      AND f.state IN ('failed', 'cancelled', 'expired')
      AND (f.submitter = quern.caller() OR quern.is_operator())
    RETURNING f.*
  ),
  returned AS (
    INSERT INTO quern.job AS j (id, created_at, run_at, started_at, expires_at, priority, attempt, max_attempts, state, parked, kind, queue,
      submitter, model, tenant, subject, timeout, metadata, parameters, checkpoint_step, checkpoint_attempt)
    SELECT a.id, a.created_at, now(), a.started_at, now() + (a.expires_at - a.created_at), a.priority, a.attempt, a.max_attempts,
      'queued', false, a.kind, a.queue, a.submitter, a.model, a.tenant, a.subject, a.timeout, a.metadata, a.parameters,
      (SELECT max(c.step) FROM quern.checkpoint AS c WHERE c.job = a.id),
      (SELECT max(c.attempt) FROM quern.checkpoint AS c WHERE c.job = a.id)
    FROM again AS a
    RETURNING j.queue
  ),
  -- 2. The event.
  told AS (
    INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model)
    SELECT a.id, a.attempt, a.state, 'queued', 'retried', a.kind, a.queue, a.model
    FROM again AS a
  )
  SELECT r.queue
  INTO lane
  FROM returned AS r;
  IF NOT FOUND THEN
    found_state := quern.job_state(retry.id);
    PERFORM quern.refuse('invalid_state', 'id',
      format('job %s is %s; only a failed, cancelled or expired job can be retried', retry.id, found_state));
  END IF;
  PERFORM quern.wake(lane);
  RETURN 'queued';
END
$$;

-- 4. What workers call.

-- A function with another parameter is another function.
DROP FUNCTION quern.heartbeat(text, bigint[], int[], real[], boolean, jsonb);

CREATE FUNCTION quern.heartbeat(
  worker text, jobs bigint[], attempts int[], progress real[], idle boolean DEFAULT false, status jsonb DEFAULT '{}',
  training jsonb DEFAULT '{}')
RETURNS TABLE (job bigint, attempt int, command text, data jsonb)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  me quern.worker;
  stray bigint[];
  stray_attempts int[];
BEGIN
  SELECT w.*
  INTO me
  FROM quern.worker AS w
  WHERE w.id = heartbeat.worker
    AND w.state = 'live'
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT NULL::bigint, NULL::int, 'register', NULL::jsonb;
    RETURN;
  END IF;
  -- 1. An attempt that was claimed a lease ago and is not reported never reached the worker: its claim's answer was lost.
  SELECT array_agg(j.id), array_agg(j.attempt)
  INTO stray, stray_attempts
  FROM quern.job AS j
  WHERE j.id = ANY (me.held)
    AND j.id <> ALL (coalesce(heartbeat.jobs, '{}'))
    AND j.worker = me.id
    AND j.started_at < now() - me.lease;
  IF stray IS NOT NULL THEN
    PERFORM quern.give_back(stray, stray_attempts, me.id, 'released', reason => 'unacknowledged');
  END IF;
  -- 2. The renewal.
  UPDATE quern.worker AS w
  SET lease_until = clock_timestamp() + w.lease,
      heartbeat_at = clock_timestamp(),
      held = quern.held_jobs(me.id, me.held),
      reported = coalesce(heartbeat.jobs, '{}'),
      progress = coalesce(heartbeat.progress, '{}'),
      idle = coalesce(heartbeat.idle, false),
      status = coalesce(heartbeat.status, '{}'),
      training = coalesce(heartbeat.training, '{}')
  WHERE w.id = me.id;
  -- 3. What the worker should know: said again with each heartbeat until it is done.
  RETURN QUERY
  SELECT g.id, g.attempt, CASE WHEN j.id IS NULL THEN 'cancel' ELSE 'pause' END, NULL::jsonb
  FROM unnest(heartbeat.jobs, heartbeat.attempts) AS g(id, attempt)
  LEFT JOIN quern.job AS j ON j.id = g.id AND j.attempt = g.attempt AND j.worker = me.id
  WHERE j.id IS NULL
    OR j.pausing;
  RETURN QUERY
  SELECT g.id, g.attempt, 'adjust', jsonb_build_object('seq', a.seq, 'changes', a.changes)
  FROM unnest(heartbeat.jobs, heartbeat.attempts) AS g(id, attempt)
  JOIN quern.adjustment AS a ON a.job = g.id AND a.applied_step IS NULL
  JOIN quern.job AS j ON j.id = g.id AND j.attempt = g.attempt AND j.worker = me.id
  ORDER BY g.id, a.seq;
  IF me.draining THEN
    RETURN QUERY SELECT NULL::bigint, NULL::int, 'drain', NULL::jsonb;
  END IF;
END
$$;

COMMENT ON FUNCTION quern.heartbeat IS
  'Renews the worker''s lease and returns commands: cancel (that attempt is no longer yours), pause (store a checkpoint and hand it back; a command that is not repeated was withdrawn), adjust (data: seq, changes), drain, register (you were taken for lost: start afresh). training: {job: {step, steps, loss, …}}.';

-- Whether the attempt is still this worker's; its row stays locked, so that nothing overtakes what follows.
CREATE FUNCTION quern.hold_attempt(worker text, job bigint, attempt int)
RETURNS quern.job
LANGUAGE sql
SET search_path = quern, pg_temp
AS $$
  SELECT j
  FROM quern.job AS j
  WHERE j.id = hold_attempt.job
    AND j.attempt = hold_attempt.attempt
    AND j.worker = hold_attempt.worker
    AND j.state = 'running'
  FOR UPDATE
$$;

-- The same for reading, and for chunks, which are worth nothing before a checkpoint names them.
CREATE FUNCTION quern.holds_attempt(worker text, job bigint, attempt int)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT EXISTS (
    SELECT
    FROM quern.job AS j
    WHERE j.id = holds_attempt.job
      AND j.attempt = holds_attempt.attempt
      AND j.worker = holds_attempt.worker
      AND j.state = 'running')
$$;

CREATE FUNCTION quern.fenced_off(worker text, job bigint)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
BEGIN
  PERFORM quern.let_go(fenced_off.worker, ARRAY[fenced_off.job], '{}');
  RETURN false;
END
$$;

CREATE FUNCTION quern.record_notes(worker text, job bigint, attempt int, types text[], data jsonb[])
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  -- Those that the queue writes itself: counters are made of them.
  own constant text[] := ARRAY['submitted', 'queued', 'claimed', 'released', 'retrying', 'lost', 'succeeded', 'failed', 'cancelled', 'expired',
    'retried', 'paused', 'pause_requested', 'resumed', 'checkpoint_saved', 'hyperparameter_changed', 'hyperparameter_applied', 'fenced'];
  running quern.job;
  wrong record;
BEGIN
  IF cardinality(types) IS DISTINCT FROM cardinality(record_notes.data) OR cardinality(types) > 1000 THEN
    PERFORM quern.refuse('invalid_value', 'types', 'notes come with their data, at most 1000 in a call');
  END IF;
  SELECT n.type, n.data
  INTO wrong
  FROM unnest(types, record_notes.data) AS n(type, data)
  WHERE (n.type ~ '^[a-z][a-z_]{0,39}$' AND n.type <> ALL (own) AND quern.is_plain(n.data - 'message')
    AND length(coalesce(n.data ->> 'message', '')) <= 2000) IS NOT TRUE
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('invalid_value', 'data',
      format('a note of type %s is refused: a type is lower case and not the queue''s own, data holds numbers, true, false, null and short identifiers, and a message at most 2000 characters', quern.quoted(wrong.type)));
  END IF;
  running := quern.hold_attempt(record_notes.worker, record_notes.job, record_notes.attempt);
  IF running.id IS NULL THEN
    RETURN quern.fenced_off(record_notes.worker, record_notes.job);
  END IF;
  PERFORM quern.need_today();
  INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, data)
  SELECT running.id, running.attempt, running.state, running.state, n.type, running.kind, running.queue, running.model, running.worker, n.data
  FROM unnest(types, record_notes.data) WITH ORDINALITY AS n(type, data, place)
  ORDER BY n.place;
  RETURN true;
END
$$;

COMMENT ON FUNCTION quern.record_notes IS
  'Adds events to a running attempt: what training logs, warnings. data holds numbers and identifiers, and at most one text, message. False when the attempt is no longer the worker''s.';

CREATE FUNCTION quern.adjustments_of(worker text, job bigint, attempt int)
RETURNS TABLE (seq int, changes jsonb, applied_step bigint)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT a.seq, a.changes, a.applied_step
  FROM quern.adjustment AS a
  WHERE a.job = adjustments_of.job
    AND quern.holds_attempt(adjustments_of.worker, adjustments_of.job, adjustments_of.attempt)
  ORDER BY a.seq
$$;

COMMENT ON FUNCTION quern.adjustments_of IS 'All adjustments of a job whose attempt the worker runs, in order.';

CREATE FUNCTION quern.apply_adjustments(worker text, job bigint, attempt int, seqs int[], step bigint)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  running quern.job := quern.hold_attempt(apply_adjustments.worker, apply_adjustments.job, apply_adjustments.attempt);
BEGIN
  IF running.id IS NULL THEN
    RETURN quern.fenced_off(apply_adjustments.worker, apply_adjustments.job);
  END IF;
  PERFORM quern.need_today();
  WITH applied AS (
    UPDATE quern.adjustment AS a
    SET applied_step = apply_adjustments.step,
        applied_at = now()
    WHERE a.job = running.id
      AND a.seq = ANY (seqs)
      AND a.applied_step IS NULL
    RETURNING a.seq
  )
  INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, data)
  SELECT running.id, running.attempt, running.state, running.state, 'hyperparameter_applied', running.kind, running.queue, running.model,
    running.worker, jsonb_build_object('seq', a.seq, 'step', apply_adjustments.step)
  FROM applied AS a
  ORDER BY a.seq;
  RETURN true;
END
$$;

COMMENT ON FUNCTION quern.apply_adjustments IS
  'Says that adjustments are in force from the step after the given one on; who continues from an earlier checkpoint replays them there. False when the attempt is no longer the worker''s.';

CREATE FUNCTION quern.put_checkpoint_chunk(worker text, job bigint, attempt int, sha256 bytea, index int, size bigint, bytes bytea)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF NOT quern.holds_attempt(put_checkpoint_chunk.worker, put_checkpoint_chunk.job, put_checkpoint_chunk.attempt) THEN
    RETURN quern.fenced_off(put_checkpoint_chunk.worker, put_checkpoint_chunk.job);
  END IF;
  -- As for models: replaced only while nothing refers to it.
  INSERT INTO quern.checkpoint_chunk AS c (job, sha256, index, size, bytes)
  VALUES (put_checkpoint_chunk.job, put_checkpoint_chunk.sha256, put_checkpoint_chunk.index, put_checkpoint_chunk.size, put_checkpoint_chunk.bytes)
  ON CONFLICT ON CONSTRAINT checkpoint_chunk_pkey DO UPDATE
  SET size = excluded.size,
      bytes = excluded.bytes
  WHERE NOT EXISTS (SELECT FROM quern.checkpoint_file AS f WHERE f.job = c.job AND f.sha256 = c.sha256);
  RETURN true;
END
$$;

COMMENT ON FUNCTION quern.put_checkpoint_chunk IS
  'Stores chunk number index (from 0) of a file of the job''s next checkpoint. False when the attempt is no longer the worker''s.';

CREATE FUNCTION quern.has_checkpoint_file(job bigint, sha256 bytea, size bigint)
RETURNS boolean
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT count(*) > 0 AND sum(octet_length(c.bytes)) = has_checkpoint_file.size AND max(c.index) + 1 = count(*)
  FROM quern.checkpoint_chunk AS c
  WHERE c.job = has_checkpoint_file.job
    AND c.sha256 = has_checkpoint_file.sha256
    AND c.size = has_checkpoint_file.size
$$;

CREATE FUNCTION quern.missing_checkpoint_files(worker text, job bigint, attempt int, hashes bytea[], sizes bigint[])
RETURNS bytea[]
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(array_agg(DISTINCT f.sha256), '{}')
  FROM unnest(hashes, sizes) AS f(sha256, size)
  WHERE NOT quern.has_checkpoint_file(missing_checkpoint_files.job, f.sha256, f.size)
    OR NOT quern.holds_attempt(missing_checkpoint_files.worker, missing_checkpoint_files.job, missing_checkpoint_files.attempt)
$$;

COMMENT ON FUNCTION quern.missing_checkpoint_files IS 'Which of these files are not stored completely for the job.';

CREATE FUNCTION quern.store_checkpoint(
  worker text, job bigint, attempt int, step bigint, files jsonb, kernel_level text, detail jsonb DEFAULT '{}',
  metric double precision DEFAULT NULL, keep bigint[] DEFAULT NULL, progress real DEFAULT NULL, training jsonb DEFAULT '{}',
  seconds real DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  running quern.job := quern.hold_attempt(store_checkpoint.worker, store_checkpoint.job, store_checkpoint.attempt);
  goes_on boolean;
  missing text;
  total bigint;
BEGIN
  IF running.id IS NULL THEN
    RETURN quern.fenced_off(store_checkpoint.worker, store_checkpoint.job);
  END IF;
  -- 1. All files must be there.
  SELECT f.path
  INTO missing
  FROM jsonb_to_recordset(files) AS f(path text, sha256 text, size bigint)
  WHERE NOT quern.has_checkpoint_file(running.id, decode(f.sha256, 'hex'), f.size)
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('invalid_value', 'files', format('the content of %s is not stored completely; store its chunks first', quern.quoted(missing)));
  END IF;
  -- 2. The checkpoint; the same step again takes the place of the former.
  DELETE FROM quern.checkpoint AS c
  WHERE c.job = running.id
    AND (c.step = store_checkpoint.step OR (keep IS NOT NULL AND c.step <> ALL (keep)));
  INSERT INTO quern.checkpoint (job, step, attempt, kernel_level, metric, progress, training, detail)
  VALUES (running.id, store_checkpoint.step, running.attempt, store_checkpoint.kernel_level, store_checkpoint.metric,
    store_checkpoint.progress, coalesce(store_checkpoint.training, '{}'), coalesce(store_checkpoint.detail, '{}'));
  INSERT INTO quern.checkpoint_file (job, step, path, sha256, size)
  SELECT running.id, store_checkpoint.step, f.path, decode(f.sha256, 'hex'), f.size
  FROM jsonb_to_recordset(files) AS f(path text, sha256 text, size bigint);
  -- 3. Bytes that no checkpoint of the job has any more.
  DELETE FROM quern.checkpoint_chunk AS c
  WHERE c.job = running.id
    AND NOT EXISTS (SELECT FROM quern.checkpoint_file AS f WHERE f.job = c.job AND f.sha256 = c.sha256);
  -- 4. Failures and losses start again, if there is more than ever before: one that crashes at the same place each time
  --    does not go on for ever. What got so far has started: its ttl is over.
  goes_on := store_checkpoint.step > coalesce(running.checkpoint_step, -1);
  UPDATE quern.job AS j
  SET checkpoint_step = store_checkpoint.step,
      checkpoint_attempt = j.attempt,
      failures = 0,
      losses = 0,
      expires_at = NULL
  WHERE j.id = running.id
    AND goes_on;
  -- 5. The event.
  SELECT coalesce(sum(f.size), 0)
  INTO total
  FROM quern.checkpoint_file AS f
  WHERE f.job = running.id
    AND f.step = store_checkpoint.step;
  PERFORM quern.need_today();
  INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, seconds, data)
  VALUES (running.id, running.attempt, running.state, running.state, 'checkpoint_saved', running.kind, running.queue, running.model,
    running.worker, store_checkpoint.seconds,
    jsonb_strip_nulls(jsonb_build_object('step', store_checkpoint.step, 'bytes', total, 'metric', store_checkpoint.metric)));
  RETURN true;
END
$$;

COMMENT ON FUNCTION quern.store_checkpoint IS
  'Makes files [{path, sha256 (hex), size}], whose chunks are stored, the job''s checkpoint at a step. keep: earlier steps that stay, all if NULL. seconds: how long storing took. False when the attempt is no longer the worker''s.';

CREATE FUNCTION quern.latest_checkpoint(worker text, job bigint, attempt int)
RETURNS TABLE (step bigint, stored_by int, kernel_level text, metric double precision, detail jsonb, files jsonb)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT c.step, c.attempt, c.kernel_level, c.metric, c.detail, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('path', f.path, 'sha256', encode(f.sha256, 'hex'), 'size', f.size) ORDER BY f.path), '[]')
    FROM quern.checkpoint_file AS f
    WHERE f.job = c.job
      AND f.step = c.step)
  FROM quern.checkpoint AS c
  WHERE c.job = latest_checkpoint.job
    AND quern.holds_attempt(latest_checkpoint.worker, latest_checkpoint.job, latest_checkpoint.attempt)
  ORDER BY c.created_at DESC, c.step DESC
  LIMIT 1
$$;

COMMENT ON FUNCTION quern.latest_checkpoint IS 'The youngest checkpoint of a job whose attempt the worker runs; no row when there is none.';

CREATE FUNCTION quern.get_checkpoint_chunk(worker text, job bigint, attempt int, sha256 bytea, index int)
RETURNS bytea
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT c.bytes
  FROM quern.checkpoint_chunk AS c
  WHERE c.job = get_checkpoint_chunk.job
    AND c.sha256 = get_checkpoint_chunk.sha256
    AND c.index = get_checkpoint_chunk.index
    AND quern.holds_attempt(get_checkpoint_chunk.worker, get_checkpoint_chunk.job, get_checkpoint_chunk.attempt)
$$;

COMMENT ON FUNCTION quern.get_checkpoint_chunk IS 'The bytes of one chunk of a checkpoint''s file; NULL past the last one, and for an attempt that is no longer the worker''s.';

-- 5. What there is to see. Views take new columns at their end.

CREATE OR REPLACE VIEW quern.jobs WITH (security_barrier = true) AS
SELECT j.id,
       j.kind,
       j.queue,
       j.state,
       CASE WHEN j.state = 'queued' THEN coalesce(quern.waiting_reason(j.kind, j.queue), j.reason) ELSE j.reason END AS reason,
       j.priority,
       CASE WHEN j.state = 'running'
         THEN (SELECT w.progress[array_position(w.reported, j.id)] FROM quern.worker AS w WHERE w.id = j.worker)
         WHEN j.checkpoint_step IS NOT NULL
         THEN (SELECT c.progress FROM quern.checkpoint AS c WHERE c.job = j.id ORDER BY c.created_at DESC LIMIT 1) END AS progress,
       j.attempt,
       j.failures,
       j.max_attempts,
       j.model,
       NULL::bigint AS batch,
       j.submitter,
       j.tenant,
       CASE WHEN j.submitter = (SELECT quern.caller()) THEN j.parameters END AS parameters,
       NULL::jsonb AS result,
       CASE WHEN j.submitter = (SELECT quern.caller()) THEN j.error
         WHEN j.error IS NOT NULL THEN jsonb_build_object('code', j.error -> 'code') END AS error,
       NULL::jsonb AS usage,
       j.worker,
       CASE WHEN j.submitter = (SELECT quern.caller()) THEN j.metadata END AS metadata,
       j.created_at,
       j.run_at,
       j.started_at,
       NULL::timestamptz AS finished_at,
       CASE WHEN j.state = 'running'
         THEN (SELECT w.training -> j.id::text FROM quern.worker AS w WHERE w.id = j.worker)
         WHEN j.checkpoint_step IS NOT NULL
         THEN (SELECT c.training FROM quern.checkpoint AS c WHERE c.job = j.id ORDER BY c.created_at DESC LIMIT 1) END AS training
FROM quern.job AS j
WHERE j.submitter = (SELECT quern.caller())
   OR (SELECT quern.is_operator())
UNION ALL
SELECT f.id,
       f.kind,
       f.queue,
       f.state,
       f.reason,
       f.priority,
       CASE WHEN f.state = 'succeeded' THEN 1::real END,
       f.attempt,
       f.failures,
       f.max_attempts,
       f.model,
       NULL::bigint,
       f.submitter,
       f.tenant,
       CASE WHEN f.submitter = (SELECT quern.caller()) THEN f.parameters END,
       CASE WHEN f.submitter = (SELECT quern.caller()) THEN f.result END,
       CASE WHEN f.submitter = (SELECT quern.caller()) THEN f.error
         WHEN f.error IS NOT NULL THEN jsonb_build_object('code', f.error -> 'code') END,
       f.usage,
       f.worker,
       CASE WHEN f.submitter = (SELECT quern.caller()) THEN f.metadata END,
       f.created_at,
       f.run_at,
       f.started_at,
       f.finished_at,
       NULL::jsonb
FROM quern.finished_job AS f
WHERE f.submitter = (SELECT quern.caller())
   OR (SELECT quern.is_operator());

COMMENT ON VIEW quern.jobs IS
  'Your jobs; an operator sees those of all, without content. reason says why a job is where it is; training, and progress of a job that does not run, are those of its last checkpoint.';

CREATE OR REPLACE VIEW quern.events WITH (security_barrier = true) AS
SELECT e.id,
       e.at,
       e.job,
       e.attempt,
       e.type,
       e.previous,
       e.state,
       e.kind,
       e.queue,
       e.model,
       e.worker,
       e.code,
       CASE WHEN e.data ? 'message' AND NOT quern.may_see(e.job) THEN e.data - 'message' ELSE e.data END AS data
FROM quern.event AS e
WHERE (SELECT quern.is_operator())
   OR (e.job IS NOT NULL AND quern.may_see(e.job));

COMMENT ON VIEW quern.events IS
  'What happened to your jobs, one row per transition and per note of a worker (training_log, checkpoint_saved, …); an operator sees all but messages, and what happened to workers and models.';

CREATE VIEW quern.checkpoints WITH (security_barrier = true) AS
SELECT c.job,
       c.step,
       c.attempt,
       c.kernel_level,
       c.metric,
       (SELECT coalesce(sum(f.size), 0)::bigint FROM quern.checkpoint_file AS f WHERE f.job = c.job AND f.step = c.step) AS size,
       c.progress,
       c.training,
       CASE WHEN quern.may_see(c.job) THEN c.detail END AS detail,
       CASE WHEN quern.may_see(c.job) THEN (
         SELECT jsonb_agg(jsonb_build_object('path', f.path, 'sha256', encode(f.sha256, 'hex'), 'size', f.size) ORDER BY f.path)
         FROM quern.checkpoint_file AS f
         WHERE f.job = c.job
           AND f.step = c.step) END AS files,
       c.created_at
FROM quern.checkpoint AS c
WHERE (SELECT quern.is_operator())
   OR quern.may_see(c.job);

COMMENT ON VIEW quern.checkpoints IS
  'What is stored of your unfinished, failed and cancelled jobs; size in bytes. An operator sees when and how much, not what.';

CREATE VIEW quern.adjustments WITH (security_barrier = true) AS
SELECT a.job,
       a.seq,
       CASE WHEN quern.may_see(a.job) THEN a.changes END AS changes,
       a.by,
       a.at,
       a.applied_step,
       a.applied_at
FROM quern.adjustment AS a
WHERE (SELECT quern.is_operator())
   OR quern.may_see(a.job);

COMMENT ON VIEW quern.adjustments IS
  'What quern.adjust changed of your jobs, in order; applied_step is how many steps were done then, NULL while it waits for a step.';

-- 6. What the monitor calls.

-- Not STABLE: beside quern.queue_metrics in one statement it reads what that has just counted.
CREATE FUNCTION quern.training_metrics()
RETURNS TABLE (name text, labels jsonb, value double precision)
LANGUAGE sql
SECURITY DEFINER
SET search_path = quern, pg_temp
SET jit = off
AS $$
  -- 1. Numbers of what runs, at most of a hundred jobs; they are gone with the job.
  SELECT m.name, jsonb_build_object('job', j.id::text), (t.status ->> m.key)::double precision
  FROM (
    SELECT w.id AS worker, e.key::bigint AS job, e.value AS status
    FROM quern.worker AS w
    CROSS JOIN LATERAL jsonb_each(w.training) AS e
    WHERE w.state = 'live'
      AND w.training <> '{}'
      AND e.key ~ '^[0-9]{1,18}$'
    ORDER BY 2 DESC
    LIMIT 100
  ) AS t
  JOIN quern.job AS j ON j.id = t.job AND j.worker = t.worker
  CROSS JOIN (VALUES
    ('quern_train_step', 'step'),
    ('quern_train_steps_planned', 'steps'),
    ('quern_train_epoch', 'epoch'),
    ('quern_train_loss', 'loss'),
    ('quern_train_eval_loss', 'eval_loss'),
    ('quern_train_learning_rate', 'learning_rate'),
    ('quern_train_grad_norm', 'grad_norm'),
    ('quern_train_tokens_total', 'tokens'),
    ('quern_train_tokens_per_second', 'tokens_per_second'),
    ('quern_train_eta_seconds', 'eta_seconds'),
    ('quern_train_mean_token_accuracy', 'mean_token_accuracy')) AS m(name, key)
  WHERE jsonb_typeof(t.status -> m.key) = 'number'
  UNION ALL
  -- 2. What happened so far, by kind.
  SELECT c.name, jsonb_build_object('kind', t.kind), sum(t.count)::double precision
  FROM quern.tally AS t
  JOIN (VALUES
    ('checkpoint_saved', 'quern_train_checkpoints_total'),
    ('hyperparameter_changed', 'quern_train_hyperparameter_changes_total'),
    ('nan_loss', 'quern_train_nan_total'),
    ('rolled_back', 'quern_train_rollbacks_total')) AS c(type, name) ON c.type = t.type
  GROUP BY c.name, t.kind
$$;

COMMENT ON FUNCTION quern.training_metrics IS 'What running fine-tunes report, and what was counted of all, as name, labels, value.';

CREATE OR REPLACE VIEW quern.metrics AS
SELECT m.name, m.labels, m.value
FROM quern.queue_metrics() AS m
UNION ALL
SELECT m.name, m.labels, m.value
FROM quern.training_metrics() AS m;

COMMENT ON VIEW quern.metrics IS 'Queue and training metrics as Prometheus names, labels and values.';

-- What jobs left that retention dropped, and bytes that no checkpoint has: of jobs that succeeded, of uploads that broke off.
CREATE FUNCTION quern.sweep_checkpoints(most int)
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  gone bigint[];
  idle bigint[];
  swept int;
BEGIN
  -- 1. Jobs that are nowhere any more.
  gone := ARRAY(
    SELECT s.job
    FROM (
      SELECT c.job FROM quern.checkpoint AS c
      UNION
      SELECT c.job FROM quern.checkpoint_chunk AS c
      UNION
      SELECT a.job FROM quern.adjustment AS a
    ) AS s
    WHERE NOT EXISTS (SELECT FROM quern.job AS j WHERE j.id = s.job)
      AND NOT EXISTS (SELECT FROM quern.finished_job AS f WHERE f.id = s.job));
  DELETE FROM quern.checkpoint AS c
  WHERE c.job = ANY (gone);
  DELETE FROM quern.adjustment AS a
  WHERE a.job = ANY (gone);
  -- 2. Jobs with bytes to spare that do not run, and while their rows are locked cannot: an attempt counts on what it finds.
  idle := ARRAY(
    SELECT DISTINCT c.job
    FROM quern.checkpoint_chunk AS c
    WHERE NOT EXISTS (SELECT FROM quern.checkpoint_file AS f WHERE f.job = c.job AND f.sha256 = c.sha256));
  IF idle = '{}' THEN
    RETURN 0;
  END IF;
  idle := gone
    || ARRAY(SELECT j.id FROM quern.job AS j WHERE j.id = ANY (idle) AND j.state <> 'running' FOR UPDATE SKIP LOCKED)
    || ARRAY(SELECT f.id FROM quern.finished_job AS f WHERE f.id = ANY (idle) FOR UPDATE SKIP LOCKED);
  -- 3. The bytes, some at a time.
  DELETE FROM quern.checkpoint_chunk AS d
  USING (
    SELECT c.job, c.sha256, c.index
    FROM quern.checkpoint_chunk AS c
    WHERE c.job = ANY (idle)
      AND NOT EXISTS (SELECT FROM quern.checkpoint_file AS f WHERE f.job = c.job AND f.sha256 = c.sha256)
    LIMIT most
  ) AS s
  WHERE d.job = s.job
    AND d.sha256 = s.sha256
    AND d.index = s.index;
  GET DIAGNOSTICS swept = ROW_COUNT;
  RETURN swept;
END
$$;

CREATE OR REPLACE FUNCTION quern.sweep()
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
SET jit = off
AS $$
DECLARE
  done jsonb := quern.catch_up(1000);
  late bigint[];
  timed_out int;
  forgotten int;
  waiters int;
BEGIN
  -- 1. Attempts that outlive their timeout by a lease: their worker is alive and does not stop them.
  late := ARRAY(
    SELECT j.id
    FROM quern.worker AS w
    JOIN quern.job AS j ON j.id = ANY (w.held) AND j.worker = w.id
    WHERE w.state = 'live'
      AND j.started_at + j.timeout + w.lease < now());
  timed_out := quern.isolated('time_out', late);
  -- 2. Days ahead.
  PERFORM quern.make_day((now() AT TIME ZONE 'UTC')::date + ahead)
  FROM generate_series(0, 7) AS ahead
  WHERE to_regclass('quern.event_' || to_char((now() AT TIME ZONE 'UTC')::date + ahead, 'YYYYMMDD')) IS NULL;
  -- 3. Workers that stopped yesterday, and waiters that nobody fetched.
  DELETE FROM quern.worker AS w
  WHERE w.state <> 'live'
    AND w.held = '{}'
    AND w.heartbeat_at < now() - interval '1 day';
  GET DIAGNOSTICS forgotten = ROW_COUNT;
  DELETE FROM quern.waiter AS w
  WHERE w.expires_at < now();
  GET DIAGNOSTICS waiters = ROW_COUNT;
  RETURN done || jsonb_build_object('timed_out', timed_out, 'workers_forgotten', forgotten, 'waiters_forgotten', waiters,
    'chunks_swept', quern.sweep_checkpoints(1000), 'events_counted', quern.count_events());
END
$$;

COMMENT ON FUNCTION quern.sweep IS
  'One pass over expired leases, ttl, due jobs, timeouts, day tables, old worker rows and bytes of checkpoints that are gone; returns what was done.';

-- 7. Rights, as in the beginning: everything is revoked, and granted by name.

REVOKE ALL ON ALL ROUTINES IN SCHEMA quern FROM PUBLIC;

REVOKE ALL ON ALL TABLES IN SCHEMA quern FROM PUBLIC;

GRANT EXECUTE ON FUNCTION quern.pause(bigint), quern.resume(bigint), quern.adjust(bigint, jsonb)
TO quern_submitter, quern_operator, quern_admin;

GRANT SELECT ON quern.checkpoints, quern.adjustments
TO quern_submitter, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION
  quern.heartbeat(text, bigint[], int[], real[], boolean, jsonb, jsonb),
  quern.record_notes(text, bigint, int, text[], jsonb[]),
  quern.adjustments_of(text, bigint, int),
  quern.apply_adjustments(text, bigint, int, int[], bigint),
  quern.put_checkpoint_chunk(text, bigint, int, bytea, int, bigint, bytea),
  quern.missing_checkpoint_files(text, bigint, int, bytea[], bigint[]),
  quern.store_checkpoint(text, bigint, int, bigint, jsonb, text, jsonb, double precision, bigint[], real, jsonb, real),
  quern.latest_checkpoint(text, bigint, int),
  quern.get_checkpoint_chunk(text, bigint, int, bytea, int)
TO quern_worker;

GRANT EXECUTE ON FUNCTION quern.training_metrics()
TO quern_monitor, quern_operator, quern_admin;
