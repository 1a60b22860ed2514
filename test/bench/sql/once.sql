-- once.sql: prints the CPU milliseconds of reading all of :what in a new session, and again in the same.
SELECT cpu() AS t \gset
SELECT count(*) FROM :what \gset
SELECT cpu() AS u \gset
SELECT count(*) FROM :what \gset
SELECT round((:u - :t)::numeric, 1), round((cpu() - :u)::numeric, 1);
