-- Models are immutable: a name and a version for a configuration and files, whose bytes are blobs in chunks.

CREATE TABLE quern.blob_chunk (
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  index  int NOT NULL CHECK (index >= 0),
  size   bigint NOT NULL CHECK (size >= 0),
  bytes  bytea NOT NULL,
  PRIMARY KEY (sha256, index)
);

COMMENT ON TABLE quern.blob_chunk IS 'Content by its SHA-256, in chunks; size is that of the whole blob. Whoever reads a blob checks its hash.';

-- Weights do not compress.
ALTER TABLE quern.blob_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE quern.model (
  name                text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
  version             int NOT NULL CHECK (version > 0),
  config              jsonb NOT NULL,
  detail              jsonb NOT NULL,
  context_length      int CHECK (context_length > 0),
  longest_token_bytes int CHECK (longest_token_bytes > 0),
  created_by          text NOT NULL,
  created_at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, version)
);

CREATE TABLE quern.model_file (
  model   text NOT NULL,
  version int NOT NULL,
  path    text NOT NULL CHECK (path ~ '^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$' AND path !~ '[.][.]'),
  sha256  bytea NOT NULL CHECK (octet_length(sha256) = 32),
  size    bigint NOT NULL CHECK (size >= 0),
  PRIMARY KEY (model, version, path),
  FOREIGN KEY (model, version) REFERENCES quern.model (name, version)
);

CREATE FUNCTION quern.put_blob_chunk(sha256 bytea, index int, size bigint, bytes bytea)
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  -- A chunk is replaced only while no model refers to its blob: an import that broke off is repaired by the next one.
  INSERT INTO quern.blob_chunk AS c (sha256, index, size, bytes)
  VALUES (put_blob_chunk.sha256, put_blob_chunk.index, put_blob_chunk.size, put_blob_chunk.bytes)
  ON CONFLICT (sha256, index) DO UPDATE
  SET size = excluded.size,
      bytes = excluded.bytes
  WHERE NOT EXISTS (SELECT FROM quern.model_file AS f WHERE f.sha256 = c.sha256)
$$;

COMMENT ON FUNCTION quern.put_blob_chunk IS 'Stores chunk number index (from 0) of the blob with this SHA-256 and whole size in bytes.';

CREATE FUNCTION quern.get_blob_chunk(sha256 bytea, index int)
RETURNS bytea
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT c.bytes
  FROM quern.blob_chunk AS c
  WHERE c.sha256 = get_blob_chunk.sha256
    AND c.index = get_blob_chunk.index
$$;

COMMENT ON FUNCTION quern.get_blob_chunk IS 'The bytes of one chunk; NULL past the last one.';

CREATE FUNCTION quern.has_blob(sha256 bytea)
RETURNS boolean
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  SELECT count(*) > 0 AND sum(octet_length(c.bytes)) = max(c.size) AND max(c.index) + 1 = count(*)
  FROM quern.blob_chunk AS c
  WHERE c.sha256 = has_blob.sha256
$$;

COMMENT ON FUNCTION quern.has_blob IS 'Whether all chunks of the blob are stored.';

CREATE FUNCTION quern.register_model(name text, config jsonb, files jsonb, detail jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  newest int;
  missing text;
BEGIN
  IF register_model.name IS NULL OR register_model.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' THEN
    PERFORM quern.refuse('invalid_value', 'name', 'a model''s name has 1 to 100 letters, digits, ".", "_" or "-", and starts with a letter or digit');
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
  -- 2. One registration of a name at a time. The same content again is the same version.
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
  INSERT INTO quern.model (name, version, config, detail, context_length, longest_token_bytes, created_by)
  VALUES (register_model.name, newest, register_model.config, register_model.detail,
    coalesce(register_model.detail ->> 'context_length', register_model.config ->> 'max_position_embeddings')::int,
    (register_model.detail ->> 'longest_token_bytes')::int, quern.caller());
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
  'Registers the next version of a model whose files [{path, sha256 (hex), size}] are stored; returns name@version. detail: context_length, longest_token_bytes, parameters, and can_generate and has_chat_template, where false refuses jobs.';

-- The row that a name means now; NULLs when there is none.
CREATE FUNCTION quern.find_model(model text)
RETURNS quern.model
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT m
  FROM quern.model AS m
  WHERE m.name = split_part(find_model.model, '@', 1)
    AND (strpos(find_model.model, '@') = 0 OR m.version::text = substr(find_model.model, strpos(find_model.model, '@') + 1))
  ORDER BY m.version DESC
  LIMIT 1
$$;

CREATE FUNCTION quern.refuse_model(model text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  base text := split_part(refuse_model.model, '@', 1);
  newest int;
BEGIN
  SELECT max(m.version)
  INTO newest
  FROM quern.model AS m
  WHERE m.name = base;
  IF newest IS NOT NULL THEN
    PERFORM quern.refuse('model_not_found', 'model', format('the model %s has no such version; the newest is %s@%s', quern.quoted(base), base, newest));
  END IF;
  PERFORM quern.refuse('model_not_found', 'model', format('there is no model %s%s', quern.quoted(refuse_model.model),
    quern.suggestion(base, ARRAY(SELECT DISTINCT m.name FROM quern.model AS m))));
END
$$;

CREATE FUNCTION quern.model_manifest(model text)
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
    'parameters', found_model.detail -> 'parameters',
    'detail', found_model.detail,
    'files', (
      SELECT jsonb_agg(jsonb_build_object('path', f.path, 'sha256', encode(f.sha256, 'hex'), 'size', f.size) ORDER BY f.path)
      FROM quern.model_file AS f
      WHERE f.model = found_model.name
        AND f.version = found_model.version));
END
$$;

COMMENT ON FUNCTION quern.model_manifest IS 'Configuration, limits and files of a model (name@version, or a name for its newest version).';

CREATE VIEW quern.models AS
SELECT m.name || '@' || m.version AS model,
       m.name,
       m.version,
       m.context_length,
       (m.detail ->> 'parameters')::bigint AS parameters,
       (SELECT sum(f.size)::bigint FROM quern.model_file AS f WHERE f.model = m.name AND f.version = m.version) AS size,
       m.config ->> 'model_type' AS architecture,
       m.created_by,
       m.created_at
FROM quern.model AS m;

COMMENT ON VIEW quern.models IS 'The models that jobs can name; size in bytes.';
