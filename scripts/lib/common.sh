# Functions shared by the scripts in scripts/. Sourced, not run.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

# fail MESSAGE [HINT]: prints an error and exits.
fail() {
  echo "error: $1" >&2
  if [ $# -gt 1 ]; then echo "  = $2" >&2; fi
  exit 1
}

# Prints the number of cores to compute on: the number of physical cores (hardware threads of a core share its arithmetic
# units), but no more than this process may use.
cores() {
  local allowed physical
  allowed="$(nproc 2>/dev/null || echo 1)"
  physical="$(lscpu -p=CORE,SOCKET 2>/dev/null | grep -v '^#' | sort -u | wc -l)" || physical=0
  if [ "$physical" -lt 1 ] || [ "$physical" -gt "$allowed" ]; then physical="$allowed"; fi
  echo "$physical"
}

set_up_mpi() {
  # Open MPI refuses to run as root unless both variables are set; in a container, root is the usual user.
  if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  fi
}

# duration SECONDS: prints the time as "1 min 05 s".
duration() {
  if [ "$1" -lt 60 ]; then echo "$1 s"; else printf '%d min %02d s\n' $(($1 / 60)) $(($1 % 60)); fi
}

# build PRESET [CMAKE-ARGUMENT …]: configures and builds with all allowed cores. Runs in $root.
build() {
  local preset="$1"
  shift
  cmake --preset "$preset" "$@" ||
    fail "the build could not be configured" "see the error above; scripts/install-deps installs missing packages"
  cmake --build --preset "$preset" -j "$(nproc 2>/dev/null || echo 1)" ||
    fail "the build failed" "see the first error above"
}
