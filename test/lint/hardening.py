#!/usr/bin/python3
# needs the build
"""What the compiler and the linker were asked to guard is guarded in the library and the tools (R53): no executable
stack, relocations read-only and done at start, stack protector, checked functions of the C library, and the tools
are loaded anywhere."""
import re
import subprocess

import source


def ask(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


for path in ("stockalert.so", "src/tools/stockalert-keygen", "src/tools/stockalert-seal"):
    segments, dynamic = ask("readelf", "-lW", path), ask("readelf", "-dW", path)
    symbols = ask("nm", "-D", path)
    for good, what in [
            (re.search(r"GNU_STACK\s.*\sRW\s", segments), "has an executable stack"),
            ("GNU_RELRO" in segments and "BIND_NOW" in dynamic, "has relocations that stay writable, link with -z relro -z now"),
            ("__stack_chk_fail" in symbols, "has no stack protector, compile with -fstack-protector-strong"),
            (re.search(r"__\w+_chk(@|$)", symbols.replace("__stack_chk_fail", ""), re.M), "calls no checked function, compile with -D_FORTIFY_SOURCE=2"),
            (not re.search(r"\b(RPATH|RUNPATH)\b", dynamic), "names folders to load libraries from"),
            ("Type:" not in (kind := ask("readelf", "-hW", path)) or "DYN" in kind, "is not position independent"),
            ("TEXTREL" not in dynamic, "has relocations in its code")]:
        if not good:
            source.complain(path, 1, what)
source.finish()
