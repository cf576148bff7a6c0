-- How Quern says no: a code and a parameter for programs, a sentence with the way out for people.

CREATE FUNCTION quern.refuse(code text, param text, message text, sql_state text DEFAULT '22023')
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = sql_state,
    MESSAGE = message,
    DETAIL = json_build_object('code', code, 'param', param)::text;
END
$$;

-- PostgreSQL writes errors to its log: a value is repeated only when it looks like an identifier of ours. Those have
-- words and short numbers in them; a long run of letters with digits is a key or a password.
CREATE FUNCTION quern.quoted(value text)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$
  SELECT CASE
    WHEN value IS NULL THEN 'null'
    WHEN value ~ '^[A-Za-z][A-Za-z0-9._:@+-]{0,39}$' AND value !~ '[0-9]{5}' AND value !~ '@.*[.][A-Za-z]'
        AND value !~ '(?=[A-Za-z]*[0-9])[A-Za-z0-9]{13}'
      THEN '"' || value || '"'
    WHEN value ~ '^-?[0-9]{1,4}([.][0-9]{1,4})?$' THEN value
    ELSE 'a text of ' || length(value) || ' characters'
  END
$$;

CREATE FUNCTION quern.quoted(value jsonb)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$
  SELECT CASE jsonb_typeof(value)
    WHEN 'string' THEN quern.quoted(value #>> '{}')
    WHEN 'number' THEN
      CASE WHEN value::text ~ '^-?[0-9]{1,4}([.][0-9]{1,4})?$' THEN value::text
        ELSE 'a number of ' || length(value::text) || ' characters' END
    WHEN 'boolean' THEN value::text
    WHEN 'array' THEN 'an array of ' || jsonb_array_length(value)
    WHEN 'object' THEN 'an object'
    ELSE 'null'
  END
$$;

-- The candidate nearest to a mistyped name, if any is near enough to be meant.
CREATE FUNCTION quern.nearest(given text, candidates text[])
RETURNS text
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT candidate
  FROM unnest(candidates) AS candidate
  WHERE quern.edit_distance(lower(given), lower(candidate)) <= greatest(2, length(candidate) / 3)
    AND length(given) <= 60
  ORDER BY quern.edit_distance(lower(given), lower(candidate)), candidate
  LIMIT 1
$$;

-- "; did you mean "x"?", or the choice when nothing is near.
CREATE FUNCTION quern.suggestion(given text, candidates text[])
RETURNS text
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(
    '; did you mean "' || quern.nearest(given, candidates) || '"?',
    CASE WHEN cardinality(candidates) = 0 THEN '; there are none yet'
      ELSE '; there are: ' || array_to_string((SELECT array_agg(c ORDER BY c) FROM unnest(candidates[1:40]) AS c), ', ') END)
$$;
