#!/bin/bash
# bench_history: velocity from the histories of all pairs against the GROUP BY over raw sales; bytes a pair; our
# aggregates against the server's.
#
# SA_BENCH_PAIRS (1000000) pairs, 90 days of sales as in bench_check, made into demand_days by history_agg(); both
# sides count the pairs that sell more than 2 a day over 30 days, in float8, and their units must agree.  Bytes are
# those of a row with its header and line pointer, as it lies in the page; 400 days are a third of the days active,
# 20,000 pairs.  Five rounds in turn, each in a new session; work_mem 1 GB, one process, no JIT for all.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_PAIRS:-1000000}

bench_server
sa_psql -q -v pairs="$pairs" -f test/bench/sql/sales.sql >&2 || exit 1
read -r rows made_ms <<<"$(sa_psql -q -At -F ' ' -v pairs="$pairs" -f test/bench/sql/history_load.sql)"
[ -n "$made_ms" ] || exit 1
for round in 1 2 3 4 5; do
	read -r a b c d e <<<"$(sa_psql -q -At -F ' ' -f test/bench/sql/history.sql)"
	[ -n "$e" ] || exit 1
	history+=("$a") whole+=("$b") raw+=("$c") own+=("$d") built_in+=("$e")
	echo "round $round: history $a ms (90 days $b ms), raw sales $c ms, moments $d ms, stddev $e ms" >&2
done
history_ms=$(bench_median "${history[@]}") whole_ms=$(bench_median "${whole[@]}") raw_ms=$(bench_median "${raw[@]}")
own_ms=$(bench_median "${own[@]}") built_in_ms=$(bench_median "${built_in[@]}")
bench_verdict "velocity-from-history[$pairs]" "$(awk "BEGIN { print $raw_ms / $history_ms }")" 50 ge \
	"times faster; history $history_ms ms (${history[*]}), GROUP BY over raw sales $raw_ms ms (${raw[*]}), CPU, medians of 5"
bench_note "velocity-of-a-pair[$pairs]" "$(awk "BEGIN { print 1e6 * $history_ms / $pairs }")" \
	"nanoseconds with the scan, window 30 days; window 90 days $(awk "BEGIN { print 1e6 * $whole_ms / $pairs }")"
bench_verdict "own-aggregate[$pairs]" "$(awk "BEGIN { print $own_ms / $built_in_ms }")" 1.1 le \
	"times stddev over daily rows by pair; moments $own_ms ms (${own[*]}), stddev $built_in_ms ms (${built_in[*]})"
bench_note "history-made[$pairs]" "$(awk "BEGIN { print 1000 * $made_ms / $rows }")" \
	"microseconds a daily row of history_agg() by pair, with its INSERT; $rows rows"

read -r short long short_value long_value <<<"$(sa_psql -q -At -F ' ' -f test/bench/sql/history_size.sql)"
bench_verdict "bytes-of-90-days[$pairs]" "$short" 160 le "a row of demand_days; the history alone $short_value"
bench_verdict "bytes-of-400-days" "$long" 330 le "a row of demand_days; the history alone $long_value"
