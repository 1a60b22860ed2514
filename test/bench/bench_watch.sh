#!/bin/bash
# bench_watch: an UPDATE of an app's table that is watched, against the same table with a PL/pgSQL trigger that
# writes the mirror row, which carries our item trigger too.
#
# CPU of the backend, nothing crossed: one-row is 20,000 single UPDATEs in one session, bulk one UPDATE of
# SA_BENCH_PAIRS (200000) rows; medians of five rounds, the two in turn.  The first import of SA_BENCH_IMPORT
# (1000000) rows, of which one in twelve is low, against COPY and one INSERT for each of our tables.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_PAIRS:-200000}

bench_server
sa_psql -q -v pairs="$pairs" -f test/bench/sql/watch_tables.sql >&2 || exit 1
for round in 1 2 3 4 5; do
	for which in watched mirrored; do
		one=$(sa_psql -q -At -v which=$which -v pairs="$pairs" -f test/bench/sql/watch_one.sql) || exit 1
		bulk=$(sa_psql -q -At -v which=$which -f test/bench/sql/watch_bulk.sql) || exit 1
		case $which in
			watched) ours_one+=("$one") ours_bulk+=("$bulk") ;;
			*) peer_one+=("$one") peer_bulk+=("$bulk") ;;
		esac
		sa_psql -q -c 'VACUUM stockalert.stock_levels' -c "VACUUM $which" || exit 1
	done
done
o=$(bench_median "${ours_one[@]}") p=$(bench_median "${peer_one[@]}")
bench_verdict watch-one-row "$(awk "BEGIN { print $o / $p }")" 1.0 le \
	"of the time with PL/pgSQL; CPU ms ours $o (${ours_one[*]}), PL/pgSQL $p (${peer_one[*]}), medians of 5"
o=$(bench_median "${ours_bulk[@]}") p=$(bench_median "${peer_bulk[@]}")
bench_verdict "watch-bulk[$pairs]" "$(awk "BEGIN { print $p / $o }")" 1.5 ge \
	"times as fast as PL/pgSQL; CPU ms ours $o (${ours_bulk[*]}), PL/pgSQL $p (${peer_bulk[*]}), medians of 5"

rows=${SA_BENCH_IMPORT:-1000000}
for which in watch_import watch_import_peer; do
	PGDATABASE=postgres sa_psql -q -c "CREATE DATABASE $which" || exit 1
	PGDATABASE=$which sa_psql -q -c 'CREATE EXTENSION stockalert' -c "CREATE FUNCTION cpu() RETURNS float8 LANGUAGE sql VOLATILE
		AS \$\$ SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6 \$\$" \
		-c "SELECT stockalert.add_location('main'), stockalert.set_threshold(low => 5, critical => 2)" >"$SA_BENCH_DIR/$which.log" 2>&1 || exit 1
	ms=$(PGDATABASE=$which sa_psql -q -At -v rows="$rows" -v file="$SA_BENCH_DIR/peer.copy" -f test/bench/sql/$which.sql) || exit 1
	[ $which = watch_import ] && o=$ms || p=$ms
	PGDATABASE=$which sa_query "SELECT count(*) FROM stockalert.alerts WHERE resolved_at IS NULL" >"$SA_BENCH_DIR/$which.low"
	PGDATABASE=postgres sa_psql -q -c "DROP DATABASE $which" || exit 1
done
cmp -s "$SA_BENCH_DIR/watch_import.low" "$SA_BENCH_DIR/watch_import_peer.low" || exit 1
bench_verdict "watch-import[$rows]" "$(awk "BEGIN { print $o / $p }")" 2 le \
	"of the time of COPY and INSERT of the same rows; CPU ms ours $o, by hand $p; $(cat "$SA_BENCH_DIR/watch_import.low") low in both"
