-- Workers: one row per process start, renewed by its heartbeat; nothing per job.

CREATE TABLE quern.worker (
  id            text PRIMARY KEY,
  name          text NOT NULL,
  host          text NOT NULL,
  pid           int NOT NULL,
  version       text NOT NULL,
  kinds         text[] NOT NULL,
  queues        text[] NOT NULL,
  slots         jsonb NOT NULL,
  lease         interval NOT NULL CHECK (lease > interval '0'),
  state         text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'lost', 'gone')),
  draining      boolean NOT NULL DEFAULT false,
  idle          boolean NOT NULL DEFAULT false,
  registered_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until   timestamptz NOT NULL,
  held          bigint[] NOT NULL DEFAULT '{}',
  reported      bigint[] NOT NULL DEFAULT '{}',
  progress      real[] NOT NULL DEFAULT '{}',
  status        jsonb NOT NULL DEFAULT '{}',
  detail        jsonb NOT NULL DEFAULT '{}'
) WITH (fillfactor = 30);

COMMENT ON TABLE quern.worker IS 'Worker processes. held lists at least the jobs that the worker runs; reported and progress are its last heartbeat.';

-- The event count of the wake-up protocol: submitters read it after their insert, see quern.wake.
CREATE TABLE quern.idle_worker (
  queue   text NOT NULL,
  worker  text NOT NULL,
  horizon xid8,
  PRIMARY KEY (queue, worker)
);

COMMENT ON TABLE quern.idle_worker IS 'Queues in which a worker waits for NOTIFY quern_queued.';

-- A lease does not run while the database is down: it lasts at least its length from the server's start.
CREATE FUNCTION quern.lease_over(lease_until timestamptz, lease interval)
RETURNS boolean
LANGUAGE sql
STABLE
AS $$
  SELECT clock_timestamp() > greatest(lease_until, pg_postmaster_start_time() + lease)
$$;

COMMENT ON FUNCTION quern.lease_over IS 'Whether a lease is over, on the database''s clock.';

-- Race-free with quern.claim and quern.may_sleep: a worker marks itself idle, commits, and looks again until everyone
-- who can have read the table without the mark has ended. Reading after the insert needs a fresh snapshot, which
-- only READ COMMITTED gives; the other levels always notify.
CREATE FUNCTION quern.wake(queue text)
RETURNS void
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM quern.idle_worker AS i WHERE i.queue = wake.queue)
    OR current_setting('transaction_isolation') <> 'read committed'
  THEN
    PERFORM pg_notify('quern_queued', wake.queue);
  END IF;
END
$$;
