#!/usr/bin/env python3
"""Writes two variants of the headers of the C interface: header_variants.py SDK-FOLDER OUTPUT-FOLDER

appended   every extensible struct has an additional member, as in a later version of the interface
truncated  some structs lack their last member, as in an earlier version of the interface
"""

import pathlib
import re
import sys

EXTENSIBLE = ("plugin", "parameter", "values", "field", "stage", "diagnostic", "schema", "geometry", "execution", "patch",
           "grid_configuration", "grid_functions")
# Structs whose last member is not named in wave_c.c.
TRUNCATED = ("parameter", "stage", "geometry", "patch")


def replace_in_structs(text, structs, pattern, replacement):
    for struct in structs:
        text, count = re.subn(pattern % struct, replacement, text)
        if count > 1:
            sys.exit(f"tessera_{struct} is defined {count} times")
    return text


def main():
    sdk, output = map(pathlib.Path, sys.argv[1:])
    for variant, structs, pattern, replacement in (
            ("appended", EXTENSIBLE, r"\n(?=\} tessera_%s;)", "\n  double appended_by_a_test[2];\n"),
            ("truncated", TRUNCATED, r"\n  [^\n]*;[^\n]*\n(?=\} tessera_%s;)", "\n")):
        changed_structs = 0
        for header in ("plugin.h", "grid.h"):
            text = (sdk / "tessera" / header).read_text(encoding="utf-8")
            new = replace_in_structs(text, structs, pattern, replacement)
            changed_structs += abs(new.count("\n") - text.count("\n"))
            target = output / variant / "tessera" / header
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(new, encoding="utf-8")
        if changed_structs != len(structs):
            sys.exit(f"{variant}: {changed_structs} of {len(structs)} structs were changed")


main()
