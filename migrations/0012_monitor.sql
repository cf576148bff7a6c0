-- What the monitor calls: events in commit order, counters made of them, and the sweep that is the second net.

CREATE TABLE quern.event_reader (
  reader     text PRIMARY KEY,
  cursor     text NOT NULL,
  last_event bigint NOT NULL DEFAULT 0,
  system     bigint NOT NULL,
  stored_at  timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE quern.event_reader IS 'How far each reader has come: a snapshot, or base|target|id inside the difference of two.';

-- Events derive every counter, so that no submission or claim updates a shared row.
CREATE TABLE quern.tally (
  queue    text NOT NULL,
  kind     text NOT NULL,
  type     text NOT NULL,
  previous text NOT NULL,
  state    text NOT NULL,
  code     text NOT NULL,
  count    bigint NOT NULL,
  seconds  double precision NOT NULL,
  PRIMARY KEY (queue, kind, type, previous, state, code)
);

COMMENT ON TABLE quern.tally IS 'Transitions counted so far. Their differences by state are the numbers of jobs.';

CREATE TABLE quern.fenced_write (
  worker text NOT NULL,
  queue  text NOT NULL,
  kind   text NOT NULL
);

COMMENT ON TABLE quern.fenced_write IS 'Writes of stale attempts that were refused, until they are counted.';

-- Events that target sees and base did not: what committed between the two, however late it was written.
CREATE FUNCTION quern.events_between(base pg_snapshot, target pg_snapshot)
RETURNS SETOF quern.event
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT e.*
  FROM quern.event AS e
  WHERE e.xid >= pg_snapshot_xmax(base)
    AND pg_visible_in_snapshot(e.xid, target)
  UNION ALL
  SELECT e.*
  FROM quern.event AS e
  WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(base)))
    AND pg_visible_in_snapshot(e.xid, target)
$$;

-- The same in order and from a place inside: a long difference is read in parts, and none of them sorts the rest.
CREATE FUNCTION quern.events_from(base pg_snapshot, target pg_snapshot, after_id bigint, most int)
RETURNS SETOF quern.event
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT e.*
  FROM quern.event AS e
  WHERE e.id > after_id
    AND NOT pg_visible_in_snapshot(e.xid, base)
    AND pg_visible_in_snapshot(e.xid, target)
  ORDER BY e.id
  LIMIT most
$$;

-- Where a reader stands. A cursor of another cluster (after dump and restore) says nothing here: such a reader starts from now.
CREATE FUNCTION quern.reader_cursor(reader text)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = quern, pg_temp
AS $$
  SELECT coalesce(
    (SELECT CASE WHEN r.system = (SELECT c.system_identifier FROM pg_control_system() AS c) THEN r.cursor ELSE pg_current_snapshot()::text END
     FROM quern.event_reader AS r
     WHERE r.reader = reader_cursor.reader),
    '1:1:')
$$;

CREATE FUNCTION quern.read_events(reader text, max int DEFAULT 1000)
RETURNS TABLE (id bigint, at timestamptz, job bigint, attempt int, type text, kind text, queue text, model text, state text,
  worker text, parameters jsonb, result jsonb, error jsonb, data jsonb, cursor text)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  parts text[] := string_to_array(quern.reader_cursor(read_events.reader), '|');
  base pg_snapshot := parts[1]::pg_snapshot;
  target pg_snapshot := coalesce(parts[2]::pg_snapshot, pg_current_snapshot());
  after_id bigint := coalesce(parts[3]::bigint, 0);
BEGIN
  -- 1. A difference that was read to its end but not closed: go on to the next one.
  IF parts[2] IS NOT NULL AND NOT EXISTS (SELECT FROM quern.events_from(base, target, after_id, 1)) THEN
    base := target;
    target := pg_current_snapshot();
    after_id := 0;
  END IF;
  -- 2. Content is joined from the job, which is in one of two places, and the attempt's error from the attempt.
  RETURN QUERY
  SELECT e.id, e.at, e.job, e.attempt, e.type, e.kind, e.queue, e.model, e.state::text, e.worker,
    CASE WHEN e.type = 'submitted' THEN coalesce(j.parameters, f.parameters) END,
    CASE WHEN e.type = 'succeeded' THEN f.result END,
    CASE WHEN e.code IS NOT NULL THEN coalesce(a.error, jsonb_build_object('code', e.code)) END,
    coalesce(e.data, '{}') || jsonb_strip_nulls(jsonb_build_object('seconds', e.seconds, 'previous', e.previous)),
    CASE WHEN e.is_last AND e.total < read_events.max THEN target::text ELSE concat_ws('|', base, target, e.id) END
  FROM (
    SELECT b.*, row_number() OVER (ORDER BY b.id) = count(*) OVER () AS is_last, count(*) OVER () AS total
    FROM (
      (SELECT n.*
       FROM quern.events_between(base, target) AS n
       WHERE after_id = 0
       ORDER BY n.id
       LIMIT read_events.max)
      UNION ALL
      SELECT n.*
      FROM quern.events_from(base, target, after_id, read_events.max) AS n
      WHERE after_id > 0
    ) AS b
  ) AS e
  LEFT JOIN quern.job AS j ON j.id = e.job AND e.type = 'submitted'
  LEFT JOIN quern.finished_job AS f ON f.id = e.job AND e.type IN ('submitted', 'succeeded')
  LEFT JOIN quern.attempt AS a ON a.job = e.job AND a.attempt = e.attempt AND e.type IN ('failed', 'retrying')
  ORDER BY e.id;
