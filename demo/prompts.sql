-- A table of prompts, as an application has one: 200 beginnings of stories, two of which hold what no journal may show.

CREATE TABLE prompts (
  id     int PRIMARY KEY,
  prompt text NOT NULL
);

INSERT INTO prompts (id, prompt)
SELECT (h.n - 1) * 20 + (p.n - 1) * 5 + e.n, format('Once upon a time, %s %s. %s', h.hero, p.place, e.event)
FROM unnest(ARRAY[
    'a little girl named Lily lived', 'there was a small dog who lived', 'a boy named Tim played', 'two best friends met',
    'a kind old man worked', 'a red bird sang', 'there was a brave cat who slept', 'a tiny bear got lost',
    'a mother and her son walked', 'a funny frog jumped']) WITH ORDINALITY AS h(hero, n),
  unnest(ARRAY['in a big house', 'in the park', 'near the sea', 'under a tall tree']) WITH ORDINALITY AS p(place, n),
  unnest(ARRAY[
    'One day, it was very', 'One day, they found a', 'The sun was', 'Then a big', 'She wanted to']) WITH ORDINALITY AS e(event, n);

UPDATE prompts
SET prompt = 'My name is Lily, write to me at lily.brown@example.org. Once upon a time, there was'
WHERE id = 7;

UPDATE prompts
SET prompt = 'Tim told the bank that his identity number is 11010519491231002X and his e-mail tim@example.com. He was'
WHERE id = 42;
