#!/bin/bash
# The lints themselves: over test/lint/planted, a tree of planted faults, each must say exactly what
# test/lint/planted/says/NAME.txt holds.  After a change of a lint, look at its new answer and keep it.
top=$PWD bad=0
cd test/lint/planted || exit 1
for file in says/*.txt; do
	name=${file##*/}
	name=${name%.txt}
	if ! "$top/test/lint/$name.py" 2>&1 | diff -u "$file" -; then
		echo "test/lint/$name.py:1: does not find what was planted, or more; make it so or keep its answer in test/lint/planted/$file"
		bad=1
	fi
done
exit $bad
