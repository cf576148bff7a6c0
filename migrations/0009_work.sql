-- What workers call. Each call locks the worker's own row first, so that calls of one worker follow each other.

CREATE FUNCTION quern.register_worker(
  id text, name text, host text, pid int, version text, kinds text[], queues text[], slots jsonb,
  lease interval DEFAULT '15 seconds', detail jsonb DEFAULT '{}')
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
  INSERT INTO quern.worker AS w (id, name, host, pid, version, kinds, queues, slots, lease, lease_until, detail)
  VALUES (register_worker.id, register_worker.name, register_worker.host, register_worker.pid, register_worker.version,
    register_worker.kinds, register_worker.queues, register_worker.slots, register_worker.lease,
    clock_timestamp() + register_worker.lease, coalesce(register_worker.detail, '{}'))
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

COMMENT ON FUNCTION quern.register_worker IS 'Announces a worker process under an id that was never used; its lease starts.';

CREATE FUNCTION quern.heartbeat(
  worker text, jobs bigint[], attempts int[], progress real[], idle boolean DEFAULT false, status jsonb DEFAULT '{}')
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
      status = coalesce(heartbeat.status, '{}')
  WHERE w.id = me.id;
  -- 3. What the worker should know.
  RETURN QUERY
  SELECT g.id, g.attempt, 'cancel', NULL::jsonb
  FROM unnest(heartbeat.jobs, heartbeat.attempts) AS g(id, attempt)
  WHERE NOT EXISTS (
    SELECT
    FROM quern.job AS j
    WHERE j.id = g.id
      AND j.attempt = g.attempt
      AND j.worker = me.id);
  IF me.draining THEN
    RETURN QUERY SELECT NULL::bigint, NULL::int, 'drain', NULL::jsonb;
  END IF;
END
$$;

COMMENT ON FUNCTION quern.heartbeat IS
  'Renews the worker''s lease and returns commands: cancel (that attempt is no longer yours), drain, register (you were taken for lost: start afresh).';

-- The best claimable jobs of a worker's queues, at most capacity[kind] of each kind, locked.
CREATE FUNCTION quern.candidates(queues text[], capacity jsonb)
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
      ORDER BY o.priority DESC, o.id
      LIMIT greatest(0, k.free::int)
      FOR UPDATE SKIP LOCKED
    ) AS l
    ORDER BY l.priority DESC, l.id
    LIMIT greatest(0, k.free::int)
  ) AS j
$$;

-- The planner cannot know how few rows it will read, and would compile for 200 ms what runs for one.
CREATE FUNCTION quern.claim(worker text, capacity jsonb, running int, mark_idle boolean DEFAULT false)
RETURNS TABLE (id bigint, attempt int, kind text, queue text, model text, parameters jsonb, timeout interval, alone boolean,
  losses int, submitter text, metadata jsonb, state jsonb)
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
  claimed bigint[];
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
      FROM quern.candidates(me.queues, claim.capacity) AS c
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
    SELECT t.id, t.attempt, t.kind, t.queue, t.model, t.parameters, t.timeout, t.losses >= 2, t.losses, t.submitter, t.metadata, NULL::jsonb
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

COMMENT ON FUNCTION quern.claim IS
  'Gives the worker its next jobs, best priority first, at most capacity[kind] of each; takes expired leases on the way. running: attempts it holds now.';

-- The second half of the wake-up protocol. True once every transaction that may have read quern.idle_worker before this
-- worker's mark has ended: after one more claim that finds nothing the worker may sleep on NOTIFY quern_queued.
CREATE FUNCTION quern.may_sleep(worker text)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  marked xid8;
BEGIN
  SELECT i.horizon
  INTO marked
  FROM quern.idle_worker AS i
  WHERE i.worker = may_sleep.worker
  LIMIT 1;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF marked IS NULL THEN
    -- The mark is committed: who starts from here on reads it.
    UPDATE quern.idle_worker AS i
    SET horizon = pg_snapshot_xmax(pg_current_snapshot())
    WHERE i.worker = may_sleep.worker
    RETURNING i.horizon INTO marked;
  END IF;
  RETURN pg_snapshot_xmin(pg_current_snapshot()) >= marked;
END
$$;

COMMENT ON FUNCTION quern.may_sleep IS 'Whether no submission can have missed this worker''s idle mark any more; claim once again before sleeping.';

CREATE FUNCTION quern.complete(worker text, jobs bigint[], attempts int[], results jsonb[], usages jsonb[])
RETURNS bigint[]
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  accepted bigint[];
BEGIN
  PERFORM FROM quern.worker AS w WHERE w.id = complete.worker FOR UPDATE;
  accepted := quern.finish(complete.jobs, complete.attempts, coalesce(complete.worker, ''), 'succeeded', 'succeeded', complete.results, complete.usages);
  PERFORM quern.let_go(complete.worker, complete.jobs, accepted);
  RETURN accepted;
