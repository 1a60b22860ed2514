-- update_all.sql: CPU milliseconds of an UPDATE of every pair that changes nothing.
SELECT cpu() AS t \gset
UPDATE stockalert.stock_levels SET on_hand = on_hand;
SELECT round((cpu() - :t)::numeric, 1);
