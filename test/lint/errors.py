#!/usr/bin/python3
"""Every error has an SQLSTATE.

ereport(ERROR and above) must name errcode() (errcode_for_file_access() and its like count).  elog(ERROR) is
XX000, "internal error": right only for what cannot happen.  That is plain where its own if asks SPI or fmgr
for their result (SPI_..., TYPEFUNC_...); elsewhere the comment /* cannot happen */ on its line or the one
before says so.
"""
import re

import source

LEVEL = r"(?:ERROR|FATAL|PANIC|elevel)"
for path in source.files("src/**/*.c", "src/**/*.h"):
    text = source.read(path)
    code = source.blank(text, strings=True)
    lines = text.split("\n")
    for match in re.finditer(r"\bereport(?:_domain)?\s*\(\s*" + LEVEL + r"\b", code):
        start, end = source.call_at(code, match.start())
        if not re.search(r"\berrcode(_for_\w+)?\s*\(", code[start:end]):
            source.complain(path, source.line_of(text, start), "ereport without errcode(), choose an SQLSTATE (src/errors.h)")
    for match in re.finditer(r"\belog\s*\(\s*" + LEVEL + r"\b", code):
        line = source.line_of(text, match.start())
        start, end = source.call_at(code, match.start())
        with_condition = re.split(r"[;{}]", code[:start])[-1] + code[start:end]
        if not re.search(r"\bSPI_|\bTYPEFUNC_", with_condition) and not any("/* cannot happen" in l for l in lines[max(0, line - 2):line]):
            source.complain(path, line, "elog(ERROR) without /* cannot happen */ beside it, use ereport with errcode()")
source.finish()
