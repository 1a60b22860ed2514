#!/bin/bash
# .clang-format is the rule for C.
mapfile -t files < <(find src test/unit test/fuzz -name '*.[ch]' | sort)
[ ${#files[@]} -gt 0 ] || exit 0
printf '%s\n' "${files[@]}" | xargs -P 2 -n 20 clang-format-14 --dry-run -Werror 2>&1 |
	sed -n 's/^\([^:]*:[0-9]*\):[0-9]*: error: .*/\1: not as .clang-format wants it, run clang-format-14 -i on it/p' |
	awk -F: '!seen[$1]++'
[ "${PIPESTATUS[1]}" = 0 ]
