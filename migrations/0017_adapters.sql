-- Adapters: registered versions like models, of a base that they run beside. Lineage: what a version was made from.

ALTER TABLE quern.model
ADD COLUMN base_name text,
ADD COLUMN base_version int,
ADD FOREIGN KEY (base_name, base_version) REFERENCES quern.model (name, version),
ADD CHECK ((base_name IS NULL) = (base_version IS NULL));

COMMENT ON COLUMN quern.model.base_name IS
  'For an adapter the model that its weights were trained on; NULL for a model of its own. An adapter''s base is no adapter, and all versions of its name have a base of the same name.';

CREATE INDEX model_base ON quern.model (base_name, base_version)
WHERE base_name IS NOT NULL;

-- A name means one thing: models of their own, or adapters.
CREATE FUNCTION quern.check_model_name()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  other quern.model;
BEGIN
  SELECT m.*
  INTO other
  FROM quern.model AS m
  WHERE m.name = NEW.name
    AND m.base_name IS DISTINCT FROM NEW.base_name
  LIMIT 1;
  IF NOT FOUND THEN
    RETURN NEW;
  ELSIF other.base_name IS NULL THEN
    PERFORM quern.refuse('invalid_value', 'name', format('%s is a model; give the adapter another name', quern.quoted(NEW.name)));
  ELSIF NEW.base_name IS NULL THEN
    PERFORM quern.refuse('invalid_value', 'name',
      format('%s is an adapter of %s; give the model another name', quern.quoted(NEW.name), other.base_name));
  END IF;
  PERFORM quern.refuse('adapter_base_mismatch', 'base',
    format('%s is an adapter of %s, not of %s; give this one another name', quern.quoted(NEW.name), other.base_name, NEW.base_name));
END
$$;

CREATE TRIGGER check_model_name
BEFORE INSERT ON quern.model
FOR EACH ROW
EXECUTE FUNCTION quern.check_model_name();

CREATE FUNCTION quern.register_adapter(name text, base text, config jsonb, files jsonb, detail jsonb DEFAULT '{}')
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_base quern.model := quern.find_model(register_adapter.base);
  newest quern.model;
  missing text;
BEGIN
  IF register_adapter.name IS NULL OR register_adapter.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' THEN
    PERFORM quern.refuse('invalid_value', 'name', 'an adapter''s name has 1 to 100 letters, digits, ".", "_" or "-", and starts with a letter or digit');
  END IF;
  IF found_base.name IS NULL THEN
    PERFORM quern.refuse_model(register_adapter.base);
  END IF;
  IF found_base.base_name IS NOT NULL THEN
    PERFORM quern.refuse('adapter_base_mismatch', 'base',
      format('%s is an adapter itself; its base is %s@%s', quern.quoted(register_adapter.base), found_base.base_name, found_base.base_version));
  END IF;
  -- 1. All files must be there.
  SELECT f.path
  INTO missing
  FROM jsonb_to_recordset(register_adapter.files) AS f(path text, sha256 text, size bigint)
  WHERE NOT quern.has_blob(decode(f.sha256, 'hex'))
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('invalid_value', 'files', format('the content of %s is not stored completely; store its chunks first', quern.quoted(missing)));
  END IF;
  -- 2. One registration of a name at a time. The same content on the same base is the same version.
  PERFORM pg_advisory_xact_lock(hashtext('quern.model'), hashtext(register_adapter.name));
  SELECT m.*
  INTO newest
  FROM quern.model AS m
  WHERE m.name = register_adapter.name
  ORDER BY m.version DESC
  LIMIT 1;
  IF (newest.base_name, newest.base_version) = (found_base.name, found_base.version)
    AND newest.config = register_adapter.config
    AND NOT EXISTS (
      (SELECT f.path, decode(f.sha256, 'hex')
       FROM jsonb_to_recordset(register_adapter.files) AS f(path text, sha256 text))
      EXCEPT
      (SELECT o.path, o.sha256 FROM quern.model_file AS o WHERE o.model = newest.name AND o.version = newest.version))
    AND jsonb_array_length(register_adapter.files)
      = (SELECT count(*) FROM quern.model_file AS o WHERE o.model = newest.name AND o.version = newest.version)
  THEN
    RETURN newest.name || '@' || newest.version;
  END IF;
  -- 3. A new version, its files, and the event. Limits are the base's.
  newest.version := coalesce(newest.version, 0) + 1;
  INSERT INTO quern.model (name, version, config, detail, precision, base_name, base_version, created_by)
  VALUES (register_adapter.name, newest.version, register_adapter.config, register_adapter.detail, found_base.precision,
    found_base.name, found_base.version, quern.caller());
  INSERT INTO quern.model_file (model, version, path, sha256, size)
  SELECT register_adapter.name, newest.version, f.path, decode(f.sha256, 'hex'), f.size
  FROM jsonb_to_recordset(register_adapter.files) AS f(path text, sha256 text, size bigint);
  PERFORM quern.need_today();
  INSERT INTO quern.event (type, model)
  VALUES ('model_imported', register_adapter.name || '@' || newest.version);
  RETURN register_adapter.name || '@' || newest.version;
