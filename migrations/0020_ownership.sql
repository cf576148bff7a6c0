-- Whose models and adapters are, who may use them, and what of uploads and drafts that came to nothing is left.

-- 1. Owner and visibility.

ALTER TABLE quern.model RENAME COLUMN created_by TO owner;

ALTER TABLE quern.model
ADD COLUMN visibility text NOT NULL DEFAULT 'private' CHECK (visibility IN ('private', 'shared'));

COMMENT ON COLUMN quern.model.owner IS 'The submitter of the job that made it, else who imported it.';

COMMENT ON COLUMN quern.model.visibility IS
  'private: of its owner alone. shared: for every submitter, an adapter as far as its base is. Operators, administrators and workers see all.';

-- What was there: a job's work is its submitter's, everything else was imported for all.
UPDATE quern.model AS m
SET visibility = 'shared'
WHERE coalesce(m.detail #>> '{lineage,job}', '') !~ '^[0-9]{1,18}$'
  OR NOT EXISTS (
    SELECT
    FROM (
      SELECT j.id, j.submitter FROM quern.job AS j
      UNION ALL
      SELECT f.id, f.submitter FROM quern.finished_job AS f
    ) AS s
    WHERE s.id = (m.detail #>> '{lineage,job}')::bigint
      AND s.submitter = m.owner);

CREATE FUNCTION quern.may_see(model quern.model)
RETURNS boolean
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT model.owner = quern.caller()
      OR (model.visibility = 'shared' AND (model.base_name IS NULL OR EXISTS (
        SELECT
        FROM quern.model AS b
        WHERE b.name = model.base_name
          AND b.version = model.base_version
          AND (b.visibility = 'shared' OR b.owner = quern.caller()))))
      OR quern.is_operator()
      OR pg_has_role(quern.caller(), 'quern_worker', 'USAGE')
$$;

COMMENT ON FUNCTION quern.may_see(quern.model) IS
  'Whether the caller sees and uses a version of a model or an adapter: its own, shared ones, as operator, administrator or worker all.';

-- An operator sees it whole. Others do not learn from a shared model what its owner's datasets and private models are called.
CREATE FUNCTION quern.seen_lineage(model quern.model)
RETURNS jsonb
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT CASE
    WHEN model.owner = quern.caller() OR quern.is_operator() THEN model.detail -> 'lineage'
    WHEN jsonb_typeof(model.detail -> 'lineage') = 'object' THEN (
      SELECT coalesce(jsonb_object_agg(l.key, l.value), '{}')
      FROM jsonb_each(model.detail -> 'lineage') AS l
      WHERE CASE
        WHEN l.key = 'dataset' THEN false
        WHEN l.key IN ('base', 'adapter') AND l.value <> 'null' THEN (quern.find_model(l.value #>> '{}')).name IS NOT NULL
        ELSE true END)
  END
$$;

COMMENT ON FUNCTION quern.seen_lineage(quern.model) IS
  'What a version was made from, as far as the caller may know: the dataset''s name is its owner''s, and operators'' to see.';

-- 2. What a name means is what the caller may see: another's private model is answered as one that does not exist.

CREATE OR REPLACE FUNCTION quern.find_model(model text)
RETURNS quern.model
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT m
  FROM quern.model AS m
  WHERE m.name = split_part(find_model.model, '@', 1)
    AND (strpos(find_model.model, '@') = 0 OR m.version::text = substr(find_model.model, strpos(find_model.model, '@') + 1))
    -- The cheap yes first: every submission asks.
    AND ((m.visibility = 'shared' AND m.base_name IS NULL) OR quern.may_see(m))
  ORDER BY m.version DESC
  LIMIT 1
$$;

CREATE OR REPLACE FUNCTION quern.find_adapter(adapter text, base_name text, base_version text)
RETURNS quern.model
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT m
  FROM quern.model AS m
  WHERE m.name = split_part(find_adapter.adapter, '@', 1)
    AND (strpos(find_adapter.adapter, '@') = 0 OR m.version::text = substr(find_adapter.adapter, strpos(find_adapter.adapter, '@') + 1))
    AND m.base_name = find_adapter.base_name
    AND (find_adapter.base_version IS NULL OR m.base_version::text = find_adapter.base_version)
    AND quern.may_see(m)
  ORDER BY m.version DESC
  LIMIT 1
$$;

CREATE OR REPLACE FUNCTION quern.refuse_model(model text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  base text := split_part(refuse_model.model, '@', 1);
  newest quern.model := quern.find_model(base);
BEGIN
  IF newest.name IS NOT NULL THEN
    PERFORM quern.refuse('model_not_found', 'model',
      format('the model %s has no such version; the newest is %s@%s', quern.quoted(base), base, newest.version));
  END IF;
  PERFORM quern.refuse('model_not_found', 'model', format('there is no model %s%s', quern.quoted(refuse_model.model),
    quern.suggestion(base, ARRAY(SELECT DISTINCT m.name FROM quern.model AS m WHERE quern.may_see(m)))));
END
$$;

CREATE OR REPLACE FUNCTION quern.refuse_adapter(base text, adapter text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_model quern.model := quern.find_model(refuse_adapter.adapter);
  wanted_name text := split_part(refuse_adapter.adapter, '@', 1);
  newest quern.model := quern.find_model(wanted_name);
BEGIN
  IF found_model.base_name IS NOT NULL THEN
    PERFORM quern.refuse('adapter_base_mismatch', 'model', format('the adapter %s@%s belongs to %s@%s, not to %s; name %s@%s+%s@%s',
      found_model.name, found_model.version, found_model.base_name, found_model.base_version, quern.quoted(refuse_adapter.base),
      found_model.base_name, found_model.base_version, found_model.name, found_model.version));
  ELSIF found_model.name IS NOT NULL THEN
    PERFORM quern.refuse('adapter_not_found', 'model',
      format('%s is a model of its own, not an adapter; name it alone', quern.quoted(refuse_adapter.adapter)));
  ELSIF newest.base_name IS NOT NULL THEN
    PERFORM quern.refuse('adapter_not_found', 'model',
      format('the adapter %s has no such version; the newest is %s@%s', quern.quoted(wanted_name), wanted_name, newest.version));
  END IF;
  PERFORM quern.refuse('adapter_not_found', 'model', format('there is no adapter %s%s', quern.quoted(refuse_adapter.adapter),
    quern.suggestion(wanted_name, ARRAY(
      SELECT DISTINCT m.name
      FROM quern.model AS m
      WHERE m.base_name = split_part(refuse_adapter.base, '@', 1)
        AND quern.may_see(m)))));
END
$$;

CREATE OR REPLACE FUNCTION quern.resolve_model(wanted text, OUT reference text, OUT base quern.model, OUT adapter quern.model)
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  base_part text := split_part(wanted, '+', 1);
  adapter_part text := substr(wanted, strpos(wanted, '+') + 1);
  own_base text;
BEGIN
  base := quern.find_model(base_part);
  IF base.name IS NULL THEN
    PERFORM quern.refuse_model(base_part);
  END IF;
  IF strpos(wanted, '+') > 0 THEN
    adapter := quern.find_adapter(adapter_part, base.name, nullif(split_part(base_part, '@', 2), ''));
    IF adapter.name IS NULL THEN
      PERFORM quern.refuse_adapter(base_part, adapter_part);
    END IF;
  ELSIF base.base_name IS NULL THEN
    reference := base.name || '@' || base.version;
    RETURN;
  ELSE
    adapter := base;
  END IF;
  -- The base that the adapter was made on; it may have been withdrawn from the caller since.
  own_base := adapter.base_name || '@' || adapter.base_version;
  base := quern.find_model(own_base);
  IF base.name IS NULL THEN
    PERFORM quern.refuse_model(own_base);
  END IF;
  reference := own_base || '+' || adapter.name || '@' || adapter.version;
END
$$;

-- A name that the caller may not see counts as free: quern.register_made finds another one for the result.
CREATE OR REPLACE FUNCTION quern.refuse_taken_name(name text, base text, is_adapter boolean, param text, place text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  other quern.model := quern.find_model(refuse_taken_name.name);
  problem text;
BEGIN
  IF other.name IS NULL THEN
    RETURN;
  END IF;
  problem := CASE
    WHEN other.owner <> quern.caller() THEN 'belongs to somebody else'
    WHEN is_adapter AND other.base_name IS NULL THEN 'is a model, and LoRA makes an adapter'
    WHEN is_adapter AND other.base_name <> refuse_taken_name.base THEN format('is an adapter of %s, not of %s', other.base_name, base)
    WHEN NOT is_adapter AND other.base_name IS NOT NULL THEN format('is an adapter of %s, and full training makes a model', other.base_name)
  END;
  IF problem IS NOT NULL THEN
    PERFORM quern.refuse('invalid_value', param,
      format('%sthe result cannot be called %s: that %s; give another "name"', place, quern.quoted(refuse_taken_name.name), problem));
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION quern.model_manifest(model text)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  resolved record;
  found_model quern.model;
BEGIN
  SELECT r.*
  INTO resolved
  FROM quern.resolve_model(model_manifest.model) AS r;
  found_model := CASE WHEN (resolved.adapter).name IS NULL THEN resolved.base ELSE resolved.adapter END;
  RETURN jsonb_build_object(
    'name', found_model.name,
    'version', found_model.version,
    'owner', found_model.owner,
    'visibility', found_model.visibility,
    'base', found_model.base_name || '@' || found_model.base_version,
    'lineage', quern.seen_lineage(found_model),
    'config', found_model.config,
    'context_length', (resolved.base).context_length,
    'longest_token_bytes', (resolved.base).longest_token_bytes,
    'precision', found_model.precision,
    'parameters', found_model.detail -> 'parameters',
    'detail', found_model.detail - 'lineage',
    'files', (
      SELECT jsonb_agg(jsonb_build_object('path', f.path, 'sha256', encode(f.sha256, 'hex'), 'size', f.size) ORDER BY f.path)
      FROM quern.model_file AS f
      WHERE f.model = found_model.name
        AND f.version = found_model.version));
END
$$;

COMMENT ON FUNCTION quern.model_manifest IS
  'Configuration, limits, precision, files, owner and lineage of a model (name@version, or a name for its newest version), or of an adapter (alone or as base+adapter) with its base.';

-- Blobs stay closed: content is read as a file of a model that the caller may see.
CREATE FUNCTION quern.model_chunk(model text, path text, index int)
RETURNS bytea
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_model quern.model := quern.find_model(model_chunk.model);
BEGIN
  IF found_model.name IS NULL THEN
    PERFORM quern.refuse_model(model_chunk.model);
  END IF;
  RETURN (
    SELECT c.bytes
    FROM quern.model_file AS f
    JOIN quern.blob_chunk AS c ON c.sha256 = f.sha256
    WHERE f.model = found_model.name
      AND f.version = found_model.version
      AND f.path = model_chunk.path
      AND c.index = model_chunk.index);
END
$$;

COMMENT ON FUNCTION quern.model_chunk IS
  'Chunk number index (from 0) of a file of a model or an adapter (name@version) that the caller may see; NULL past the last one. quern.model_manifest lists the files.';

CREATE OR REPLACE VIEW quern.models WITH (security_barrier = true) AS
SELECT m.name || '@' || m.version AS model,
       m.name,
       m.version,
       coalesce(m.context_length, b.context_length) AS context_length,
       (m.detail ->> 'parameters')::bigint AS parameters,
       (SELECT sum(f.size)::bigint FROM quern.model_file AS f WHERE f.model = m.name AND f.version = m.version) AS size,
       coalesce(b.config, m.config) ->> 'model_type' AS architecture,
       m.owner AS created_by,
       m.created_at,
       m.precision,
       b.name || '@' || b.version AS base,
       quern.seen_lineage(m) AS lineage,
       m.owner,
       m.visibility
FROM quern.model AS m
LEFT JOIN quern.model AS b ON b.name = m.base_name AND b.version = m.base_version
WHERE quern.may_see(m);

COMMENT ON VIEW quern.models IS
  'The models that you can name in jobs: yours, and what others share (visibility; see quern.set_model). size in bytes; precision is what jobs are computed with that name none. An adapter has a base, and is named base+adapter or alone; lineage says what a fine-tuned model or adapter was made from. created_by is the owner.';

CREATE FUNCTION quern.set_model(name text, settings jsonb)
RETURNS text[]
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  newest quern.model := quern.find_model(set_model.name);
  unknown text;
  wanted text := settings ->> 'visibility';
  version quern.model;
  base quern.model;
  versions text[] := '{}';
BEGIN
  -- 1. Refuse what cannot be set.
  IF newest.name IS NULL THEN
    PERFORM quern.refuse_model(set_model.name);
  END IF;
  IF jsonb_typeof(settings) IS DISTINCT FROM 'object' THEN
    PERFORM quern.refuse('invalid_value', 'settings',
      format('settings must be a JSON object like {"visibility": "shared"}, not %s', quern.quoted(settings)));
  END IF;
  SELECT k.name
  INTO unknown
  FROM jsonb_object_keys(settings) AS k(name)
  WHERE k.name <> 'visibility'
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('unknown_parameter', 'settings',
      format('there is no setting %s%s', quern.quoted(unknown), quern.suggestion(unknown, '{visibility}')));
  END IF;
  IF wanted IS NULL OR wanted NOT IN ('private', 'shared') THEN
    PERFORM quern.refuse('invalid_value', 'visibility',
      format('"visibility" must be "private" or "shared", not %s', quern.quoted(settings -> 'visibility')));
  END IF;
  PERFORM quern.need_today();
  -- 2. That version, or all of the name that are the caller's; an administrator's are all.
  FOR version IN
    SELECT m.*
    FROM quern.model AS m
    WHERE m.name = newest.name
      AND (strpos(set_model.name, '@') = 0 OR m.version = newest.version)
      AND (m.owner = quern.caller() OR pg_has_role(quern.caller(), 'quern_admin', 'USAGE'))
    ORDER BY m.version
    FOR UPDATE
  LOOP
    versions := versions || (version.name || '@' || version.version);
    CONTINUE WHEN version.visibility = wanted;
    SELECT m.*
    INTO base
    FROM quern.model AS m
    WHERE m.name = version.base_name
      AND m.version = version.base_version;
    IF wanted = 'shared' AND base.visibility = 'private' THEN
      PERFORM quern.refuse('invalid_state', 'name', format('%s@%s is an adapter of %s@%s, which is private; share that first',
        version.name, version.version, base.name, base.version));
    END IF;
    UPDATE quern.model AS m
    SET visibility = wanted
    WHERE m.name = version.name
      AND m.version = version.version;
    -- 3. The event says who did it.
    INSERT INTO quern.event (type, model, data)
    VALUES (CASE wanted WHEN 'shared' THEN 'model_shared' ELSE 'model_unshared' END, version.name || '@' || version.version,
      jsonb_build_object('by', quern.caller()));
  END LOOP;
  IF versions = '{}' THEN
    PERFORM quern.refuse('permission_denied', 'name',
      format('%s is not yours; its owner or an administrator can change it', quern.quoted(set_model.name)), '42501');
  END IF;
  RETURN versions;
END
$$;

COMMENT ON FUNCTION quern.set_model IS
  'Sets who sees and uses a model or an adapter of yours: quern.set_model(''name'', ''{"visibility": "shared"}''), or "private". name@version is that version, a name all of them that are yours; an administrator''s are all. What a job makes is private, what is imported shared. Returns the versions.';

-- 3. Registration: models, adapters, and what jobs make, all alike.

CREATE INDEX model_file_sha256 ON quern.model_file (sha256);

-- base: NULL for a model of its own.
CREATE FUNCTION quern.new_version(name text, base text, config jsonb, files jsonb, detail jsonb, owner text, visibility text)
RETURNS text
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_base quern.model;
  weights text := coalesce(new_version.detail ->> 'precision', 'f32');
  missing text;
  newest quern.model;
BEGIN
  IF new_version.name IS NULL OR new_version.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' THEN
    PERFORM quern.refuse('invalid_value', 'name', format('%s name has 1 to 100 letters, digits, ".", "_" or "-", and starts with a letter or digit',
      CASE WHEN new_version.base IS NULL THEN 'a model''s' ELSE 'an adapter''s' END));
  END IF;
  IF new_version.base IS NOT NULL THEN
    found_base := quern.find_model(new_version.base);
    IF found_base.name IS NULL THEN
      PERFORM quern.refuse_model(new_version.base);
    END IF;
    IF found_base.base_name IS NOT NULL THEN
      PERFORM quern.refuse('adapter_base_mismatch', 'base',
        format('%s is an adapter itself; its base is %s@%s', quern.quoted(new_version.base), found_base.base_name, found_base.base_version));
    END IF;
    weights := found_base.precision;
  ELSIF weights NOT IN ('f32', 'bf16', 'q8', 'q4') THEN
    PERFORM quern.refuse('invalid_value', 'precision',
      format('"precision" must be one of "f32", "bf16", "q8", "q4", not %s', quern.quoted(weights)));
  END IF;
  -- 1. All files must be there, and no sweep takes them meanwhile: what can be named can be loaded.
  PERFORM pg_advisory_xact_lock_shared(hashtext('quern.blob_chunk'));
  SELECT f.path
  INTO missing
  FROM jsonb_to_recordset(new_version.files) AS f(path text, sha256 text, size bigint)
  WHERE NOT quern.has_blob(decode(f.sha256, 'hex'))
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('invalid_value', 'files', format('the content of %s is not stored completely; store its chunks first', quern.quoted(missing)));
  END IF;
  -- 2. One registration of a name at a time. The same content on the same base at the same precision is the same version,
  --    unless it is another's own.
  PERFORM pg_advisory_xact_lock(hashtext('quern.model'), hashtext(new_version.name));
  SELECT m.*
  INTO newest
  FROM quern.model AS m
  WHERE m.name = new_version.name
  ORDER BY m.version DESC
  LIMIT 1;
  IF (newest.owner = new_version.owner OR newest.visibility = 'shared')
    AND (newest.base_name, newest.base_version) IS NOT DISTINCT FROM (found_base.name, found_base.version)
    AND newest.config = new_version.config
    AND newest.precision = weights
    AND NOT EXISTS (
      (SELECT f.path, decode(f.sha256, 'hex')
       FROM jsonb_to_recordset(new_version.files) AS f(path text, sha256 text))
      EXCEPT
      (SELECT o.path, o.sha256 FROM quern.model_file AS o WHERE o.model = newest.name AND o.version = newest.version))
    AND jsonb_array_length(new_version.files)
      = (SELECT count(*) FROM quern.model_file AS o WHERE o.model = newest.name AND o.version = newest.version)
  THEN
    RETURN newest.name || '@' || newest.version;
  END IF;
  -- 3. A new version, its files, and the event. An adapter's limits are its base's, and it is not shared before its base.
  newest.version := coalesce(newest.version, 0) + 1;
  INSERT INTO quern.model (name, version, config, detail, context_length, longest_token_bytes, precision, base_name, base_version,
    owner, visibility)
  VALUES (new_version.name, newest.version, new_version.config, new_version.detail,
    CASE WHEN found_base.name IS NULL
      THEN coalesce(new_version.detail ->> 'context_length', new_version.config ->> 'max_position_embeddings')::int END,
    CASE WHEN found_base.name IS NULL THEN (new_version.detail ->> 'longest_token_bytes')::int END,
    weights, found_base.name, found_base.version, new_version.owner,
    CASE WHEN found_base.visibility = 'private' THEN 'private' ELSE new_version.visibility END);
  INSERT INTO quern.model_file (model, version, path, sha256, size)
  SELECT new_version.name, newest.version, f.path, decode(f.sha256, 'hex'), f.size
  FROM jsonb_to_recordset(new_version.files) AS f(path text, sha256 text, size bigint);
  PERFORM quern.need_today();
  INSERT INTO quern.event (type, model)
  VALUES ('model_imported', new_version.name || '@' || newest.version);
  RETURN new_version.name || '@' || newest.version;
END
$$;

CREATE OR REPLACE FUNCTION quern.register_model(name text, config jsonb, files jsonb, detail jsonb DEFAULT '{}')
RETURNS text
LANGUAGE sql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT quern.new_version(register_model.name, NULL, register_model.config, register_model.files, register_model.detail,
    quern.caller(), 'shared')
$$;

COMMENT ON FUNCTION quern.register_model IS
  'Registers the next version of a model whose files [{path, sha256 (hex), size}] are stored, shared with all; returns name@version. detail: context_length, longest_token_bytes, parameters, precision (f32 if left out), can_generate and has_chat_template, where false refuses jobs, and lineage {base, dataset, job, parameters, metrics}: what it was made from.';

CREATE OR REPLACE FUNCTION quern.register_adapter(name text, base text, config jsonb, files jsonb, detail jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF register_adapter.base IS NULL THEN
    PERFORM quern.refuse_model(NULL);
  END IF;
  RETURN quern.new_version(register_adapter.name, register_adapter.base, register_adapter.config, register_adapter.files,
    register_adapter.detail, quern.caller(), 'shared');
END
$$;

COMMENT ON FUNCTION quern.register_adapter IS
  'Registers the next version of an adapter of a base (name@version, or a name for its newest version) whose files [{path, sha256 (hex), size}] are stored, shared as its base is; returns name@version. config: adapter_config.json. detail: parameters, and lineage as of quern.register_model.';

-- What jobs make goes up in chunks, before a short statement registers it.
CREATE TABLE quern.made_file (
  job    bigint NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  PRIMARY KEY (job, sha256)
);

COMMENT ON TABLE quern.made_file IS
  'Blobs that running jobs store of what they make, until it is registered. The sweep takes those that came to nothing.';

CREATE FUNCTION quern.missing_made_files(worker text, job bigint, attempt int, hashes bytea[])
RETURNS bytea[]
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(array_agg(DISTINCT f.sha256), '{}')
  FROM unnest(hashes) AS f(sha256)
  WHERE NOT quern.has_blob(f.sha256)
    OR NOT quern.holds_attempt(missing_made_files.worker, missing_made_files.job, missing_made_files.attempt)
$$;

COMMENT ON FUNCTION quern.missing_made_files IS 'Which of these files of what a job made are not stored completely.';

CREATE FUNCTION quern.put_made_chunk(worker text, job bigint, attempt int, sha256 bytea, index int, size bigint, bytes bytea)
RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF NOT quern.holds_attempt(put_made_chunk.worker, put_made_chunk.job, put_made_chunk.attempt) THEN
    RETURN quern.fenced_off(put_made_chunk.worker, put_made_chunk.job);
  END IF;
  INSERT INTO quern.made_file (job, sha256)
  VALUES (put_made_chunk.job, put_made_chunk.sha256)
  ON CONFLICT ON CONSTRAINT made_file_pkey DO NOTHING;
  PERFORM quern.put_blob_chunk(put_made_chunk.sha256, put_made_chunk.index, put_made_chunk.size, put_made_chunk.bytes);
  RETURN true;
END
$$;

COMMENT ON FUNCTION quern.put_made_chunk IS
  'Stores chunk number index (from 0) of a file of what the job made. False when the attempt is no longer the worker''s.';

CREATE OR REPLACE FUNCTION quern.register_made(worker text, job bigint, attempt int, name text, base text, config jsonb, files jsonb, detail jsonb)
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
  PERFORM pg_advisory_xact_lock(hashtext('quern.model'), hashtext(wanted));
  SELECT m.name || '@' || m.version
  INTO made
  FROM quern.model AS m
  WHERE m.detail #>> '{lineage,job}' = held.id::text
    AND m.owner = held.submitter;
  IF FOUND THEN
    RETURN made;
  END IF;
  -- 2. A name that is another's is left to them.
  IF EXISTS (
    SELECT
    FROM quern.model AS m
    WHERE m.name = wanted
      AND (m.owner <> held.submitter
        OR m.base_name IS DISTINCT FROM split_part(register_made.base, '@', 1)))
  THEN
    wanted := left(wanted, 80) || '-' || held.id;
  END IF;
  -- 3. What it refers to is no upload any more.
  made := quern.new_version(wanted, register_made.base, register_made.config, register_made.files, register_made.detail,
    held.submitter, 'private');
  DELETE FROM quern.made_file AS f
  WHERE f.job = held.id
    AND EXISTS (SELECT FROM quern.model_file AS o WHERE o.sha256 = f.sha256);
  RETURN made;
END
$$;

COMMENT ON FUNCTION quern.register_made IS
  'Registers a model (base NULL) or an adapter that a running job made, out of files stored with quern.put_made_chunk, as its submitter''s own; returns name@version, NULL when fenced.';

CREATE FUNCTION quern.sweep_made_files(most int)
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  idle bigint[];
  swept int;
BEGIN
  -- 1. Who registers now counts on what is stored.
  IF NOT EXISTS (SELECT FROM quern.made_file) OR NOT pg_try_advisory_xact_lock(hashtext('quern.blob_chunk')) THEN
    RETURN 0;
  END IF;
  -- 2. Jobs that do not run, and while their rows are locked cannot.
  idle := ARRAY(
      SELECT DISTINCT f.job FROM quern.made_file AS f WHERE NOT EXISTS (SELECT FROM quern.job AS j WHERE j.id = f.job))
    || ARRAY(
      SELECT j.id
      FROM quern.job AS j
      WHERE j.id IN (SELECT f.job FROM quern.made_file AS f)
        AND j.state <> 'running'
      FOR UPDATE SKIP LOCKED);
  -- 3. What nothing else refers to, some at a time; what is written just now belongs to somebody.
  DELETE FROM quern.blob_chunk AS d
  USING (
    SELECT c.sha256, c.index
    FROM quern.blob_chunk AS c
    WHERE c.sha256 IN (SELECT f.sha256 FROM quern.made_file AS f WHERE f.job = ANY (idle))
      AND NOT EXISTS (SELECT FROM quern.model_file AS o WHERE o.sha256 = c.sha256)
      AND NOT EXISTS (SELECT FROM quern.made_file AS f WHERE f.sha256 = c.sha256 AND f.job <> ALL (idle))
    LIMIT most
    FOR UPDATE OF c SKIP LOCKED
  ) AS s
  WHERE d.sha256 = s.sha256
    AND d.index = s.index;
  GET DIAGNOSTICS swept = ROW_COUNT;
  DELETE FROM quern.made_file AS f
  WHERE f.job = ANY (idle)
    AND (NOT EXISTS (SELECT FROM quern.blob_chunk AS c WHERE c.sha256 = f.sha256)
      OR EXISTS (SELECT FROM quern.model_file AS o WHERE o.sha256 = f.sha256)
      OR EXISTS (SELECT FROM quern.made_file AS o WHERE o.sha256 = f.sha256 AND o.job <> ALL (idle)));
  RETURN swept;
END
$$;

-- 4. Checkpoints with their files, for both who read them.

CREATE VIEW quern.checkpoint_manifest AS
SELECT c.job,
       c.step,
       c.attempt AS stored_by,
       c.kernel_level,
       c.metric,
       c.detail,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('path', f.path, 'sha256', encode(f.sha256, 'hex'), 'size', f.size) ORDER BY f.path), '[]')
        FROM quern.checkpoint_file AS f
        WHERE f.job = c.job
          AND f.step = c.step) AS files,
       c.created_at
FROM quern.checkpoint AS c;

CREATE OR REPLACE FUNCTION quern.latest_checkpoint(worker text, job bigint, attempt int)
RETURNS TABLE (step bigint, stored_by int, kernel_level text, metric double precision, detail jsonb, files jsonb)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT c.step, c.stored_by, c.kernel_level, c.metric, c.detail, c.files
  FROM quern.checkpoint_manifest AS c
  WHERE c.job = latest_checkpoint.job
    AND quern.holds_attempt(latest_checkpoint.worker, latest_checkpoint.job, latest_checkpoint.attempt)
  ORDER BY c.created_at DESC, c.step DESC
  LIMIT 1
$$;

CREATE OR REPLACE FUNCTION quern.checkpoint_at(worker text, job bigint, attempt int, at_step bigint)
RETURNS TABLE (step bigint, stored_by int, kernel_level text, metric double precision, detail jsonb, files jsonb)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT c.step, c.stored_by, c.kernel_level, c.metric, c.detail, c.files
  FROM quern.checkpoint_manifest AS c
  WHERE c.job = checkpoint_at.job
    AND c.step = checkpoint_at.at_step
    AND quern.holds_attempt(checkpoint_at.worker, checkpoint_at.job, checkpoint_at.attempt)
$$;

-- 5. Datasets: numbers are given once, jobs hold what they name, and operators read nothing that a client made up.

CREATE TABLE quern.dataset_name (
  owner        text NOT NULL,
  name         text NOT NULL,
  last_version int NOT NULL CHECK (last_version > 0),
  PRIMARY KEY (owner, name)
);

COMMENT ON TABLE quern.dataset_name IS 'The highest version that was ever given, also of datasets that are removed: a number means one content.';

INSERT INTO quern.dataset_name (owner, name, last_version)
SELECT d.owner, d.name, max(d.version)
FROM quern.dataset AS d
GROUP BY d.owner, d.name;

UPDATE quern.dataset AS d
SET detail = (
  SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}')
  FROM jsonb_each(CASE jsonb_typeof(d.detail) WHEN 'object' THEN d.detail ELSE '{}' END) AS m
  WHERE m.key IN ('source', 'shape')
    AND quern.is_plain(jsonb_build_object(m.key, m.value)));

CREATE INDEX dataset_draft ON quern.dataset (created_at) WHERE NOT sealed;

CREATE OR REPLACE FUNCTION quern.open_dataset(name text, detail jsonb DEFAULT '{}')
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  facts jsonb := coalesce(open_dataset.detail, '{}');
  number int;
  draft bigint;
BEGIN
  IF open_dataset.name IS NULL OR open_dataset.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' THEN
    PERFORM quern.refuse('invalid_value', 'name',
      'a dataset''s name has 1 to 100 letters, digits, ".", "_" or "-", and starts with a letter or digit');
  END IF;
  IF NOT quern.is_plain(facts) OR facts - '{source,shape}'::text[] <> '{}' THEN
    PERFORM quern.refuse('invalid_value', 'detail',
      'detail holds "source" and "shape", short identifiers both, because operators read it; leave out what else there is');
  END IF;
  -- One maker of a name at a time, until its transaction ends.
  INSERT INTO quern.dataset_name AS n (owner, name, last_version)
  VALUES (quern.caller(), open_dataset.name, 1)
  ON CONFLICT ON CONSTRAINT dataset_name_pkey DO UPDATE
  SET last_version = n.last_version + 1
  RETURNING n.last_version
  INTO number;
  INSERT INTO quern.dataset (owner, name, version, detail)
  VALUES (quern.caller(), open_dataset.name, number, facts)
  RETURNING id
  INTO draft;
  RETURN draft;
END
$$;

COMMENT ON FUNCTION quern.open_dataset IS
  'Begins the next version of a dataset of the caller''s: append rows and seal it in the same transaction, or within a day. detail: source and shape. Returns its id.';

CREATE FUNCTION quern.hold_datasets()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  param text;
  found_dataset quern.dataset;
BEGIN
  FOREACH param IN ARRAY '{dataset,eval_dataset}'::text[]
  LOOP
    CONTINUE WHEN NEW.parameters ->> param IS NULL;
    found_dataset := quern.find_dataset(NEW.parameters ->> param, NEW.submitter);
    -- A removal that is under way is waited for; one that comes later waits, and finds the job.
    PERFORM
    FROM quern.dataset AS d
    WHERE d.id = found_dataset.id
    FOR KEY SHARE;
    IF NOT FOUND THEN
      PERFORM quern.refuse_dataset(NEW.parameters ->> param, NEW.submitter, param);
    END IF;
  END LOOP;
  RETURN NEW;
END
$$;

-- Submission and retry alike.
CREATE TRIGGER hold_datasets
BEFORE INSERT ON quern.job
FOR EACH ROW
WHEN (NEW.parameters ?| '{dataset,eval_dataset}')
EXECUTE FUNCTION quern.hold_datasets();

CREATE OR REPLACE FUNCTION quern.remove_dataset(dataset text)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_dataset quern.dataset := quern.find_dataset(remove_dataset.dataset, quern.caller());
  user_job bigint;
BEGIN
  -- Jobs that came after the snapshot of another level would not be seen.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    PERFORM quern.refuse('invalid_state', 'dataset', 'a dataset is removed in a transaction of level READ COMMITTED; begin one');
  END IF;
  -- 1. Whoever submits a job with it now has done so, or waits.
  PERFORM
  FROM quern.dataset AS d
  WHERE d.id = found_dataset.id
  FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM quern.refuse_dataset(remove_dataset.dataset, quern.caller());
  END IF;
  SELECT j.id
  INTO user_job
  FROM quern.job AS j
  WHERE j.submitter = found_dataset.owner
    AND found_dataset.name || '@' || found_dataset.version IN (j.parameters ->> 'dataset', j.parameters ->> 'eval_dataset')
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('invalid_state', 'dataset', format('job %s still needs it; wait for the job, or cancel it', user_job));
  END IF;
  -- 2. The rows go with it.
  DELETE FROM quern.dataset AS d
  WHERE d.id = found_dataset.id;
  RETURN found_dataset.name || '@' || found_dataset.version;
END
$$;

COMMENT ON FUNCTION quern.remove_dataset IS
  'Deletes one version of a dataset of the caller''s with all its rows; its number is not given again. Returns name@version.';

-- Drafts that nobody sealed within a day, some rows at a time.
CREATE FUNCTION quern.sweep_drafts(most int)
RETURNS int
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  stale bigint[] := ARRAY(
    SELECT d.id
    FROM quern.dataset AS d
    WHERE NOT d.sealed
      AND d.created_at < now() - interval '1 day'
    ORDER BY d.created_at
    LIMIT 100
    FOR UPDATE SKIP LOCKED);
  removed int;
BEGIN
  IF stale = '{}' THEN
    RETURN 0;
  END IF;
  DELETE FROM quern.dataset_row AS d
  USING (
    SELECT r.dataset, r.index
    FROM quern.dataset_row AS r
    WHERE r.dataset = ANY (stale)
    LIMIT most
  ) AS s
  WHERE d.dataset = s.dataset
    AND d.index = s.index;
  DELETE FROM quern.dataset AS d
  WHERE d.id = ANY (stale)
    AND NOT EXISTS (SELECT FROM quern.dataset_row AS r WHERE r.dataset = d.id);
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;

-- As 0015 has it, with drafts and uploads that came to nothing.
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
    'chunks_swept', quern.sweep_checkpoints(1000) + quern.sweep_made_files(1000), 'drafts_removed', quern.sweep_drafts(10000),
    'events_counted', quern.count_events());
END
$$;

COMMENT ON FUNCTION quern.sweep IS
  'One pass over expired leases, ttl, due jobs, timeouts, day tables, old worker rows, drafts of datasets that nobody sealed, and bytes of checkpoints and uploads that are gone; returns what was done.';

-- 6. Rights, as in the beginning: everything is revoked, and granted by name.

REVOKE ALL ON ALL ROUTINES IN SCHEMA quern FROM PUBLIC;

REVOKE ALL ON ALL TABLES IN SCHEMA quern FROM PUBLIC;

-- The view asks these with the rights of who looks.
GRANT EXECUTE ON FUNCTION quern.may_see(quern.model), quern.seen_lineage(quern.model)
TO quern_submitter, quern_worker, quern_monitor, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION quern.model_chunk(text, text, int)
TO quern_submitter, quern_worker, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION quern.set_model(text, jsonb)
TO quern_submitter, quern_admin;

GRANT EXECUTE ON FUNCTION quern.missing_made_files(text, bigint, int, bytea[]), quern.put_made_chunk(text, bigint, int, bytea, int, bigint, bytea)
TO quern_worker;
