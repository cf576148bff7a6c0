-- Job kinds and their parameters as rows; a generated function says whether an object fits, words are for refusals only.

CREATE TABLE quern.kind (
  kind         text PRIMARY KEY CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
  description  text NOT NULL,
  max_attempts int NOT NULL CHECK (max_attempts > 0),
  alternatives text[] NOT NULL DEFAULT '{}'
);

COMMENT ON TABLE quern.kind IS 'The kinds of job that are accepted. Of the parameters named by alternatives exactly one must be given.';

CREATE TABLE quern.parameter (
  kind          text NOT NULL REFERENCES quern.kind (kind),
  name          text NOT NULL CHECK (name ~ '^[a-z][a-z_]{0,39}$'),
  aliases       text[] NOT NULL DEFAULT '{}',
  schema        jsonb NOT NULL,
  required      boolean NOT NULL DEFAULT false,
  default_value jsonb,
  description   text NOT NULL,
  PRIMARY KEY (kind, name)
);

COMMENT ON TABLE quern.parameter IS
  'Parameters by kind. schema is JSON Schema: type (or a list), enum, minimum, exclusiveMinimum, maximum, minLength, maxLength, minItems, maxItems, items, required, properties, propertyNames.pattern, additionalProperties; its description, if any, words the refusal.';

CREATE TABLE quern.parameter_rule (
  kind        text NOT NULL REFERENCES quern.kind (kind),
  position    int NOT NULL,
  name        text NOT NULL,
  requirement text NOT NULL,
  message     text NOT NULL,
  PRIMARY KEY (kind, position),
  FOREIGN KEY (kind, name) REFERENCES quern.parameter (kind, name)
);

COMMENT ON TABLE quern.parameter_rule IS
  'Rules between parameters of a kind: requirement is a boolean expression over the parameters p, whose values fit their schemas; message is what the refusal of name says.';

-- A boolean SQL expression that says whether the jsonb expression "value" fits the schema. CASE, not AND, decides
-- what is evaluated: a cast must not see the wrong type.
CREATE FUNCTION quern.schema_expression(schema jsonb, value text, depth int DEFAULT 0)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  types jsonb := CASE jsonb_typeof(schema -> 'type') WHEN 'array' THEN schema -> 'type' ELSE jsonb_build_array(schema -> 'type') END;
  type_name text;
  element text := 'e' || depth;
  checks text[];
  branches text[] := '{}';
