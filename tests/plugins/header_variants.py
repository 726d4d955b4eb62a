#!/usr/bin/env python3
"""Writes two variants of the headers of the C interface: header_variants.py SDK-FOLDER OUTPUT-FOLDER

appended   every struct that may grow has another member, as a later version of the interface may have it
truncated  some structs lack their last member, as an earlier version may have been
"""

import pathlib
import re
import sys

GROWING = ("plugin", "parameter", "values", "field", "stage", "diagnostic", "schema", "geometry", "execution", "patch",
           "grid_configuration", "grid_functions")
# Those whose last member wave_c.c does not name.
TRUNCATED = ("parameter", "stage", "geometry", "patch")


def changed(text, structs, pattern, replacement):
    for struct in structs:
        text, count = re.subn(pattern % struct, replacement, text)
        if count > 1:
            sys.exit(f"tessera_{struct} ends {count} times")
    return text


def main():
    sdk, output = map(pathlib.Path, sys.argv[1:])
    for variant, structs, pattern, replacement in (
            ("appended", GROWING, r"\n(?=\} tessera_%s;)", "\n  double appended_by_a_test[2];\n"),
            ("truncated", TRUNCATED, r"\n  [^\n]*;[^\n]*\n(?=\} tessera_%s;)", "\n")):
        done = 0
        for header in ("plugin.h", "grid.h"):
            text = (sdk / "tessera" / header).read_text(encoding="utf-8")
            new = changed(text, structs, pattern, replacement)
            done += abs(new.count("\n") - text.count("\n"))
            target = output / variant / "tessera" / header
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(new, encoding="utf-8")
        if done != len(structs):
            sys.exit(f"{variant}: {done} of {len(structs)} structs were changed")


main()
