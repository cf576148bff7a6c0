-- Claims that pass over checkpoints which a worker's processor cannot continue, adjustments that are refused once, and
-- rows of datasets by bytes.

-- 1. What a checkpoint was computed with decides its bits: only a worker that computes so goes on with it.

ALTER TABLE quern.worker ADD COLUMN kernel_levels text[] NOT NULL DEFAULT '{portable}';

COMMENT ON COLUMN quern.worker.kernel_levels IS 'The instruction sets that the worker computes with if a checkpoint asks for it.';

-- Workers that run while this is applied said their highest level alone.
UPDATE quern.worker AS w
SET kernel_levels = l.levels[:array_position(l.levels, w.detail ->> 'cpu')]
FROM (SELECT '{portable,avx2,avx512,avx512vnni,avx512bf16}'::text[] AS levels) AS l
WHERE w.detail ->> 'cpu' = ANY (l.levels);

ALTER TABLE quern.job ADD COLUMN checkpoint_level text;

COMMENT ON COLUMN quern.job.checkpoint_level IS 'The instruction set of the checkpoint where the next attempt continues; in no index, like state.';

UPDATE quern.job AS j
SET checkpoint_level = (
  SELECT c.kernel_level FROM quern.checkpoint AS c WHERE c.job = j.id ORDER BY c.created_at DESC, c.step DESC LIMIT 1)
WHERE j.checkpoint_step IS NOT NULL;

-- A function with another parameter is another function.
DROP FUNCTION quern.register_worker(text, text, text, int, text, text[], text[], jsonb, interval, jsonb);

CREATE FUNCTION quern.register_worker(
  id text, name text, host text, pid int, version text, kinds text[], queues text[], slots jsonb,
  lease interval DEFAULT '15 seconds', detail jsonb DEFAULT '{}',
  kernel_levels text[] DEFAULT '{portable}')
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF register_worker.id IS NULL OR register_worker.id !~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' THEN
    PERFORM quern.refuse('invalid_value', 'id', 'a worker''s id has 1 to 128 letters, digits, ".", "_", ":" or "-"; make a fresh one at each start');
  END IF;
  IF register_worker.lease IS NULL OR register_worker.lease < interval '1 second' OR register_worker.lease > interval '1 hour' THEN
    PERFORM quern.refuse('invalid_value', 'lease', 'a lease lasts from 1 second to 1 hour');
  END IF;
  IF cardinality(register_worker.kinds) IS NULL OR cardinality(register_worker.kinds) = 0
    OR cardinality(register_worker.queues) IS NULL OR cardinality(register_worker.queues) = 0
  THEN
    PERFORM quern.refuse('invalid_value', 'kinds', 'a worker offers at least one kind and serves at least one queue');
  END IF;
  INSERT INTO quern.worker AS w (id, name, host, pid, version, kinds, queues, slots, lease, lease_until, detail, kernel_levels)
  VALUES (register_worker.id, register_worker.name, register_worker.host, register_worker.pid, register_worker.version,
    register_worker.kinds, register_worker.queues, register_worker.slots, register_worker.lease,
    clock_timestamp() + register_worker.lease, coalesce(register_worker.detail, '{}'), coalesce(register_worker.kernel_levels, '{portable}'))
  ON CONFLICT ON CONSTRAINT worker_pkey DO NOTHING;
  IF NOT FOUND THEN
    PERFORM quern.refuse('invalid_state', 'id',
      format('the worker %s is known already; an id belongs to one process start, make a fresh one', quern.quoted(register_worker.id)));
  END IF;
  PERFORM quern.need_today();
  INSERT INTO quern.event (type, worker, data)
  VALUES ('worker_registered', register_worker.id,
    jsonb_build_object('kinds', register_worker.kinds, 'queues', register_worker.queues, 'version', register_worker.version));
END
$$;

COMMENT ON FUNCTION quern.register_worker IS
  'Announces a worker process under an id that was never used; its lease starts. kernel_levels: the instruction sets that it computes with.';

