# shellcheck shell=bash
# group_fuzz.sh: libFuzzer over src/pure, a few seconds each from the saved corpus.
#   group_fuzz          each test/fuzz/fuzz_NAME.c, corpus in test/fuzz/corpus/NAME (read, never written)
# shellcheck disable=SC2054  # a comma belongs to -fsanitize
SA_FUZZ_FLAGS=(-std=gnu99 -D_GNU_SOURCE -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all -Isrc -Itest/unit -Itest/fuzz)

group_fuzz()
{
	local file name out=$SA_W/fuzz
	local -a wanted=()

	for file in test/fuzz/fuzz_*.c; do
		name=${file##*/}
		[ -e "$file" ] && sa_wanted fuzz "${name%.c}" && wanted+=("${name%.c}")
	done
	[ ${#wanted[@]} -gt 0 ] || return 0
	mkdir -p "$out"
	sa_pool "$(sa_cores)"
	for file in src/pure/*.c; do
		[ ! -e "$file" ] || sa_task compile_fuzz_part "$file" "$out"
	done
	sa_pool_wait
	for name in "${wanted[@]}"; do
		sa_task run_fuzz "$name" "$out"
	done
	sa_pool_wait
}

compile_fuzz_part()
{
	local name=${1##*/}

	sa_run 600 "$2/$name.log" clang-14 "${SA_FUZZ_FLAGS[@]}" -fsanitize=fuzzer-no-link,address,undefined -c "$1" \
		-o "$2/part_${name%.c}.o"
}

run_fuzz()
{
	local name=$1 out=$2 log=$SA_W/log/fuzz_$1.log started=$SECONDS seconds=${SA_FUZZ_SECONDS:-5}
	local -a parts=() corpus=()

	mapfile -t parts < <(find "$out" -name 'part_*.o' | sort)
	if ! sa_run 600 "$log" clang-14 "${SA_FUZZ_FLAGS[@]}" -fsanitize=fuzzer,address,undefined "test/fuzz/$name.c" \
		"${parts[@]}" -lsodium -lm -o "$out/$name"; then
		cat "$out"/*.c.log >>"$log" 2>/dev/null
		sa_failed fuzz "$name" "$log" "does not compile"
		return
	fi
	# New inputs go to the first folder; the saved ones are the second.
	mkdir -p "$out/corpus_$name"
	[ ! -d "test/fuzz/corpus/${name#fuzz_}" ] || corpus=("test/fuzz/corpus/${name#fuzz_}")
	if sa_run $((seconds + 300)) "$log" "$out/$name" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=1024 \
		-print_final_stats=1 -artifact_prefix="$out/$name." "$out/corpus_$name" "${corpus[@]}"; then
		sa_passed fuzz "$name" $((SECONDS - started))
	else
		grep -v '^#' "$log" | tail -n 200 >"$log.tail"
		sa_failed fuzz "$name" "$log.tail"
	fi
}
