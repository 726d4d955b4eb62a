#!/usr/bin/env bash
# Installs a build into an empty prefix. Then builds and runs solvers against it, outside the source tree: the one in
# tests/install/outside, and one per language from `tessera new`.
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

require_file() { [ -e "$prefix/$1" ] || { echo "error: the prefix has no $1" >&2; exit 1; }; }

cmake --install "$build" --prefix "$prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
require_file bin/tessera
require_file include/tessera/grid.h
require_file include/tessera/instruction_sets.h
require_file include/tessera/grid.hpp
require_file lib/cmake/tessera/tessera-config.cmake
require_file lib/tessera/solvers/heat.so
require_file lib/tessera/solvers/shallow_water.so
require_file share/man/man1/tessera.1
require_file share/bash-completion/completions/tessera
require_file share/tessera/fortran/tessera_grid.f90
require_file share/tessera/templates/solver/common/job.toml.in
require_file share/tessera/jobs/heat/jobs/hot-spot-3d.toml

# The installation must be relocatable.
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

# Run the same solver by name.
TESSERA_PLUGIN_PATH="$PWD/build" "$prefix/bin/tessera" run job.toml 'job.solver="advection"' \
  --run-dir "$work/by-name"
"$prefix/bin/tessera" diff "$work/by-path" "$work/by-name"

# A new project in each language must find this installation without settings, build without warnings and pass its tests.
has_compiler() {
  case "$1" in
    c++) command -v "${CXX:-c++}" ;;
    c) command -v "${CC:-cc}" ;;
    fortran) command -v "${FC:-gfortran}" ;;
  esac >/dev/null
}
export CXXFLAGS="-Wall -Wextra -Wpedantic -Wconversion -Werror" CFLAGS="-Wall -Wextra -Wpedantic -Werror"
unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM  # the tests of a new project must pass without these
for language in c++ c fortran; do
  if ! has_compiler "$language"; then
    echo "skipped: no compiler for $language"
    continue
  fi
  project="$work/new $language"
  "$prefix/bin/tessera" new solver fresh --language "$language" --folder "$project"
  cd "$project"
  cmake -B build
  grep -qxF "tessera_DIR:PATH=$prefix/lib/cmake/tessera" build/CMakeCache.txt ||
    { echo "error: the new project found another Tessera" >&2; exit 1; }
  cmake --build build
  ctest --test-dir build --output-on-failure -j 2
  "$prefix/bin/tessera" run job.toml --quiet
done
echo "solvers outside the source tree build and run with the installed Tessera"
