#!/bin/bash
# bench_delivery: messages from the queue to a receiver on the loopback, signed, with everything switched on.
#
# latency: from just before the commit that lets an item run low to the last byte at the receiver, 300 at 25 a
# second and 25 after a rest.  sustained: SA_BENCH_DELIVERIES (100000) messages, a tenth to warm up and the rest in
# three rounds, each beside as many posts of the same bodies by bare_sender to the same receiver; the rate is by the
# receiver's clock, first to last.  memory: anonymous memory of the sender after the tenth and after all.  claim:
# time of the claiming statement a message with SA_BENCH_QUEUED (1000000) queued and with 10,000.  fsync is on.
. test/lib/all.sh
. test/bench/lib.sh
deliveries=${SA_BENCH_DELIVERIES:-100000} queued=${SA_BENCH_QUEUED:-1000000}
record=$SA_BENCH_DIR/record bodies=$SA_BENCH_DIR/bodies
first=$((deliveries / 10)) each=$((deliveries * 3 / 10))

sender()
{
	sa_query "SELECT pid FROM pg_stat_activity WHERE backend_type = 'stockalert sender' AND datname = 'shop'"
}

# Kilobytes that the sender has for itself.
memory()
{
	awk '/^RssAnon/ { print $2 }' "/proc/$(sender)/status"
}

# Sets a setting and lets the server read it.
set_to()
{
	sa_psql -c "ALTER SYSTEM SET $1 = $2" -c 'SELECT pg_reload_conf()' >/dev/null || exit 1
	sleep 0.5
}

# Waits for so many lines of the record, at least; a line is written 20 ms after it went quiet.
wait_for_lines()
{
	local try

	for ((try = 0; try < 3000; try++)); do
		[ "$(wc -l <"$record")" -lt "$1" ] || return 0
		sleep 0.1
	done
	sa_psql -c 'SELECT state, last_error, count(*) FROM stockalert.queue GROUP BY 1, 2' >&2
	sa_say "only $(wc -l <"$record") of $1 were received"
	exit 1
}

# Requests a second of the record from a line on.
rate()
{
	tail -n "+$(($1 + 1))" "$record" | awk 'NR == 1 || $1 < a { a = $1 } $1 > b { b = $1 } END { printf "%.0f", (NR - 1) * 1e6 / (b - a) }'
}

# Delivers so many messages and sets ours to their rate; all of them arrive, and no more.
deliver()
{
	local before

	set_to stockalert.worker_enabled off
	sa_psql -q -v count="$1" -v messages="$1" -f test/bench/sql/delivery_fill.sql || exit 1
	sa_psql -c "COPY (SELECT body FROM stockalert.messages ORDER BY message_id DESC LIMIT $1) TO '$bodies'" || exit 1
	before=$(wc -l <"$record")
	set_to stockalert.worker_enabled on
	wait_for_lines $((before + $1))
	sleep 1
	[ "$(wc -l <"$record") $(sa_query 'SELECT count(*) FROM stockalert.queue')" = "$((before + $1)) 0" ] ||
		sa_say "not each of $1 was received once and settled" || exit 1
	ours=$(rate "$before")
}

# The same bodies without us.
post_bare()
{
	local before

	before=$(wc -l <"$record")
	bare_cpu=$("$SA_BENCH_DIR/bare_sender" "http://localhost:$port/in" "$bodies" "$1") || exit 1
	bare_cpu=$((bare_cpu / $1))
	wait_for_lines $((before + $1))
	bare=$(rate "$before")
}

# Microseconds that the claim takes for each message, with so many queued, over the first ten thousand.
claim()
{
	local before

	set_to stockalert.worker_enabled off
	sa_psql -q -v count="$1" -v messages=10000 -f test/bench/sql/delivery_fill.sql || exit 1
	sa_psql -c 'SELECT pg_stat_statements_reset()' >/dev/null || exit 1
	before=$(wc -l <"$record")
	set_to stockalert.worker_enabled on
	wait_for_lines $((before + 9000))
	set_to stockalert.worker_enabled off
	sa_query "SELECT round((1000 * sum(total_exec_time) / sum(rows))::numeric, 1) FROM pg_stat_statements
		WHERE query LIKE 'WITH due AS MATERIALIZED%d.queue_id FROM ROWS FROM%'"
}

