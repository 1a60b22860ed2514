#!/bin/bash
# bench_check: the full check that writes nothing, against the same question asked of sales by SQL.
#
# SA_BENCH_PAIRS (1000000) pairs, 90 days of sales at 0.4 rows a pair and day, skewed over pairs.  The peers
# compute velocity over 30 days, days left and a comparison for every pair: by GROUP BY over raw sales (BRIN on
# their time), and over daily rows in key order; in float8, the cheaper way.  Five rounds in turn, each in a new
# session; work_mem 1 GB, one process, no JIT for all.  Then the check that opens 8 % of them, and for
# information the first INSERT of all pairs.  The limits are those of a million pairs: fewer leave the start of a session in sight.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_PAIRS:-1000000}

bench_server
load_ms=$(bench_shop "$pairs") || exit 1
sa_psql -q -v pairs="$pairs" -f test/bench/sql/sales.sql >&2 || exit 1
for round in 1 2 3 4 5; do
	read -r a b c <<<"$(sa_psql -q -At -F ' ' -f test/bench/sql/check.sql)"
	check+=("$a") daily+=("$b") raw+=("$c")
	echo "round $round: check $a ms, daily rows $b ms, raw sales $c ms" >&2
done
check_ms=$(bench_median "${check[@]}") daily_ms=$(bench_median "${daily[@]}") raw_ms=$(bench_median "${raw[@]}")
bench_verdict "check-against-daily-rows[$pairs]" "$(awk "BEGIN { print $daily_ms / $check_ms }")" 30 ge \
	"times faster; check $check_ms ms (${check[*]}), GROUP BY over daily rows $daily_ms ms, CPU, medians of 5"
bench_verdict "check-against-raw-sales[$pairs]" "$(awk "BEGIN { print $raw_ms / $check_ms }")" 80 ge \
	"times faster; GROUP BY over raw sales $raw_ms ms (${raw[*]}), CPU, medians of 5"

read -r open_ms opened <<<"$(sa_psql -q -At -F ' ' -f test/bench/sql/open.sql)"
bench_verdict "check-that-opens[$pairs]" "$(awk "BEGIN { print 1000 * ($open_ms - $check_ms) / $opened }")" 15 le \
	"microseconds an alert; CPU ms $open_ms for $opened alerts"
bench_verdict "check-that-opens-against-check[$pairs]" "$(awk "BEGIN { print $open_ms / $check_ms }")" 12 le \
	"times the check that writes nothing; CPU ms $open_ms against $check_ms"
bench_note "first-load[$pairs]" "$(awk "BEGIN { print 1000 * $load_ms / $pairs }")" "microseconds a row of one INSERT of all pairs; CPU ms $load_ms"
