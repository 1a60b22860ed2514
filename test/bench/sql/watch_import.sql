-- watch_import.sql: CPU milliseconds of watching a table of :rows rows, in a database where it is the first; and
-- how many events wait for how many alerts.
SET synchronous_commit = off;
CREATE TABLE goods (id integer PRIMARY KEY, name text, quantity integer, price numeric);
INSERT INTO goods SELECT g, 'Item ' || g, CASE WHEN g % 12 = 0 THEN 3 ELSE 100 END, g % 100 FROM generate_series(1, :rows) AS g;
SELECT cpu() AS t \gset
SELECT stockalert.watch_table('goods', item => 'id', quantity => 'quantity', name => 'name', price => 'price') \g /dev/null
SELECT round((cpu() - :t)::numeric, 1);
