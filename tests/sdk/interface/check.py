#!/usr/bin/env python3
"""Compares the C interface for plugins with a stored dump of it. Only additions are allowed.

    check.py LIBRARY DUMP            compares; exit code 0: unchanged or extended, 1: changed, 77: abidw not found
    check.py LIBRARY DUMP --write    writes the dump (after an intended change, before a release)

LIBRARY is types.c, compiled with debug information. The dump is the output of abidw, a program of libabigail. Members may
be appended to structs, and enumerators to enumerations. Frozen structs (see their comments) may not change at all.
"""

import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml

FROZEN = ("tessera_message", "tessera_number", "tessera_read", "tessera_view", "tessera_region")


def dump_of(library):
    return subprocess.run(["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", str(library)], check=True,
                          capture_output=True, text=True).stdout


class Types:
    """The types in a dump: structs and unions as {name: [(member, offset, type)]}, enumerations as
    {name: {enumerator: value}}."""

    def __init__(self, text):
        self.nodes = {node.get("id"): node for node in xml.fromstring(text).iter() if node.get("id")}
        self.structs = {}
        self.enums = {}
        for node in self.nodes.values():
            name = node.get("name", "")
            if not name.startswith("tessera_"):
                continue
            if node.tag in ("class-decl", "union-decl") and node.get("is-declaration-only") != "yes":
                self.structs[name] = [self.member(m) for m in node.findall("data-member")]
            elif node.tag == "enum-decl":
                self.enums[name] = {e.get("name"): e.get("value") for e in node.findall("enumerator")}

    def member(self, node):
        variable = node.find("var-decl")
        return variable.get("name"), node.get("layout-offset-in-bits", "0"), self.describe(variable.get("type-id"))

    def describe(self, type_id):
        """@return a description of a type. Structs and enumerations are described by their names."""
        node = self.nodes.get(type_id)
        if node is None:
            return "void"
        if node.tag == "pointer-type-def":
            return "pointer to " + self.describe(node.get("type-id"))
        if node.tag == "qualified-type-def":
            return "const " + self.describe(node.get("type-id"))
        if node.tag == "array-type-def":
            length = node.find("subrange").get("length")
            return f"array of {length} {self.describe(node.get('type-id'))}"
        if node.tag == "function-type":
            parameters = ", ".join(self.describe(p.get("type-id")) for p in node.findall("parameter"))
            return f"function({parameters}) returning {self.describe(node.find('return').get('type-id'))}"
        if node.tag == "typedef-decl" and not node.get("name").startswith("tessera_"):
            return self.describe(node.get("type-id"))  # int32_t and the like
        if node.tag == "typedef-decl" and self.nodes[node.get("type-id")].tag == "pointer-type-def":
            return self.describe(node.get("type-id"))  # a pointer to a function
        size = f" of {node.get('size-in-bits')} bits" if node.tag == "type-decl" else ""
        return node.get("name") + size


def changes(old, new):
    """@return a list of all differences other than additions."""
    differences = []
    for name, members in old.structs.items():
        now = new.structs.get(name)
        if now is None:
            differences.append(f"{name} has been removed")
        elif now[:len(members)] != members:
            differing = [m for m, n in zip(members, now) if m != n] or [members[min(len(now), len(members) - 1)]]
            member, offset, kind = differing[0]
            differences.append(f"{name}: member {member} (at bit {offset}, {kind}) has changed or moved")
        elif name in FROZEN and now != members:
            differences.append(f"{name} is frozen, but has an additional member {now[len(members)][0]}")
    for name, values in old.enums.items():
        now = new.enums.get(name, {})
        differences += [f"{name}: {e} was {value} and is {now.get(e, 'missing')}" for e, value in values.items()
                        if now.get(e) != value]
    return differences


def main():
    if shutil.which("abidw") is None:
        print("skipped: abidw not found (package abigail-tools)")
        sys.exit(77)
    library, stored = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    dump = dump_of(library)
    if sys.argv[3:] == ["--write"]:
        stored.write_text(dump, encoding="utf-8")
        return
    old = Types(stored.read_text(encoding="utf-8"))
    if len(old.structs) < 16 or len(old.enums) < 9:
        sys.exit(f"error: {stored} describes {len(old.structs)} structs and {len(old.enums)} enumerations: it is incomplete")
    differences = changes(old, Types(dump))
    for change in differences:
        print(f"error: {change}")
    if differences:
        print("  = existing plugins would access the wrong memory; append members instead")
        sys.exit(1)
    print(f"{len(old.structs)} structs and {len(old.enums)} enumerations are unchanged except for additions")


main()
