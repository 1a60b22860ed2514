#!/bin/bash
# bench_check: the full check that writes nothing, against the same question asked of sales by SQL.
#
# SA_BENCH_PAIRS (1000000) pairs, 90 days of sales at 0.4 rows a pair and day, skewed over pairs.  The peers
# compute velocity over 30 days, days left and a comparison for every pair: by GROUP BY over raw sales, and
# over daily rows.  Five rounds in turn; work_mem 1 GB, one process, no JIT for all.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_PAIRS:-1000000}

bench_server
bench_shop "$pairs"
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
