#!/bin/bash
# bench_refresh: the nightly fold of a day's sales into what is known of each pair.
#
# SA_BENCH_PAIRS (1000000) pairs with 90 days of history; a day brings 0.4 sales a pair, skewed over pairs (the
# square of a random number) as the load is that the limit of 5 us was measured on: 0.30 of the pairs sell on a
# day, 0.33 would if sales were even.  Five days one after another, each folded by refresh_demand() and again at
# once, which must write nothing; then how many updates stayed in their page (HOT) and how much the tables grew.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_PAIRS:-1000000}

sizes()
{
	sa_psql -q -At -F ' ' -c "SELECT pg_relation_size('stockalert.demand_state'), pg_relation_size('stockalert.demand_days')"
}

bench_server
sa_psql -q -At -v pairs="$pairs" -f test/bench/sql/refresh_load.sql >&2 || exit 1
read -r row <<<"$(sa_psql -q -At -c "SELECT avg(pg_column_size(s)) + 4 FROM stockalert.demand_state AS s")"
bench_verdict "bytes-of-demand-state[$pairs]" "$row" 300 le "a row with its header and line pointer"
for day in 01 02 03 04 05; do
	read -r a b c <<<"$(sa_psql -q -At -F ' ' -v pairs="$pairs" -v day="2026-04-$day" -f test/bench/sql/refresh_day.sql)"
	[ -n "$c" ] || exit 1
	fold+=("$a") again+=("$b") written+=("$c")
	[ $day != 01 ] || read -r state_first days_first <<<"$(sizes)"
	echo "day $day: $a ms, again $b ms writing $c" >&2
done
read -r state_last days_last <<<"$(sizes)"
read -r hot <<<"$(sa_psql -q -At -c "SELECT pg_stat_force_next_flush(), 1" -c "SELECT 100.0 * sum(n_tup_hot_upd) / sum(n_tup_upd) FROM pg_stat_user_tables
	WHERE relname IN ('demand_state', 'demand_days')" | tail -1)"
fold_ms=$(bench_median "${fold[@]}") again_ms=$(bench_median "${again[@]}")
bench_verdict "refresh-of-a-day[$pairs]" "$(awk "BEGIN { print 1000 * $fold_ms / ($pairs * 0.4) }")" 5 le \
	"microseconds a row of sales; ${fold[*]} ms, CPU, median of 5; again at once $again_ms ms"
bench_verdict "refresh-again-writes[$pairs]" "$(printf '%s\n' "${written[@]}" | sort -n | tail -1)" 0 le "pairs"
bench_verdict "refresh-hot-share[$pairs]" "$hot" 99 ge "percent of updates that stayed in their page"
bench_verdict "refresh-growth[$pairs]" "$(awk "BEGIN { print ($state_last + $days_last) / ($state_first + $days_first) }")" 1.02 le \
	"times the size after the first day, after the fifth"
