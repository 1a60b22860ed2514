#!/bin/bash
# clang-tidy over every C file, two at a time; the checks are in .clang-tidy, the flags are make's own.
flags=$(make -s print-CPPFLAGS with_llvm=no PG_CONFIG="${SA_PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}") || exit 1
find src test/unit test/fuzz -name '*.c' | sort |
	xargs -P 2 -I FILE bash -c 'clang-tidy-14 --quiet "$1" -- -std=gnu99 -Itest/unit -Itest/fuzz $2 2>/dev/null' tidy FILE "$flags" |
	sed "s,^$PWD/,,"
[ "${PIPESTATUS[1]}" = 0 ]
