-- What a fine-tune makes: registered by the worker that runs it, for the job's submitter.

CREATE FUNCTION quern.register_made(worker text, job bigint, attempt int, name text, base text, config jsonb, files jsonb, detail jsonb)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  held quern.job := quern.hold_attempt(register_made.worker, register_made.job, register_made.attempt);
  wanted text := register_made.name;
  made text;
BEGIN
  IF held.id IS NULL THEN
    PERFORM quern.fenced_off(register_made.worker, register_made.job);
    RETURN NULL;
  END IF;
  -- 1. Once for each job: an attempt that broke off after this makes nothing twice.
  PERFORM pg_advisory_xact_lock(hashtext('quern.made'), hashtext(wanted));
  SELECT m.name || '@' || m.version
  INTO made
  FROM quern.model AS m
  WHERE m.detail #>> '{lineage,job}' = held.id::text;
  IF FOUND THEN
    RETURN made;
  END IF;
  -- 2. A name that became another's while the job ran is left to them.
  IF EXISTS (
    SELECT
    FROM quern.model AS m
    WHERE m.name = wanted
      AND (m.created_by <> held.submitter
        OR m.base_name IS DISTINCT FROM split_part(register_made.base, '@', 1)))
  THEN
    wanted := left(wanted, 80) || '-' || held.id;
  END IF;
  -- 3. From the job's own files to those of models.
  PERFORM quern.put_blob_chunk(c.sha256, c.index, c.size, c.bytes)
  FROM quern.checkpoint_chunk AS c
  WHERE c.job = held.id
    AND c.sha256 IN (SELECT decode(f.sha256, 'hex') FROM jsonb_to_recordset(register_made.files) AS f(sha256 text))
    AND NOT quern.has_blob(c.sha256);
  made := CASE
    WHEN register_made.base IS NULL
      THEN quern.register_model(wanted, register_made.config, register_made.files, register_made.detail)
    ELSE quern.register_adapter(wanted, register_made.base, register_made.config, register_made.files, register_made.detail)
  END;
  UPDATE quern.model AS m
  SET created_by = held.submitter
  WHERE m.name = wanted
    AND m.name || '@' || m.version = made
    AND m.detail #>> '{lineage,job}' = held.id::text;
  RETURN made;
END
$$;

COMMENT ON FUNCTION quern.register_made IS
  'Registers a model (base NULL) or an adapter that a running job made, out of files that its worker stored; returns name@version, NULL when fenced.';

CREATE FUNCTION quern.checkpoint_at(worker text, job bigint, attempt int, at_step bigint)
RETURNS TABLE (step bigint, stored_by int, kernel_level text, metric double precision, detail jsonb, files jsonb)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT c.step, c.attempt, c.kernel_level, c.metric, c.detail, (
    SELECT jsonb_agg(jsonb_build_object('path', f.path, 'sha256', encode(f.sha256, 'hex'), 'size', f.size) ORDER BY f.path)
    FROM quern.checkpoint_file AS f
    WHERE f.job = c.job
      AND f.step = c.step)
  FROM quern.checkpoint AS c
  WHERE c.job = checkpoint_at.job
    AND c.step = checkpoint_at.at_step
    AND quern.holds_attempt(checkpoint_at.worker, checkpoint_at.job, checkpoint_at.attempt)
$$;

COMMENT ON FUNCTION quern.checkpoint_at IS 'The checkpoint that a job stored at a step, for the worker that runs it.';

CREATE FUNCTION quern.submission_time(worker text, job bigint, attempt int)
RETURNS timestamptz
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT j.created_at
  FROM quern.job AS j
  WHERE j.id = submission_time.job
    AND quern.holds_attempt(submission_time.worker, submission_time.job, submission_time.attempt)
$$;

COMMENT ON FUNCTION quern.submission_time IS 'When a job was submitted, for the worker that runs it: what every attempt takes for the present.';

REVOKE ALL ON FUNCTION quern.register_made(text, bigint, int, text, text, jsonb, jsonb, jsonb), quern.checkpoint_at(text, bigint, int, bigint),
  quern.submission_time(text, bigint, int)
FROM PUBLIC;

GRANT EXECUTE ON FUNCTION quern.register_made(text, bigint, int, text, text, jsonb, jsonb, jsonb), quern.checkpoint_at(text, bigint, int, bigint),
  quern.submission_time(text, bigint, int)
TO quern_worker;
