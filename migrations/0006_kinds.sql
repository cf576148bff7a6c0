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
  'Parameters by kind. schema is JSON Schema: type (or a list), enum, minimum, exclusiveMinimum, maximum, minLength, maxLength, minItems, maxItems, items, propertyNames.pattern, additionalProperties.';

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
        || CASE WHEN schema ? 'propertyNames' THEN ' whose keys match ' || (schema -> 'propertyNames' ->> 'pattern') ELSE '' END
        || CASE WHEN schema ? 'additionalProperties' THEN ' and whose values are each ' || quern.schema_words(schema -> 'additionalProperties') ELSE '' END
      ELSE type_name
    END;
  END LOOP;
  RETURN array_to_string(words, ' or ');
END
$$;

-- The yes-or-no that every submission pays: one boolean expression per kind.
CREATE FUNCTION quern.compile_kinds()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  branches text;
BEGIN
  SELECT string_agg(format('WHEN %L THEN RETURN %s;', k.kind, concat_ws(E'\n      AND ',
    format('(p - %L::text[]) = ''{}''', ARRAY(SELECT q.name FROM quern.parameter AS q WHERE q.kind = k.kind)),
    format('p ?& %L::text[]', ARRAY(SELECT q.name FROM quern.parameter AS q WHERE q.kind = k.kind AND q.required)),
    (SELECT '(' || string_agg(format('(p ? %L)::int', a), ' + ') || ') = 1' FROM unnest(k.alternatives) AS a),
    (SELECT string_agg(format('(NOT p ? %L OR %s)', q.name, quern.schema_expression(q.schema, format('(p -> %L)', q.name))), E'\n      AND ' ORDER BY q.name)
     FROM quern.parameter AS q
     WHERE q.kind = k.kind))), E'\n    ' ORDER BY k.kind)
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
  -- Generated from quern.kind and quern.parameter by quern.compile_kinds.
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
          CASE WHEN jsonb_typeof(wrong.value) IN ('array', 'object') AND wrong.schema -> 'type' @> to_jsonb(jsonb_typeof(wrong.value)) THEN ''
            ELSE ', not ' || quern.quoted(wrong.value) END));
    END IF;
  END LOOP;
  PERFORM quern.refuse('invalid_value', choice[1],
    format('%sthe kind "%s" takes only one of the parameters %s; leave the others out', place, kind, array_to_string(choice, ', ')));
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
  ('generate', 'Continues a prompt with a model and returns a text completion.', 5, '{prompt,prompt_tokens}'),
  ('sleep', 'Waits: for drills and load tests.', 5, '{}');

-- As Sources/Jobs describes them; a test compares.
INSERT INTO quern.parameter (kind, name, aliases, schema, required, default_value, description)
VALUES
  ('generate', 'model', '{}', '{"type": "string", "minLength": 1, "maxLength": 200}', true, NULL,
    'The model: name@version, or a name for its newest version at submission.'),
  ('generate', 'prompt', '{}', '{"type": "string"}', false, NULL,
    'The text to continue.'),
  ('generate', 'prompt_tokens', '{}', '{"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}}', false, NULL,
    'The prompt as token ids, instead of a text.'),
  ('generate', 'max_tokens', '{max_new_tokens,max_completion_tokens}', '{"type": "integer", "minimum": 1, "maximum": 2147483647}', false, '128',
    'The most tokens to generate.'),
  ('generate', 'temperature', '{}', '{"type": "number", "minimum": 0, "maximum": 2}', false, '1',
    'Divides the logits before sampling; 0 always takes the likeliest token.'),
  ('generate', 'top_k', '{}', '{"type": "integer", "minimum": 0, "maximum": 2147483647}', false, '0',
    'Samples among this many likeliest tokens; 0 among all.'),
  ('generate', 'top_p', '{}', '{"type": "number", "exclusiveMinimum": 0, "maximum": 1}', false, '1',
    'Samples among the likeliest tokens whose probabilities reach this sum.'),
  ('generate', 'stop', '{}', '{"type": ["string", "array"], "minLength": 1, "maxItems": 4, "items": {"type": "string", "minLength": 1}}', false, NULL,
    'A text, or up to four, at which generation ends; it is not returned.'),
  ('generate', 'stop_token_ids', '{}', '{"type": "array", "maxItems": 64, "items": {"type": "integer", "minimum": 0, "maximum": 2147483647}}', false, NULL,
    'Token ids at which generation ends, besides those of the model.'),
  ('generate', 'seed', '{}', '{"type": "integer", "minimum": 0, "maximum": 9223372036854775807}', false, NULL,
    'The seed of the sampler; without it each job draws its own, which its result names.'),
  ('generate', 'logit_bias', '{}', '{"type": "object", "propertyNames": {"pattern": "^[0-9]{1,9}$"}, "additionalProperties": {"type": "number", "minimum": -100, "maximum": 100}}', false, NULL,
    'Numbers added to the logits of tokens, by token id.'),
  ('generate', 'ignore_eos', '{}', '{"type": "boolean"}', false, 'false',
    'Goes on after the end-of-text token, up to max_tokens.'),
  ('sleep', 'seconds', '{}', '{"type": "number", "minimum": 0, "maximum": 86400}', true, NULL,
    'How long to wait.');