BEGIN
  FOR type_name IN SELECT jsonb_array_elements_text(types)
  LOOP
    checks := ARRAY['true'];
    CASE type_name
      WHEN 'string' THEN
        IF schema ? 'minLength' THEN
          checks := checks || format('length(%s #>> ''{}'') >= %s', value, schema -> 'minLength');
        END IF;
        IF schema ? 'maxLength' THEN
          checks := checks || format('length(%s #>> ''{}'') <= %s', value, schema -> 'maxLength');
        END IF;
      WHEN 'integer', 'number' THEN
        IF type_name = 'integer' THEN
          checks := checks || format('(%s)::numeric %% 1 = 0', value);
        END IF;
        IF schema ? 'minimum' THEN
          checks := checks || format('(%s)::numeric >= %s', value, schema -> 'minimum');
        END IF;
        IF schema ? 'exclusiveMinimum' THEN
          checks := checks || format('(%s)::numeric > %s', value, schema -> 'exclusiveMinimum');
        END IF;
        IF schema ? 'maximum' THEN
          checks := checks || format('(%s)::numeric <= %s', value, schema -> 'maximum');
        END IF;
      WHEN 'array' THEN
        IF schema ? 'minItems' THEN
          checks := checks || format('jsonb_array_length(%s) >= %s', value, schema -> 'minItems');
        END IF;
        IF schema ? 'maxItems' THEN
          checks := checks || format('jsonb_array_length(%s) <= %s', value, schema -> 'maxItems');
        END IF;
        IF schema ? 'items' THEN
          checks := checks || format('NOT EXISTS (SELECT FROM jsonb_array_elements(%s) AS %s(v) WHERE NOT (%s))',
            value, element, quern.schema_expression(schema -> 'items', element || '.v', depth + 1));
        END IF;
      WHEN 'object' THEN
        IF schema ? 'required' THEN
          checks := checks || format('%s ?& %L::text[]', value, ARRAY(SELECT jsonb_array_elements_text(schema -> 'required')));
        END IF;
        IF schema ? 'properties' THEN
          checks := checks || ARRAY(
            SELECT format('(NOT %s ? %L OR %s)', schema_expression.value, m.key, quern.schema_expression(m.member, format('(%s -> %L)', schema_expression.value, m.key), depth + 1))
            FROM jsonb_each(schema -> 'properties') AS m(key, member));
        END IF;
        IF schema ? 'propertyNames' THEN
          checks := checks || format('NOT EXISTS (SELECT FROM jsonb_object_keys(%s) AS %s(k) WHERE %s.k !~ %L)',
            value, element, element, schema -> 'propertyNames' ->> 'pattern');
        END IF;
        IF schema ? 'additionalProperties' THEN
          checks := checks || format('NOT EXISTS (SELECT FROM jsonb_each(%s) AS %s(k, v) WHERE NOT (%s))',
            value, element, quern.schema_expression(schema -> 'additionalProperties', element || '.v', depth + 1));
        END IF;
      ELSE
        NULL;  -- boolean and null have no further rule
    END CASE;
    branches := branches || format('WHEN %L THEN %s',
      CASE type_name WHEN 'integer' THEN 'number' ELSE type_name END, array_to_string(checks, ' AND '));
  END LOOP;
  RETURN format('CASE jsonb_typeof(%s) %s ELSE false END', value, array_to_string(branches, ' '))
    || CASE WHEN schema ? 'enum' THEN format(' AND %L::jsonb @> jsonb_build_array(%s)', schema -> 'enum', value) ELSE '' END;
END
$$;

-- The schema in words: "an integer from 1 to 20".
CREATE FUNCTION quern.schema_words(schema jsonb)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  types jsonb := CASE jsonb_typeof(schema -> 'type') WHEN 'array' THEN schema -> 'type' ELSE jsonb_build_array(schema -> 'type') END;
  bounds text := CASE
    WHEN schema ? 'minimum' AND schema ? 'maximum' THEN format(' from %s to %s', schema -> 'minimum', schema -> 'maximum')
    WHEN schema ? 'exclusiveMinimum' AND schema ? 'maximum' THEN format(' above %s, up to %s', schema -> 'exclusiveMinimum', schema -> 'maximum')
    WHEN schema ? 'minimum' THEN format(' of at least %s', schema -> 'minimum')
    WHEN schema ? 'maximum' THEN format(' of at most %s', schema -> 'maximum')
    ELSE ''
  END;
  type_name text;
  words text[] := '{}';
