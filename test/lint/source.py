"""Reading sources for the lint scripts: files, complaints, C text without comments.

Not a lint itself (not executable).  All paths are relative to the top of the checkout, where lints run.
"""
import glob
import os
import re
import sys

complaints = []


def files(*patterns):
    """The files that match the patterns (** goes deep), sorted, each once."""
    found = set()
    for pattern in patterns:
        found.update(p for p in glob.glob(pattern, recursive=True) if os.path.isfile(p))
    return sorted(found)


def read(path):
    """The text of a file; a missing one is a complaint and empty."""
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        complain(path, 1, "is missing, write it")
        return ""


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def complain(path, line, what):
    complaints.append((path, line, what))


def finish():
    """Prints every complaint as file:line: what, what to do; exit code 1 if there are any."""
    for path, line, what in sorted(set(complaints)):
        print("%s:%d: %s" % (path, line, what))
    sys.exit(1 if complaints else 0)


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blank(text, strings=False):
    """C text with comments (and strings, if asked) overwritten by blanks, so that offsets and lines stay."""
    def cover(match):
        piece = match.group(0)
        if piece[0] == "/" or strings:
            return re.sub(r"[^\n]", " ", piece)
        return piece
    return TOKEN.sub(cover, text)


def call_at(text, start):
    """The text of a call from its name to the closing parenthesis; strings must have been blanked."""
    depth = 0
    for i in range(text.index("(", start), len(text)):
        if text[i] == "(":
            depth += 1
        elif text[i] == ")":
            depth -= 1
            if depth == 0:
                return start, i + 1
    return start, len(text)
