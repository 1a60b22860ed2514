#!/bin/bash
# Our scripts under shellcheck.  Sourced files and what they set for each other are not followed.
mapfile -t files < <(find .ci test -type f \( -name '*.sh' -o -name 'run-*' -o -path '.ci/run' \) | sort)
shellcheck --format=gcc --severity=warning --exclude=SC1090,SC1091,SC2034,SC2154 "${files[@]}" |
	sed 's/$/, change it or say why with a shellcheck directive/'
[ "${PIPESTATUS[0]}" = 0 ]
