#!/usr/bin/env python3
"""Checks that the compiler vectorises the main loops of the bundled solvers and of a wide stencil.

  test_vectorised.py BUILD/compile_commands.json

Compiles each solver again with the commands of the build (a solver that is not part of it: with the command of the first
one), and checks that GCC reports as vectorised all loops that are marked as having independent iterations. Environment
variable:

  TESSERA_COMPILER_ID  CMake's name of the compiler; the test is skipped unless it is GNU
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

SKIPPED = 77  # the exit code that ctest reports as "skipped"
MARK = "TESSERA_INDEPENDENT_ITERATIONS"
REPORT_OPTION = "-fopt-info-vec-optimized"

# For each solver: the functions that contain its main loops, by the file that defines them. Each function must have at least
# one marked loop, and all its marked loops must be vectorised.
SOLVERS = {
    "apps/heat/heat.cpp": {"framework/sdk/tessera/loops.hpp": ["loop"]},
    # A loop body that is too long to be inlined by the compiler's own choice.
    "tests/bench/plugins/wave4.cpp": {"framework/sdk/tessera/loops.hpp": ["loop"]},
    "apps/shallow_water/shallow_water.cpp": {
        "apps/shallow_water/tendency.h": ["load", "compute_slopes_x", "compute_slopes_y", "advance", "compute_fluxes_x",
                                         "compute_rates"],
        "apps/shallow_water/shallow_water.cpp": ["ShallowWater::predict", "ShallowWater::correct"],
    },
}


class Skipped(Exception):
    """The build does not report which loops are vectorised."""


class Failed(Exception):
    """The test could not be carried out."""


def find_compilation(commands, source):
    """@return the directory, root of the sources, and command for compiling `source`, without compiler launcher and output
    file."""
    entries = [e for e in commands if e["file"].endswith("/" + source)]
    if len(entries) > 1:
        raise Failed(f"{source} is compiled {len(entries)} times")
    if not entries:
        like = next(iter(SOLVERS))
        if source == like:
            raise Failed(f"{source} is not compiled")
        directory, root, command = find_compilation(commands, like)
        return directory, root, [str(root / source) if word.endswith("/" + like) else word for word in command]
    root = pathlib.Path(entries[0]["file"][:-len(source)])
    command = shlex.split(entries[0]["command"])
    if pathlib.Path(command[0]).name in ("ccache", "sccache", "distcc"):
        command = command[1:]
    if "-o" in command:
        at = command.index("-o")
        del command[at:at + 2]
    return pathlib.Path(entries[0]["directory"]), root, command


def check_flags(command):
    """Checks the compiler and its flags. @raise Skipped: if they do not guarantee vectorised loops."""
    if os.environ.get("TESSERA_COMPILER_ID", "GNU") != "GNU":
        raise Skipped(f"{os.environ['TESSERA_COMPILER_ID']} does not report vectorised loops as GCC does")
    if "-O3" not in command:
        raise Skipped("this build is not optimised")
    if any(word.startswith("-fsanitize") for word in command):
        raise Skipped("sanitizers prevent loops from being vectorised")


def vectorised_lines(directory, command):
    """@return the positions (file, line) of the loops that GCC reports as vectorised. If a loop is compiled several times,
    for example because of inlining, at least one copy is vectorised."""
    env_in_english = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run([*command, REPORT_OPTION, "-o", os.devnull], cwd=directory, env=env_in_english,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{shlex.join(command)}\n{done.stderr}")
    positions = re.findall(r"^(.+?):(\d+):\d+: optimized:\s+loop vectorized", done.stderr, re.MULTILINE)
    return {((directory / file).resolve(), int(line)) for file, line in positions}


def marked_loops(file, function):
    """@return the line numbers of the marked `for` loops in the definition of `function`. The definition ends at a closing
    brace with the indentation of its first line."""
    lines = file.read_text(encoding="utf-8").splitlines()
    head = re.compile(rf"^(\s*)(?:\[\[.*\]\] )?\w[\w:&<>,* ]*[ &*]{re.escape(function)}\(")
    loops = []
    for start, line in enumerate(lines):
        match = head.match(line)
        if not match or line.rstrip().endswith(";"):
            continue
        closing = match.group(1) + "}"
        end = next((n for n in range(start + 1, len(lines)) if lines[n].startswith(closing)), start)
        marks = [n for n in range(start, end) if lines[n].strip() == MARK]
        loops += [n + 2 for n in marks if lines[n + 1].lstrip().startswith("for ")]
    if not loops:
        raise Failed(f"{file}: no loop of `{function}` is marked {MARK}; if the loop has moved, update SOLVERS")
    return loops


def scalar_loops(root, solver, positions):
    """@return a message for each main loop of a solver that is not in `positions`."""
    return [f"{name}:{line}: the loop of `{function}` is not vectorised"
            for name, functions in SOLVERS[solver].items()
            for function in functions
            for line in marked_loops(root / name, function)
            if ((root / name).resolve(), line) not in positions]


def check(commands, solver):
    """@return a message for each main loop of a solver that is not vectorised."""
    directory, root, command = find_compilation(commands, solver)
    check_flags(command)
    # Check that this test can fail: with the vectoriser off, no loop may be reported as vectorised.
    not_vectorised = scalar_loops(root, solver, vectorised_lines(directory, [*command, "-fno-tree-vectorize"]))
    count = sum(len(marked_loops(root / name, f)) for name, fs in SOLVERS[solver].items() for f in fs)
    if len(not_vectorised) != count:
        raise Failed(f"{solver}: with the vectoriser off, {len(not_vectorised)} of {count} loops are not vectorised")
    return scalar_loops(root, solver, vectorised_lines(directory, command))


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        commands = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
        failures = [text for solver in SOLVERS for text in check(commands, solver)]
    except Skipped as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    except (Failed, OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join(failures) or "all main loops are vectorised")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