BEGIN
  IF schema ? 'description' THEN
    RETURN schema ->> 'description';
  END IF;
  IF schema ? 'enum' THEN
    RETURN 'one of ' || (SELECT string_agg(e::text, ', ') FROM jsonb_array_elements(schema -> 'enum') AS e);
  END IF;
  FOR type_name IN SELECT jsonb_array_elements_text(types)
  LOOP
    words := words || CASE type_name
      WHEN 'integer' THEN 'an integer' || bounds
      WHEN 'number' THEN 'a number' || bounds
      WHEN 'string' THEN 'a string'
        || CASE WHEN schema ? 'maxLength' THEN format(' of at most %s characters', schema -> 'maxLength')
             WHEN schema -> 'minLength' = '1' THEN ' that is not empty' ELSE '' END
      WHEN 'boolean' THEN 'true or false'
      WHEN 'array' THEN 'an array'
        || CASE WHEN schema ? 'minItems' AND schema ? 'maxItems' THEN format(' of %s to %s', schema -> 'minItems', schema -> 'maxItems')
             WHEN schema ? 'maxItems' THEN format(' of at most %s', schema -> 'maxItems')
             WHEN schema ? 'minItems' THEN format(' of at least %s', schema -> 'minItems') ELSE '' END
        || CASE WHEN schema ? 'items' THEN ', each ' || quern.schema_words(schema -> 'items') ELSE '' END
      WHEN 'object' THEN 'an object'
        || CASE WHEN schema ? 'required' THEN ' with ' || (SELECT string_agg(r, ', ') FROM jsonb_array_elements_text(schema -> 'required') AS r) ELSE '' END
        || coalesce((SELECT string_agg(format(', %s being %s', m.key, quern.schema_words(m.value)), '') FROM jsonb_each(schema -> 'properties') AS m), '')
        || CASE WHEN schema ? 'propertyNames' THEN ' whose keys match ' || (schema -> 'propertyNames' ->> 'pattern') ELSE '' END
        || CASE WHEN schema ? 'additionalProperties' THEN ' and whose values are each ' || quern.schema_words(schema -> 'additionalProperties') ELSE '' END
      ELSE type_name
    END;
  END LOOP;
  RETURN array_to_string(words, ' or ');
END
$$;

-- The yes-or-no that every submission pays: one boolean expression per kind for the values, one for the rules between
-- them, which may count on values that fit.
CREATE FUNCTION quern.compile_kinds()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  branches text;
BEGIN
  SELECT string_agg(format(E'WHEN %L THEN\n      IF (%s) IS NOT TRUE THEN\n        RETURN false;\n      END IF;\n      RETURN %s;', k.kind,
    concat_ws(E'\n      AND ',
      format('(p - %L::text[]) = ''{}''', ARRAY(SELECT q.name FROM quern.parameter AS q WHERE q.kind = k.kind)),
      format('p ?& %L::text[]', ARRAY(SELECT q.name FROM quern.parameter AS q WHERE q.kind = k.kind AND q.required)),
      (SELECT '(' || string_agg(format('(p ? %L)::int', a), ' + ') || ') = 1' FROM unnest(k.alternatives) AS a),
      (SELECT string_agg(format('(NOT p ? %L OR %s)', q.name, quern.schema_expression(q.schema, format('(p -> %L)', q.name))), E'\n      AND ' ORDER BY q.name)
       FROM quern.parameter AS q
       WHERE q.kind = k.kind)),
    coalesce((
      SELECT string_agg(format('(%s)', r.requirement), E'\n      AND ' ORDER BY r.position)
      FROM quern.parameter_rule AS r
      WHERE r.kind = k.kind), 'true')), E'\n    ' ORDER BY k.kind)
  INTO branches
  FROM quern.kind AS k;
  EXECUTE format($body$
CREATE OR REPLACE FUNCTION quern.parameters_fit(kind text, p jsonb)
RETURNS boolean
LANGUAGE plpgsql
IMMUTABLE
SET search_path = quern, pg_temp
AS $fit$
BEGIN
  -- Generated from quern.kind, quern.parameter and quern.parameter_rule by quern.compile_kinds.
  IF jsonb_typeof(p) IS DISTINCT FROM 'object' THEN
    RETURN false;
  END IF;
  CASE kind
    %s
    ELSE RETURN false;
  END CASE;
END
$fit$ $body$, coalesce(branches, 'WHEN NULL THEN RETURN false;'));
  RETURN NULL;
END
$$;

CREATE TRIGGER compile_kinds
AFTER INSERT OR UPDATE OR DELETE ON quern.kind
FOR EACH STATEMENT EXECUTE FUNCTION quern.compile_kinds();