DROP FUNCTION quern.candidates(text[], jsonb);

-- The best claimable jobs of a worker's queues, at most capacity[kind] of each kind, locked.

CREATE FUNCTION quern.candidates(queues text[], capacity jsonb, kernel_levels text[])
RETURNS TABLE (row_at tid, id bigint, priority int, losses int)
LANGUAGE sql
SET search_path = quern, pg_temp
AS $$
  SELECT j.row_at, j.id, j.priority, j.losses
  FROM jsonb_each_text(capacity) AS k(kind, free)
  CROSS JOIN LATERAL (
    SELECT l.row_at, l.id, l.priority, l.losses
    FROM unnest(queues) AS q(queue)
    CROSS JOIN LATERAL (
      SELECT o.ctid AS row_at, o.id, o.priority, o.losses
      FROM quern.job AS o
      WHERE o.queue = q.queue
        AND o.kind = k.kind
        AND NOT o.parked
        AND o.state = 'queued'
        AND (o.expires_at IS NULL OR o.expires_at > now())
        AND (o.checkpoint_level IS NULL OR o.checkpoint_level = ANY (candidates.kernel_levels))
      ORDER BY o.priority DESC, o.id
      LIMIT greatest(0, k.free::int)
      FOR UPDATE SKIP LOCKED
    ) AS l
    ORDER BY l.priority DESC, l.id
    LIMIT greatest(0, k.free::int)
  ) AS j
$$;

-- The planner cannot know how few rows it will read, and would compile for 200 ms what runs for one.

CREATE OR REPLACE FUNCTION quern.claim(worker text, capacity jsonb, running int, mark_idle boolean DEFAULT false)
RETURNS TABLE (id bigint, attempt int, kind text, queue text, model text, parameters jsonb, timeout interval, alone boolean,
  losses int, submitter text, tenant text, priority int, metadata jsonb, state jsonb)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  me quern.worker;
  mine bigint[];
  has_alone boolean;
  chosen tid[];
