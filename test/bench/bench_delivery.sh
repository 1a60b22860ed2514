#!/bin/bash
# bench_delivery: messages from the queue to a receiver on the loopback, signed, with everything switched on.
#
# latency: from just before the commit that lets an item run low to the last byte at the receiver, 300 at 25 a
# second and 25 after a rest; how long the sender waited for a CPU is told beside it.  hanging: what five other
# receivers that never answer add to the 95th percentile of 100 at 25 a second.  sustained: SA_BENCH_DELIVERIES (100000) messages, a tenth to warm up and the rest in
# three rounds, each beside as many posts of the same bodies by bare_sender to the same receiver; the rate is by the
# receiver's clock, first to last.  held: the rate of the last fifth of SA_BENCH_HELD (20000; promised of 160000)
# messages while a session keeps a snapshot from before them.  memory: anonymous memory of the sender after the tenth and after all.  claim:
# CPU a message of a sender that only claims, logs and settles with SA_BENCH_QUEUED (1000000) queued and with 10,000.
# fsync is on.
. test/lib/all.sh
. test/bench/lib.sh
deliveries=${SA_BENCH_DELIVERIES:-100000} queued=${SA_BENCH_QUEUED:-1000000} held=${SA_BENCH_HELD:-20000}
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

# Delivers so many messages; sets ours to their rate and last to that of the last fifth.  All arrive, and no more.
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
	ours=$(rate "$before") last=$(rate $((before + $1 * 4 / 5)))
}

# Nanoseconds that the sender had a CPU, and those that it was ready for one.
cpu()
{
	cut -d ' ' -f "$1" "/proc/$(sender)/schedstat"
}

# Lets so many items run low from one on, with rests of so many seconds; sets p50 and p95, and ready to the
# milliseconds that the sender was ready for each and had no CPU.
trickle()
{
	local before count waited

	before=$(wc -l <"$record") waited=$(cpu 2)
	sa_psql -c "CALL lower_items($1, $2, $3)" || exit 1
	wait_for_lines $((before + $2))
	ready=$((($(cpu 2) - waited) / 1000000 / $2))
	IFS='|' read -r count p50 p95 < <(sa_psql -At -v file="$record" -v first="$1" -v many="$2" -f test/bench/sql/delivery_latency.sql)
	[ "$count" = "$2" ] || { sa_say "$count messages instead of $2"; exit 1; }
}

# Stores the webhook of a name at a port.
add_webhook()
{
	local sealed

	sealed=$(printf '%s' "http://localhost:$2/in#whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5" | "$SA_BIN/stockalert-seal" --key-id "$key_id" \
		--public-key "$public" --installation "$installation" --name "webhook:$1" --dest "localhost:$2") || exit 1
	sa_psql -c "SELECT stockalert.set_credential('webhook:$1', '$sealed')" >/dev/null || exit 1
}

