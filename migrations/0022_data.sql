-- LoRA by layers: ranks and scales of their own, and which layers learn. As Sources/Jobs describes them; a test compares.
UPDATE quern.parameter AS p
SET schema = n.schema::jsonb,
  description = n.description
FROM (VALUES
  ('rank_pattern', '{"type":"object","additionalProperties":{"type":"integer","minimum":1,"maximum":4096},"description":"an object of ranks from 1 to 4096, by regular expressions for the ends of names"}',
    'Other ranks for some layers: {"v_proj": 16}, or by a regular expression for the end of a name. Of several that match the first of the alphabet counts.'),
  ('alpha_pattern', '{"type":"object","additionalProperties":{"type":"number","exclusiveMinimum":0,"maximum":65536},"description":"an object of numbers above 0, by regular expressions for the ends of names"}',
    'Another lora_alpha for some layers, as rank_pattern has it.'),
  ('layers_to_transform', '{"type":["integer","array"],"minimum":0,"maximum":2147483647,"maxItems":1000,"items":{"type":"integer","minimum":0,"maximum":2147483647},"description":"the number of a layer, from 0, or a list of them"}',
    'The layers, by their numbers from 0, that get an adapter; without it all of them.'),
  ('layers_pattern', '{"type":["string","array"],"minLength":1,"maxLength":200,"maxItems":100,"items":{"type":"string","minLength":1,"maxLength":200},"description":"the name before the numbers of layers, or a list of them"}',
    'What stands before the numbers of layers in names, as layers or h; without it whatever does.')) AS n(name, schema, description)
WHERE p.kind = 'finetune'
  AND p.name = n.name;

INSERT INTO quern.parameter_rule (kind, position, name, requirement, message)
SELECT 'finetune', last.position + n.position, n.name, n.requirement, n.message
FROM (VALUES
  (1, 'rank_pattern', 'p ->> ''adapter'' IS NULL OR p ->> ''rank_pattern'' IS NULL',
    '"rank_pattern" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  (2, 'alpha_pattern', 'p ->> ''adapter'' IS NULL OR p ->> ''alpha_pattern'' IS NULL',
    '"alpha_pattern" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  (3, 'layers_to_transform', 'p ->> ''adapter'' IS NULL OR p ->> ''layers_to_transform'' IS NULL',
    '"layers_to_transform" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  (4, 'layers_pattern', 'p ->> ''adapter'' IS NULL OR p ->> ''layers_pattern'' IS NULL',
    '"layers_pattern" is settled by the adapter that goes on; leave it out, or leave "adapter" out to begin a new one'),
  (5, 'rank_pattern', 'p ->> ''rank_pattern'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"rank_pattern" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  (6, 'alpha_pattern', 'p ->> ''alpha_pattern'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"alpha_pattern" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  (7, 'layers_to_transform', 'p ->> ''layers_to_transform'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"layers_to_transform" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  (8, 'layers_pattern', 'p ->> ''layers_pattern'' IS NULL OR p ->> ''r'' IS NOT NULL',
    '"layers_pattern" belongs to LoRA: give "r" too, 8 for example, or leave it out to train all weights'),
  (9, 'layers_to_transform', 'p ->> ''layers_to_transform'' IS NULL OR p ->> ''target_modules'' = ''all-linear'' OR jsonb_typeof(p -> ''target_modules'') IS DISTINCT FROM ''string''',
    '"layers_to_transform" goes with a list of target_modules; a regular expression says the layers itself: ".*[.](0|1|2)[.].*q_proj"'),
  (10, 'layers_pattern', 'coalesce(nullif(p -> ''layers_pattern'', ''null''), ''[]'') = ''[]'' OR p ->> ''layers_to_transform'' IS NOT NULL',
    '"layers_pattern" says where the numbers of layers_to_transform stand; give that too')) AS n(position, name, requirement, message),
  (SELECT max(r.position) AS position FROM quern.parameter_rule AS r WHERE r.kind = 'finetune') AS last;
