SELECT cpu() AS before \gset
CALL apply_pages();
SELECT cpu() - :before AS ms;
