#!/bin/bash
# bench_dashboard: dashboard_html() of SA_BENCH_PAGE_PAIRS (100000) pairs with 90 days of history each, a twelfth of
# them low, and health() beside it: CPU of the backend, medians of five after the first.  The limit is DESIGN's in
# milliseconds, so it means little on a busy machine.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_PAGE_PAIRS:-100000}

bench_server
sa_psql -q -v pairs="$pairs" -f test/bench/sql/refresh_load.sql >&2 || exit 1
sa_psql -q >&2 <<'SQL' || exit 1
SELECT stockalert.set_threshold(low => 5, critical => 2) \g /dev/null
INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand)
	SELECT location_id, item_id, (location_id * 7 + item_id * 13) % 60 FROM stockalert.locations, stockalert.items ORDER BY 1, 2;
VACUUM ANALYZE;
SQL
for round in 1 2 3 4 5; do
	ms=$(sa_psql -q -At <<'SQL'
SELECT stockalert.dashboard_html() \g /dev/null
SELECT cpu() AS t \gset
SELECT stockalert.dashboard_html() \g /dev/null
SELECT round((cpu() - :t)::numeric, 1);
SQL
	) || exit 1
	page+=("$ms")
done
bench_verdict "dashboard[$pairs]" "$(bench_median "${page[@]}")" 300 le "ms CPU, medians of 5: ${page[*]}"
