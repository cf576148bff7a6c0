-- Datasets: immutable, versioned rows of one owner. A draft takes rows; sealed, it never changes.

CREATE TABLE quern.dataset (
  id         bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  owner      text NOT NULL,
  name       text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'),
  version    int NOT NULL CHECK (version > 0),
  row_count  bigint CHECK (row_count > 0),
  byte_count bigint,
  sha256     bytea CHECK (octet_length(sha256) = 32),
  detail     jsonb NOT NULL,
  sealed     boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (owner, name, version),
  CHECK (NOT sealed OR (row_count, byte_count, sha256) IS NOT NULL)
);

COMMENT ON TABLE quern.dataset IS
  'A version of a dataset. Names belong to their owner, the role that made it. sha256 is that of the rows'' own SHA-256 in order; byte_count that of their texts.';

CREATE TABLE quern.dataset_row (
  dataset bigint NOT NULL REFERENCES quern.dataset (id) ON DELETE CASCADE,
  index   int NOT NULL CHECK (index >= 0),
  subject text,
  content jsonb NOT NULL CHECK (jsonb_typeof(content) = 'object'),
  PRIMARY KEY (dataset, index)
);

COMMENT ON TABLE quern.dataset_row IS 'One example; subject is the person whom it is about, as the owner names them.';

-- Rights of persons reach into datasets.
CREATE INDEX dataset_row_subject ON quern.dataset_row (subject) WHERE subject IS NOT NULL;

-- The version that a name means now, of this owner; NULLs when there is none.
CREATE FUNCTION quern.find_dataset(dataset text, owner text)
RETURNS quern.dataset
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT d
  FROM quern.dataset AS d
  WHERE d.owner = find_dataset.owner
    AND d.sealed
    AND d.name = split_part(find_dataset.dataset, '@', 1)
    AND (strpos(find_dataset.dataset, '@') = 0
      OR d.version::text = substr(find_dataset.dataset, strpos(find_dataset.dataset, '@') + 1))
  ORDER BY d.version DESC
  LIMIT 1
$$;

CREATE FUNCTION quern.refuse_dataset(dataset text, owner text, param text DEFAULT 'dataset')
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  base text := split_part(refuse_dataset.dataset, '@', 1);
  newest int;
BEGIN
  SELECT max(d.version)
  INTO newest
  FROM quern.dataset AS d
  WHERE d.owner = refuse_dataset.owner
    AND d.name = base
    AND d.sealed;
  IF newest IS NOT NULL THEN
    PERFORM quern.refuse('dataset_not_found', refuse_dataset.param,
      format('the dataset %s has no such version; the newest is %s@%s', quern.quoted(base), base, newest));
  END IF;
  PERFORM quern.refuse('dataset_not_found', refuse_dataset.param,
    format('you have no dataset %s%s', quern.quoted(refuse_dataset.dataset),
      quern.suggestion(base, ARRAY(SELECT DISTINCT d.name FROM quern.dataset AS d WHERE d.owner = refuse_dataset.owner AND d.sealed))));
END
$$;

CREATE FUNCTION quern.resolve_dataset(dataset text, param text DEFAULT 'dataset')
RETURNS text
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_dataset quern.dataset := quern.find_dataset(resolve_dataset.dataset, quern.caller());
BEGIN
  IF found_dataset.id IS NULL THEN
    PERFORM quern.refuse_dataset(resolve_dataset.dataset, quern.caller(), resolve_dataset.param);
  END IF;
  RETURN found_dataset.name || '@' || found_dataset.version;
END
$$;

COMMENT ON FUNCTION quern.resolve_dataset IS 'name@version of the caller''s dataset that a name means now; dataset_not_found with the nearest name otherwise.';

CREATE FUNCTION quern.open_dataset(name text, detail jsonb DEFAULT '{}')
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  draft bigint;
BEGIN
  IF open_dataset.name IS NULL OR open_dataset.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' THEN
    PERFORM quern.refuse('invalid_value', 'name',
      'a dataset''s name has 1 to 100 letters, digits, ".", "_" or "-", and starts with a letter or digit');
  END IF;
  -- One maker of a name at a time, until its transaction ends.
  PERFORM pg_advisory_xact_lock(hashtext('quern.dataset'), hashtext(quern.caller() || ' ' || open_dataset.name));
  INSERT INTO quern.dataset (owner, name, version, detail)
  SELECT quern.caller(), open_dataset.name, coalesce(max(d.version), 0) + 1, coalesce(open_dataset.detail, '{}')
  FROM quern.dataset AS d
  WHERE d.owner = quern.caller()
    AND d.name = open_dataset.name
  RETURNING id
  INTO draft;
  RETURN draft;
END
$$;

COMMENT ON FUNCTION quern.open_dataset IS
  'Begins the next version of a dataset of the caller''s: append rows and seal it in the same transaction. Returns its id.';

