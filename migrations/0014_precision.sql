-- Precision: what a model computes with unless a job says otherwise, and what jobs may say.

ALTER TABLE quern.model
ADD COLUMN precision text NOT NULL DEFAULT 'f32' CHECK (precision IN ('f32', 'bf16', 'q8', 'q4'));

COMMENT ON COLUMN quern.model.precision IS
  'How the weights are kept and multiplied for jobs that name no precision: f32, bf16, q8 or q4, as in quern.parameter. Part of the version: another precision is another version.';

CREATE OR REPLACE FUNCTION quern.register_model(name text, config jsonb, files jsonb, detail jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  wanted text := coalesce(register_model.detail ->> 'precision', 'f32');
  newest int;
  missing text;
BEGIN
  IF register_model.name IS NULL OR register_model.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' THEN
    PERFORM quern.refuse('invalid_value', 'name', 'a model''s name has 1 to 100 letters, digits, ".", "_" or "-", and starts with a letter or digit');
  END IF;
  IF wanted NOT IN ('f32', 'bf16', 'q8', 'q4') THEN
    PERFORM quern.refuse('invalid_value', 'precision', format('"precision" must be one of "f32", "bf16", "q8", "q4", not %s', quern.quoted(wanted)));
  END IF;
  -- 1. All files must be there: a model that can be named can be loaded.
  SELECT f.path
  INTO missing
  FROM jsonb_to_recordset(register_model.files) AS f(path text, sha256 text, size bigint)
  WHERE NOT quern.has_blob(decode(f.sha256, 'hex'))
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('invalid_value', 'files', format('the content of %s is not stored completely; store its chunks first', quern.quoted(missing)));
  END IF;
  -- 2. One registration of a name at a time. The same content at the same precision is the same version.
  PERFORM pg_advisory_xact_lock(hashtext('quern.model'), hashtext(register_model.name));
  SELECT max(m.version)
  INTO newest
  FROM quern.model AS m
  WHERE m.name = register_model.name;
  IF EXISTS (
    SELECT
    FROM quern.model AS m
    WHERE m.name = register_model.name
      AND m.version = newest
      AND m.config = register_model.config
      AND m.precision = wanted
      AND NOT EXISTS (
        (SELECT f.path, decode(f.sha256, 'hex')
         FROM jsonb_to_recordset(register_model.files) AS f(path text, sha256 text))
        EXCEPT
        (SELECT o.path, o.sha256 FROM quern.model_file AS o WHERE o.model = m.name AND o.version = m.version))
      AND jsonb_array_length(register_model.files)
        = (SELECT count(*) FROM quern.model_file AS o WHERE o.model = m.name AND o.version = m.version))
  THEN
    RETURN register_model.name || '@' || newest;
  END IF;
  -- 3. A new version, its files, and the event.
  newest := coalesce(newest, 0) + 1;
  INSERT INTO quern.model (name, version, config, detail, context_length, longest_token_bytes, precision, created_by)
  VALUES (register_model.name, newest, register_model.config, register_model.detail,
    coalesce(register_model.detail ->> 'context_length', register_model.config ->> 'max_position_embeddings')::int,
    (register_model.detail ->> 'longest_token_bytes')::int, wanted, quern.caller());
  INSERT INTO quern.model_file (model, version, path, sha256, size)
  SELECT register_model.name, newest, f.path, decode(f.sha256, 'hex'), f.size
  FROM jsonb_to_recordset(register_model.files) AS f(path text, sha256 text, size bigint);
  PERFORM quern.need_today();
  INSERT INTO quern.event (type, model)
  VALUES ('model_imported', register_model.name || '@' || newest);
  RETURN register_model.name || '@' || newest;
END
$$;

COMMENT ON FUNCTION quern.register_model IS
  'Registers the next version of a model whose files [{path, sha256 (hex), size}] are stored; returns name@version. detail: context_length, longest_token_bytes, parameters, precision (f32 if left out), and can_generate and has_chat_template, where false refuses jobs.';

CREATE OR REPLACE FUNCTION quern.model_manifest(model text)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_model quern.model := quern.find_model(model_manifest.model);
BEGIN
  IF found_model.name IS NULL THEN
    PERFORM quern.refuse_model(model_manifest.model);
  END IF;
  RETURN jsonb_build_object(
    'name', found_model.name,
    'version', found_model.version,
    'config', found_model.config,
    'context_length', found_model.context_length,
    'longest_token_bytes', found_model.longest_token_bytes,
    'precision', found_model.precision,
    'parameters', found_model.detail -> 'parameters',
    'detail', found_model.detail,
    'files', (
      SELECT jsonb_agg(jsonb_build_object('path', f.path, 'sha256', encode(f.sha256, 'hex'), 'size', f.size) ORDER BY f.path)
      FROM quern.model_file AS f
      WHERE f.model = found_model.name
        AND f.version = found_model.version));
END
$$;

COMMENT ON FUNCTION quern.model_manifest IS 'Configuration, limits, precision and files of a model (name@version, or a name for its newest version).';

-- A view takes new columns at its end.
CREATE OR REPLACE VIEW quern.models AS
SELECT m.name || '@' || m.version AS model,
       m.name,
       m.version,
       m.context_length,
       (m.detail ->> 'parameters')::bigint AS parameters,
       (SELECT sum(f.size)::bigint FROM quern.model_file AS f WHERE f.model = m.name AND f.version = m.version) AS size,
       m.config ->> 'model_type' AS architecture,
       m.created_by,
       m.created_at,
       m.precision
FROM quern.model AS m;

COMMENT ON VIEW quern.models IS
  'The models that jobs can name; size in bytes; precision is what jobs are computed with that name none.';

-- As Sources/Jobs describes them; a test compares.
INSERT INTO quern.parameter (kind, name, schema, description)
SELECT k.kind, 'precision', '{"type": "string", "enum": ["f32", "bf16", "q8", "q4"]}'::jsonb,
  'How the weights are kept and multiplied. f32: 4 bytes a weight, the reference. bf16: 2 bytes, hardly a difference. q8: 1.1 bytes, a small loss. q4: 0.6 bytes, the fastest for few jobs at a time, a loss that shows. Without it what the model was imported with.'
FROM unnest('{generate,embed,score}'::text[]) AS k(kind)
UNION ALL
SELECT k.kind, 'kv_precision', '{"type": "string", "enum": ["f32", "bf16", "q8"]}'::jsonb,
  'How the keys and values of the context are kept: f32 in 4 bytes a number, bf16 in 2, q8 in 1.1, for about four times the context of f32 in the same memory. Without it f32 beside f32 weights, else bf16.'
FROM unnest('{generate,score}'::text[]) AS k(kind);

-- Workers group prefixes by submitter and tenant, and run the more important jobs first: the claim tells them. A function
-- whose columns change is made anew, and its rights with it.
DROP FUNCTION quern.claim(text, jsonb, int, boolean);

-- The planner cannot know how few rows it will read, and would compile for 200 ms what runs for one.
CREATE FUNCTION quern.claim(worker text, capacity jsonb, running int, mark_idle boolean DEFAULT false)
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

COMMENT ON FUNCTION quern.claim IS
  'Gives the worker its next jobs, best priority first, at most capacity[kind] of each; takes expired leases on the way. running: attempts it holds now.';

REVOKE ALL ON FUNCTION quern.claim(text, jsonb, int, boolean) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION quern.claim(text, jsonb, int, boolean)
TO quern_worker;
