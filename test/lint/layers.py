#!/usr/bin/python3
"""The layers of src/: a file includes only headers of its own folder and of lower rows.

pure/ includes no header of the server, and anyone may include pure/; tools/ has pure/ and nothing else.
Paths of our headers are relative to src/.
"""
import os
import re
import sys

import source

# From the top down.  Folders of one row do not include each other.
ROWS = [
    ["worker", "functions"],
    ["delivery", "pos", "watch"],
    ["alerts"],
    ["rules", "demand", "queue"],
    ["net", "vault"],
    ["ipc", "db"],
    ["settings", "errors"],
    ["compat"],
    ["pure"],
]
RANK = {name: rank for rank, row in enumerate(ROWS) for name in row}
TOP = "stockalert"    # _PG_init: may see everything
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
SERVER = re.compile(r"^(postgres|pg_|fmgr|miscadmin|funcapi|pgstat|libpq|(access|catalog|commands|common|executor|"
                    r"lib|mb|nodes|optimizer|parser|port|postmaster|replication|storage|tcop|utils|datatype)/)")


def part(path):
    """worker for worker/loop.c and for worker/x/y.h; settings for settings.h."""
    return path.split("/")[0].split(".")[0]


def check(path):
    own = part(path[len("src/"):])
    if own not in RANK and own not in (TOP, "tools"):
        source.complain(path, 1, "folder %s/ is in no row of test/lint/layers.py, add it to its row" % own)
        return
    text = source.read(path)
    for match in INCLUDE.finditer(source.blank(text)):
        problem = judge(path, own, *match.groups())
        if problem:
            source.complain(path, source.line_of(text, match.start()), problem)


def judge(path, own, mark, header):
    if os.path.exists("src/" + header):
        if mark == "<":
            return "<%s> is ours, write it in double quotes" % header
        other = part(header)
        if other == own or own == TOP or other == "pure":
            return None
        if own in ("tools", "pure"):
            return '"%s" is out of reach: %s/ includes only pure/' % (header, own)
        if other not in RANK or RANK[other] <= RANK[own]:
            return '"%s" is not in a lower row than %s/, move what is needed down or call it through SQL' % (header, own)
        return None
    if mark == '"' and os.path.exists(os.path.join(os.path.dirname(path), header)):
        return '"%s" is relative to its folder, write the path from src/' % header
    if own in ("pure", "tools") and (mark == '"' or SERVER.match(header)):
        return '"%s" is a header of the server, %s/ runs without one' % (header, own)
    return None


for name in source.files("src/**/*.c", "src/**/*.h"):
    check(name)
source.finish()
