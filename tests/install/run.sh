#!/usr/bin/env bash
# Installs a build into an empty prefix, builds a solver outside the tree against it, and runs it there.
#   tests/install/run.sh BUILD_DIR
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 BUILD_DIR" >&2; exit 64; }
build="$(cd "$1" && pwd)"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset TESSERA_PLUGIN_PATH

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
prefix="$work/prefix"

expect() { [ -e "$prefix/$1" ] || { echo "error: the prefix has no $1" >&2; exit 1; }; }

cmake --install "$build" --prefix "$prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
expect bin/tessera
expect include/tessera/grid.h
expect include/tessera/grid.hpp
expect lib/cmake/tessera/tessera-config.cmake
expect lib/tessera/solvers/heat.so
expect lib/tessera/solvers/shallow_water.so
expect share/man/man1/tessera.1
expect share/bash-completion/completions/tessera
expect share/tessera/jobs/heat/jobs/hot-spot-3d.toml

# The prefix must work wherever it lies, and without the build.
mv "$prefix" "$work/moved"
prefix="$work/moved"

"$prefix/bin/tessera" --version
"$prefix/bin/tessera" describe heat >/dev/null
"$prefix/bin/tessera" check "$prefix/share/tessera/jobs/heat/jobs/hot-spot-3d.toml"

cp -r "$here/outside" "$work/outside"
cd "$work/outside"
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix"
cmake --build build
"$prefix/bin/tessera" run job.toml --run-dir "$work/by-path"
[ -s "$work/by-path/run.json" ] || { echo "error: the run left no run.json" >&2; exit 1; }

# The same solver by name.
TESSERA_PLUGIN_PATH="$PWD/build" "$prefix/bin/tessera" run job.toml 'job.solver="advection"' \
  --run-dir "$work/by-name"
"$prefix/bin/tessera" diff "$work/by-path" "$work/by-name"
echo "an installed Tessera builds and runs a solver from outside"