END
$$;

COMMENT ON FUNCTION quern.complete IS 'Stores results; returns the ids that were accepted. The others were cancelled, or given to another worker meanwhile.';

CREATE FUNCTION quern.fail(worker text, job bigint, attempt int, error jsonb, retryable boolean, retry_after interval DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  new_state text;
  code text := CASE WHEN fail.error ->> 'code' ~ '^[a-z][a-z_]{0,63}$' THEN fail.error ->> 'code' ELSE 'internal_error' END;
BEGIN
  PERFORM FROM quern.worker AS w WHERE w.id = fail.worker FOR UPDATE;
  new_state := quern.fail_attempt(fail.worker, fail.job, fail.attempt,
    jsonb_build_object('code', code, 'message', coalesce(fail.error ->> 'message', ''), 'param', fail.error -> 'param'),
    coalesce(fail.retryable, false), fail.retry_after);
  PERFORM quern.let_go(fail.worker, ARRAY[fail.job], CASE WHEN new_state IS NULL THEN '{}' ELSE ARRAY[fail.job] END);
  RETURN new_state;
END
$$;

COMMENT ON FUNCTION quern.fail IS
  'Ends an attempt with an error {code, message, param}; retried after a pause while failures are left if retryable. Returns the new state, NULL when fenced.';

CREATE FUNCTION quern.release(worker text, jobs bigint[], attempts int[], reason text)
RETURNS bigint[]
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  given bigint[];
BEGIN
  PERFORM FROM quern.worker AS w WHERE w.id = release.worker FOR UPDATE;
  given := quern.give_back(release.jobs, release.attempts, coalesce(release.worker, ''), 'released', reason => left(release.reason, 64));
  PERFORM quern.let_go(release.worker, release.jobs, given);
  RETURN given;
END
$$;

COMMENT ON FUNCTION quern.release IS 'Hands attempts back to the queue: neither a failure nor a loss. Returns the ids that were still the worker''s.';

-- After a write of a worker: its row no longer lists the jobs, and writes that came too late are counted.
CREATE FUNCTION quern.let_go(worker text, written bigint[], accepted bigint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
BEGIN
  UPDATE quern.worker AS w
  SET held = ARRAY(SELECT h FROM unnest(w.held) AS h WHERE h <> ALL (accepted))
  WHERE w.id = let_go.worker
    AND w.held && accepted;
  IF cardinality(written) > cardinality(accepted) THEN
    INSERT INTO quern.fenced_write (worker, queue, kind)
    SELECT let_go.worker, coalesce(j.queue, f.queue, 'unknown'), coalesce(j.kind, f.kind, 'unknown')
    FROM unnest(written) AS g(id)
    LEFT JOIN quern.job AS j ON j.id = g.id
    LEFT JOIN quern.finished_job AS f ON f.id = g.id
    WHERE g.id <> ALL (accepted);
  END IF;
END
$$;

CREATE FUNCTION quern.deregister_worker(worker text)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  left_over bigint[];
  left_attempts int[];
BEGIN
  SELECT array_agg(j.id), array_agg(j.attempt)
  INTO left_over, left_attempts
  FROM (
    SELECT w.held
    FROM quern.worker AS w
    WHERE w.id = deregister_worker.worker
    FOR UPDATE
  ) AS me
  JOIN quern.job AS j ON j.id = ANY (me.held) AND j.worker = deregister_worker.worker;
  IF left_over IS NOT NULL THEN
    PERFORM quern.give_back(left_over, left_attempts, deregister_worker.worker, 'released', reason => 'drain');
  END IF;
  UPDATE quern.worker AS w
  SET state = 'gone',
      idle = false,
      held = '{}'
  WHERE w.id = deregister_worker.worker
    AND w.state = 'live';
  DELETE FROM quern.idle_worker AS i
  WHERE i.worker = deregister_worker.worker;
END
$$;

COMMENT ON FUNCTION quern.deregister_worker IS 'The worker stops: what it still holds goes back to the queue.';

CREATE FUNCTION quern.drain_worker(worker text)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  UPDATE quern.worker AS w
  SET draining = true
  WHERE w.id = drain_worker.worker
    AND w.state = 'live'
    AND NOT w.draining;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM quern.worker AS w WHERE w.id = drain_worker.worker AND w.draining) THEN
      RETURN;
    END IF;
    PERFORM quern.refuse('invalid_value', 'worker', format('there is no live worker %s; see quern.workers', quern.quoted(drain_worker.worker)));
  END IF;
  PERFORM quern.need_today();
  INSERT INTO quern.event (type, worker)
  VALUES ('drain_started', drain_worker.worker);
  PERFORM pg_notify('quern_control', drain_worker.worker);
END
$$;

COMMENT ON FUNCTION quern.drain_worker IS 'The worker claims nothing more, finishes or hands back what it holds, and stops.';