BEGIN
  -- 1. The worker's row; whoever is lost, gone or draining gets nothing (its heartbeat says why).
  SELECT w.*
  INTO me
  FROM quern.worker AS w
  WHERE w.id = claim.worker
    AND w.state = 'live'
  FOR UPDATE;
  IF NOT FOUND OR me.draining THEN
    RETURN;
  END IF;
  -- The renewal first: a late worker must not take its own attempts for lost.
  UPDATE quern.worker AS w
  SET lease_until = clock_timestamp() + w.lease
  WHERE w.id = me.id;
  -- 2. Expired leases, ttl, jobs that are due.
  PERFORM quern.catch_up(1000);
  PERFORM quern.need_today();
  SELECT array_agg(j.id), coalesce(bool_or(j.losses >= 2), false)
  INTO mine, has_alone
  FROM quern.job AS j
  WHERE j.id = ANY (me.held)
    AND j.worker = me.id;
  -- 3. A job that was lost twice runs alone: only an empty worker takes it, as its single job. A worker that meets one while
  --    it holds others takes what stands before it and no more: it drains, and gets it then.
  IF NOT has_alone THEN
    WITH ranked AS (
      SELECT c.row_at, c.losses >= 2 AS is_alone,
             count(*) FILTER (WHERE c.losses >= 2) OVER place AS alone_so_far,
             row_number() OVER place AS position
      FROM quern.candidates(me.queues, claim.capacity, me.kernel_levels) AS c
      WINDOW place AS (ORDER BY c.priority DESC, c.id)
    )
    SELECT array_agg(r.row_at)
    INTO chosen
    FROM ranked AS r
    WHERE r.alone_so_far = 0
      OR (r.is_alone AND r.position = 1 AND mine IS NULL AND claim.running = 0);
  END IF;
  -- 4. The claim: no indexed column changes, so each row stays on its page.
  IF chosen IS NOT NULL THEN
    RETURN QUERY
    WITH taken AS (
      UPDATE quern.job AS j
      SET state = 'running',
          attempt = j.attempt + 1,
          worker = me.id,
          started_at = now(),
          reason = NULL
      WHERE j.ctid = ANY (chosen)
        AND j.state = 'queued'
      RETURNING j.*
    ),
    told AS (
      INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, seconds)
      SELECT t.id, t.attempt, 'queued', 'running', 'claimed', t.kind, t.queue, t.model, me.id,
        extract(epoch FROM clock_timestamp() - greatest(t.run_at, t.created_at))
      FROM taken AS t
      ORDER BY t.id
    ),
    listed AS (
      UPDATE quern.worker AS w
      SET held = coalesce(mine, '{}') || (SELECT array_agg(t.id) FROM taken AS t),
          idle = false
      WHERE w.id = me.id
    )
    SELECT t.id, t.attempt, t.kind, t.queue, t.model, t.parameters, t.timeout, t.losses >= 2, t.losses, t.submitter, t.tenant, t.priority, t.metadata, NULL::jsonb
    FROM taken AS t
    ORDER BY t.priority DESC, t.id;
  END IF;
  -- 5. Nothing: the mark that makes submitters notify. Who works again clears it.
  IF chosen IS NULL AND claim.mark_idle THEN
    INSERT INTO quern.idle_worker AS i (queue, worker)
    SELECT q, me.id
    FROM unnest(me.queues) AS q
    ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM quern.idle_worker AS i
    WHERE i.worker = me.id;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION quern.store_checkpoint(
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
  SET checkpoint_step = CASE WHEN goes_on THEN store_checkpoint.step ELSE j.checkpoint_step END,
      checkpoint_attempt = CASE WHEN goes_on THEN j.attempt ELSE j.checkpoint_attempt END,
      checkpoint_level = store_checkpoint.kernel_level,
      failures = CASE WHEN goes_on THEN 0 ELSE j.failures END,
      losses = CASE WHEN goes_on THEN 0 ELSE j.losses END,
      expires_at = CASE WHEN goes_on THEN NULL ELSE j.expires_at END
  WHERE j.id = running.id
    AND (goes_on OR j.checkpoint_level IS DISTINCT FROM store_checkpoint.kernel_level);
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
      submitter, model, tenant, subject, timeout, metadata, parameters, checkpoint_step, checkpoint_attempt, checkpoint_level)
    SELECT a.id, a.created_at, now(), a.started_at, now() + (a.expires_at - a.created_at), a.priority, a.attempt, a.max_attempts,
      'queued', false, a.kind, a.queue, a.submitter, a.model, a.tenant, a.subject, a.timeout, a.metadata, a.parameters,
      (SELECT max(c.step) FROM quern.checkpoint AS c WHERE c.job = a.id),
      (SELECT max(c.attempt) FROM quern.checkpoint AS c WHERE c.job = a.id),
      (SELECT c.kernel_level FROM quern.checkpoint AS c WHERE c.job = a.id ORDER BY c.created_at DESC, c.step DESC LIMIT 1)
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

CREATE FUNCTION quern.waiting_reason(kind text, queue text, checkpoint_level text)
RETURNS text
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(
    quern.waiting_reason(waiting_reason.kind, waiting_reason.queue),
    (SELECT format('no live worker that offers kind %s in queue %s has the instruction set %s of its checkpoint',
       waiting_reason.kind, waiting_reason.queue, waiting_reason.checkpoint_level)
     WHERE waiting_reason.checkpoint_level IS NOT NULL
       AND NOT EXISTS (
         SELECT
         FROM quern.worker AS w
         WHERE w.state = 'live'
           AND NOT w.draining
           AND NOT quern.lease_over(w.lease_until, w.lease)
           AND waiting_reason.kind = ANY (w.kinds)
           AND waiting_reason.queue = ANY (w.queues)
           AND waiting_reason.checkpoint_level = ANY (w.kernel_levels))))