END
$$;

COMMENT ON FUNCTION quern.read_events IS
  'The next events of a reader in order, with content; cursor is what to store once the row is dealt with. Nothing is skipped: late commits come in a later read.';

CREATE FUNCTION quern.store_cursor(reader text, cursor text, last_event bigint)
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  INSERT INTO quern.event_reader AS r (reader, cursor, last_event, system)
  SELECT store_cursor.reader, store_cursor.cursor, coalesce(store_cursor.last_event, 0), c.system_identifier
  FROM pg_control_system() AS c
  ON CONFLICT (reader) DO UPDATE
  SET cursor = excluded.cursor,
      last_event = greatest(r.last_event, excluded.last_event),
      system = excluded.system,
      stored_at = now()
$$;

COMMENT ON FUNCTION quern.store_cursor IS 'Remembers how far a reader has come.';

CREATE FUNCTION quern.instance()
RETURNS text
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
  -- Letters alone: a number as long as this would look like a person's to the redactor.
  SELECT translate(to_hex(c.system_identifier), '0123456789', 'ghijklmnop') || '-' || d.oid
  FROM pg_control_system() AS c, pg_database AS d
  WHERE d.datname = current_database()
$$;

COMMENT ON FUNCTION quern.instance IS 'Names this database among all: ids of jobs and events are unique within it.';

-- Adds what happened since the last call to the tally; one session at a time, the others find it being done.
CREATE FUNCTION quern.count_events()
RETURNS bigint
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  base pg_snapshot;
  target pg_snapshot;
  counted bigint := 0;
BEGIN
  INSERT INTO quern.event_reader AS r (reader, cursor, system)
  SELECT 'tally', '1:1:', c.system_identifier
  FROM pg_control_system() AS c
  ON CONFLICT DO NOTHING;
  PERFORM FROM quern.event_reader AS r WHERE r.reader = 'tally' FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  base := quern.reader_cursor('tally')::pg_snapshot;
  target := pg_current_snapshot();
  WITH fresh AS (
    SELECT coalesce(e.queue, '') AS queue, coalesce(e.kind, '') AS kind, e.type, coalesce(e.previous::text, '') AS previous,
           coalesce(e.state::text, '') AS state, coalesce(e.code, '') AS code, count(*) AS count, coalesce(sum(e.seconds), 0) AS seconds
    FROM quern.events_between(base, target) AS e
    GROUP BY 1, 2, 3, 4, 5, 6
  ),
  fenced AS (
    DELETE FROM quern.fenced_write
    RETURNING queue, kind
  )
  INSERT INTO quern.tally AS t (queue, kind, type, previous, state, code, count, seconds)
  SELECT f.queue, f.kind, f.type, f.previous, f.state, f.code, f.count, f.seconds
  FROM fresh AS f
  UNION ALL
  SELECT w.queue, w.kind, 'fenced', '', '', '', count(*), 0
  FROM fenced AS w
  GROUP BY 1, 2
  ON CONFLICT (queue, kind, type, previous, state, code) DO UPDATE
  SET count = t.count + excluded.count,
      seconds = t.seconds + excluded.seconds;
  GET DIAGNOSTICS counted = ROW_COUNT;
  UPDATE quern.event_reader AS r
  SET cursor = target::text,
      system = (SELECT c.system_identifier FROM pg_control_system() AS c),
      stored_at = now()
  WHERE r.reader = 'tally';
  RETURN counted;
END
$$;

