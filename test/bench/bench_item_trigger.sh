#!/bin/bash
# bench_item_trigger: what the item trigger adds to an UPDATE that crosses nothing, against a PL/pgSQL row
# trigger that makes the same two comparisons on the same columns.
#
# one-row: instructions per UPDATE statement, from the difference of 2,500 and 500 statements in a
# single-user server under callgrind.  bulk: CPU of an UPDATE of SA_BENCH_PAIRS (1000000) rows, five rounds
# of all three in turn.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_PAIRS:-1000000}
declare -A instructions

# Instructions a statement adds to a run, with one kind of trigger.
per_statement()
{
	local few many dir=$SA_BENCH_DIR/one

	for count in 500 2500; do
		for ((i = 1; i <= count; i++)); do
			printf 'UPDATE stockalert.stock_levels SET on_hand = on_hand + %d WHERE location_id = 1 AND item_id = %d;\n\n' $((i % 2 * 2 - 1)) $((i % 500 + 1))
		done >"$SA_BENCH_DIR/statements"
		rm -rf "$dir" && cp -a "$SA_BENCH_DIR/$1" "$dir" || exit 1
		read -r few <<<"${many:-0}"
		many=$(bench_instructions "$dir" "$SA_BENCH_DIR/statements") || exit 1
	done
	echo $(((many - few) / 2000))
}

bench_server
bench_shop 10000 >/dev/null
for which in none ours peer; do
	sa_psql -q -v which=$which -f test/bench/sql/triggers.sql >&2 2>/dev/null || exit 1
	sa_server_stop "$SA_BENCH_DIR/data"
	cp -a "$SA_BENCH_DIR/data" "$SA_BENCH_DIR/$which" || exit 1
	instructions[$which]=$(per_statement $which)
	[ $which = peer ] || sa_server_start "$SA_BENCH_DIR/data" || exit 1
	echo "$which: ${instructions[$which]} instructions an UPDATE" >&2
done
bench_verdict item-trigger-one-row \
	"$(awk "BEGIN { print (${instructions[ours]} - ${instructions[none]}) / (${instructions[peer]} - ${instructions[none]}) }")" 0.4 le \
	"of what PL/pgSQL adds; +$((instructions[ours] - instructions[none])) against +$((instructions[peer] - instructions[none])) instructions on ${instructions[none]}"
rm -rf "$SA_BENCH_DIR"/{data,none,ours,peer,one}

bench_server
bench_shop "$pairs" >/dev/null
for round in 1 2 3 4 5; do
	for which in none ours peer; do
		sa_psql -q -v which=$which -f test/bench/sql/triggers.sql >&2 2>/dev/null || exit 1
		ms=$(sa_psql -q -At -f test/bench/sql/update_all.sql) || exit 1
		case $which in
			none) none+=("$ms") ;;
			ours) ours+=("$ms") ;;
			peer) peer+=("$ms") ;;
		esac
		sa_psql -q -c 'VACUUM stockalert.stock_levels' || exit 1
	done
done
n=$(bench_median "${none[@]}") o=$(bench_median "${ours[@]}") p=$(bench_median "${peer[@]}")
bench_verdict "item-trigger-bulk[$pairs]" "$(awk "BEGIN { print ($o - $n) / ($p - $n) }")" 0.5 le \
	"of what PL/pgSQL adds; CPU ms without $n (${none[*]}), ours $o (${ours[*]}), PL/pgSQL $p (${peer[*]}), medians of 5"
