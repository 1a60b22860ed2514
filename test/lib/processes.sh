# shellcheck shell=bash
# processes.sh: nothing started here outlives us.
#   sa_run SECONDS LOG CMD...   runs CMD in its own process group, stdin closed, output to LOG; after SECONDS
#                               its group gets TERM, then KILL; returns CMD's code, 124 when it took too long
#   sa_reap [TAG]               ends every process of this run (or of one tag), servers first
#   sa_tagged TAG CMD...        runs CMD so that sa_reap TAG finds whatever it leaves behind
#   sa_on_exit CMD...           registers a command for the end, run before the clean-up
#   sa_trap                     sets the traps (sa_enter does)
#
# A process of ours is known by SA_TAG in its environment, which its children inherit through setsid,
# daemons and all: no list of names, no group that a server has left.
sa_exit_commands=()

sa_run()
{
	local limit=$1 log=$2 code
	shift 2
	set -m
	timeout -k 5 "$limit" "$@" >"$log" 2>&1 </dev/null &
	sa_child=$!
	set +m
	wait "$sa_child"
	code=$?
	sa_child=
	[ $code != 124 ] && [ $code != 137 ] || echo "*** took longer than $limit s" >>"$log"
	return $code
}

sa_tagged()
{
	env SA_TAG="$SA_W $1" "${@:2}"
}

# Puts the ids of running processes whose environment holds the tag into sa_ids, but for this shell.  By a
# file, for a pipe's own subshells would be found too.
find_tagged()
{
	local -a how=(-lzsF "SA_TAG=$SA_W ")
	local list=$SA_W/reap.$BASHPID file id

	[ -z "${1:-}" ] || how=(-lzsxF "SA_TAG=$SA_W $1")
	grep "${how[@]}" /proc/[0-9]*/environ >"$list"
	sa_ids=()
	while read -r file; do
		id=${file#/proc/}
		id=${id%/environ}
		[ "$id" = "$$" ] || [ "$id" = "$BASHPID" ] || sa_ids+=("$id")
	done <"$list"
	rm -f "$list"
}

# An immediate shutdown of the servers first: their workers hide their environment.
reap_servers()
{
	local file id

	while read -r file; do
		id=$(head -n 1 "$file" 2>/dev/null) || continue
		[ -n "$id" ] && [ -e "/proc/$id" ] || continue
		[ -z "${1:-}" ] || grep -qzxF "SA_TAG=$SA_W $1" "/proc/$id/environ" 2>/dev/null || continue
		kill -QUIT "$id" 2>/dev/null
	done < <(find "$SA_W" -name postmaster.pid -type f 2>/dev/null)
}

# shellcheck disable=SC2120  # the tag may be left out
sa_reap()
{
	local try

	reap_servers "${1:-}"
	for try in 1 2 3 4 5 6 7 8 9 10; do
		find_tagged "${1:-}"
		[ ${#sa_ids[@]} -gt 0 ] || return 0
		case $try in
			1) ;;
			2 | 3 | 4) kill -TERM "${sa_ids[@]}" 2>/dev/null ;;
			*) kill -KILL "${sa_ids[@]}" 2>/dev/null ;;
		esac
		sleep 0.2
	done
}

sa_on_exit()
{
	sa_exit_commands+=("$*")
}

sa_finish()
{
	local code=$? command

	trap - EXIT
	trap '' INT TERM HUP
	for command in "${sa_exit_commands[@]}"; do
		eval "$command"
	done
	[ -z "${sa_child:-}" ] || kill -TERM -- "-$sa_child" 2>/dev/null
	sa_reap
	cd /
	[ -n "${SA_KEEP:-}" ] || rm -rf "$SA_W"
	[ ! -e "$SA_W" ] || sa_say "kept: $SA_W" >&2
	exit $code
}

sa_trap()
{
	trap sa_finish EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}
