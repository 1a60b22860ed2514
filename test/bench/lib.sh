# shellcheck shell=bash
# lib.sh: what the benches share; sourced, not run.
#   bench_server [CONF LINE...]    a private server with one database shop
#   bench_shop PAIRS               StockAlert with that many pairs, 10,000 items a location, nothing low; prints
#                                  the CPU milliseconds of the INSERT that brought them
#   bench_median NUMBER...         the middle one
#   bench_verdict NAME FIGURE LIMIT le|ge DETAILS
#   bench_note NAME FIGURE DETAILS for information, without a limit
#   bench_instructions DIR FILE    instructions of a single-user server that runs the statements of FILE
# Times are CPU of the backend (schedstat), never the clock: the machine may be shared.
bench_server()
{
	sa_server_start "$SA_BENCH_DIR/data" "shared_buffers = '1GB'" "max_wal_size = '16GB'" "checkpoint_timeout = '1h'" \
		"autovacuum = off" "jit = off" "max_parallel_workers_per_gather = 0" "wal_level = minimal" "max_wal_senders = 0" \
		"cron.database_name = 'shop'" "stockalert.delivery = off" "$@" || exit 1
	PGDATABASE=postgres sa_psql -q -c 'CREATE DATABASE shop' || exit 1
	export PGDATABASE=shop
	sa_psql -q -c 'CREATE EXTENSION stockalert' -c "CREATE FUNCTION cpu() RETURNS float8 LANGUAGE sql VOLATILE
		AS \$\$ SELECT split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 / 1e6 \$\$" || exit 1
}

bench_shop()
{
	sa_psql -q -At -v pairs="$1" -f test/bench/sql/shop.sql || exit 1
}

bench_median()
{
	printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

bench_verdict()
{
	awk -v name="$1" -v figure="$2" -v limit="$3" -v way="$4" -v details="$5" 'BEGIN {
		met = way == "le" ? figure <= limit : figure >= limit
		printf "%s %.3g %s%s %s (%s)\n", name, figure, way == "le" ? "<=" : ">=", limit, met ? "met" : "short", details }'
}

bench_note()
{
	awk -v name="$1" -v figure="$2" -v details="$3" 'BEGIN { printf "%s %.3g (%s; for information)\n", name, figure, details }'
}

bench_instructions()
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$SA_BENCH_DIR/callgrind.log" \
		"$SA_BIN/postgres" --single -j -D "$1" shop <"$2" >"$SA_BENCH_DIR/single.log" 2>&1 || return 1
	sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$SA_BENCH_DIR/callgrind.log"
}