$$;

COMMENT ON FUNCTION quern.waiting_reason(text, text, text) IS
  'Why no worker can take a queued job of this kind and queue that continues a checkpoint of this instruction set (NULL: from the start); NULL when one can.';

CREATE OR REPLACE VIEW quern.jobs WITH (security_barrier = true) AS
SELECT j.id,
       j.kind,
       j.queue,
       j.state,
       CASE WHEN j.state = 'queued' THEN coalesce(quern.waiting_reason(j.kind, j.queue, j.checkpoint_level), j.reason) ELSE j.reason END AS reason,
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

-- 2. What an attempt finds of those before it.

CREATE FUNCTION quern.stored_steps(worker text, job bigint, attempt int)
RETURNS bigint[]
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(array_agg(c.step ORDER BY c.step), '{}')
  FROM quern.checkpoint AS c
  WHERE c.job = stored_steps.job
    AND quern.holds_attempt(stored_steps.worker, stored_steps.job, stored_steps.attempt)
$$;

COMMENT ON FUNCTION quern.stored_steps IS 'The steps of all checkpoints of a job whose attempt the worker runs.';

-- 3. An adjustment that does not fit the run is refused once: no later attempt tries it again.

ALTER TABLE quern.adjustment
  ADD COLUMN refusal text,
  ADD COLUMN refused_at timestamptz,
  ADD CONSTRAINT adjustment_refusal_check CHECK ((refusal IS NULL) = (refused_at IS NULL) AND (refusal IS NULL OR applied_step IS NULL));

COMMENT ON COLUMN quern.adjustment.refusal IS 'Why the run could not take it; it is left out from then on.';

DROP INDEX quern.adjustment_open;

CREATE INDEX adjustment_open ON quern.adjustment (job) WHERE applied_step IS NULL AND refusal IS NULL;