CREATE TRIGGER compile_kinds
AFTER INSERT OR UPDATE OR DELETE ON quern.parameter
FOR EACH STATEMENT EXECUTE FUNCTION quern.compile_kinds();

CREATE TRIGGER compile_kinds
AFTER INSERT OR UPDATE OR DELETE ON quern.parameter_rule
FOR EACH STATEMENT EXECUTE FUNCTION quern.compile_kinds();

-- Raises what is wrong with parameters that do not fit. place names the element of a set, e.g. "parameters[3]: ".
CREATE FUNCTION quern.refuse_parameters(kind text, p jsonb, place text DEFAULT '')
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  names text[] := ARRAY(SELECT q.name FROM quern.parameter AS q WHERE q.kind = refuse_parameters.kind ORDER BY q.name);
  choice text[];
  wrong record;
  is_met boolean;
BEGIN
  IF jsonb_typeof(p) IS DISTINCT FROM 'object' THEN
    PERFORM quern.refuse('invalid_value', 'parameters', format('%sparameters must be a JSON object, not %s', place, quern.quoted(p)));
  END IF;
  -- 1. A name that the kind does not have.
  SELECT k.name
  INTO wrong
  FROM jsonb_object_keys(p) AS k(name)
  WHERE k.name <> ALL (names)
  ORDER BY k.name
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('unknown_parameter', CASE WHEN quern.quoted(wrong.name) LIKE '"%' THEN wrong.name END,
      format('%sthe kind "%s" has no parameter %s%s', place, kind, quern.quoted(wrong.name), quern.suggestion(wrong.name, names)));
  END IF;
  -- 2. A required one that is not there.
  SELECT q.name, q.schema
  INTO wrong
  FROM quern.parameter AS q
  WHERE q.kind = refuse_parameters.kind
    AND q.required
    AND NOT p ? q.name
  ORDER BY q.name
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('missing_parameter', wrong.name,
      format('%sthe kind "%s" needs the parameter "%s": give %s', place, kind, wrong.name, quern.schema_words(wrong.schema)));
  END IF;
  SELECT k.alternatives
  INTO choice
  FROM quern.kind AS k
  WHERE k.kind = refuse_parameters.kind;
  IF cardinality(choice) > 0 AND NOT p ?| choice THEN
    PERFORM quern.refuse('missing_parameter', choice[1],
      format('%sthe kind "%s" needs one of the parameters %s; add it', place, kind, array_to_string(choice, ', ')));
  END IF;
  -- 3. A value outside its schema: only the words of the schema are said, never the value of a text.
  FOR wrong IN
    SELECT q.name, q.schema, p -> q.name AS value
    FROM quern.parameter AS q
    WHERE q.kind = refuse_parameters.kind
      AND p ? q.name
    ORDER BY q.name
  LOOP
    IF NOT quern.value_fits(wrong.schema, wrong.value) THEN
      PERFORM quern.refuse('invalid_value', wrong.name,
        format('%s"%s" must be %s%s', place, wrong.name, quern.schema_words(wrong.schema),
          -- An array or object of the right type is wrong somewhere inside, which the words of the schema cover.
          CASE WHEN wrong.schema ? 'description' THEN ''
            WHEN jsonb_typeof(wrong.value) IN ('array', 'object') AND wrong.schema -> 'type' @> to_jsonb(jsonb_typeof(wrong.value)) THEN ''
            ELSE ', not ' || quern.quoted(wrong.value) END));
    END IF;
  END LOOP;
  -- 4. Two of what only one may be given.
  IF (SELECT count(*) > 1 FROM unnest(choice) AS c WHERE p ? c) THEN
    PERFORM quern.refuse('invalid_value', choice[1],
      format('%sthe kind "%s" takes only one of the parameters %s; leave the others out', place, kind, array_to_string(choice, ', ')));
  END IF;
  -- 5. A rule between parameters.
  FOR wrong IN
    SELECT r.name, r.requirement, r.message
    FROM quern.parameter_rule AS r
    WHERE r.kind = refuse_parameters.kind
    ORDER BY r.position
  LOOP
    EXECUTE format('SELECT %s FROM (SELECT $1 AS p) AS given', wrong.requirement)
    INTO is_met
    USING p;
    IF is_met IS NOT TRUE THEN
      PERFORM quern.refuse('invalid_value', wrong.name, place || wrong.message);
    END IF;
  END LOOP;
