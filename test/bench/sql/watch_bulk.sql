-- watch_bulk.sql: CPU milliseconds of one UPDATE of every row of the table :which.
SET synchronous_commit = off;
SELECT cpu() AS t \gset
UPDATE :which SET quantity = quantity + 1;
SELECT round((cpu() - :t)::numeric, 1);
