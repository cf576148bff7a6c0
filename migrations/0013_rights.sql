-- Who may call what. New functions are executable by PUBLIC: everything is revoked first, and granted by name.

REVOKE ALL ON ALL ROUTINES IN SCHEMA quern FROM PUBLIC;

REVOKE ALL ON ALL TABLES IN SCHEMA quern FROM PUBLIC;

-- The views ask these with the rights of who looks.
GRANT EXECUTE ON FUNCTION quern.caller(), quern.is_operator(), quern.waiting_reason(text, text), quern.may_see(bigint),
  quern.lease_over(timestamptz, interval)
TO quern_submitter, quern_worker, quern_monitor, quern_operator, quern_admin;

GRANT SELECT ON quern.models, quern.kind, quern.parameter, quern.parameter_rule, quern.workers
TO quern_submitter, quern_worker, quern_monitor, quern_operator, quern_admin;

GRANT SELECT ON quern.jobs, quern.events, quern.attempts
TO quern_submitter, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION
  quern.submit(text, jsonb, text, int, timestamptz, bigint[], text, text, text, text, int, interval, interval, jsonb, jsonb),
  quern.submit_many(text, jsonb[], text, int, timestamptz, bigint[], text, text, text, text, int, interval, interval, jsonb, jsonb),
  quern.generate(text, text, jsonb), quern.chat(text, jsonb, jsonb), quern.embed(text, text, jsonb)
TO quern_submitter, quern_admin;

GRANT EXECUTE ON FUNCTION quern.result(bigint), quern.text(bigint), quern.job_state(bigint), quern.watch(bigint), quern.cancel(bigint), quern.retry(bigint)
TO quern_submitter, quern_operator, quern_admin;

GRANT EXECUTE ON PROCEDURE quern.wait(bigint, interval)
TO quern_submitter, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION
  quern.register_worker(text, text, text, int, text, text[], text[], jsonb, interval, jsonb),
  quern.heartbeat(text, bigint[], int[], real[], boolean, jsonb),
  quern.claim(text, jsonb, int, boolean),
  quern.may_sleep(text),
  quern.complete(text, bigint[], int[], jsonb[], jsonb[]),
  quern.fail(text, bigint, int, jsonb, boolean, interval),
  quern.release(text, bigint[], int[], text),
  quern.deregister_worker(text)
TO quern_worker;

GRANT EXECUTE ON FUNCTION quern.drain_worker(text)
TO quern_worker, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION quern.read_events(text, int), quern.store_cursor(text, text, bigint), quern.instance(), quern.sweep()
TO quern_monitor;

GRANT EXECUTE ON FUNCTION quern.queue_metrics()
TO quern_monitor, quern_operator, quern_admin;

GRANT SELECT ON quern.metrics
TO quern_monitor, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION quern.get_blob_chunk(bytea, int), quern.has_blob(bytea), quern.model_manifest(text)
TO quern_worker, quern_operator, quern_admin;

GRANT EXECUTE ON FUNCTION quern.model_manifest(text)
TO quern_submitter;

GRANT EXECUTE ON FUNCTION quern.put_blob_chunk(bytea, int, bigint, bytea), quern.register_model(text, jsonb, jsonb, jsonb)
TO quern_admin;
