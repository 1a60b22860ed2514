#!/usr/bin/python3
"""The version is typed in stockalert.control; META.json and CHANGELOG.md must agree, nobody else may type it."""
import json
import re

import source

control = source.read("stockalert.control")
version = re.search(r"^default_version *= *'([^']+)'", control, re.M).group(1)

try:
    meta = json.loads(source.read("META.json"))
    # PGXN wants three numbers: 0.1 is 0.1.0 there.
    full = ".".join((version.split(".") + ["0", "0"])[:3])
    for what, found in (("version", meta["version"]),
                        ("provides.stockalert.version", meta["provides"]["stockalert"]["version"])):
        if found != full:
            source.complain("META.json", 1, "%s is %s, stockalert.control says %s: make it %s" % (what, found, version, full))
    for key in ("name", "abstract", "maintainer", "license", "meta-spec"):
        if not meta.get(key):
            source.complain("META.json", 1, "%s is missing, PGXN requires it" % key)
except (OSError, ValueError, KeyError) as problem:
    source.complain("META.json", 1, "cannot be used (%r), make it valid PGXN metadata" % problem)

if not re.search(r"^## %s\b" % re.escape(version), source.read("CHANGELOG.md"), re.M):
    source.complain("CHANGELOG.md", 1, "no heading for %s, write what changed" % version)

number = re.search(r"^[^#\n]*\b(EXTVERSION|%s)\b" % re.escape(version), source.read("Makefile"), re.M)
if number:
    source.complain("Makefile", source.line_of(source.read("Makefile"), number.start()),
                    "the version is typed here, read it from stockalert.control")
source.finish()
