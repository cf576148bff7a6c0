-- What submitters and operators do with a job that exists.

-- A job that the caller may act on, locked where it is unfinished. Another's job and one that never was are the same refusal.
CREATE FUNCTION quern.refuse_job(id bigint)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
BEGIN
  PERFORM quern.refuse('job_not_found', 'id', format('you have no job %s; quern.jobs lists yours', coalesce(refuse_job.id::text, 'NULL')));
END
$$;

CREATE FUNCTION quern.job_state(id bigint)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_state text;
BEGIN
  SELECT j.state
  INTO found_state
  FROM quern.job AS j
  WHERE j.id = job_state.id
    AND (j.submitter = quern.caller() OR quern.is_operator());
  IF NOT FOUND THEN
    SELECT f.state
    INTO found_state
    FROM quern.finished_job AS f
    WHERE f.id = job_state.id
      AND (f.submitter = quern.caller() OR quern.is_operator());
  END IF;
  -- Between the two looks a job may finish, or be retried: then it is there at the next.
  IF NOT FOUND THEN
    SELECT j.state
    INTO found_state
    FROM quern.job AS j
    WHERE j.id = job_state.id
      AND (j.submitter = quern.caller() OR quern.is_operator());
  END IF;
  IF NOT FOUND THEN
    PERFORM quern.refuse_job(job_state.id);
  END IF;
  RETURN found_state;
END
$$;

COMMENT ON FUNCTION quern.job_state IS 'The state of a job; an error when it is unknown or another''s.';

CREATE FUNCTION quern.cancel(id bigint)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_job quern.job;
BEGIN
  SELECT j.*
  INTO found_job
  FROM quern.job AS j
  WHERE j.id = cancel.id
    AND (j.submitter = quern.caller() OR quern.is_operator())
  FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM quern.refuse('invalid_state', 'id',
      format('job %s is %s already; only an unfinished job can be cancelled', cancel.id, quern.job_state(cancel.id)));
  END IF;
  PERFORM quern.finish(ARRAY[found_job.id], ARRAY[found_job.attempt], NULL, 'cancelled', 'cancelled',
    errors => ARRAY['{"code": "cancelled", "message": "the job was cancelled", "param": null}'::jsonb]);
  -- Final at once; the worker only learns that it can stop.
  IF found_job.state = 'running' THEN
    PERFORM pg_notify('quern_control', found_job.worker);
  END IF;
  RETURN 'cancelled';
END
$$;

COMMENT ON FUNCTION quern.cancel IS 'Cancels an unfinished job, running or not; final at once. Returns the new state.';

CREATE FUNCTION quern.retry(id bigint)
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
  -- 1. Out of the archive: failures and losses start again, the attempt goes on, a ttl gets its length again.
  again AS (
    DELETE FROM quern.finished_job AS f
    WHERE f.id = retry.id
      AND f.state IN ('failed', 'cancelled', 'expired')
      AND (f.submitter = quern.caller() OR quern.is_operator())
    RETURNING f.*
  ),
  returned AS (
    INSERT INTO quern.job AS j (id, created_at, run_at, started_at, expires_at, priority, attempt, max_attempts, state, parked, kind, queue,
      submitter, model, tenant, subject, timeout, metadata, parameters)
    SELECT a.id, a.created_at, now(), a.started_at, now() + (a.expires_at - a.created_at), a.priority, a.attempt, a.max_attempts,
      'queued', false, a.kind, a.queue, a.submitter, a.model, a.tenant, a.subject, a.timeout, a.metadata, a.parameters
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

COMMENT ON FUNCTION quern.retry IS 'Puts a failed, cancelled or expired job back into its queue with all its attempts to come. Returns the new state.';

-- Registers interest: finishing the job sends NOTIFY quern_finished with its id. A hint, look again all the same.
CREATE FUNCTION quern.watch(id bigint)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_state text := quern.job_state(watch.id);
BEGIN
  IF found_state NOT IN ('succeeded', 'failed', 'cancelled', 'expired') THEN
    INSERT INTO quern.waiter AS w (job, expires_at)
    VALUES (watch.id, now() + interval '1 day')
    ON CONFLICT (job) DO UPDATE SET expires_at = excluded.expires_at;
  END IF;
  RETURN found_state;
END
$$;

COMMENT ON FUNCTION quern.watch IS 'Asks for NOTIFY quern_finished when the job is over; returns its state now.';

-- SECURITY INVOKER and without SET, or COMMIT would be refused: all names are qualified.
CREATE PROCEDURE quern.wait(id bigint, timeout interval DEFAULT '1 hour')
LANGUAGE plpgsql
AS $$
DECLARE
  deadline timestamptz := clock_timestamp() OPERATOR(pg_catalog.+) timeout;
  pause double precision := 0.005;
BEGIN
  -- 1. Refuses to run inside a transaction block, which would never see the job finish.
  COMMIT;
  LOOP
    -- 2. A look, and its snapshot is gone with the transaction.
    IF quern.job_state(id) OPERATOR(pg_catalog.=) ANY ('{succeeded,failed,cancelled,expired}'::pg_catalog.text[]) THEN
      RETURN;
    END IF;
    COMMIT;
    IF pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>=) deadline THEN
      RAISE EXCEPTION USING
        ERRCODE = '57014',
        MESSAGE = pg_catalog.format('job %s is not finished after %s; wait again, or see quern.jobs', id, timeout),
        DETAIL = '{"code": "request_timeout", "param": "timeout"}';
    END IF;
    -- 3. Short pauses first, half a second at most: none of them holds a snapshot for longer.
    PERFORM pg_catalog.pg_sleep(pause);
    COMMIT;
    pause := CASE WHEN pause OPERATOR(pg_catalog.<) 0.25 THEN pause OPERATOR(pg_catalog.*) 1.5 ELSE 0.25 END;
  END LOOP;
END
$$;

COMMENT ON PROCEDURE quern.wait IS 'CALL quern.wait(id, timeout): returns when the job is over, raises 57014 after timeout. Outside a transaction block.';
