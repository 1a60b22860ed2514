#!/bin/bash
# bench_forecast: 28 days ahead for as many series as the M5 competition has, against R and statsmodels on the
# same series; and the formulas a row is judged by, against the same written out in SQL.
#
# SA_BENCH_SERIES (30490) series of 56 days.  The peers take the first SA_BENCH_PEER_SERIES (500) of them and are
# counted up, as their time is the same for each; once as they are called (smoothing fitted) and once with smoothing
# and start given, which is what ESW does.  CPU of one process each, five rounds of ours, medians.
. test/lib/all.sh
. test/bench/lib.sh
series=${SA_BENCH_SERIES:-30490}
sample=${SA_BENCH_PEER_SERIES:-500}

bench_server
sa_psql -q -v series="$series" -f test/bench/sql/forecast_series.sql -f test/bench/sql/formula_rows.sql >/dev/null || exit 1
sa_psql -q -At -c "SELECT array_to_string(history, ',') FROM demand_series WHERE id <= $sample ORDER BY id" >"$SA_BENCH_DIR/series.csv" || exit 1

ours=()
for round in 1 2 3 4 5; do
	read -r ms whole <<<"$(sa_psql -q -At -F ' ' -f test/bench/sql/forecast.sql)"
	[ "$whole" = t ] || sa_die "the forecasts are not there"
	ours+=("$ms")
	echo "round $round: $ms ms" >&2
done
ms=$(bench_median "${ours[@]}")

# peer NAME COMMAND...: seconds a series, fitted and given, then how often ours is faster.
peer()
{
	local name=$1 count fitted given
	shift

	read -r count fitted given <<<"$("$@" "$SA_BENCH_DIR/series.csv")"
	[ -n "$given" ] || sa_die "$name did not run"
	bench_verdict "forecast-against-${name}[$series]" "$(awk "BEGIN { print $fitted / $count * $series / ($ms / 1000) }")" 50 ge \
		"times faster; ESW of all $ms ms (${ours[*]}), $name as called $(awk "BEGIN { printf \"%.3g\", 1000 * $fitted / $count }") ms a series, CPU"
	bench_verdict "forecast-against-${name}-given[$series]" "$(awk "BEGIN { print $given / $count * $series / ($ms / 1000) }")" 50 ge \
		"times faster; smoothing and start given $(awk "BEGIN { printf \"%.3g\", 1000 * $given / $count }") ms a series"
}
peer R-ses Rscript --vanilla test/bench/forecast.R
peer statsmodels /usr/bin/python3 test/bench/forecast.py

declare -a date date_sql factor factor_sql point point_sql
for round in 1 2 3 4 5; do
	read -r a b c d e f <<<"$(sa_psql -q -At -F ' ' -f test/bench/sql/formulas.sql)"
	date+=("$a") date_sql+=("$b") factor+=("$c") factor_sql+=("$d") point+=("$e") point_sql+=("$f")
	echo "round $round: $a $b $c $d $e $f ms" >&2
done
# formula NAME OURS SQL...: medians of five each.
formula()
{
	local name=$1 own sql
	shift

	own=$(bench_median "${@:1:5}") sql=$(bench_median "${@:6:5}")
	bench_verdict "formula-$name" "$(awk "BEGIN { print $sql / $own }")" 2 ge "times SQL; $own ns a row, SQL $sql, CPU beyond reading a column, medians of 5"
}
formula stockout-date "${date[@]}" "${date_sql[@]}"
formula variance-factor "${factor[@]}" "${factor_sql[@]}"
formula reorder-point "${point[@]}" "${point_sql[@]}"
