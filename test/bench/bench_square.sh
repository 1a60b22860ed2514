#!/bin/bash
# bench_square: the SQL side of reading Square's counts, in pages of 1,000 rows of JSON, each in a transaction of
# its own as the syncer applies them, against COPY of the same rows into a staging table and one MERGE into stock.
#
# CPU of the backend; SA_BENCH_COUNTS (200000) counts of 50 locations, one in fifty low, into empty tables and then
# once more, which writes nothing; medians of three rounds, the two in turn.
. test/lib/all.sh
. test/bench/lib.sh
counts=${SA_BENCH_COUNTS:-200000}
file=$SA_BENCH_DIR/counts.copy

bench_server
sa_psql -q -v counts="$counts" -v file="$file" -f test/bench/sql/square_shop.sql >&2 || exit 1
for round in 1 2 3; do
	ms=$(sa_psql -q -At -f test/bench/sql/square_apply.sql) || exit 1
	ours+=("$ms")
	sa_query "SELECT count(*), count(*) FILTER (WHERE class = 'low') FROM stockalert.stock_levels" >"$SA_BENCH_DIR/ours"
	ms=$(sa_psql -q -At -f test/bench/sql/square_again.sql) || exit 1
	again+=("$ms")
	ms=$(sa_psql -q -At -v file="$file" -f test/bench/sql/square_merge.sql) || exit 1
	peer+=("$ms")
	sa_query "SELECT count(*), count(*) FILTER (WHERE class = 'low') FROM stockalert.stock_levels" >"$SA_BENCH_DIR/peer"
	cmp -s "$SA_BENCH_DIR/ours" "$SA_BENCH_DIR/peer" || exit 1
done
o=$(bench_median "${ours[@]}") p=$(bench_median "${peer[@]}") a=$(bench_median "${again[@]}")
bench_verdict "square-counts[$counts]" "$(awk "BEGIN { print $p / $o }")" 0.5 ge \
	"of the rows a second of COPY and MERGE; CPU ms ours $o (${ours[*]}), COPY and MERGE $p (${peer[*]}), medians of 3"
bench_verdict "square-count-cpu[$counts]" "$(awk "BEGIN { print $o * 1000 / $counts }")" 20 le \
	"microseconds of CPU a count, of which COPY and MERGE takes $(awk "BEGIN { printf \"%.3g\", $p * 1000 / $counts }")"
bench_note "square-again[$counts]" "$(awk "BEGIN { print $a * 1000 / $counts }")" "microseconds of CPU a count that changes nothing (${again[*]})"
