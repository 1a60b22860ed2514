# shellcheck shell=bash
# group_lint.sh: rules of the house that a machine can check.
#   group_lint          each executable test/lint/*; it prints "file:line: what, what to do", exit 1 if any
# A lint runs at the top of the copy.  One whose second line says "needs the build" gets a built tree and
# SA_STAGE, SA_BIN.
group_lint()
{
	local file name
	local -a wanted=()

	for file in test/lint/*; do
		name=${file##*/}
		[ -f "$file" ] && [ -x "$file" ] && sa_wanted lint "${name%.*}" && wanted+=("$file")
	done
	[ ${#wanted[@]} -gt 0 ] || return 0
	sa_pool "$(sa_cores)"
	for file in "${wanted[@]}"; do
		if sed -n 2p "$file" | grep -q 'needs the build'; then
			sa_need_stage || continue
		fi
		sa_task run_lint "$file"
	done
	sa_pool_wait
}

run_lint()
{
	local file=$1 name started=$SECONDS log

	name=${file##*/}
	name=${name%.*}
	log=$SA_W/log/lint_$name.log
	if sa_run 1200 "$log" "$file"; then
		sa_passed lint "$name" $((SECONDS - started))
	else
		sa_failed lint "$name" "$log"
	fi
}
