# shellcheck shell=bash
# group_regress.sh: pg_regress and the isolation tester, each on a temporary server.
#   group_regress       test/sql/*.sql
#   group_isolation     test/specs/*.spec
#   sa_need_stage       builds and stages once; false where that fails, which counts as one failed test
# A missing expected file would end pg_regress without a result, so it is looked for first; a test of which
# pg_regress then says nothing has failed.
sa_need_stage()
{
	if [ -z "${sa_staged:-}" ]; then
		sa_staged=no
		if sa_build && sa_stage; then
			sa_staged=yes
		else
			sa_failed build all
		fi
	fi
	[ $sa_staged = yes ]
}

group_regress()
{
	run_expected regress test/sql sql pg_regress "" 1200
}

group_isolation()
{
	run_expected isolation test/specs spec isolation output_iso/ 1200
}

run_expected()
{
	local group=$1 folder=$2 suffix=$3 suite=$4 out=$5 limit=$6 file name
	local -a wanted=() runnable=()

	for file in "$folder"/*."$suffix"; do
		name=${file##*/}
		name=${name%."$suffix"}
		[ -e "$file" ] && sa_wanted "$group" "$name" && wanted+=("$name")
	done
	[ ${#wanted[@]} -gt 0 ] || return 0
	sa_need_stage || return 0
	for name in "${wanted[@]}"; do
		if [ -e "expected/$name.out" ]; then
			runnable+=("$name")
		else
			sa_failed "$group" "$name" "" "expected/$name.out is missing"
		fi
	done
	[ ${#runnable[@]} -gt 0 ] || return 0
	call_pg_regress "$group" "$suite" "$out" "$limit" "${runnable[@]}"
	tell_results "$group" "$out" "${runnable[@]}"
	sa_reap "$group"
}

call_pg_regress()
{
	local group=$1 suite=$2 out=$3 limit=$4 program
	shift 4

	program=$SA_PGXS/src/test/regress/pg_regress
	[ "$suite" = pg_regress ] || program=$SA_PGXS/src/test/isolation/pg_isolation_regress
	rm -rf "./${out}results" "./${out}regression.diffs" "${SA_W:?}/$group"
	mkdir -p "./$out"
	sa_run "$limit" "$SA_W/log/$group.log" env SA_TAG="$SA_W $group" PGISOLATIONTIMEOUT=180 PGCTLTIMEOUT=180 "$program" --inputdir=test \
		--outputdir="./$out" --bindir="$SA_BIN" --temp-instance="$SA_W/$group" --temp-config=test/regress.conf \
		--encoding=UTF8 --no-locale --load-extension=stockalert \
		--dbname="$([ "$group" = regress ] && echo contrib_regression || echo isolation_regression)" "$@"
}

# Lines such as "test classify                     ... ok           12 ms", from 16 on "ok 3         - classify    12 ms".
tell_results()
{
	local group=$1 out=$2 name line silent=
	local log=$SA_W/log/$1.log
	shift 2

	for name in "$@"; do
		line=$(grep -E "^(test| ) *$name +\.\.\. |^(not )?ok [0-9]+ +[-+] $name " "$log" | head -n 1)
		case $line in
			*"... ok "* | ok\ *) sa_passed "$group" "$name" "$(milliseconds "$line")" ;;
			*"... FAILED"* | not\ ok\ *)
				awk -v name="/$name.out" '/^diff / { mine = index($0, name) } mine' "${out}regression.diffs" \
					>"$log.$name.diff" 2>/dev/null
				sa_failed "$group" "$name" "$log.$name.diff"
				;;
			*)
				sa_failed "$group" "$name" "" "pg_regress gave no result"
				silent=yes
				;;
		esac
	done
	if [ -n "$silent" ]; then
		sa_head "$log" 50
		tail -n 60 "$SA_W/$group/log/postmaster.log" 2>/dev/null >"$log.server" && sa_head "$log.server"
	elif grep -q 'terminated by signal\|PANIC' "$SA_W/$group/log/postmaster.log" 2>/dev/null; then
		grep -n -m 20 'terminated by signal\|PANIC' "$SA_W/$group/log/postmaster.log" >"$log.crash"
		sa_failed "$group" server "$log.crash" "a server process crashed"
	fi
}

milliseconds()
{
	local ms

	ms=$(sed -n 's/.* \([0-9]*\) ms$/\1/p' <<<"$1")
	printf '%d.%d' $((${ms:-0} / 1000)) $((${ms:-0} % 1000 / 100))
}