END
$$;

COMMENT ON FUNCTION quern.register_adapter IS
  'Registers the next version of an adapter of a base (name@version, or a name for its newest version) whose files [{path, sha256 (hex), size}] are stored; returns name@version. config: adapter_config.json. detail: parameters, and lineage as of quern.register_model.';

COMMENT ON FUNCTION quern.register_model IS
  'Registers the next version of a model whose files [{path, sha256 (hex), size}] are stored; returns name@version. detail: context_length, longest_token_bytes, parameters, precision (f32 if left out), can_generate and has_chat_template, where false refuses jobs, and lineage {base, dataset, job, parameters, metrics}: what it was made from.';

GRANT EXECUTE ON FUNCTION quern.register_adapter(text, text, jsonb, jsonb, jsonb)
TO quern_admin;

-- Names that jobs give. base+adapter, each with or without a version, or one of the two alone: an adapter's name means
-- its base with it, since all its versions have bases of one name. Without a version an adapter is the newest on that base; a
-- base is the one that the adapter was made on.
CREATE FUNCTION quern.resolve_model(wanted text, OUT reference text, OUT base quern.model, OUT adapter quern.model)
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  base_part text := split_part(wanted, '+', 1);
  adapter_part text := substr(wanted, strpos(wanted, '+') + 1);
BEGIN
  IF strpos(wanted, '+') = 0 THEN
    base := quern.find_model(wanted);
    IF base.name IS NULL THEN
      PERFORM quern.refuse_model(wanted);
    ELSIF base.base_name IS NULL THEN
      reference := base.name || '@' || base.version;
      RETURN;
    END IF;
    adapter := base;
    base := quern.find_model(adapter.base_name || '@' || adapter.base_version);
    reference := base.name || '@' || base.version || '+' || adapter.name || '@' || adapter.version;
    RETURN;
  END IF;
  base := quern.find_model(base_part);
  IF base.name IS NULL THEN
    PERFORM quern.refuse_model(base_part);
  END IF;
  adapter := quern.find_adapter(adapter_part, base.name, nullif(split_part(base_part, '@', 2), ''));
  IF adapter.name IS NULL THEN
    PERFORM quern.refuse_adapter(base_part, adapter_part);
  END IF;
  base := quern.find_model(adapter.base_name || '@' || adapter.base_version);
  reference := base.name || '@' || base.version || '+' || adapter.name || '@' || adapter.version;
END
$$;

-- The newest version that fits what was said of it and of its base; NULLs when there is none.
CREATE FUNCTION quern.find_adapter(adapter text, base_name text, base_version text)
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
  ORDER BY m.version DESC
  LIMIT 1
$$;

