-- once.sql: prints the CPU milliseconds of reading all of :what.
SELECT cpu() AS t \gset
SELECT count(*) FROM :what \gset
SELECT round((cpu() - :t)::numeric, 1);
