#!/bin/bash
# bench_rules: what a changed threshold costs, and eight clients on the same hot items.
#
# rule-change: one rule of ten locations, SA_BENCH_RULE_PAIRS (100000) pairs, changed so that the quiet range of
# each moves, against a plain UPDATE of those rows (of the same two columns, which no trigger of ours minds); five
# rounds in turn, the table vacuumed before each.
# check-after-rule: the check that follows, against one that has nothing to settle.
# recompute: the check that judges all pairs anew and finds nothing, for information.
# hot-items: pgbench, 8 clients, statements of 50 rows in key order on 200 items of which each sells out and is
# filled up again, against the same table without our triggers; three rounds in turn. No deadlock is allowed.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_RULE_PAIRS:-100000}

bench_server
bench_shop "$pairs" >/dev/null || exit 1
sa_psql -q -c "INSERT INTO stockalert.rules (location_id, low, critical) SELECT location_id, 6, 2 FROM stockalert.locations" \
	-c "SELECT stockalert.check_stock()" >/dev/null || exit 1
for round in 1 2 3 4 5; do
	read -r p r s n a <<<"$(sa_psql -q -At -f test/bench/sql/rule_change.sql | tr '\n' ' ')"
	plain+=("$p") rule+=("$r") settle+=("$s") nothing+=("$n") anew+=("$a")
	echo "round $round: plain $p ms, rule $r ms, check after it $s ms, check $n ms, all anew $a ms" >&2
done
p=$(bench_median "${plain[@]}") r=$(bench_median "${rule[@]}")
bench_verdict "rule-change[$pairs]" "$(awk "BEGIN { print $r / $p }")" 3 le \
	"of the plain UPDATE; CPU ms $r (${rule[*]}) against $p (${plain[*]}), medians of 5"
s=$(bench_median "${settle[@]}") n=$(bench_median "${nothing[@]}") a=$(bench_median "${anew[@]}")
bench_note "check-after-rule[$pairs]" "$(awk "BEGIN { print $s / $n }")" "times the check with nothing to settle; CPU ms $s against $n"
bench_note "recompute[$pairs]" "$(awk "BEGIN { print 1000 * $a / $pairs }")" "microseconds a pair; CPU ms $a"

# Sold one by one, filled up to 500: thresholds are crossed four times in 500 updates of a row.
cat >"$SA_BENCH_DIR/hot.sql" <<'SQL'
\set first random(1, 151)
UPDATE stockalert.stock_levels SET on_hand = CASE WHEN on_hand < 2 THEN 500 ELSE on_hand - 1 END
	WHERE location_id = 1 AND item_id BETWEEN :first AND :first + 49;
SQL
tps()
{
	sa_psql -q -c "ALTER TABLE stockalert.stock_levels $1 TRIGGER USER" -c 'VACUUM stockalert.stock_levels' \
		-c 'SELECT stockalert.check_stock()' >/dev/null || exit 1
	pgbench -n -c 8 -j 2 -T "${SA_BENCH_HOT_SECONDS:-8}" -f "$SA_BENCH_DIR/hot.sql" 2>/dev/null | sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}
sa_psql -q -c 'UPDATE stockalert.stock_levels SET on_hand = item_id * 7 % 500 + 1 WHERE location_id = 1 AND item_id <= 200' || exit 1
for round in 1 2 3; do
	without+=("$(tps DISABLE)")
	with+=("$(tps ENABLE)")
done
deadlocks=$(sa_query "SELECT deadlocks FROM pg_stat_database WHERE datname = 'shop'")
w=$(bench_median "${with[@]}") o=$(bench_median "${without[@]}")
bench_verdict hot-items "$(awk "BEGIN { print $w / $o }")" 0.5 ge \
	"of the throughput without StockAlert; $w (${with[*]}) against $o (${without[*]}) statements/s, $(sa_query 'SELECT count(*) FROM stockalert.alert_events') events"
bench_verdict hot-items-deadlocks "$deadlocks" 0 le "8 clients, 50 rows a statement in key order"