-- Why there is no such adapter on this base.
CREATE FUNCTION quern.refuse_adapter(base text, adapter text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_model quern.model := quern.find_model(refuse_adapter.adapter);
  wanted_name text := split_part(refuse_adapter.adapter, '@', 1);
  newest int;
BEGIN
  IF found_model.base_name IS NOT NULL THEN
    PERFORM quern.refuse('adapter_base_mismatch', 'model', format('the adapter %s@%s belongs to %s@%s, not to %s; name %s@%s+%s@%s',
      found_model.name, found_model.version, found_model.base_name, found_model.base_version, quern.quoted(refuse_adapter.base),
      found_model.base_name, found_model.base_version, found_model.name, found_model.version));
  ELSIF found_model.name IS NOT NULL THEN
    PERFORM quern.refuse('adapter_not_found', 'model',
      format('%s is a model of its own, not an adapter; name it alone', quern.quoted(refuse_adapter.adapter)));
  END IF;
  SELECT max(m.version)
  INTO newest
  FROM quern.model AS m
  WHERE m.name = wanted_name
    AND m.base_name IS NOT NULL;
  IF newest IS NOT NULL THEN
    PERFORM quern.refuse('adapter_not_found', 'model',
      format('the adapter %s has no such version; the newest is %s@%s', quern.quoted(wanted_name), wanted_name, newest));
  END IF;
  PERFORM quern.refuse('adapter_not_found', 'model', format('there is no adapter %s%s', quern.quoted(refuse_adapter.adapter),
    quern.suggestion(wanted_name, ARRAY(
      SELECT DISTINCT m.name FROM quern.model AS m WHERE m.base_name = split_part(refuse_adapter.base, '@', 1)))));
END
$$;

CREATE OR REPLACE FUNCTION quern.accepted_parameters(kind text, p jsonb, place text DEFAULT '')
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  accepted jsonb := p;
  wanted text;
  resolved record;
  found_model quern.model;
  place_of_input text;
  least_tokens bigint;
BEGIN
  -- 1. The cheap yes; aliases and refusals pay for the rest.
  IF quern.parameters_fit(kind, accepted) IS NOT TRUE THEN
    accepted := quern.canonical_names(kind, accepted);
    IF quern.parameters_fit(kind, accepted) IS NOT TRUE THEN
      PERFORM quern.refuse_parameters(kind, accepted, place);
    END IF;
  END IF;
  wanted := accepted ->> 'model';
  IF wanted IS NULL THEN
    RETURN accepted;
  END IF;
  -- 2. The model and its adapter, now: a later version must not change what this job does. Limits are the model's.
  SELECT r.*
  INTO resolved
  FROM quern.resolve_model(wanted) AS r;
  found_model := resolved.base;
  IF accepted_parameters.kind IN ('generate', 'score') AND found_model.detail -> 'can_generate' = 'false' THEN
    PERFORM quern.refuse('invalid_value', 'model',
      format('%s%s is an encoder, which writes no text; submit embed, or name a model that generates', place, quern.quoted(wanted)));
  END IF;
  IF accepted ? 'messages' AND found_model.detail -> 'has_chat_template' = 'false' THEN
    PERFORM quern.refuse('invalid_value', 'messages',
      format('%sthe model %s has no chat template; give a prompt instead of messages', place, quern.quoted(wanted)));
  END IF;
  -- 3. A prompt that is too long whatever the tokenizer does. Chat templates may leave parts of messages out: those
  -- the worker counts.
  SELECT given.name, quern.least_tokens(accepted -> given.name, found_model.longest_token_bytes)
  INTO place_of_input, least_tokens
  FROM unnest('{prompt,prompt_tokens,input}'::text[]) AS given(name)
  WHERE accepted ? given.name;
  IF least_tokens > found_model.context_length THEN
    PERFORM quern.refuse('context_length_exceeded', place_of_input,
      format('%sthe %s has at least %s tokens, the model''s context holds %s; shorten it', place,
        CASE place_of_input WHEN 'input' THEN 'input' ELSE 'prompt' END, least_tokens, found_model.context_length));
  END IF;
  IF wanted <> resolved.reference THEN
    accepted := jsonb_set(accepted, '{model}', to_jsonb(resolved.reference));
  END IF;
  RETURN accepted;
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
    'base', found_model.base_name || '@' || found_model.base_version,
    'lineage', found_model.detail -> 'lineage',
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
  'Configuration, limits, precision, files and lineage of a model (name@version, or a name for its newest version), or of an adapter (alone or as base+adapter) with its base.';

CREATE OR REPLACE VIEW quern.models AS
SELECT m.name || '@' || m.version AS model,
       m.name,
       m.version,
       coalesce(m.context_length, b.context_length) AS context_length,
       (m.detail ->> 'parameters')::bigint AS parameters,
       (SELECT sum(f.size)::bigint FROM quern.model_file AS f WHERE f.model = m.name AND f.version = m.version) AS size,
       coalesce(b.config, m.config) ->> 'model_type' AS architecture,
       m.created_by,
       m.created_at,
       m.precision,
       b.name || '@' || b.version AS base,
       m.detail -> 'lineage' AS lineage
FROM quern.model AS m
LEFT JOIN quern.model AS b ON b.name = m.base_name AND b.version = m.base_version;

COMMENT ON VIEW quern.models IS
  'The models that jobs can name; size in bytes; precision is what jobs are computed with that name none. An adapter has a base, and is named base+adapter or alone; lineage says what a fine-tuned model or adapter was made from.';

-- As Sources/Jobs describes them; a test compares.
UPDATE quern.parameter AS p
SET description = 'The model: name@version, or a name for its newest version at submission. base+adapter is a model with an adapter of it, and so is the adapter''s name alone.'
WHERE p.name = 'model'
  AND p.kind IN ('generate', 'embed', 'score');

REVOKE ALL ON FUNCTION quern.check_model_name(), quern.register_adapter(text, text, jsonb, jsonb, jsonb),
  quern.resolve_model(text), quern.find_adapter(text, text, text), quern.refuse_adapter(text, text)
FROM PUBLIC;