END
$$;

CREATE FUNCTION quern.value_fits(schema jsonb, value jsonb)
RETURNS boolean
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  answer boolean;
BEGIN
  EXECUTE 'SELECT ' || quern.schema_expression(schema, '$1')
  INTO answer
  USING value;
  RETURN answer;
END
$$;

-- Canonical names for aliases; an alias beside its own name is a contradiction.
CREATE FUNCTION quern.canonical_names(kind text, p jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  renamed jsonb := p;
  found_alias record;
BEGIN
  IF jsonb_typeof(p) IS DISTINCT FROM 'object' THEN
    RETURN p;
  END IF;
  FOR found_alias IN
    SELECT q.name, a.alias
    FROM quern.parameter AS q, unnest(q.aliases) AS a(alias)
    WHERE q.kind = canonical_names.kind
      AND p ? a.alias
  LOOP
    IF renamed ? found_alias.name THEN
      PERFORM quern.refuse('invalid_value', found_alias.name,
        format('"%s" is another name of "%s": give one of them', found_alias.alias, found_alias.name));
    END IF;
    renamed := (renamed - found_alias.alias) || jsonb_build_object(found_alias.name, renamed -> found_alias.alias);
  END LOOP;
  RETURN renamed;
END
$$;

INSERT INTO quern.kind (kind, description, max_attempts, alternatives)
VALUES
  ('generate', 'Continues a prompt or answers messages with a model: a text completion or a chat completion.', 5, '{prompt,prompt_tokens,messages}'),
  ('embed', 'Turns texts into vectors: a list of embeddings.', 5, '{}'),
  ('score', 'Says how likely continuations of a prompt are, and ranks them.', 5, '{}'),
  ('sleep', 'Waits: for drills and load tests.', 5, '{}');

-- As Sources/Jobs describes them; a test compares.
INSERT INTO quern.parameter (kind, name, aliases, schema, required, default_value, description)
VALUES
  ('generate', 'model', '{}', '{"type": "string", "minLength": 1, "maxLength": 200}', true, NULL,
    'The model: name@version, or a name for its newest version at submission.'),
  ('generate', 'prompt', '{}', '{"type": ["string", "array"], "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}}', false, NULL,
    'The text to continue, or its token ids.'),
  ('generate', 'prompt_tokens', '{}', '{"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}}', false, NULL,
    'The prompt as token ids, instead of prompt.'),
  ('generate', 'user', '{}', '{"type": "string", "maxLength": 128}', false, NULL,
    'A label of yours for who asks; it stays with the job and changes no result.'),
  ('generate', 'messages', '{}', '{"type": "array", "minItems": 1, "items": {"type": "object", "required": ["role"], "properties": {"role": {"type": "string", "minLength": 1}, "content": {"type": ["string", "array", "null"], "items": {"type": "object", "required": ["type", "text"], "properties": {"type": {"type": "string", "enum": ["text"]}, "text": {"type": "string"}}}}}}}', false, NULL,
    'A conversation to answer, instead of a prompt: the model''s chat template makes the prompt. Parts of a content are texts; they are joined by line feeds.'),
  ('generate', 'tools', '{}', '{"type": "array", "items": {"type": "object"}}', false, NULL,
    'Tools that the chat template tells the model of; calls come as text of the answer.'),
  ('generate', 'documents', '{}', '{"type": "array", "items": {"type": "object"}}', false, NULL,
    'Documents for the chat template.'),
  ('generate', 'chat_template_kwargs', '{}', '{"type": "object"}', false, NULL,
    'Further variables for the chat template.'),
  ('generate', 'add_generation_prompt', '{}', '{"type": "boolean"}', false, 'true',
    'Ends the prompt of a conversation with the beginning of an answer.'),
  ('generate', 'temperature', '{}', '{"type": "number", "minimum": 0, "maximum": 2}', false, '1',
    'Divides the logits before sampling; 0 always takes the likeliest token.'),
  ('generate', 'top_k', '{}', '{"type": "integer", "minimum": 0, "maximum": 2147483647}', false, '0',
    'Samples among this many likeliest tokens; 0 among all.'),
  ('generate', 'top_p', '{}', '{"type": "number", "exclusiveMinimum": 0, "maximum": 1}', false, '1',
    'Samples among the likeliest tokens whose probabilities reach this sum.'),
  ('generate', 'min_p', '{}', '{"type": "number", "minimum": 0, "maximum": 1}', false, '0',
    'Samples among tokens at least this many times as likely as the likeliest.'),
  ('generate', 'repetition_penalty', '{}', '{"type": "number", "exclusiveMinimum": 0, "maximum": 100}', false, '1',
    'Divides positive logits of tokens in prompt or answer and multiplies negative ones.'),
  ('generate', 'frequency_penalty', '{}', '{"type": "number", "minimum": -2, "maximum": 2}', false, '0',
    'Is subtracted from a token''s logit for each time it is in the answer.'),
  ('generate', 'presence_penalty', '{}', '{"type": "number", "minimum": -2, "maximum": 2}', false, '0',
    'Is subtracted once from the logits of tokens in the answer.'),
  ('generate', 'logit_bias', '{}', '{"type": "object", "propertyNames": {"pattern": "^[0-9]{1,9}$"}, "additionalProperties": {"type": "number", "minimum": -100, "maximum": 100}}', false, NULL,
    'Numbers added to the logits of tokens, by token id.'),
  ('generate', 'seed', '{}', '{"type": "integer", "minimum": 0, "maximum": 9223372036854775807}', false, NULL,
    'The seed of the sampler; without it each job draws its own, which its result names.'),
  ('generate', 'max_tokens', '{max_new_tokens,max_completion_tokens}', '{"type": "integer", "minimum": 1, "maximum": 2147483647}', false, '128',
    'The most tokens to generate.'),
  ('generate', 'min_tokens', '{}', '{"type": "integer", "minimum": 0, "maximum": 2147483647}', false, '0',
    'Before so many tokens nothing but the context ends an answer; at most max_tokens.'),
  ('generate', 'stop', '{}', '{"type": ["string", "array"], "minLength": 1, "maxItems": 4, "items": {"type": "string", "minLength": 1}}', false, NULL,
    'A text, or up to four, at which generation ends; it is not returned.'),
  ('generate', 'stop_token_ids', '{}', '{"type": "array", "maxItems": 64, "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}}', false, NULL,
    'Token ids at which generation ends, besides those of the model.'),
  ('generate', 'include_stop_str_in_output', '{}', '{"type": "boolean"}', false, 'false',
    'Returns the stop text after all.'),
  ('generate', 'ignore_eos', '{}', '{"type": "boolean"}', false, 'false',
    'Goes on after the end-of-text token, up to max_tokens.'),
  ('generate', 'n', '{}', '{"type": "integer", "minimum": 1, "maximum": 128}', false, '1',
    'How many answers: each draws from a random stream of its own.'),
  ('generate', 'logprobs', '{}', '{"type": ["integer", "boolean"], "minimum": 0, "maximum": 5}', false, NULL,
    'Log-probabilities of the answer''s tokens before any setting of sampling: with a prompt how many likeliest tokens come along, with messages true.'),
  ('generate', 'top_logprobs', '{}', '{"type": "integer", "minimum": 0, "maximum": 20}', false, NULL,
    'With messages and logprobs: how many likeliest tokens come along.'),
  ('generate', 'echo', '{}', '{"type": "boolean"}', false, 'false',
    'Returns the prompt before the answer, and with logprobs those of its tokens.'),
  ('generate', 'return_token_ids', '{}', '{"type": "boolean"}', false, 'false',
    'Returns the token ids of prompt and answer.'),
  ('generate', 'response_format', '{}', '{"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["text", "json_object", "json_schema", "regex"]}, "json_schema": {"type": "object"}, "regex": {"type": "string", "minLength": 1, "maxLength": 10000}}}', false, NULL,
    'The form of the answer: {"type": "json_object"}, "json_schema" with json_schema.schema, or "regex" with regex.'),
  ('generate', 'best_of', '{}', '{"type": "integer", "enum": [1], "description": "1: ask for n answers with logprobs and choose yourself"}', false, NULL,
    'Only 1: answers are not ranked here.'),
  ('generate', 'suffix', '{}', '{"type": "null", "description": "left out: text is continued, not filled in; put what follows into the prompt"}', false, NULL,
    'Not available.'),
  ('generate', 'stream', '{}', '{"type": "boolean", "enum": [false], "description": "false: a job''s result is stored whole; wait for it with quern.wait"}', false, NULL,
    'Only false: a result is stored whole.'),
  ('generate', 'stream_options', '{}', '{"type": "null", "description": "left out: a job''s result is stored whole"}', false, NULL,
    'Not available.'),
  ('embed', 'model', '{}', '{"type": "string", "minLength": 1, "maxLength": 200}', true, NULL,
    'The model: name@version, or a name for its newest version at submission.'),
  ('embed', 'input', '{}', '{"type": ["string", "array"], "minItems": 1, "maxItems": 32768, "minimum": 0, "maximum": 2147483647, "items": {"type": ["string", "integer", "array"], "minimum": 0, "maximum": 2147483647, "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}}}', true, NULL,
    'A text or its token ids, or an array of either.'),
  ('embed', 'pooling', '{}', '{"type": "string", "enum": ["mean", "cls", "last"]}', false, NULL,
    'What of the tokens'' vectors is the text''s: their mean, the first or the last. Without it the model''s own way.'),
  ('embed', 'normalize', '{}', '{"type": "boolean"}', false, 'true',
    'Scales the vector to length 1.'),
  ('embed', 'dimensions', '{}', '{"type": "integer", "minimum": 1, "maximum": 2147483647}', false, NULL,
    'Keeps so many first dimensions, for models trained to allow it; before normalize.'),
  ('embed', 'encoding_format', '{}', '{"type": "string", "enum": ["float", "base64"]}', false, '"float"',
    'How vectors are written: as numbers, or as base64 of little-endian 32-bit floats.'),
  ('embed', 'user', '{}', '{"type": "string", "maxLength": 128}', false, NULL,
    'A label of yours for who asks; it stays with the job and changes no result.'),
  ('score', 'model', '{}', '{"type": "string", "minLength": 1, "maxLength": 200}', true, NULL,
    'The model: name@version, or a name for its newest version at submission.'),
  ('score', 'prompt', '{}', '{"type": ["string", "array"], "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}}', true, NULL,
    'What the choices continue: a text or its token ids.'),
  ('score', 'choices', '{}', '{"type": "array", "minItems": 1, "maxItems": 1000, "items": {"type": ["string", "array"], "minLength": 1, "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}}}', true, NULL,
    'The continuations: texts, with the space before them if one belongs there, or token ids.'),
  ('score', 'normalization', '{}', '{"type": "string", "enum": ["none", "tokens", "bytes"]}', false, '"none"',
    'What best and rank go by: the sum of a choice''s log-probabilities, or that divided by its tokens or bytes.'),
  ('score', 'user', '{}', '{"type": "string", "maxLength": 128}', false, NULL,
    'A label of yours for who asks; it stays with the job and changes no result.'),
  ('sleep', 'seconds', '{}', '{"type": "number", "minimum": 0, "maximum": 86400}', true, NULL,
    'How long to wait.');

INSERT INTO quern.parameter_rule (kind, position, name, requirement, message)
VALUES
  ('generate', 1, 'tools', 'NOT p ? ''tools'' OR p ? ''messages''',
    '"tools" belongs to messages; give those instead of a prompt, or leave it out'),
  ('generate', 2, 'documents', 'NOT p ? ''documents'' OR p ? ''messages''',
    '"documents" belongs to messages; give those instead of a prompt, or leave it out'),
  ('generate', 3, 'chat_template_kwargs', 'NOT p ? ''chat_template_kwargs'' OR p ? ''messages''',
    '"chat_template_kwargs" belongs to messages; give those instead of a prompt, or leave it out'),
  ('generate', 4, 'add_generation_prompt', 'NOT p ? ''add_generation_prompt'' OR p ? ''messages''',
    '"add_generation_prompt" belongs to messages; give those instead of a prompt, or leave it out'),
  ('generate', 5, 'top_logprobs', 'NOT p ? ''top_logprobs'' OR p ? ''messages''',
    '"top_logprobs" belongs to messages; give those instead of a prompt, or leave it out'),
  ('generate', 6, 'echo', 'NOT p ? ''messages'' OR (p -> ''echo'') IS DISTINCT FROM ''true''',
    '"echo" returns a prompt, which messages are not; leave it out'),
  ('generate', 7, 'logprobs', 'NOT p ? ''logprobs'' OR jsonb_typeof(p -> ''logprobs'') = CASE WHEN p ? ''messages'' THEN ''boolean'' ELSE ''number'' END',
    '"logprobs" is true or false with messages, and with a prompt how many likeliest tokens come along: 0 to 5'),
  ('generate', 8, 'top_logprobs', 'NOT p ? ''top_logprobs'' OR p -> ''logprobs'' = ''true''',
    '"top_logprobs" needs "logprobs" to be true'),
  ('generate', 9, 'min_tokens', 'coalesce((p ->> ''min_tokens'')::numeric, 0) <= coalesce((p ->> ''max_tokens'')::numeric, 128)',
    '"min_tokens" must be at most max_tokens, which is 128 if left out'),
  ('generate', 10, 'n', 'coalesce((p ->> ''n'')::numeric, 1) = 1 OR coalesce((p ->> ''temperature'')::numeric, 1) >= 0.00001',
    '"n" must be 1 at temperature 0: all answers would be the same'),
  ('generate', 11, 'response_format', 'p #>> ''{response_format,type}'' IS DISTINCT FROM ''json_schema'' OR jsonb_typeof(p #> ''{response_format,json_schema,schema}'') = ''object''',
    '"response_format" of type json_schema needs a schema at json_schema.schema'),
  ('generate', 12, 'response_format', 'p #>> ''{response_format,type}'' IS DISTINCT FROM ''regex'' OR p -> ''response_format'' ? ''regex''',
    '"response_format" of type regex needs an expression at regex'),
  ('generate', 13, 'ignore_eos', '(p -> ''ignore_eos'') IS DISTINCT FROM ''true'' OR coalesce(p #>> ''{response_format,type}'', ''text'') = ''text''',
    '"ignore_eos" cannot go on after a response_format is complete; leave one of them out'),
  ('embed', 1, 'input', 'CASE jsonb_typeof(p -> ''input'') WHEN ''array'' THEN (SELECT count(DISTINCT jsonb_typeof(e)) = 1 FROM jsonb_array_elements(p -> ''input'') AS e) ELSE true END',
    '"input" must hold only texts, only token ids, or only arrays of token ids');
