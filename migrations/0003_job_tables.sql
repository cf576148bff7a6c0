-- Jobs, their attempts and their events. Unfinished jobs stay in one small hot table; what is over goes to day tables.

CREATE TYPE quern.job_state AS ENUM (
  'blocked', 'scheduled', 'queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled', 'expired');

CREATE SEQUENCE quern.job_id AS bigint;

CREATE SEQUENCE quern.event_id AS bigint;

-- An update that touches no indexed column stays on its page: a claim changes state, attempt, worker and started_at,
-- so no index may mention them, not even in its predicate. Liveness is the worker's row, progress too.
CREATE TABLE quern.job (
  id           bigint PRIMARY KEY,
  created_at   timestamptz NOT NULL,
  run_at       timestamptz NOT NULL,
  started_at   timestamptz,
  expires_at   timestamptz,
  priority     int NOT NULL,
  attempt      int NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  failures     int NOT NULL DEFAULT 0 CHECK (failures >= 0),
  losses       int NOT NULL DEFAULT 0 CHECK (losses >= 0),
  max_attempts int NOT NULL CHECK (max_attempts > 0),
  state        quern.job_state NOT NULL CHECK (state < 'succeeded'),
  parked       boolean NOT NULL CHECK (parked = (state IN ('blocked', 'scheduled', 'paused'))),
  kind         text NOT NULL,
  queue        text NOT NULL,
  submitter    text NOT NULL,
  worker       text CHECK ((worker IS NOT NULL) = (state = 'running')),
  model        text,
  tenant       text,
  subject      text,
  reason       text,
  timeout      interval,
  metadata     jsonb NOT NULL,
  error        jsonb,
  parameters   jsonb NOT NULL
) WITH (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_cost_delay = 0
);

COMMENT ON TABLE quern.job IS 'Unfinished jobs. attempt is the fencing token; failures count against max_attempts; losses are losses in a row.';

CREATE INDEX job_lane ON quern.job (queue, kind, priority DESC, id) WHERE NOT parked;

CREATE INDEX job_due ON quern.job (run_at) WHERE parked;

CREATE INDEX job_expiry ON quern.job (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE quern.finished_job (
  id           bigint NOT NULL,
  created_at   timestamptz NOT NULL,
  run_at       timestamptz NOT NULL,
  started_at   timestamptz,
  expires_at   timestamptz,
  finished_at  timestamptz NOT NULL,
  priority     int NOT NULL,
  attempt      int NOT NULL,
  failures     int NOT NULL,
  losses       int NOT NULL,
  max_attempts int NOT NULL,
  state        quern.job_state NOT NULL CHECK (state >= 'succeeded'),
  kind         text NOT NULL,
  queue        text NOT NULL,
  submitter    text NOT NULL,
  worker       text,
  model        text,
  tenant       text,
  subject      text,
  reason       text,
  timeout      interval,
  metadata     jsonb NOT NULL,
  error        jsonb,
  parameters   jsonb NOT NULL,
  result       jsonb,
  usage        jsonb,
  PRIMARY KEY (id, finished_at)
) PARTITION BY RANGE (finished_at);

COMMENT ON TABLE quern.finished_job IS 'Finished jobs by the (UTC) day they finished; retention drops days.';

CREATE TABLE quern.attempt (
  job        bigint NOT NULL,
  attempt    int NOT NULL,
  worker     text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at   timestamptz NOT NULL,
  outcome    text NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'cancelled', 'released', 'lost')),
  error      jsonb
) PARTITION BY RANGE (ended_at);

COMMENT ON TABLE quern.attempt IS 'Attempts that are over, by day: written once, when an attempt ends. The running one is in the job.';

CREATE INDEX attempt_job ON quern.attempt (job, attempt);

-- xid is how readers find what committed between two snapshots.
CREATE TABLE quern.event (
  id       bigint NOT NULL DEFAULT nextval('quern.event_id'),
  xid      xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at       timestamptz NOT NULL DEFAULT now(),
  job      bigint,
  attempt  int,
  previous quern.job_state,
  state    quern.job_state,
  type     text NOT NULL,
  kind     text,
  queue    text,
  model    text,
  worker   text,
  code     text,
  seconds  real,
  data     jsonb
) PARTITION BY RANGE (at);

COMMENT ON TABLE quern.event IS 'One row per transition, written by the statement that makes it. Never content: that is joined from the job when read.';

CREATE INDEX event_job ON quern.event (job) WHERE job IS NOT NULL;

CREATE INDEX event_xid ON quern.event (xid);

CREATE INDEX event_order ON quern.event (id);

-- The tables of one UTC day. Attaching a checked table does not block those who read or write the parent.
CREATE FUNCTION quern.make_day(day date)
RETURNS void
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  parent text;
  leaf text;
  range_key text;
  first_instant timestamptz := make_day.day::timestamp AT TIME ZONE 'UTC';
  end_instant timestamptz := (make_day.day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  -- 1. One session at a time: who comes second finds the tables made.
  PERFORM pg_advisory_xact_lock(hashtext('quern.make_day'));
  FOREACH parent IN ARRAY ARRAY['finished_job', 'attempt', 'event']
  LOOP
    leaf := parent || '_' || to_char(make_day.day, 'YYYYMMDD');
    CONTINUE WHEN to_regclass('quern.' || leaf) IS NOT NULL;
    range_key := CASE parent WHEN 'finished_job' THEN 'finished_at' WHEN 'attempt' THEN 'ended_at' ELSE 'at' END;
    -- 2. The CHECK spares ATTACH its scan, and goes again once the partition bound says the same.
    EXECUTE format('CREATE TABLE quern.%I (LIKE quern.%I INCLUDING ALL, CONSTRAINT bound CHECK (%I >= %L AND %I < %L))',
      leaf, parent, range_key, first_instant, range_key, end_instant);
    EXECUTE format('ALTER TABLE quern.%I ATTACH PARTITION quern.%I FOR VALUES FROM (%L) TO (%L)',
      parent, leaf, first_instant, end_instant);
    EXECUTE format('ALTER TABLE quern.%I DROP CONSTRAINT bound', leaf);
  END LOOP;
END
$$;

-- Called first by everything that writes an event: sweeps make days ahead, this is for when none ran for a week.
CREATE FUNCTION quern.need_today()
RETURNS void
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF to_regclass('quern.event_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')) IS NULL THEN
    PERFORM quern.make_day((now() AT TIME ZONE 'UTC')::date);
  END IF;
END
$$;

SELECT quern.make_day((now() AT TIME ZONE 'UTC')::date + ahead)
FROM generate_series(0, 7) AS ahead;

CREATE TABLE quern.idempotency_key (
  submitter  text NOT NULL,
  key        text NOT NULL,
  body       bytea NOT NULL,
  jobs       bigint[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (submitter, key)
);

COMMENT ON TABLE quern.idempotency_key IS 'A submitter''s keys and the jobs they stand for; body is the SHA-256 of what was submitted.';

CREATE TABLE quern.waiter (
  job        bigint PRIMARY KEY,
  expires_at timestamptz NOT NULL
);

COMMENT ON TABLE quern.waiter IS 'Jobs that somebody waits for: finishing one of them sends NOTIFY quern_finished.';
