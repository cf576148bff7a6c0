-- Submission: transactional, checked, one statement for the job and its event.

-- The checks of everything but kind and parameters. What the queue cannot do yet is refused, never ignored.
CREATE FUNCTION quern.check_arguments(
  queue text, run_at timestamptz, after bigint[], idempotency_key text, concurrency_key text, tenant text, subject text,
  max_attempts int, ttl interval, timeout interval, metadata jsonb, options jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  known constant text[] := ARRAY['deadline', 'progress_timeout', 'on_parent_failure', 'replace', 'strict_order', 'weight', 'webhook', 'traceparent'];
  longest constant interval := interval '3650 days';
  name text;
BEGIN
  IF queue !~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' THEN
    PERFORM quern.refuse('invalid_value', 'queue',
      format('a queue''s name has 1 to 128 letters, digits, ".", "_", ":" or "-" and starts with a letter or digit, unlike %s', quern.quoted(queue)));
  END IF;
  IF NOT isfinite(run_at) THEN
    PERFORM quern.refuse('invalid_value', 'run_at', 'run_at must be a point in time; leave it out to run at once');
  END IF;
  IF max_attempts NOT BETWEEN 1 AND 1000 THEN
    PERFORM quern.refuse('invalid_value', 'max_attempts', format('max_attempts must be from 1 to 1000, not %s', quern.quoted(max_attempts::text)));
  END IF;
  IF ttl <= interval '0' OR ttl > longest THEN
    PERFORM quern.refuse('invalid_value', 'ttl', 'ttl must be longer than 0 and at most 3650 days');
  END IF;
  IF timeout <= interval '0' OR timeout > longest THEN
    PERFORM quern.refuse('invalid_value', 'timeout', 'timeout must be longer than 0 and at most 3650 days');
  END IF;
  IF length(idempotency_key) NOT BETWEEN 1 AND 255 THEN
    PERFORM quern.refuse('invalid_value', 'idempotency_key', format('idempotency_key must have 1 to 255 characters, not %s', length(idempotency_key)));
  END IF;
  IF length(tenant) NOT BETWEEN 1 AND 128 THEN
    PERFORM quern.refuse('invalid_value', 'tenant', format('tenant must have 1 to 128 characters, not %s', length(tenant)));
  END IF;
  IF length(subject) NOT BETWEEN 1 AND 128 THEN
    PERFORM quern.refuse('invalid_value', 'subject', format('subject must have 1 to 128 characters, not %s', length(subject)));
  END IF;
  IF jsonb_typeof(metadata) <> 'object' OR octet_length(metadata::text) > 16384 THEN
    PERFORM quern.refuse('invalid_value', 'metadata', 'metadata must be a JSON object of at most 16384 bytes');
  END IF;
  IF cardinality(after) > 0 THEN
    PERFORM quern.refuse('invalid_value', 'after', 'after (jobs to wait for) is not available yet; leave it out', '0A000');
  END IF;
  IF concurrency_key IS NOT NULL THEN
    PERFORM quern.refuse('invalid_value', 'concurrency_key', 'concurrency_key is not available yet; leave it out', '0A000');
  END IF;
  IF options = '{}' THEN
    RETURN;
  END IF;
  IF jsonb_typeof(options) <> 'object' THEN
    PERFORM quern.refuse('invalid_value', 'options', format('options must be a JSON object, not %s', quern.quoted(options)));
  END IF;
  FOR name IN SELECT jsonb_object_keys(options)
  LOOP
    IF name = ANY (known) THEN
      PERFORM quern.refuse('invalid_value', 'options.' || name, format('the option "%s" is not available yet; leave it out', name), '0A000');
    END IF;
    PERFORM quern.refuse('unknown_parameter', CASE WHEN quern.quoted(name) LIKE '"%' THEN 'options.' || name ELSE 'options' END,
      format('there is no option %s%s', quern.quoted(name), quern.suggestion(name, known)));
  END LOOP;
END
$$;

-- The fewest tokens that a text, token ids, or the longest of an array of either can be; NULL for nothing.
CREATE FUNCTION quern.least_tokens(input jsonb, longest_token_bytes int)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
SET search_path = quern, pg_temp
AS $$
  SELECT CASE jsonb_typeof(input)
    WHEN 'string' THEN ceil(octet_length(input #>> '{}')::numeric / longest_token_bytes)
    WHEN 'array' THEN CASE jsonb_typeof(input -> 0)
      WHEN 'number' THEN jsonb_array_length(input)
      ELSE (
        SELECT max(CASE jsonb_typeof(e)
          WHEN 'string' THEN ceil(octet_length(e #>> '{}')::numeric / longest_token_bytes)
          WHEN 'array' THEN jsonb_array_length(e) END)
        FROM jsonb_array_elements(input) AS e) END
  END
$$;

-- The parameters as they are stored: canonical names, the model as name@version. Raises what is wrong with them.
CREATE FUNCTION quern.accepted_parameters(kind text, p jsonb, place text DEFAULT '')
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
DECLARE
  accepted jsonb := p;
  wanted text;
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
  -- 2. The model, now: a later version must not change what this job does.
  found_model := quern.find_model(wanted);
  IF found_model.name IS NULL THEN
    PERFORM quern.refuse_model(wanted);
  END IF;
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
  IF strpos(wanted, '@') = 0 THEN
    accepted := jsonb_set(accepted, '{model}', to_jsonb(found_model.name || '@' || found_model.version));
  END IF;
  RETURN accepted;
END
$$;

CREATE FUNCTION quern.refuse_kind(kind text)
RETURNS void
LANGUAGE plpgsql
STABLE
SET search_path = quern, pg_temp
AS $$
BEGIN
  PERFORM quern.refuse('unknown_kind', 'kind', format('there is no kind %s%s', quern.quoted(refuse_kind.kind),
    quern.suggestion(refuse_kind.kind, ARRAY(SELECT k.kind FROM quern.kind AS k))));
END
$$;

-- Takes the caller's key for a submission. NULL: it is new, and now holds the given ids. Else the ids it stood for.
-- ON CONFLICT waits for a transaction that is taking the same key; a body that differs is refused.
CREATE FUNCTION quern.take_key(key text, body text, jobs bigint[])
RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  digest bytea := sha256(convert_to(body, 'UTF8'));
  holder quern.idempotency_key;
BEGIN
  INSERT INTO quern.idempotency_key AS i (submitter, key, body, jobs)
  VALUES (quern.caller(), take_key.key, digest, take_key.jobs)
  ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO NOTHING;
  IF FOUND THEN
    RETURN NULL;
  END IF;
  SELECT i.*
  INTO holder
  FROM quern.idempotency_key AS i
  WHERE i.submitter = quern.caller()
    AND i.key = take_key.key;
  IF holder.body <> digest THEN
    PERFORM quern.refuse('idempotency_conflict', 'idempotency_key',
      'this idempotency_key was used for a submission that differs; take another key, or submit the same again');
  END IF;
  RETURN holder.jobs;
END
$$;

CREATE FUNCTION quern.submit(
  kind text, parameters jsonb, queue text DEFAULT 'default', priority int DEFAULT 0, run_at timestamptz DEFAULT now(),
  after bigint[] DEFAULT '{}', idempotency_key text DEFAULT NULL, concurrency_key text DEFAULT NULL, tenant text DEFAULT NULL,
  subject text DEFAULT NULL, max_attempts int DEFAULT NULL, ttl interval DEFAULT NULL, timeout interval DEFAULT NULL,
  metadata jsonb DEFAULT '{}', options jsonb DEFAULT '{}')
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  lane text := coalesce(submit.queue, 'default');
  due timestamptz := coalesce(submit.run_at, now());
  waits boolean := due > now();
  attempts int;
  accepted jsonb;
  job_id bigint;
  earlier bigint[];
BEGIN
  -- 1. Refuse, or know what to store.
  PERFORM quern.check_arguments(lane, due, submit.after, submit.idempotency_key, submit.concurrency_key, submit.tenant, submit.subject,
    submit.max_attempts, submit.ttl, submit.timeout, coalesce(submit.metadata, '{}'), coalesce(submit.options, '{}'));
  SELECT coalesce(submit.max_attempts, k.max_attempts)
  INTO attempts
  FROM quern.kind AS k
  WHERE k.kind = submit.kind;
  IF NOT FOUND THEN
    PERFORM quern.refuse_kind(submit.kind);
  END IF;
  accepted := quern.accepted_parameters(submit.kind, submit.parameters);
  job_id := nextval('quern.job_id');
  -- 2. The same key and the same body are the same job.
  IF submit.idempotency_key IS NOT NULL THEN
    earlier := quern.take_key(submit.idempotency_key, concat_ws(E'\x1f', 'submit', submit.kind, submit.parameters, lane, submit.priority,
      CASE WHEN waits THEN extract(epoch FROM due) END, 'tenant', submit.tenant, 'subject', submit.subject,
      'attempts', attempts, submit.ttl, submit.timeout, submit.metadata), ARRAY[job_id]);
    IF earlier IS NOT NULL THEN
      RETURN earlier[1];
    END IF;
  END IF;
  -- 3. The job and its event.
  PERFORM quern.need_today();
  WITH added AS (
    INSERT INTO quern.job AS j (id, created_at, run_at, expires_at, priority, max_attempts, state, parked, kind, queue, submitter,
      model, tenant, subject, timeout, metadata, parameters)
    VALUES (job_id, now(), due, now() + submit.ttl, coalesce(submit.priority, 0), attempts,
      CASE WHEN waits THEN 'scheduled' ELSE 'queued' END::quern.job_state, waits, submit.kind, lane, quern.caller(),
      accepted ->> 'model', submit.tenant, submit.subject, submit.timeout, coalesce(submit.metadata, '{}'), accepted)
    RETURNING j.id, j.state, j.kind, j.queue, j.model
  )
  INSERT INTO quern.event (job, attempt, state, type, kind, queue, model)
  SELECT a.id, 0, a.state, 'submitted', a.kind, a.queue, a.model
  FROM added AS a;
  -- 4. After the insert: see quern.wake.
  IF NOT waits THEN
    PERFORM quern.wake(lane);
  END IF;
  RETURN job_id;
END
$$;

COMMENT ON FUNCTION quern.submit IS
  'Submits a job and returns its id; part of the caller''s transaction. parameters: see quern.parameter. priority: higher first. ttl: how long it may wait. timeout: of one attempt.';

CREATE FUNCTION quern.submit_many(
  kind text, parameters jsonb[], queue text DEFAULT 'default', priority int DEFAULT 0, run_at timestamptz DEFAULT now(),
  after bigint[] DEFAULT '{}', idempotency_key text DEFAULT NULL, concurrency_key text DEFAULT NULL, tenant text DEFAULT NULL,
  subject text DEFAULT NULL, max_attempts int DEFAULT NULL, ttl interval DEFAULT NULL, timeout interval DEFAULT NULL,
  metadata jsonb DEFAULT '{}', options jsonb DEFAULT '{}')
RETURNS bigint[]
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
DECLARE
  lane text := coalesce(submit_many.queue, 'default');
  due timestamptz := coalesce(submit_many.run_at, now());
  waits boolean := due > now();
  attempts int;
  accepted jsonb[];
  ids bigint[];
  earlier bigint[];
BEGIN
  -- 1. The arguments once, the parameters each; a refusal names the element.
  PERFORM quern.check_arguments(lane, due, submit_many.after, submit_many.idempotency_key, submit_many.concurrency_key,
    submit_many.tenant, submit_many.subject, submit_many.max_attempts, submit_many.ttl, submit_many.timeout,
    coalesce(submit_many.metadata, '{}'), coalesce(submit_many.options, '{}'));
  SELECT coalesce(submit_many.max_attempts, k.max_attempts)
  INTO attempts
  FROM quern.kind AS k
  WHERE k.kind = submit_many.kind;
  IF NOT FOUND THEN
    PERFORM quern.refuse_kind(submit_many.kind);
  END IF;
  SELECT array_agg(quern.accepted_parameters(submit_many.kind, p.given, format('parameters[%s]: ', p.place)) ORDER BY p.place)
  INTO accepted
  FROM unnest(submit_many.parameters) WITH ORDINALITY AS p(given, place);
  IF accepted IS NULL THEN
    RETURN '{}';
  END IF;
  ids := ARRAY(SELECT nextval('quern.job_id') FROM generate_series(1, cardinality(accepted)));
  -- 2. One key for the whole set.
  IF submit_many.idempotency_key IS NOT NULL THEN
    earlier := quern.take_key(submit_many.idempotency_key, concat_ws(E'\x1f', 'submit_many', submit_many.kind, submit_many.parameters::text,
      lane, submit_many.priority, CASE WHEN waits THEN extract(epoch FROM due) END, 'tenant', submit_many.tenant,
      'subject', submit_many.subject, 'attempts', attempts, submit_many.ttl, submit_many.timeout, submit_many.metadata), ids);
    IF earlier IS NOT NULL THEN
      RETURN earlier;
    END IF;
  END IF;
  -- 3. All jobs and their events in one statement.
  PERFORM quern.need_today();
  WITH added AS (
    INSERT INTO quern.job AS j (id, created_at, run_at, expires_at, priority, max_attempts, state, parked, kind, queue, submitter,
      model, tenant, subject, timeout, metadata, parameters)
    SELECT p.id, now(), due, now() + submit_many.ttl, coalesce(submit_many.priority, 0), attempts,
      CASE WHEN waits THEN 'scheduled' ELSE 'queued' END::quern.job_state, waits, submit_many.kind, lane, quern.caller(),
      p.accepted ->> 'model', submit_many.tenant, submit_many.subject, submit_many.timeout, coalesce(submit_many.metadata, '{}'), p.accepted
    FROM unnest(ids, accepted) AS p(id, accepted)
    RETURNING j.id, j.state, j.kind, j.queue, j.model
  )
  INSERT INTO quern.event (job, attempt, state, type, kind, queue, model)
  SELECT a.id, 0, a.state, 'submitted', a.kind, a.queue, a.model
  FROM added AS a;
  IF NOT waits THEN
    PERFORM quern.wake(lane);
  END IF;
  RETURN ids;
END
$$;

COMMENT ON FUNCTION quern.submit_many IS 'Submits one job for each element of parameters and returns their ids in that order: all or none.';

-- Options of the shorthands: any argument of quern.submit by name, the rest are parameters of the kind.
CREATE FUNCTION quern.submit_shorthand(kind text, parameters jsonb, options jsonb)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = quern, pg_temp
AS $$
DECLARE
  names constant text[] := ARRAY['queue', 'priority', 'run_at', 'after', 'idempotency_key', 'concurrency_key', 'tenant', 'subject',
    'max_attempts', 'ttl', 'timeout', 'metadata', 'options'];
  given jsonb := coalesce(submit_shorthand.options, '{}');
  name text;
  due timestamptz;
  number_given int;
  attempts int;
  lifetime interval;
  longest interval;
  parents bigint[];
BEGIN
  IF jsonb_typeof(given) <> 'object' THEN
    PERFORM quern.refuse('invalid_value', 'options', format('options must be a JSON object, not %s', quern.quoted(given)));
  END IF;
  -- 1. Each cast may fail: the refusal names the argument and not its value.
  BEGIN
    name := 'run_at';
    due := given ->> name;
    name := 'priority';
    number_given := given ->> name;
    name := 'max_attempts';
    attempts := given ->> name;
    name := 'ttl';
    lifetime := given ->> name;
    name := 'timeout';
    longest := given ->> name;
    name := 'after';
    IF given ? name THEN
      parents := ARRAY(SELECT jsonb_array_elements_text(given -> 'after')::bigint);
    END IF;
  EXCEPTION
    WHEN data_exception THEN
      PERFORM quern.refuse('invalid_value', name, format('"%s" cannot be %s; see quern.submit for what it takes', name, quern.quoted(given -> name)));
  END;
  RETURN quern.submit(submit_shorthand.kind,
    (given - names) || submit_shorthand.parameters,
    queue => given ->> 'queue',
    priority => number_given,
    run_at => due,
    after => parents,
    idempotency_key => given ->> 'idempotency_key',
    concurrency_key => given ->> 'concurrency_key',
    tenant => given ->> 'tenant',
    subject => given ->> 'subject',
    max_attempts => attempts,
    ttl => lifetime,
    timeout => longest,
    metadata => given -> 'metadata',
    options => given -> 'options');
END
$$;

CREATE FUNCTION quern.generate(model text, prompt text, options jsonb DEFAULT '{}')
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF generate.model IS NULL OR generate.prompt IS NULL THEN
    PERFORM quern.refuse('missing_parameter', CASE WHEN generate.model IS NULL THEN 'model' ELSE 'prompt' END,
      'quern.generate needs a model and a prompt; they must not be NULL');
  END IF;
  RETURN quern.submit_shorthand('generate', jsonb_build_object('model', generate.model, 'prompt', generate.prompt), generate.options);
END
$$;

COMMENT ON FUNCTION quern.generate IS
  'Submits a generate job: SELECT quern.generate(''model'', body) FROM document. options: parameters of the kind and arguments of quern.submit by name.';

CREATE FUNCTION quern.chat(model text, messages jsonb, options jsonb DEFAULT '{}')
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF chat.model IS NULL OR chat.messages IS NULL THEN
    PERFORM quern.refuse('missing_parameter', CASE WHEN chat.model IS NULL THEN 'model' ELSE 'messages' END,
      'quern.chat needs a model and messages; they must not be NULL');
  END IF;
  RETURN quern.submit_shorthand('generate', jsonb_build_object('model', chat.model, 'messages', chat.messages), chat.options);
END
$$;

COMMENT ON FUNCTION quern.chat IS
  'Submits a generate job that answers messages [{"role": "user", "content": "…"}]. options: parameters of the kind and arguments of quern.submit by name.';

CREATE FUNCTION quern.embed(model text, input text, options jsonb DEFAULT '{}')
RETURNS bigint
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = quern, pg_temp
AS $$
BEGIN
  IF embed.model IS NULL OR embed.input IS NULL THEN
    PERFORM quern.refuse('missing_parameter', CASE WHEN embed.model IS NULL THEN 'model' ELSE 'input' END,
      'quern.embed needs a model and an input; they must not be NULL');
  END IF;
  RETURN quern.submit_shorthand('embed', jsonb_build_object('model', embed.model, 'input', embed.input), embed.options);
END
$$;

COMMENT ON FUNCTION quern.embed IS
  'Submits an embed job: SELECT quern.embed(''model'', body) FROM document. options: parameters of the kind and arguments of quern.submit by name.';