# What five receivers that take every connection and never answer do to the one that does.
hang()
{
	local free number where peer

	trickle 401 100 0.04
	free=$p95
	python3 -c 'import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(512)
print(s.getsockname()[1], flush=True)
time.sleep(600)' >"$SA_BENCH_DIR/hanging" &
	peer=$!
	until where=$(cat "$SA_BENCH_DIR/hanging") && [ -n "$where" ]; do
		sleep 0.1
	done
	for number in 1 2 3 4 5; do
		add_webhook "hang$number" "$where"
	done
	sa_psql -v many=300 -f test/bench/sql/delivery_hang.sql || exit 1
	# Read anew, the settings let the sender look for what it has not put there.
	set_to checkpoint_timeout 3000
	trickle 501 100 0.04
	[ "$(sa_query "SELECT count(*) >= 100 FROM stockalert.queue WHERE state = 'I' AND endpoint LIKE 'webhook:hang_'")" = t ] || {
		sa_say 'the others did not hang'
		exit 1
	}
	bench_verdict delivery-hanging "$(awk "BEGIN { print $p95 - $free }")" 10 le "ms more in the 95th percentile with five others hanging: $p95 and $free ms"
	kill "$peer"
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

# CPU nanoseconds that each message takes with so many queued, over the first ten thousand, where none leaves.
claim()
{
	local before spent try

	set_to stockalert.worker_enabled off
	sa_psql -q -v count="$1" -v messages=10000 -f test/bench/sql/delivery_fill.sql || exit 1
	before=$(sa_query 'SELECT count(*) FROM stockalert.deliveries') spent=$(cpu 1)
	set_to stockalert.worker_enabled on
	for ((try = 0; try < 600; try++)); do
		[ "$(sa_query "SELECT count(*) - $before FROM stockalert.deliveries")" -lt 9000 ] || break
		sleep 0.1
	done
	set_to stockalert.worker_enabled off
	echo $((($(cpu 1) - spent) / ($(sa_query 'SELECT count(*) FROM stockalert.deliveries') - before)))
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
bench_server 'fsync = on' "stockalert.delivery = 'live'" 'stockalert.allow_http = on' "stockalert.allowed_networks = '127.0.0.1'" \
	"stockalert.key_file = '$SA_BENCH_DIR/key'" 'stockalert.storm_after = 100000'
bench_shop $(((each + 9999) / 10000 * 10000)) >/dev/null
sa_psql -q -f test/bench/sql/delivery_shop.sql || exit 1
until [ "$(sa_query 'SELECT (stockalert.published_key()).key_id IS NOT NULL')" = t ]; do
	sleep 0.2
done
IFS='|' read -r key_id public installation < <(sa_query 'SELECT key_id, public_key, installation FROM stockalert.public_key()')
add_webhook bench "$port"

trickle 1 300 0.04
bench_verdict delivery-latency-p50 "$p50" 5 le "ms from before the commit to received, 300 at 25/s; the sender waited $ready ms for a CPU each"
bench_verdict delivery-latency-p95 "$p95" 25 le 'ms, the same'
trickle 301 25 0.5
bench_verdict delivery-latency-idle-p50 "$p50" 3 le "ms, 25 after a rest of 0.5 s; the sender waited $ready ms for a CPU each"
hang

set_to stockalert.worker_enabled off
sa_psql -q -c 'UPDATE stockalert.stock_levels SET on_hand = 4 WHERE on_hand > 4' -c 'ANALYZE' || exit 1
deliver "$first"
small=$(memory)
ratios=() rates=() bares=()
for _ in 1 2 3; do
	spent=$(cpu 1)
	deliver "$each"
	spent=$((($(cpu 1) - spent) / each))
	post_bare "$each"
	rates+=("$ours") bares+=("$bare") ratios+=("$(awk "BEGIN { print $ours / $bare }")")
done
large=$(memory)
bench_verdict "delivery-sustained[$each]" "$(bench_median "${ratios[@]}")" 0.3 ge \
	"of bare curl's rate, median of 3; ours ${rates[*]}/s, bare ${bares[*]}/s; CPU ns a message $spent and $bare_cpu"
bench_verdict delivery-memory "$(awk "BEGIN { print $large / 1024 }")" 32 le "MB anonymous after $deliveries deliveries"
bench_verdict delivery-memory-growth "$((large - small))" 1024 le "KB from $first to $deliveries deliveries"

sa_psql -c 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class; SELECT pg_sleep(900)' >/dev/null 2>&1 &
deliver "$held"
bench_verdict "delivery-held[$held]" "$(awk "BEGIN { print $last / $(bench_median "${rates[@]}") }")" 0.15 ge \
	"of the free rate: $last/s in the last fifth, under a snapshot from before"
sa_psql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(900)' AND pid <> pg_backend_pid()" >/dev/null

set_to stockalert.delivery log
few=$(claim 10000)
many=$(claim "$queued")
bench_verdict "delivery-claim[$queued]" "$(awk "BEGIN { print $many / $few }")" 2 le \
	"times the claim with 10,000 queued; $many against $few ns of CPU a message"
