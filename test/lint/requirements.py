#!/usr/bin/python3
"""Every requirement of test/requirements.md has tests: files that are there and hold the words quoted beside them, or
it says "later: why"."""
import os
import re

import source

TABLE = "test/requirements.md"
LAST = 56
text = source.read(TABLE)
seen = []
for number, line in enumerate(text.splitlines(), 1):
    row = re.match(r"\| R(\d+) \| (.+?) \| (.+) \|$", line)
    if not row:
        if re.match(r"\|\s*R\d", line):
            source.complain(TABLE, number, "is not | R1 | requirement | tests |")
        continue
    seen.append(int(row.group(1)))
    name, tests = "R" + row.group(1), row.group(3)
    if re.match(r"later: \w", tests):
        continue
    named = re.findall(r"`([^`]+)`((?:\s*,?\s*\"[^\"]+\")+)", tests)
    left = re.sub(r"`([^`]+)`((?:\s*,?\s*\"[^\"]+\")+)|;|\s", "", tests)
    if not named or left:
        source.complain(TABLE, number, "%s: write `file` \"words of it\"; `file` \"words\", or later: why" % name)
    for path, words in named:
        if not os.path.isfile("test/" + path):
            source.complain(TABLE, number, "%s: there is no test/%s" % (name, path))
            continue
        content = source.read("test/" + path)
        for phrase in re.findall(r'"([^"]+)"', words):
            if phrase not in content:
                source.complain(TABLE, number, '%s: test/%s does not say "%s"' % (name, path, phrase))
for wanted in range(1, LAST + 1):
    if seen.count(wanted) != 1:
        source.complain(TABLE, 1, "R%d has %d rows" % (wanted, seen.count(wanted)))
source.finish()
