-- CPU milliseconds of 28 days ahead for every series, and the checksum that shows they were all computed.
SELECT cpu() AS before \gset
SELECT sum(f.mean[1] + f.mean[28]) > 0 AS done FROM demand_series s, demand_profile p, LATERAL (SELECT stockalert.forecast_mean(s.history, 28, 'esw', s.first_day, p.profile) AS mean) f \gset
SELECT round((cpu() - :before)::numeric, 1), :'done';
