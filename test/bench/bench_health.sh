#!/bin/bash
# bench_health: health() and the view metrics of a large shop.
#
# SA_BENCH_PAIRS (1000000) pairs, 10,000 alerts open of 60,000; SA_BENCH_DELIVERIES (1000000) old deliveries, two
# in a thousand of them given up, in the month that runs and in the default partition; a month of runs of jobs.
# Medians of five sessions, CPU of the backend.
. test/lib/all.sh
. test/bench/lib.sh
pairs=${SA_BENCH_PAIRS:-1000000} deliveries=${SA_BENCH_DELIVERIES:-1000000}

bench_server "jit = on"   # as it is by default
bench_shop "$pairs" >&2 || exit 1
sa_psql -q -v deliveries="$deliveries" -f test/bench/sql/health.sql >&2 || exit 1
for what in 'stockalert.health()' 'stockalert.metrics' 'stockalert.jobs_status'; do
	first=() again=()
	for _ in 1 2 3 4 5; do
		read -r a b <<<"$(sa_psql -q -At -F ' ' -v what="$what" -f test/bench/sql/once.sql)"
		first+=("$a") again+=("$b")
	done
	case $what in
		*metrics) limit=100 ;;
		*) limit=50 ;;
	esac
	bench_verdict "${what//[.()]/-}[$pairs,$deliveries]" "$(bench_median "${first[@]}")" $limit le "ms in a new session; ${first[*]}"
	bench_verdict "${what//[.()]/-}again[$pairs,$deliveries]" "$(bench_median "${again[@]}")" $limit le "ms in a session that asked before; ${again[*]}"
done
