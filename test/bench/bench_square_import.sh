#!/bin/bash
# bench_square_import: a first import of counts from the stand-in Square by the syncer, over TLS, from request to row.
#
# SA_BENCH_IMPORT is VARIATIONSxLOCATIONS (4000x25; 20000x50 is the size that was promised and takes some minutes).
# CPU is the syncer's for the stream counts alone, all of it: TLS, parsing, writing, alerts.  Its memory (anonymous, kB)
# is read at a tenth, half and nine tenths of the counts, and must not grow from the first to the last.  After that a
# megabyte comes at once, whatever the size: the streams that are read next (movements, vendors, transfers) compile their
# functions and make their plans, for which the heap grows.  By pg_log_backend_memory_contexts() the syncer holds 12.1 MB
# at nine tenths, 17.7 MB while movements are planned and 11.9 MB twenty seconds later: nothing of an import is kept.  share: how much of the
# time the stand-in was at work; the more, the less is ours.
. test/lib/all.sh
. test/bench/lib.sh
size=${SA_BENCH_IMPORT:-4000x25}
counts=$((${size%x*} * ${size#*x}))

syncer()
{
	sa_query "SELECT pid FROM pg_stat_activity WHERE backend_type = 'stockalert syncer' AND datname = 'shop'"
}

# Nanoseconds on a CPU, of all threads.
cpu()
{
	cat "/proc/$1/task/"*/schedstat | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

memory()
{
	awk '/^RssAnon/ { print $2 }' "/proc/$1/status"
}

stream()
{
	sa_query "SELECT $1 FROM stockalert.sync_streams WHERE stream = '$2'"
}

# Waits for an answer of t.
wait_for()
{
	local try

	for ((try = 0; try < 8000; try++)); do
		[ "$(stream "$1" "$2")" = t ] && return 0
		[ -z "$(stream "error_class || ': ' || error_detail" "$2")" ] || break
		sleep 0.1
	done
	sa_psql -c 'SELECT * FROM stockalert.sync_status' >&2
	exit 1
}

test/peers/make_ca.sh "$SA_BENCH_DIR/ca" || exit 1
python3 test/peers/square_peer.py --alarm 1800 --plain "$size" --cert "$SA_BENCH_DIR/ca/server.pem" --key "$SA_BENCH_DIR/ca/server.key" \
	>"$SA_BENCH_DIR/port" &
peer=$!
"$SA_BIN/stockalert-keygen" "$SA_BENCH_DIR/key" >/dev/null || exit 1
until port=$(sed -n 's/^port //p' "$SA_BENCH_DIR/port") && [ -n "$port" ]; do
	kill -0 "$peer" || exit 1
	sleep 0.2
done
bench_server "stockalert.delivery = 'live'" "stockalert.allowed_networks = '127.0.0.1'" "stockalert.key_file = '$SA_BENCH_DIR/key'" \
	"stockalert.ca_file = '$SA_BENCH_DIR/ca/ca.pem'" 'stockalert.send_timeout = 15s'
sa_psql -q -c 'SELECT stockalert.ensure_installation()' >/dev/null || exit 1
until [ "$(sa_query 'SELECT (stockalert.published_key()).key_id IS NOT NULL')" = t ]; do
	sleep 0.2
done
IFS='|' read -r key_id public installation < <(sa_query 'SELECT key_id, public_key, installation FROM stockalert.public_key()')
sealed=$(printf '%s' EAAAstandinpersonal | "$SA_BIN/stockalert-seal" --key-id "$key_id" --public-key "$public" --installation "$installation" \
	--name square --dest "localhost:$port") || exit 1
sa_psql -q -c "SELECT stockalert.set_credential('square', '$sealed')" \
	-c "SELECT stockalert.add_square_connection('shop', base_url => 'https://localhost:$port')" >/dev/null || exit 1

wait_for 'started_at IS NOT NULL' counts
pid=$(syncer)
cpu=$(cpu "$pid") peer_cpu=$(cpu "$peer") began=$(date +%s%N)
wait_for "rows >= $counts / 10" counts
small=$(memory "$pid")
wait_for "rows >= $counts / 2" counts
middle=$(memory "$pid")
wait_for "rows >= $counts * 0.9" counts
large=$(memory "$pid")
wait_for 'last_success_at IS NOT NULL' counts
cpu=$(($(cpu "$pid") - cpu)) peer_cpu=$(($(cpu "$peer") - peer_cpu)) took=$(($(date +%s%N) - began))
[ "$(sa_query 'SELECT count(*) FROM stockalert.stock_levels')" = "$counts" ] || { sa_say 'not every count is a stock level'; exit 1; }
bench_verdict "square-import-cpu[$size]" "$(awk "BEGIN { print $cpu / 1000 / $counts }")" 20 le \
	"microseconds of the syncer's CPU a count; the stand-in's $(awk "BEGIN { printf \"%.3g\", $peer_cpu / 1000 / $counts }"), the clock's $(awk "BEGIN { printf \"%.3g\", $took / 1000 / $counts }")"
bench_verdict "square-import-memory[$size]" "$((large - small))" 1024 le "kB anonymous from a tenth to nine tenths of it: $small, $middle, $large"
bench_note "square-import-share[$size]" "$(awk "BEGIN { print $peer_cpu / $took }")" 'of the time the stand-in was at work; the server answers one request at a time'