CREATE FUNCTION quern.refuse_unless_draft(dataset bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
BEGIN
  -- Locked: rows do not come while another session seals.
  PERFORM
  FROM quern.dataset AS d
  WHERE d.id = refuse_unless_draft.dataset
    AND d.owner = quern.caller()
    AND NOT d.sealed
  FOR UPDATE;
  IF NOT FOUND THEN
    PERFORM quern.refuse('invalid_state', 'dataset',
      'there is no such dataset of yours that takes rows; a sealed one never changes: make the next version with quern.open_dataset');
  END IF;
END
$$;

CREATE FUNCTION quern.append_dataset(dataset bigint, rows jsonb[], subjects text[] DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  first int;
  wrong bigint;
BEGIN
  PERFORM quern.refuse_unless_draft(append_dataset.dataset);
  SELECT coalesce(max(r.index) + 1, 0)
  INTO first
  FROM quern.dataset_row AS r
  WHERE r.dataset = append_dataset.dataset;
  SELECT first + g.place
  INTO wrong
  FROM unnest(append_dataset.rows) WITH ORDINALITY AS g(content, place)
  WHERE jsonb_typeof(g.content) IS DISTINCT FROM 'object'
  LIMIT 1;
  IF FOUND THEN
    PERFORM quern.refuse('invalid_value', 'rows', format('row %s is not a JSON object of columns', wrong));
  END IF;
  INSERT INTO quern.dataset_row (dataset, index, subject, content)
  SELECT append_dataset.dataset, first + g.place - 1, g.subject, g.content
  FROM unnest(append_dataset.rows, append_dataset.subjects) WITH ORDINALITY AS g(content, subject, place)
  WHERE g.content IS NOT NULL;
END
$$;

COMMENT ON FUNCTION quern.append_dataset IS 'Adds rows (objects of columns) to a dataset that was opened in this transaction, with the persons that they are about.';

CREATE FUNCTION quern.seal_dataset(dataset bigint)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  sealed_dataset quern.dataset;
BEGIN
  PERFORM quern.refuse_unless_draft(seal_dataset.dataset);
  IF NOT EXISTS (SELECT FROM quern.dataset_row AS r WHERE r.dataset = seal_dataset.dataset) THEN
    PERFORM quern.refuse('invalid_value', 'dataset', 'the dataset has no rows; look at the query or the file it comes from');
  END IF;
  UPDATE quern.dataset AS d
  SET sealed = true,
      row_count = s.rows,
      byte_count = s.bytes,
      sha256 = s.digest
  FROM (
    SELECT count(*) AS rows,
           sum(octet_length(r.content::text)) AS bytes,
           sha256(string_agg(sha256(convert_to(r.content::text, 'UTF8')), ''::bytea ORDER BY r.index)) AS digest
    FROM quern.dataset_row AS r
    WHERE r.dataset = seal_dataset.dataset
  ) AS s
  WHERE d.id = seal_dataset.dataset
  RETURNING d.*
  INTO sealed_dataset;
  RETURN sealed_dataset.name || '@' || sealed_dataset.version;
END
$$;

COMMENT ON FUNCTION quern.seal_dataset IS 'Ends a dataset: from now on it never changes. Returns name@version.';

-- Runs as the caller: what the caller may not read does not get in. So there is no search_path of its own, and every
-- name is qualified.
CREATE FUNCTION quern.create_dataset(name text, query text, subject_column text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
  draft bigint := quern.open_dataset(create_dataset.name, pg_catalog.jsonb_build_object('source', 'query'));
  source refcursor;
  content jsonb;
  rows jsonb[] := '{}';
  subjects text[] := '{}';
BEGIN
  -- 1. A cursor takes one statement, and one in brackets can only read.
  OPEN source NO SCROLL FOR EXECUTE pg_catalog.format(E'SELECT pg_catalog.to_jsonb(q) FROM (%s\n) AS q', create_dataset.query);
  LOOP
    FETCH source INTO content;
    EXIT WHEN NOT FOUND;
    -- 2. Whom a row is about is known of it and not learned from it.
    IF create_dataset.subject_column IS NOT NULL AND NOT pg_catalog.jsonb_exists(content, create_dataset.subject_column) THEN
      -- quern.refuse is not the caller's to call.
      RAISE EXCEPTION USING
        ERRCODE = '22023',
        MESSAGE = pg_catalog.format('the query has no such column for subject_column; it has: %s',
          pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.jsonb_object_keys(content)), ', ')),
        DETAIL = pg_catalog.json_build_object('code', 'invalid_value', 'param', 'subject_column')::pg_catalog.text;
    END IF;
    rows := pg_catalog.array_append(rows, CASE WHEN create_dataset.subject_column IS NULL THEN content
      ELSE content OPERATOR(pg_catalog.-) create_dataset.subject_column END);
    subjects := pg_catalog.array_append(subjects, content OPERATOR(pg_catalog.->>) create_dataset.subject_column);
    IF pg_catalog.cardinality(rows) OPERATOR(pg_catalog.>=) 500 THEN
      PERFORM quern.append_dataset(draft, rows, subjects);
      rows := '{}';
      subjects := '{}';
    END IF;
  END LOOP;
  CLOSE source;
  PERFORM quern.append_dataset(draft, rows, subjects);
  RETURN quern.seal_dataset(draft);
END
$$;

COMMENT ON FUNCTION quern.create_dataset IS
  'Makes the next version of a dataset from a query, which runs with the caller''s rights. subject_column names the person a row is about; it is kept beside the row and never learned. Returns name@version.';

CREATE FUNCTION quern.dataset_rows(dataset text, after_index int DEFAULT -1, most int DEFAULT 1000)
RETURNS TABLE (index int, content jsonb)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  found_dataset quern.dataset := quern.find_dataset(dataset_rows.dataset, quern.caller());
BEGIN
  IF found_dataset.id IS NULL THEN
    PERFORM quern.refuse_dataset(dataset_rows.dataset, quern.caller());
  END IF;
  RETURN QUERY
    SELECT r.index, r.content
    FROM quern.dataset_row AS r
    WHERE r.dataset = found_dataset.id
      AND r.index > dataset_rows.after_index
    ORDER BY r.index
    LIMIT dataset_rows.most;
END
$$;

COMMENT ON FUNCTION quern.dataset_rows IS 'Rows of a dataset of the caller''s, in order, after an index.';

-- A worker reads what its job names, and nothing else.
CREATE FUNCTION quern.job_dataset_rows(worker text, job bigint, attempt int, dataset text, after_index int DEFAULT -1, most int DEFAULT 1000)
RETURNS TABLE (index int, content jsonb)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  found_dataset quern.dataset;
  held quern.job;
BEGIN
  SELECT j.*
  INTO held
  FROM quern.job AS j
  WHERE j.id = job_dataset_rows.job
    AND j.attempt = job_dataset_rows.attempt
    AND j.worker = job_dataset_rows.worker
    AND j.state = 'running'
    AND job_dataset_rows.dataset IN (j.parameters ->> 'dataset', j.parameters ->> 'eval_dataset');
  IF NOT FOUND THEN
    PERFORM quern.refuse('invalid_state', 'job', format('job %s is not this attempt''s any more, or does not name the dataset', job_dataset_rows.job));
  END IF;
  found_dataset := quern.find_dataset(job_dataset_rows.dataset, held.submitter);
  IF found_dataset.id IS NULL THEN
    PERFORM quern.refuse_dataset(job_dataset_rows.dataset, held.submitter);
  END IF;
  RETURN QUERY
    SELECT r.index, r.content
    FROM quern.dataset_row AS r
    WHERE r.dataset = found_dataset.id
      AND r.index > job_dataset_rows.after_index
    ORDER BY r.index
    LIMIT job_dataset_rows.most;
END
$$;

COMMENT ON FUNCTION quern.job_dataset_rows IS 'Rows of a dataset that a running job names, for the worker that runs it.';

CREATE FUNCTION quern.remove_dataset(dataset text)
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  found_dataset quern.dataset := quern.find_dataset(remove_dataset.dataset, quern.caller());
  user_job bigint;
BEGIN
  IF found_dataset.id IS NULL THEN
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
  DELETE FROM quern.dataset AS d
  WHERE d.id = found_dataset.id;
  RETURN found_dataset.name || '@' || found_dataset.version;
END
$$;

COMMENT ON FUNCTION quern.remove_dataset IS 'Deletes one version of a dataset of the caller''s with all its rows. Returns name@version.';

CREATE VIEW quern.datasets WITH (security_barrier = true) AS
SELECT d.name || '@' || d.version AS dataset,
       d.name,
       d.version,
       d.row_count AS rows,
       d.byte_count AS size,
       encode(d.sha256, 'hex') AS sha256,
       d.detail,
       d.owner,
       d.created_at
FROM quern.dataset AS d
WHERE d.sealed
  AND (d.owner = (SELECT quern.caller()) OR (SELECT quern.is_operator()));

COMMENT ON VIEW quern.datasets IS 'Your datasets, a row for each version; an operator sees whose there are, and no rows of them. size in bytes of JSON.';

REVOKE ALL ON FUNCTION quern.find_dataset(text, text), quern.refuse_dataset(text, text, text), quern.resolve_dataset(text, text),
  quern.open_dataset(text, jsonb), quern.refuse_unless_draft(bigint), quern.append_dataset(bigint, jsonb[], text[]), quern.seal_dataset(bigint),
  quern.create_dataset(text, text, text), quern.dataset_rows(text, int, int), quern.job_dataset_rows(text, bigint, int, text, int, int),
  quern.remove_dataset(text)
FROM PUBLIC;

GRANT EXECUTE ON FUNCTION quern.resolve_dataset(text, text), quern.open_dataset(text, jsonb), quern.append_dataset(bigint, jsonb[], text[]),
  quern.seal_dataset(bigint), quern.create_dataset(text, text, text), quern.dataset_rows(text, int, int), quern.remove_dataset(text)
TO quern_submitter, quern_admin;

GRANT EXECUTE ON FUNCTION quern.job_dataset_rows(text, bigint, int, text, int, int)
TO quern_worker;

GRANT SELECT ON quern.datasets
TO quern_submitter, quern_operator, quern_admin;
