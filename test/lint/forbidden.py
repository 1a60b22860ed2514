#!/usr/bin/python3
"""Words that may not stand in the sources, each with its reason."""
import re

import source

RULES = [
    (r"\bCURLOPT_VERBOSE\b", "it writes headers and so secrets to the log, leave it out"),
    (r"\bCURLOPT_DEBUGFUNCTION\b", "it sees headers and bodies, leave it out"),
    (r"\bCURLINFO_EFFECTIVE_URL\b", "the path of a URL is a secret, name the host only"),
    (r"\b(memcmp|bcmp|strn?cmp|strn?casecmp)\s*\([^;()]*\b\w*(mac|hmac|tag|signature|digest)\b",
     "comparing a MAC takes constant time, use sodium_memcmp or crypto_verify"),
    (r"\b(strcpy|strcat|sprintf|vsprintf|gets)\s*\(", "no limit on the length, use strlcpy, snprintf or StringInfo"),
    (r"\b(system|popen)\s*\(", "no shell is started, use exec with an argument list"),
    (r"\bPG_VERSION_NUM\b", "only src/compat.h knows the version, add a macro there"),
]

for path in source.files("src/**/*.c", "src/**/*.h"):
    text = source.read(path)
    code = source.blank(text, strings=True)
    for pattern, what in RULES:
        if path == "src/compat.h" and "VERSION_NUM" in pattern:
            continue
        for match in re.finditer(pattern, code, re.I if "MAC" in what else 0):
            word = re.match(r"\w+", match.group(0)).group(0)
            source.complain(path, source.line_of(text, match.start()), "%s: %s" % (word, what))
source.finish()
