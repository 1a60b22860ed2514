#!/bin/bash
# bench_commit: what the preloaded library adds to a transaction that queues nothing.
#
# Instructions per one-row UPDATE of a table of somebody else's, from the difference of 2,500 and 500
# transactions in a single-user server under callgrind, with and without the library preloaded (pg_cron always is).
. test/lib/all.sh
. test/bench/lib.sh

bench_server
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
