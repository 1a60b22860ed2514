#!/usr/bin/python3
"""A file has at most 500 lines, a function at most 80 (60 is the aim): what does not fit has two reasons."""
import re

import source

FILE_LINES = 500
FUNCTION_LINES = 80


def functions(text):
    """(name, first line, lines) of each function: a body starts with { in column 0 and ends with } there."""
    start = name = None
    for number, line in enumerate(text.split("\n"), 1):
        called = re.match(r"(?:[A-Za-z_][\w \*]*?)?\b(\w+)\(", line)
        if called and not line.startswith(("\t", " ", "#")):
            name = called.group(1)
        if line.rstrip() == "{":
            start = number
        elif line.rstrip() == "}" and start is not None:
            yield name, start, number - start - 1
            start = None


for path in source.files("src/**/*.[ch]", "test/unit/*.[ch]", "test/fuzz/*.[ch]", "sql/[0-9]*.sql", "test/lib/*.sh",
                         "test/lint/*", "test/t/*.pl", "test/peers/*"):
    text = source.read(path)
    count = text.count("\n")
    if count > FILE_LINES:
        source.complain(path, count, "%d lines, split it by reason (at most %d)" % (count, FILE_LINES))
    if path.endswith((".c", ".h")):
        for name, line, length in functions(source.blank(text)):
            if length > FUNCTION_LINES:
                source.complain(path, line, "%s() has %d lines, split it (at most %d)" % (name, length, FUNCTION_LINES))
source.finish()
