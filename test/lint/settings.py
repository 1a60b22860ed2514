#!/usr/bin/python3
"""Every setting of src/settings.c has its row in README.md's table, and the table names no other."""
import re

import source

text = source.read("src/settings.c")
defined = {}
for match in re.finditer(r'"(stockalert\.[a-z_]+)"', source.blank(text)):
    defined.setdefault(match.group(1), source.line_of(text, match.start()))
readme = source.read("README.md")
rows = {}
for match in re.finditer(r"^\|\s*`(stockalert\.[a-z_]+)`", readme, re.M):
    rows.setdefault(match.group(1), source.line_of(readme, match.start()))
for name, line in defined.items():
    if name not in rows:
        source.complain("src/settings.c", line, "%s is not in README.md, add a row | `%s` | to its table of settings" % (name, name))
for name, line in rows.items():
    if name not in defined:
        source.complain("README.md", line, "%s is no setting of src/settings.c, drop the row" % name)
source.finish()
