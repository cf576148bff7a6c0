-- The transitions of a job after its submission. Each is one statement: the job, its archive, the attempt, the event.

-- Ends jobs. A job is ended only if its attempt is still the given one and, where a worker is named, still that worker's:
-- everything else was fenced off and is not in the answer.
CREATE FUNCTION quern.finish(
  jobs bigint[], attempts int[], worker text, state quern.job_state, outcome text,
  results jsonb[] DEFAULT '{}', usages jsonb[] DEFAULT '{}', errors jsonb[] DEFAULT '{}', reason text DEFAULT NULL)
RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  finished bigint[];
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
  SELECT coalesce(array_agg(o.id ORDER BY o.id), '{}')
  INTO finished
  FROM over AS o;
  -- 5. Those who wait are told at commit.
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

-- Ends running attempts whose jobs are not over: released (handed back), lost (the worker is), retrying (they failed).
CREATE FUNCTION quern.give_back(
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
    SELECT j.id, j.worker, j.started_at
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
    SET state = CASE WHEN waits THEN 'scheduled' ELSE 'queued' END::quern.job_state,
        parked = waits,
        run_at = CASE WHEN waits THEN give_back.due ELSE j.run_at END,
        worker = NULL,
        failures = j.failures + (give_back.type = 'retrying')::int,
        losses = CASE give_back.type
          WHEN 'lost' THEN j.losses + 1
          WHEN 'retrying' THEN CASE WHEN j.losses >= 2 THEN 2 ELSE 0 END
          ELSE j.losses END,
        error = coalesce(give_back.error, j.error),
        reason = give_back.reason
    FROM locked AS l
    WHERE j.id = l.id
    RETURNING j.id, j.attempt, j.state, j.kind, j.queue, j.model, l.worker, l.started_at
  ),
  ended AS (
    INSERT INTO quern.attempt (job, attempt, worker, started_at, ended_at, outcome, error)
    SELECT r.id, r.attempt, r.worker, r.started_at, now(),
      CASE give_back.type WHEN 'retrying' THEN 'failed' ELSE give_back.type END, give_back.error
    FROM returned AS r
  ),
  told AS (
    INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, code, data)
    SELECT r.id, r.attempt, 'running', r.state, give_back.type, r.kind, r.queue, r.model, r.worker, give_back.error ->> 'code',
      jsonb_strip_nulls(jsonb_build_object('reason', give_back.reason, 'run_at', CASE WHEN waits THEN give_back.due END))
    FROM returned AS r
    ORDER BY r.id
  )
  SELECT coalesce(array_agg(r.id ORDER BY r.id), '{}')
  INTO given
  FROM returned AS r;
  IF NOT waits THEN
    FOR lane IN SELECT DISTINCT j.queue FROM quern.job AS j WHERE j.id = ANY (given)
    LOOP
      PERFORM quern.wake(lane);
    END LOOP;
  END IF;
  RETURN given;
END
$$;

-- Scheduled jobs whose time has come become claimable.
CREATE FUNCTION quern.promote(jobs bigint[])
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  lanes text[];
  promoted int;
BEGIN
  PERFORM quern.need_today();
  WITH due AS (
    UPDATE quern.job AS j
    SET state = 'queued',
        parked = false,
        reason = NULL
    WHERE j.id = ANY (promote.jobs)
      AND j.state = 'scheduled'
    RETURNING j.id, j.attempt, j.kind, j.queue, j.model
  ),
  told AS (
    INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model)
    SELECT d.id, d.attempt, 'scheduled', 'queued', 'queued', d.kind, d.queue, d.model
    FROM due AS d
    ORDER BY d.id
  )
  SELECT count(*), array_agg(DISTINCT d.queue)
  INTO promoted, lanes
  FROM due AS d;
  PERFORM quern.wake(lane)
  FROM unnest(lanes) AS lane;
  RETURN promoted;
END
$$;

-- Waiting jobs whose ttl has passed end as expired. A running attempt may finish.
CREATE FUNCTION quern.expire(jobs bigint[])
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  waiting bigint[];
  attempts int[];
BEGIN
  SELECT array_agg(j.id), array_agg(j.attempt)
  INTO waiting, attempts
  FROM (
    SELECT o.id, o.attempt
    FROM quern.job AS o
    WHERE o.id = ANY (expire.jobs)
      AND o.state <> 'running'
      AND o.expires_at <= now()
    FOR UPDATE
  ) AS j;
  IF waiting IS NULL THEN
    RETURN 0;
  END IF;
  RETURN cardinality(quern.finish(waiting, attempts, NULL, 'expired', NULL,
    errors => array_fill('{"code": "expired", "message": "the job did not start within its ttl", "param": "ttl"}'::jsonb, ARRAY[cardinality(waiting)])));
END
$$;

-- Attempts of workers that are lost: back to the queue, or over after three losses in a row while alone.
CREATE FUNCTION quern.lose(jobs bigint[])
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  error_text constant text := 'the workers that ran this job alone were lost three times in a row; see what it asks for, then retry it';
  over bigint[];
  over_attempts int[];
  again bigint[];
  again_attempts int[];
BEGIN
  SELECT array_agg(j.id) FILTER (WHERE j.losses >= 4), array_agg(j.attempt) FILTER (WHERE j.losses >= 4),
    array_agg(j.id) FILTER (WHERE j.losses < 4), array_agg(j.attempt) FILTER (WHERE j.losses < 4)
  INTO over, over_attempts, again, again_attempts
  FROM (
    SELECT o.id, o.attempt, o.losses
    FROM quern.job AS o
    WHERE o.id = ANY (lose.jobs)
      AND o.state = 'running'
    ORDER BY o.id
    FOR UPDATE
  ) AS j;
  IF over IS NOT NULL THEN
    PERFORM quern.finish(over, over_attempts, NULL, 'failed', 'lost', reason => 'worker lost',
      errors => array_fill(jsonb_build_object('code', 'worker_lost', 'message', error_text, 'param', NULL), ARRAY[cardinality(over)]));
  END IF;
  IF again IS NOT NULL THEN
    PERFORM quern.give_back(again, again_attempts, NULL, 'lost', reason => 'worker lost');
  END IF;
  RETURN coalesce(cardinality(over), 0) + coalesce(cardinality(again), 0);