CREATE OR REPLACE FUNCTION quern.heartbeat(
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
  JOIN quern.adjustment AS a ON a.job = g.id AND a.applied_step IS NULL AND a.refusal IS NULL
  JOIN quern.job AS j ON j.id = g.id AND j.attempt = g.attempt AND j.worker = me.id
  ORDER BY g.id, a.seq;
  IF me.draining THEN
    RETURN QUERY SELECT NULL::bigint, NULL::int, 'drain', NULL::jsonb;
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION quern.adjustments_of(worker text, job bigint, attempt int)
RETURNS TABLE (seq int, changes jsonb, applied_step bigint)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT a.seq, a.changes, a.applied_step
  FROM quern.adjustment AS a
  WHERE a.job = adjustments_of.job
    AND a.refusal IS NULL
    AND quern.holds_attempt(adjustments_of.worker, adjustments_of.job, adjustments_of.attempt)
  ORDER BY a.seq
$$;

COMMENT ON FUNCTION quern.adjustments_of IS 'All adjustments of a job whose attempt the worker runs, in order, without those that were refused.';

CREATE FUNCTION quern.refuse_adjustment(worker text, job bigint, attempt int, seq int, step bigint, reason text)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  running quern.job := quern.hold_attempt(refuse_adjustment.worker, refuse_adjustment.job, refuse_adjustment.attempt);
BEGIN
  IF running.id IS NULL THEN
    RETURN quern.fenced_off(refuse_adjustment.worker, refuse_adjustment.job);
  END IF;
  IF refuse_adjustment.reason IS NULL THEN
    PERFORM quern.refuse('invalid_value', 'reason', 'whoever refuses an adjustment says why; the reason must not be NULL');
  END IF;
  PERFORM quern.need_today();
  WITH refused AS (
    UPDATE quern.adjustment AS a
    SET refusal = left(refuse_adjustment.reason, 2000),
        refused_at = now()
    WHERE a.job = running.id
      AND a.seq = refuse_adjustment.seq
      AND a.applied_step IS NULL
      AND a.refusal IS NULL
    RETURNING a.seq, a.refusal
  )
  INSERT INTO quern.event (job, attempt, previous, state, type, kind, queue, model, worker, data)
  SELECT running.id, running.attempt, running.state, running.state, 'hyperparameter_refused', running.kind, running.queue, running.model,
    running.worker, jsonb_build_object('seq', r.seq, 'step', refuse_adjustment.step, 'message', r.refusal)
  FROM refused AS r;
  RETURN true;
END
$$;

COMMENT ON FUNCTION quern.refuse_adjustment IS
  'Says that an adjustment does not fit the run, which goes on without it; nobody is given it again. False when the attempt is no longer the worker''s.';

CREATE OR REPLACE FUNCTION quern.adjust(id bigint, changes jsonb)
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
  SELECT found_job.parameters || coalesce(jsonb_object_agg(m.key, m.value ORDER BY a.seq), '{}')
  INTO effective
  FROM quern.adjustment AS a
  CROSS JOIN jsonb_each(a.changes) AS m
  WHERE a.job = found_job.id
    AND a.refusal IS NULL;
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

CREATE OR REPLACE VIEW quern.adjustments WITH (security_barrier = true) AS
SELECT a.job,
       a.seq,
       CASE WHEN quern.may_see(a.job) THEN a.changes END AS changes,
       a.by,
       a.at,
       a.applied_step,
       a.applied_at,
       CASE WHEN quern.may_see(a.job) THEN a.refusal END AS refusal,
       a.refused_at
FROM quern.adjustment AS a
WHERE (SELECT quern.is_operator())
   OR quern.may_see(a.job);

COMMENT ON VIEW quern.adjustments IS
  'What quern.adjust changed of your jobs, in order; applied_step is how many steps were done then, NULL while it waits for a step or was refused, which refusal explains.';

-- 4. Rows for a worker, as many as it asks bytes for: a row may be a whole book.

CREATE FUNCTION quern.job_dataset_page(worker text, job bigint, attempt int, dataset text, after_index int, most_bytes bigint, most_rows int)
RETURNS TABLE (index int, content jsonb)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  size bigint := 0;
BEGIN
  -- Rows that are too many are not read: the loop fetches some at a time.
  FOR index, content IN
    SELECT r.index, r.content
    FROM quern.job_dataset_rows(job_dataset_page.worker, job_dataset_page.job, job_dataset_page.attempt, job_dataset_page.dataset,
      job_dataset_page.after_index, job_dataset_page.most_rows) AS r
  LOOP
    size := size + octet_length(content::text);
    -- One row always, so that none is too large.
    EXIT WHEN size > most_bytes AND size > octet_length(content::text);
    RETURN NEXT;
  END LOOP;
END
$$;

COMMENT ON FUNCTION quern.job_dataset_page IS
  'The next rows of a dataset that a running job names, after an index, at most so many bytes of JSON and rows, but one at least; no row after the last.';

-- 5. Rights, as in the beginning: everything is revoked, and granted by name.

REVOKE ALL ON FUNCTION quern.register_worker(text, text, text, int, text, text[], text[], jsonb, interval, jsonb, text[]),
  quern.candidates(text[], jsonb, text[]), quern.waiting_reason(text, text, text), quern.stored_steps(text, bigint, int),
  quern.refuse_adjustment(text, bigint, int, int, bigint, text),
  quern.job_dataset_page(text, bigint, int, text, int, bigint, int)
FROM PUBLIC;

GRANT EXECUTE ON FUNCTION quern.waiting_reason(text, text, text)
TO quern_submitter, quern_worker, quern_monitor, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION quern.register_worker(text, text, text, int, text, text[], text[], jsonb, interval, jsonb, text[]),
  quern.stored_steps(text, bigint, int), quern.refuse_adjustment(text, bigint, int, int, bigint, text),
  quern.job_dataset_page(text, bigint, int, text, int, bigint, int)
TO quern_worker;
