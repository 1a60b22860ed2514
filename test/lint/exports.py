#!/usr/bin/python3
# needs the build
"""The library exports what the server calls and nothing else, and SQL and C name the same functions."""
import re
import subprocess

import source

ALLOWED = re.compile(r"^(_PG_init|Pg_magic_func|pg_finfo_stockalert_\w+|stockalert_\w+)$")
MAINS = {"stockalert_launcher_main", "stockalert_sender_main", "stockalert_syncer_main"}
LIBRARY = "stockalert.so"

listing = subprocess.run(["nm", "-D", "--defined-only", LIBRARY], capture_output=True, text=True, check=True).stdout
exported = {line.split()[-1] for line in listing.splitlines()}
for name in sorted(exported):
    if not ALLOWED.match(name):
        source.complain("src/exports.map", 1, "%s is exported, hide it" % name)
for name in ("_PG_init", "Pg_magic_func"):
    if name not in exported:
        source.complain("src/exports.map", 1, "%s is not exported, the server would not find it" % name)

called = {}
for path in source.files("sql/[0-9]*.sql", "sql/stockalert--*--*.sql"):
    text = source.read(path)
    for match in re.finditer(r"'MODULE_PATHNAME'\s*(?:,\s*'(\w+)')?", text):
        called.setdefault(match.group(1), (path, source.line_of(text, match.start())))
for name, (path, line) in called.items():
    if name is None:
        source.complain(path, line, "C function without a symbol, write AS 'MODULE_PATHNAME', 'stockalert_...'")
    elif "pg_finfo_" + name not in exported or name not in exported:
        source.complain(path, line, "%s is not in the library, declare it with SA_FUNCTION" % name)

defined = {}
for path in source.files("src/**/*.c"):
    text = source.read(path)
    for match in re.finditer(r"^SA_FUNCTION\((\w+)\)", text, re.M):
        defined[match.group(1)] = (path, source.line_of(text, match.start()))
for name, (path, line) in defined.items():
    if name not in called:
        source.complain(path, line, "%s is called by no SQL function, remove it or write its CREATE FUNCTION" % name)
for name in sorted(exported):
    if name.startswith("stockalert_") and name not in defined and name not in MAINS:
        source.complain("src/exports.map", 1, "%s is exported but neither an SQL function nor a worker's main, "
                        "name it sa_ or make it static" % name)
source.finish()