for program in fast_receiver bare_sender; do
	gcc -O2 -Wall -o "$SA_BENCH_DIR/$program" "test/bench/$program.c" -lcurl || exit 1
done
"$SA_BENCH_DIR/fast_receiver" "$record" >"$SA_BENCH_DIR/port" &
"$SA_BIN/stockalert-keygen" "$SA_BENCH_DIR/key" >/dev/null || exit 1
until port=$(sed -n 's/^port //p' "$SA_BENCH_DIR/port") && [ -n "$port" ]; do
	kill -0 $! || exit 1
	sleep 0.1
done
export SA_PRELOAD='pg_cron,stockalert,pg_stat_statements'
bench_server 'fsync = on' "stockalert.delivery = 'live'" 'stockalert.allow_http = on' "stockalert.allowed_networks = '127.0.0.1'" \
	"stockalert.key_file = '$SA_BENCH_DIR/key'" 'stockalert.storm_after = 100000' "pg_stat_statements.track = 'none'"
bench_shop $(((each + 9999) / 10000 * 10000)) >/dev/null
sa_psql -q -f test/bench/sql/delivery_shop.sql -c 'CREATE EXTENSION pg_stat_statements' || exit 1
until [ "$(sa_query 'SELECT (stockalert.published_key()).key_id IS NOT NULL')" = t ]; do
	sleep 0.2
done
IFS='|' read -r key_id public installation < <(sa_query 'SELECT key_id, public_key, installation FROM stockalert.public_key()')
sealed=$(printf '%s' "http://localhost:$port/in#whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5" | "$SA_BIN/stockalert-seal" --key-id "$key_id" \
	--public-key "$public" --installation "$installation" --name webhook:bench --dest "localhost:$port") || exit 1
sa_psql -c "SELECT stockalert.set_credential('webhook:bench', '$sealed')" >/dev/null || exit 1

sa_psql -q -f test/bench/sql/delivery_lower.sql || exit 1
wait_for_lines 325
IFS='|' read -r many p50 p95 few rested < <(sa_psql -q -At -v file="$record" -f test/bench/sql/delivery_latency.sql)
[ "$many $few" = '300 25' ] || { sa_say "$many and $few messages instead of 300 and 25"; exit 1; }
bench_verdict delivery-latency-p50 "$p50" 5 le 'ms from before the commit to received, 300 at 25/s'
bench_verdict delivery-latency-p95 "$p95" 25 le 'ms, the same'
bench_verdict delivery-latency-idle-p50 "$rested" 3 le 'ms, 25 after a rest of 0.5 s'

set_to stockalert.worker_enabled off
sa_psql -q -c 'UPDATE stockalert.stock_levels SET on_hand = 4 WHERE on_hand > 4' -c 'ANALYZE' || exit 1
deliver "$first"
small=$(memory)
ratios=() rates=() bares=()
for _ in 1 2 3; do
	cpu=$(cut -d ' ' -f 1 "/proc/$(sender)/schedstat")
	deliver "$each"
	cpu=$((($(cut -d ' ' -f 1 "/proc/$(sender)/schedstat") - cpu) / each))
	post_bare "$each"
	rates+=("$ours") bares+=("$bare") ratios+=("$(awk "BEGIN { print $ours / $bare }")")
done
large=$(memory)
bench_verdict "delivery-sustained[$each]" "$(bench_median "${ratios[@]}")" 0.3 ge \
	"of bare curl's rate, median of 3; ours ${rates[*]}/s, bare ${bares[*]}/s; CPU ns a message $cpu and $bare_cpu"
bench_verdict delivery-memory "$(awk "BEGIN { print $large / 1024 }")" 32 le "MB anonymous after $deliveries deliveries"
bench_verdict delivery-memory-growth "$((large - small))" 1024 le "KB from $first to $deliveries deliveries"

set_to pg_stat_statements.track "'all'"
few=$(claim 10000)
many=$(claim "$queued")
bench_verdict "delivery-claim[$queued]" "$(awk "BEGIN { print $many / $few }")" 2 le \
	"times the claim with 10,000 queued; $many against $few us a message"
