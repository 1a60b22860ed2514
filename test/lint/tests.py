#!/usr/bin/python3
"""Every test is run and every expected file belongs to a test.

Names decide: a file in a test folder that no pattern of the runner matches would silently never run.
"""
import os
import re

import source


def stems(pattern):
    return {os.path.splitext(os.path.basename(path))[0]: path for path in source.files(pattern)}


scripts, specs = stems("test/sql/*.sql"), stems("test/specs/*.spec")
for name in sorted(set(scripts) & set(specs)):
    source.complain(specs[name], 1, "shares expected/%s.out with %s, rename one" % (name, scripts[name]))
for name, path in {**scripts, **specs}.items():
    if not os.path.exists("expected/%s.out" % name):
        source.complain(path, 1, "expected/%s.out is missing, make it from a run that is right" % name)
for path in source.files("expected/*"):
    name, suffix = os.path.splitext(os.path.basename(path))
    # name_1.out is another right answer of the same test.
    if suffix != ".out" or not {name, re.sub(r"_\d$", "", name)} & (set(scripts) | set(specs)):
        source.complain(path, 1, "belongs to no test in test/sql or test/specs, remove it")

PATTERNS = {
    "test/sql": r".*\.sql$",
    "test/specs": r".*\.spec$",
    "test/t": r"\d{3}_\w+\.pl$",
    "test/unit": r"test_\w+\.c$|\w+\.h$",
    "test/fuzz": r"fuzz_\w+\.c$|\w+\.h$",
}
for folder, pattern in PATTERNS.items():
    for path in source.files(folder + "/*"):
        if not re.match(pattern, os.path.basename(path)):
            source.complain(path, 1, "the runner would not run this, name it like %s" % pattern)
for path in source.files("test/fuzz/corpus/*/*"):
    harness = "test/fuzz/fuzz_%s.c" % path.split("/")[3]
    if not os.path.exists(harness):
        source.complain(path, 1, "there is no %s, remove or rename the corpus" % harness)
for path in source.files("test/lint/*.py", "test/lint/*.sh"):
    if not os.access(path, os.X_OK) and path not in ("test/lint/source.py", "test/lint/sqltree.py"):
        source.complain(path, 1, "is not executable and so not run, chmod +x")
source.finish()
