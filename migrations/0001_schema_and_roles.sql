-- The schema, the cluster-wide roles, and who is asking.

CREATE SCHEMA IF NOT EXISTS quern;

COMMENT ON SCHEMA quern IS 'Quern: a job queue for language models. Submit with quern.submit or quern.generate, look with quern.jobs.';

-- Roles belong to the cluster: another database of it may have made them already, or be making them now.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['quern_submitter', 'quern_worker', 'quern_monitor', 'quern_operator', 'quern_admin']
  LOOP
    BEGIN
      IF to_regrole(role_name) IS NULL THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      END IF;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN
        NULL;  -- made by another session meanwhile
    END;
  END LOOP;
  IF NOT pg_has_role('quern_admin', 'quern_operator', 'MEMBER') THEN
    GRANT quern_operator TO quern_admin;
  END IF;
END
$$;

GRANT USAGE ON SCHEMA quern TO quern_submitter, quern_worker, quern_monitor, quern_operator, quern_admin;

-- Functions are SECURITY DEFINER: current_user is the owner there, the setting "role" is still the caller's.
CREATE FUNCTION quern.caller()
RETURNS text
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
  SELECT coalesce(nullif(current_setting('role'), 'none'), session_user)
$$;

COMMENT ON FUNCTION quern.caller() IS 'The role that is asking: the one of SET ROLE, else the session''s user. It owns the jobs it submits.';

CREATE FUNCTION quern.is_operator()
RETURNS boolean
LANGUAGE sql
STABLE
PARALLEL SAFE
AS $$
  SELECT pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user), 'quern_operator', 'USAGE')
$$;

COMMENT ON FUNCTION quern.is_operator() IS 'Whether the caller sees and controls the jobs of all submitters (never their content).';

-- Levenshtein words the did-you-mean. The extension may already live in another schema of this database.
DO $$
DECLARE
  home text;
BEGIN
  CREATE EXTENSION IF NOT EXISTS fuzzystrmatch WITH SCHEMA quern;
  SELECT n.nspname
  INTO home
  FROM pg_extension AS e
  JOIN pg_namespace AS n ON n.oid = e.extnamespace
  WHERE e.extname = 'fuzzystrmatch';
  EXECUTE format(
    'CREATE FUNCTION quern.edit_distance(one text, other text) RETURNS int LANGUAGE sql IMMUTABLE AS %L',
    format('SELECT %I.levenshtein(left(one, 60), left(other, 60))', home));
END
$$;
