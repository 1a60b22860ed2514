# shellcheck shell=bash
# group_tap.sh: the Perl tests, two at a time, each with its own folder and time limit.
#   group_tap           each test/t/*.pl under prove, with the staged server first in PATH
# A test finds: SA_STAGE, SA_BIN, TESTDIR (its own folder, tmp_check is in there; PostgreSQL::Test asks for that by two
# other names since 16, and would else take folders relative to the copy), TMPDIR; Perl modules of
# PostgreSQL::Test and of test/perl; peers under test/peers.  What it leaves running is ended after it.
#   SA_TAP_FOLDER       another folder than test/t (run-contracts, run-faults)
# A limit that only ends what hangs: the slowest test takes a minute on an idle machine.
SA_TAP_SECONDS=${SA_TAP_SECONDS:-300}
SA_TAP_FOLDER=${SA_TAP_FOLDER:-test/t}

group_tap()
{
	local file name
	local -a wanted=()

	for file in "$SA_TAP_FOLDER"/*.pl; do
		name=${file##*/}
		[ -e "$file" ] && sa_wanted tap "${name%.pl}" && wanted+=("${name%.pl}")
	done
	[ ${#wanted[@]} -gt 0 ] || return 0
	sa_need_stage || return 0
	sa_pool "$(sa_cores)"
	for name in "${wanted[@]}"; do
		sa_task run_tap "$name"
	done
	sa_pool_wait
}

run_tap()
{
	local name=$1 dir=$SA_W/tap/$1 log=$SA_W/log/tap_$1.log started=$SECONDS code

	mkdir -p "$dir"
	sa_run "$SA_TAP_SECONDS" "$log" env SA_TAG="$SA_W tap/$name" PATH="$SA_BIN:$PATH" \
		PERL5LIB="$SA_PGXS/src/test/perl:$PWD/test/perl:$PWD/test/contracts" PG_REGRESS="$SA_PGXS/src/test/regress/pg_regress" \
		TESTDIR="$dir" TESTDATADIR="$dir/tmp_check" TESTLOGDIR="$dir/tmp_check/log" PG_TEST_TIMEOUT_DEFAULT=180 PGCTLTIMEOUT=180 "$sa_lib/reaper.py" prove -v "$SA_TAP_FOLDER/$name.pl"
	code=$?
	sa_reap "tap/$name"
	if [ $code = 0 ] && grep -q '^Result: PASS' "$log"; then
		sa_passed tap "$name" $((SECONDS - started))
	else
		tap_report "$dir" "$log" >"$log.report"
		sa_failed tap "$name" "$log.report"
	fi
}

# What did not pass and its diagnostics, then the ends of the logs that the nodes left.
tap_report()
{
	local file

	grep -v '^ok ' "$2" | tail -n 120
	while read -r file; do
		echo "--- ${file##*/}"
		tail -n 40 "$file"
	done < <(find "$1" -name '*.log' -type f -not -name 'regress_log*' | sort | head -n 3)
}
