#!/bin/bash
# clang-tidy over src/, two files at a time; the checks are in .clang-tidy, the flags are make's own.
# The analyzer may walk 50,000 states a function instead of 225,000: a quarter of the time, and what it finds
# beyond that is rare.
flags=$(make -s print-CPPFLAGS with_llvm=no PG_CONFIG="${SA_PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}") || exit 1
flags+=' -std=gnu99 -Xclang -analyzer-config -Xclang max-nodes=50000'
find src -name '*.c' | sort |
	xargs -P 2 -I FILE bash -c 'clang-tidy-14 --quiet "$1" -- $2 2>/dev/null' tidy FILE "$flags" |
	sed -n "s,^$PWD/,,; s/^\([^ ]*:[0-9]*\):[0-9]*: error: \(.*\)/\1: \2, change it or say why with NOLINT/p"
[ "${PIPESTATUS[2]}" = 0 ]