END
$$;

-- Attempts that run on after their timeout though their worker should have stopped them.
CREATE FUNCTION quern.time_out(jobs bigint[])
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  late record;
  done int := 0;
BEGIN
  FOR late IN
    SELECT j.id, j.attempt, j.worker
    FROM quern.job AS j
    WHERE j.id = ANY (time_out.jobs)
      AND j.state = 'running'
    ORDER BY j.id
    FOR UPDATE
  LOOP
    PERFORM quern.fail_attempt(late.worker, late.id, late.attempt,
      '{"code": "request_timeout", "message": "the attempt took longer than its timeout", "param": "timeout"}', true, NULL);
    PERFORM pg_notify('quern_control', late.worker);
    done := done + 1;
  END LOOP;
  RETURN done;
END
$$;

-- A failed attempt: again after a pause while failures are left and the error is not permanent, else over.
CREATE FUNCTION quern.fail_attempt(worker text, job bigint, attempt int, error jsonb, retryable boolean, retry_after interval)
RETURNS text
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  failed quern.job;
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
  IF NOT retryable OR failed.failures + 1 >= failed.max_attempts THEN
    PERFORM quern.finish(ARRAY[failed.id], ARRAY[failed.attempt], worker, 'failed', 'failed', errors => ARRAY[error],
      reason => CASE WHEN retryable THEN format('failed %s times', failed.failures + 1) END);
    RETURN 'failed';
  END IF;
  -- 1, 2, 4, … 300 seconds, each between three quarters and five quarters of that, so that what failed together does not return together.
  pause := coalesce(retry_after, make_interval(secs => least(300, 2 ^ least(failed.failures, 20)) * (0.75 + random() / 2)));
  PERFORM quern.give_back(ARRAY[failed.id], ARRAY[failed.attempt], worker, 'retrying', now() + pause, error,
    format('failure %s of %s', failed.failures + 1, failed.max_attempts));
  RETURN CASE WHEN pause > interval '0' THEN 'scheduled' ELSE 'queued' END;
END
$$;

-- One bad row must not stop a sweep or a claim: the set first, and row by row if that fails.
CREATE FUNCTION quern.isolated(action text, jobs bigint[])
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  done int := 0;
  changed int;
  job bigint;
BEGIN
  IF cardinality(jobs) IS NULL OR cardinality(jobs) = 0 THEN
    RETURN 0;
  END IF;
  BEGIN
    EXECUTE format('SELECT quern.%I($1)', action) INTO done USING jobs;
    RETURN done;
  EXCEPTION
    WHEN OTHERS THEN
      IF SQLSTATE LIKE '40%' OR SQLSTATE LIKE '57%' THEN
        RAISE;
      END IF;
  END;
  FOREACH job IN ARRAY jobs
  LOOP
    BEGIN
      EXECUTE format('SELECT quern.%I($1)', action) INTO changed USING ARRAY[job];
      done := done + changed;
    EXCEPTION
      WHEN OTHERS THEN
        RAISE WARNING 'quern: job % could not be handled by % (SQLSTATE %)', job, action, SQLSTATE;
    END;
  END LOOP;
  RETURN done;
END
$$;

-- Takes the attempts of workers whose lease is over. Whoever comes first takes them, the others pass by.
CREATE FUNCTION quern.recover()
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  expired record;
  theirs bigint[];
  recovered int := 0;
BEGIN
  FOR expired IN
    SELECT w.id, w.state, w.held
    FROM quern.worker AS w
    WHERE (w.state = 'live' AND quern.lease_over(w.lease_until, w.lease))
      OR (w.state = 'lost' AND w.held <> '{}')
    FOR UPDATE SKIP LOCKED
  LOOP
    IF expired.state = 'live' THEN
      PERFORM quern.need_today();
      INSERT INTO quern.event (type, worker)
      VALUES ('worker_lost', expired.id);
      DELETE FROM quern.idle_worker AS i
      WHERE i.worker = expired.id;
    END IF;
    theirs := quern.held_jobs(expired.id, expired.held);
    recovered := recovered + quern.isolated('lose', theirs);
    -- What could not be taken stays listed, for the next pass.
    UPDATE quern.worker AS w
    SET state = 'lost',
        idle = false,
        held = quern.held_jobs(expired.id, theirs)
    WHERE w.id = expired.id;
  END LOOP;
  RETURN recovered;
END
$$;

-- Of the ids that a worker's row lists, those that it really runs.
CREATE FUNCTION quern.held_jobs(worker text, listed bigint[])
RETURNS bigint[]
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(array_agg(j.id ORDER BY j.id), '{}')
  FROM quern.job AS j
  WHERE j.id = ANY (listed)
    AND j.worker = held_jobs.worker
$$;

-- What a claim does before it looks, and a sweep: leases, ttl, due jobs. Each look is one probe of an index when there is nothing.
CREATE FUNCTION quern.catch_up(most int)
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
      AND j.run_at <= now()
      AND j.state = 'scheduled'
    ORDER BY j.run_at
    LIMIT most
    FOR UPDATE SKIP LOCKED);
  promoted := quern.isolated('promote', ids);
  RETURN jsonb_build_object('recovered', recovered, 'expired', expired, 'promoted', promoted);
END
$$;
