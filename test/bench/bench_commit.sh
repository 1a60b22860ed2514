#!/bin/bash
# bench_commit: what a commit costs that has nothing to do with us, and one that wakes the sender.
#
# nothing: instructions per one-row UPDATE of a table of somebody else's, from the difference of 2,500 and 500
# transactions in a single-user server under callgrind, with and without the library preloaded (pg_cron always is).
# wakes: commits a second of 8 sessions that insert a row each and wake the sender, which finds nothing to do, beside
# those of 8 that insert the same row and wake nobody: rounds of a second, in turns, the median of the ratios of
# SA_BENCH_PAIRS (31).  NOTIFY in place of the wake is told beside it.  fsync is on.
. test/lib/all.sh
. test/bench/lib.sh

# Commits a second of 8 sessions, each with this behind its insert.
commits()
{
	printf 'BEGIN;\nINSERT INTO inserted (n) VALUES (1);\n%s;\nCOMMIT;\n' "$1" >"$SA_BENCH_DIR/commit.sql"
	sa_psql -q -c 'TRUNCATE inserted' || exit 1
	pgbench -n -M prepared -c 8 -j 2 -T 1 -f "$SA_BENCH_DIR/commit.sql" 2>"$SA_BENCH_DIR/pgbench.log" |
		sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

bench_server 'fsync = on' 'stockalert.delivery = log'
sa_psql -q -c 'CREATE TABLE inserted (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n integer)' || exit 1
wake='SELECT stockalert.wake_sender()' nothing='SELECT pg_catalog.pg_stat_clear_snapshot()'
ratios=() notified=() rates=()
for ((pair = 1; pair <= ${SA_BENCH_PAIRS:-31}; pair++)); do
	[ $((pair % 2)) = 0 ] || woken=$(commits "$wake")
	plain=$(commits "$nothing")
	[ $((pair % 2)) = 1 ] || woken=$(commits "$wake")
	ratios+=("$(awk "BEGIN { print $woken / $plain }")") rates+=("$plain")
	[ $((pair % 4)) != 0 ] || notified+=("$(awk "BEGIN { print $(commits 'NOTIFY nobody') / $plain }")")
done
bench_verdict commit-that-wakes "$(bench_median "${ratios[@]}")" 0.97 ge \
	"of $(bench_median "${rates[@]}") commits a second that wake nobody, 8 sessions, median of ${#ratios[@]}; with NOTIFY $(bench_median "${notified[@]}")"

sa_psql -q -c 'CREATE TABLE other (id integer PRIMARY KEY, n integer)' -c 'INSERT INTO other SELECT g, 0 FROM generate_series(1, 500) AS g' || exit 1
sa_server_stop "$SA_BENCH_DIR/data"
for library in with without; do
	for count in 500 2500; do
		for ((i = 1; i <= count; i++)); do
			printf 'UPDATE other SET n = n + 1 WHERE id = %d;\n\n' $((i % 500 + 1))
		done >"$SA_BENCH_DIR/statements"
		rm -rf "$SA_BENCH_DIR/one" && cp -a "$SA_BENCH_DIR/data" "$SA_BENCH_DIR/one" || exit 1
		[ $library = with ] || printf "shared_preload_libraries = 'pg_cron'\n" >>"$SA_BENCH_DIR/one/postgresql.conf"
		declare "${library}_$count=$(bench_instructions "$SA_BENCH_DIR/one" "$SA_BENCH_DIR/statements")"
	done
done
# shellcheck disable=SC2154
with=$(((with_2500 - with_500) / 2000)) without=$(((without_2500 - without_500) / 2000))
bench_verdict commit-that-queues-nothing $((with - without)) 1000 le "instructions more; $with against $without a transaction"
