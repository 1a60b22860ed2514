# shellcheck shell=bash
# group_unit.sh: plain C programs over src/pure, under ASan and UBSan.
#   group_unit          each test/unit/test_*.c with all of src/pure, compiled once
# shellcheck disable=SC2054  # a comma belongs to -fsanitize
SA_UNIT_FLAGS=(-std=gnu99 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare
	-Wno-missing-field-initializers -fno-omit-frame-pointer -fsanitize=address,undefined
	-fno-sanitize-recover=all -Isrc -Itest/unit)

group_unit()
{
	local file name out=$SA_W/unit
	local -a wanted=()

	for file in test/unit/test_*.c; do
		name=${file##*/}
		[ -e "$file" ] && sa_wanted unit "${name%.c}" && wanted+=("${name%.c}")
	done
	[ ${#wanted[@]} -gt 0 ] || return 0
	mkdir -p "$out"
	sa_pool "$(sa_cores)"
	for file in src/pure/*.c; do
		[ ! -e "$file" ] || sa_task compile_unit_part "$file" "$out"
	done
	sa_pool_wait
	for name in "${wanted[@]}"; do
		sa_task run_unit "$name" "$out"
	done
	sa_pool_wait
}

# A part that does not compile is told by each test that cannot be linked.
compile_unit_part()
{
	local name=${1##*/}

	sa_run 600 "$2/$name.log" gcc "${SA_UNIT_FLAGS[@]}" -c "$1" -o "$2/part_${name%.c}.o"
}

run_unit()
{
	local name=$1 out=$2 log=$SA_W/log/unit_$1.log started=$SECONDS
	local -a parts=()

	mapfile -t parts < <(find "$out" -name 'part_*.o' | sort)
	if ! sa_run 600 "$log" gcc "${SA_UNIT_FLAGS[@]}" "test/unit/$name.c" "${parts[@]}" -lsodium -lm -o "$out/$name"; then
		cat "$out"/*.c.log >>"$log" 2>/dev/null
		sa_failed unit "$name" "$log" "does not compile"
	elif ! sa_run 300 "$log" "$out/$name"; then
		sa_failed unit "$name" "$log"
	else
		sa_passed unit "$name" $((SECONDS - started))
	fi
}
