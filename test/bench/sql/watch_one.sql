-- watch_one.sql: CPU milliseconds of 20,000 UPDATEs of one row each of the table :which.
SET synchronous_commit = off;
SELECT cpu() AS t \gset
SELECT format('DO $$ BEGIN FOR i IN 1 .. 20000 LOOP UPDATE %I SET quantity = quantity + CASE WHEN i %% 2 = 0 THEN 1 ELSE -1 END WHERE id = 1 + (i * 7919) %% %s; END LOOP; END $$',
	:'which', :pairs) \gexec
SELECT round((cpu() - :t)::numeric, 1);