CREATE FUNCTION quern.queue_metrics()
RETURNS TABLE (name text, labels jsonb, value double precision)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
BEGIN
  IF NOT current_setting('transaction_read_only')::boolean THEN
    PERFORM quern.count_events();
  END IF;
  -- 1. Jobs by state: what came in minus what went out.
  RETURN QUERY
  WITH flow AS (
    SELECT t.queue, t.kind, s.state, sum(s.sign * t.count) AS jobs
    FROM quern.tally AS t
    CROSS JOIN LATERAL (VALUES (t.state, 1), (t.previous, -1)) AS s(state, sign)
    WHERE s.state <> ''
    GROUP BY t.queue, t.kind, s.state
  )
  SELECT 'quern_jobs', jsonb_build_object('queue', f.queue, 'kind', f.kind, 'state', f.state), f.jobs::double precision
  FROM flow AS f
  UNION ALL
  SELECT 'quern_queue_depth', jsonb_build_object('queue', f.queue), sum(f.jobs)::double precision
  FROM flow AS f
  WHERE f.state = 'queued'
  GROUP BY f.queue;
  -- 2. Totals.
  RETURN QUERY
  SELECT 'quern_jobs_submitted_total', jsonb_build_object('queue', t.queue, 'kind', t.kind), sum(t.count)::double precision
  FROM quern.tally AS t
  WHERE t.type = 'submitted'
  GROUP BY t.queue, t.kind
  UNION ALL
  SELECT 'quern_jobs_finished_total', jsonb_build_object('queue', t.queue, 'kind', t.kind, 'outcome', t.state, 'code', t.code), sum(t.count)::double precision
  FROM quern.tally AS t
  WHERE t.type IN ('succeeded', 'failed', 'cancelled', 'expired')
  GROUP BY t.queue, t.kind, t.state, t.code
  UNION ALL
  SELECT c.name, jsonb_build_object('queue', t.queue, 'kind', t.kind), sum(t.count)::double precision
  FROM quern.tally AS t
  JOIN (VALUES
    ('claimed', 'quern_job_attempts_total'),
    ('lost', 'quern_job_lease_lost_total'),
    ('failed', 'quern_job_lease_lost_total'),
    ('fenced', 'quern_job_fenced_writes_total')) AS c(type, name)
    ON c.type = t.type AND (t.type <> 'failed' OR t.code = 'worker_lost')
  GROUP BY c.name, t.queue, t.kind;
  -- 3. The age of the oldest queued job: the first queued one of each lane, lanes found by hopping through the index.
  RETURN QUERY
  WITH RECURSIVE lane AS (
    (SELECT j.queue, j.kind, j.priority
     FROM quern.job AS j
     WHERE NOT j.parked
     ORDER BY j.queue, j.kind, j.priority DESC
     LIMIT 1)
    UNION ALL
    SELECT n.queue, n.kind, n.priority
    FROM lane AS l
    CROSS JOIN LATERAL (
      (SELECT j.queue, j.kind, j.priority, 1 AS step
       FROM quern.job AS j
       WHERE NOT j.parked AND j.queue = l.queue AND j.kind = l.kind AND j.priority < l.priority
       ORDER BY j.priority DESC
       LIMIT 1)
      UNION ALL
      (SELECT j.queue, j.kind, j.priority, 2
       FROM quern.job AS j
       WHERE NOT j.parked AND (j.queue, j.kind) > (l.queue, l.kind)
       ORDER BY j.queue, j.kind, j.priority DESC
       LIMIT 1)
      ORDER BY step
      LIMIT 1
    ) AS n
  )
  SELECT 'quern_queue_oldest_seconds', jsonb_build_object('queue', l.queue),
    greatest(0, max(extract(epoch FROM now() - first_queued.run_at)))::double precision
  FROM lane AS l
  CROSS JOIN LATERAL (
    SELECT j.run_at
    FROM quern.job AS j
    WHERE j.queue = l.queue AND j.kind = l.kind AND j.priority = l.priority AND NOT j.parked AND j.state = 'queued'
    ORDER BY j.id
    LIMIT 1
  ) AS first_queued
  GROUP BY l.queue;
  -- 4. Workers.
  RETURN QUERY
  SELECT m.name, jsonb_build_object('worker', w.id), m.value::double precision
  FROM quern.worker AS w
  CROSS JOIN LATERAL (VALUES
    ('quern_worker_up', CASE WHEN w.state = 'live' AND NOT quern.lease_over(w.lease_until, w.lease) THEN 1 ELSE 0 END),
    ('quern_worker_heartbeat_timestamp_seconds', extract(epoch FROM w.heartbeat_at)),
    ('quern_worker_lease_seconds', extract(epoch FROM w.lease_until - clock_timestamp()))) AS m(name, value)
  WHERE w.state <> 'gone'
  UNION ALL
  SELECT 'quern_worker_info', jsonb_build_object('worker', w.id, 'version', w.version) || coalesce(
    (SELECT jsonb_object_agg(d.key, d.value) FROM jsonb_each(w.detail) AS d WHERE d.key IN ('engine', 'cpu', 'dtype')), '{}'), 1
  FROM quern.worker AS w
  WHERE w.state = 'live';
END
$$;

COMMENT ON FUNCTION quern.queue_metrics IS 'Gauges and counters that the database can tell, as name, labels, value.';

CREATE VIEW quern.metrics AS
SELECT m.name, m.labels, m.value
FROM quern.queue_metrics() AS m;

COMMENT ON VIEW quern.metrics IS 'Queue metrics as Prometheus names, labels and values.';

-- One pass of the second net. Claims do most of this too; a queue without claims needs it.
CREATE FUNCTION quern.sweep()
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
    'events_counted', quern.count_events());
END
$$;

COMMENT ON FUNCTION quern.sweep IS 'One pass over expired leases, ttl, due jobs, timeouts, day tables and old worker rows; returns what was done.';
