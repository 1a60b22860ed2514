# shellcheck shell=bash
# suite.sh: choosing tests, counting them, saying how it went.
#   sa_select NAME...           only these from now on (none: all); a group or a test's name, patterns allowed
#   sa_wanted GROUP NAME        is this test asked for?
#   sa_any GROUP NAME...        is one of these?
#   sa_passed GROUP NAME [S]    counts and prints a line; S: seconds
#   sa_failed GROUP NAME [LOG [REASON]]   the same, with the first 200 lines of LOG
#   sa_group GROUP              runs group_GROUP and says how many passed in how many seconds
#   sa_pool N; sa_task CMD...; sa_pool_wait   at most N tasks at a time, each counting into a file
#   sa_total                    prints "N passed, N failed"; false if any failed or none ran
# The counts are a file, one line a test, so that tasks in the background may count too.
sa_names=()

sa_select()
{
	local name

	SA_COUNTS=$SA_W/log/counts
	: >"$SA_COUNTS"
	for name in "$@"; do
		name=${name#./}
		name=${name#test/}
		name=${name%/}
		case $name in
			*.sql | *.spec | *.pl | *.c | *.py | *.sh) name=${name%.*} ;;
		esac
		case $name in
			sql | sql/*) name=regress${name#sql} ;;
			specs | specs/*) name=isolation${name#specs} ;;
			t | t/*) name=tap${name#t} ;;
		esac
		sa_names+=("$name")
	done
}

sa_wanted()
{
	local group=$1 test=$2 name short=$2

	[ ${#sa_names[@]} -gt 0 ] || return 0
	short=${short#test_}
	short=${short#fuzz_}
	for name in "${sa_names[@]}"; do
		# shellcheck disable=SC2053  # patterns are wanted
		if [[ $group == $name || $test == $name || $short == $name || $group/$test == $name || $group/$short == $name ]]; then
			return 0
		fi
	done
	return 1
}

sa_any()
{
	local group=$1 test
	shift

	for test in "$@"; do
		sa_wanted "$group" "$test" && return 0
	done
	return 1
}

sa_passed()
{
	echo "pass $1/$2" >>"$SA_COUNTS"
	printf 'ok      %-44s %5s\n' "$1/$2" "${3:+$3 s}"
}

sa_failed()
{
	local text

	echo "fail $1/$2" >>"$SA_COUNTS"
	text=$(printf 'FAILED  %s%s\n' "$1/$2" "${4:+: $4}"; [ -z "${3:-}" ] || sa_head "$3")
	printf '%s\n' "$text"
}

sa_group()
{
	local started=$SECONDS before after

	before=$(wc -l <"$SA_COUNTS")
	"group_$1"
	after=$(wc -l <"$SA_COUNTS")
	[ "$after" = "$before" ] ||
		sa_say "-- $1: $(tail -n $((after - before)) "$SA_COUNTS" | grep -c '^pass ') of $((after - before)) passed in $((SECONDS - started)) s"
}

sa_pool()
{
	sa_pool_size=$1
	sa_pool_ids=()
}

sa_task()
{
	if [ ${#sa_pool_ids[@]} -ge "$sa_pool_size" ]; then
		wait_one
	fi
	# A group of its own, and SIGINT not ignored as it would be otherwise.
	set -m
	"$@" </dev/null &
	set +m
	sa_pool_ids+=("$!")
}

# wait -n, and forget those that are gone.
wait_one()
{
	local id
	local -a left=()

	wait -n "${sa_pool_ids[@]}"
	for id in "${sa_pool_ids[@]}"; do
		kill -0 "$id" 2>/dev/null && left+=("$id")
	done
	sa_pool_ids=("${left[@]}")
}

sa_pool_wait()
{
	[ ${#sa_pool_ids[@]} = 0 ] || wait "${sa_pool_ids[@]}"
	sa_pool_ids=()
}

sa_total()
{
	local passed failed

	passed=$(grep -c '^pass ' "$SA_COUNTS")
	failed=$(grep -c '^fail ' "$SA_COUNTS")
	if [ "$failed" != 0 ]; then
		sed -n 's/^fail /failed: /p' "$SA_COUNTS"
	fi
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}
