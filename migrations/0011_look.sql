-- What there is to see. Content (parameters, result, error, metadata) shows to its submitter alone.

CREATE FUNCTION quern.result(id bigint)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  finished quern.finished_job;
BEGIN
  SELECT f.*
  INTO finished
  FROM quern.finished_job AS f
  WHERE f.id = result.id;
  IF FOUND AND finished.submitter = quern.caller() THEN
    RETURN CASE
      WHEN finished.state = 'succeeded' THEN coalesce(finished.result, '{}')
      ELSE jsonb_build_object('error', coalesce(finished.error, jsonb_build_object('code', finished.state, 'message', '', 'param', NULL)))
    END;
  END IF;
  IF EXISTS (SELECT FROM quern.job AS j WHERE j.id = result.id AND j.submitter = quern.caller()) THEN
    RETURN NULL;
  END IF;
  IF quern.is_operator() AND (finished.id IS NOT NULL OR EXISTS (SELECT FROM quern.job AS j WHERE j.id = result.id)) THEN
    PERFORM quern.refuse('permission_denied', 'id',
      format('job %s belongs to another submitter: its content is not shown to operators', result.id), '42501');
  END IF;
  PERFORM quern.refuse_job(result.id);
END
$$;

COMMENT ON FUNCTION quern.result IS 'What a job made: NULL while it is unfinished, {"error": {code, message, param}} unless it succeeded.';

CREATE FUNCTION quern.text(id bigint)
RETURNS text
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(r #>> '{choices,0,text}', r #>> '{choices,0,message,content}')
  FROM quern.result(text.id) AS r
$$;

COMMENT ON FUNCTION quern.text IS 'The generated text of a generate job alone, of several answers the first; NULL unless it succeeded.';

-- Why a queued job waits that no live worker can take.
CREATE FUNCTION quern.waiting_reason(kind text, queue text)
RETURNS text
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT format('no live worker offers kind %s in queue %s', waiting_reason.kind, waiting_reason.queue)
  WHERE NOT EXISTS (
    SELECT
    FROM quern.worker AS w
    WHERE w.state = 'live'
      AND NOT w.draining
      AND NOT quern.lease_over(w.lease_until, w.lease)
      AND waiting_reason.kind = ANY (w.kinds)
      AND waiting_reason.queue = ANY (w.queues))
$$;

COMMENT ON FUNCTION quern.waiting_reason IS 'Why no worker can take a queued job of this kind and queue; NULL when one can.';

-- Owner's rights and a predicate; the barrier keeps functions of the caller from seeing rows before the predicate does.
CREATE VIEW quern.jobs WITH (security_barrier = true) AS
SELECT j.id,
       j.kind,
       j.queue,
       j.state,
       CASE WHEN j.state = 'queued' THEN coalesce(quern.waiting_reason(j.kind, j.queue), j.reason) ELSE j.reason END AS reason,
       j.priority,
       CASE WHEN j.state = 'running'
         THEN (SELECT w.progress[array_position(w.reported, j.id)] FROM quern.worker AS w WHERE w.id = j.worker) END AS progress,
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
       NULL::timestamptz AS finished_at
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
       f.finished_at
FROM quern.finished_job AS f
WHERE f.submitter = (SELECT quern.caller())
   OR (SELECT quern.is_operator());

COMMENT ON VIEW quern.jobs IS 'Your jobs; an operator sees those of all, without content. reason says why a job is where it is.';

CREATE FUNCTION quern.may_see(job bigint)
RETURNS boolean
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM quern.job AS j WHERE j.id = may_see.job AND j.submitter = quern.caller())
      OR EXISTS (SELECT FROM quern.finished_job AS f WHERE f.id = may_see.job AND f.submitter = quern.caller())
$$;

COMMENT ON FUNCTION quern.may_see IS 'Whether the job is the caller''s own.';

CREATE VIEW quern.attempts WITH (security_barrier = true) AS
SELECT a.job,
       a.attempt,
       a.worker,
       a.started_at,
       a.ended_at,
       a.outcome,
       CASE WHEN quern.may_see(a.job) THEN a.error
         WHEN a.error IS NOT NULL THEN jsonb_build_object('code', a.error -> 'code') END AS error
FROM quern.attempt AS a
WHERE (SELECT quern.is_operator())
   OR quern.may_see(a.job)
UNION ALL
SELECT j.id,
       j.attempt,
       j.worker,
       j.started_at,
       NULL::timestamptz,
       'running',
       NULL::jsonb
FROM quern.job AS j
WHERE j.state = 'running'
  AND (j.submitter = (SELECT quern.caller()) OR (SELECT quern.is_operator()));

COMMENT ON VIEW quern.attempts IS 'Each attempt of a job: its worker, when it ran, how it ended (succeeded, failed, cancelled, released, lost) or running.';

CREATE VIEW quern.events WITH (security_barrier = true) AS
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
       e.data
FROM quern.event AS e
WHERE (SELECT quern.is_operator())
   OR (e.job IS NOT NULL AND quern.may_see(e.job));

COMMENT ON VIEW quern.events IS 'What happened to your jobs, one row per transition; an operator sees all, and what happened to workers and models.';

CREATE VIEW quern.workers AS
SELECT w.id,
       w.name,
       w.host,
       w.pid,
       w.version,
       CASE WHEN w.state <> 'live' THEN w.state
         WHEN quern.lease_over(w.lease_until, w.lease) THEN 'late'
         WHEN w.draining THEN 'draining'
         WHEN w.idle THEN 'idle'
         ELSE 'live' END AS state,
       w.kinds,
       w.queues,
       w.slots,
       cardinality(w.held) AS running,
       w.registered_at,
       w.heartbeat_at,
       w.lease_until,
       w.lease,
       w.status,
       w.detail
FROM quern.worker AS w;

COMMENT ON VIEW quern.workers IS 'Worker processes: live, idle, late (their lease is over), draining, lost, gone.';
