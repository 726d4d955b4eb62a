#!/usr/bin/env bash
# Creates a Debian package from a build, checks it, installs it in a clean root file system of this Debian release and
# runs a job there as an ordinary user. The state digest must equal that of the build.
#   tests/install/deb.sh BUILD_DIR
# Compiles nothing. Exit code 77 if this machine cannot run the test; the last line of the output gives the reason.
#
# All files are in one temporary folder. File systems are mounted in a separate mount and PID namespace, which is
# invisible to the rest of the machine. Its mounts and processes end with this script.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
skip() { echo "skipped: $1"; exit 77; }
fail() {
  echo "error: $1" >&2
  if [ $# -gt 1 ]; then echo "  = $2" >&2; fi
  exit 1
}
begin() { started=$SECONDS; echo "== $1"; }
finish() { echo "   $((SECONDS - started)) s"; }
# quietly LOG COMMAND …: runs a command with its output in LOG, and shows the end of LOG if the command fails.
quietly() {
  local log="$1"
  shift
  "$@" >"$log" 2>&1 || { local code=$?; tail -n 40 "$log" >&2; return "$code"; }
}

digest_of() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["digest"]["state"])' "$1"; }

write_job() {
  cat >"$1" <<'JOB'
[job]
name   = "package"
solver = "heat"
[domain]
cells    = [40, 36, 32]
chunk    = 8
upper    = [1.0, 1.0, 1.0]
boundary = "periodic"
[parameters]
diffusivity = 0.1
[initial]
temperature = "300 + 50*exp(-((x-0.4)^2 + (y-0.5)^2 + (z-0.6)^2)/0.02)"
[time]
max_steps = 20
[output]
fields = ["temperature"]
every  = "10 steps"
images = { field = "temperature", slice = "z=0.5" }
JOB
}

make_package() {
  begin "package"
  [ -f "$build/CPackConfig.cmake" ] || fail "$build has no CPackConfig.cmake" "configure it again: cmake -S . -B $build"
  for tool in cpack dpkg-deb dpkg-shlibdeps file; do
    command -v "$tool" >/dev/null || skip "there is no $tool; scripts/install-deps --tests installs it"
  done
  quietly "$work/cpack.log" cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/package" ||
    fail "cpack could not create the package; the end of its output is above"
  local found=("$work"/package/*.deb)
  if [ ${#found[@]} -ne 1 ] || [ ! -f "${found[0]}" ]; then fail "cpack created ${found[*]} instead of one package"; fi
  package="${found[0]}"
  echo "   $(basename "$package"), $(($(stat -c %s "$package") / 1024)) KiB"
  finish
}

field() { dpkg-deb -f "$package" "$1"; }

# Checks the fields and files of the package. Lintian has similar checks.
check_package() {
  begin "fields and files of the package"
  [ "$(field Package)" = tessera ] || fail "the package is called $(field Package), not tessera"
  [ "$(field Section)" = science ] || fail "the package is in section $(field Section), not science"
  [ "$(field Architecture)" = "$(dpkg --print-architecture)" ] ||
    fail "the architecture of the package is $(field Architecture)"
  [[ "$(field Version)" == [0-9]*-* ]] || fail "the version of the package is $(field Version)"
  [[ "$(field Maintainer)" == *"<"*"@"*">" ]] ||
    fail "the maintainer is not of the form Name <address>: $(field Maintainer)"
  local name
  for name in libc6 libopenmpi libhdf5-openmpi openmpi-bin; do
    [[ ", $(field Depends)," == *", $name"* ]] || fail "the package does not depend on $name: $(field Depends)"
  done

  local listing="$work/listing"
  dpkg-deb -c "$package" >"$listing"
  awk '$2 != "root/root"' "$listing" | grep . && fail "the files above do not belong to root"
  awk '$1 !~ /^l/ && $1 ~ /^.....w|^........w/' "$listing" | grep . &&
    fail "the files above are writable for their group or for others"
  awk '{ print $6 }' "$listing" | grep -v -E '^\./(usr/.*)?$' && fail "the files above are outside /usr"
  dpkg-deb -e "$package" "$work/control"
  dpkg-deb -x "$package" "$work/tree"
  (cd "$work/tree" && md5sum --check --quiet "$work/control/md5sums") || fail "the checksums of the package are wrong"

  local path
  for path in bin/tessera lib/tessera/solvers/heat.so lib/tessera/solvers/shallow_water.so \
    include/tessera/grid.h include/tessera/grid.hpp lib/cmake/tessera/tessera-config.cmake \
    share/man/man1/tessera.1.gz share/bash-completion/completions/tessera share/zsh/vendor-completions/_tessera \
    share/fish/vendor_completions.d/tessera.fish share/doc/tessera/copyright share/doc/tessera/changelog.gz \
    share/doc/tessera/changelog.Debian.gz share/tessera/jobs/heat/jobs/hot-spot-3d.toml; do
    [ -s "$work/tree/usr/$path" ] || fail "the package has no /usr/$path"
  done
  local binary
  for binary in bin/tessera lib/tessera/solvers/heat.so; do
    readelf -d "$work/tree/usr/$binary" | grep -E 'RPATH|RUNPATH' && fail "/usr/$binary has an RPATH or RUNPATH"
    file "$work/tree/usr/$binary" | grep -q 'not stripped' && fail "/usr/$binary is not stripped"
  done
  grep -r -l -F -e "$build" "$work/tree" && fail "the files above contain the path of the build folder"
  echo "   depends on $(field Depends | tr ',' '\n' | wc -l) packages, $(grep -c -v '/$' "$listing") files"
  finish
}

# Prints "URI suite component" for each of Debian's own archives of this release in apt's sources, one per line.
archives() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v code="$codename" '$1 == "Debian" && ($3 == code || $3 == code "-updates" || $3 == code "-security") \
                             { print $2, $3, $4 }'
}

# Runs in the namespace: creates the root file system, installs the package and runs a job.
inside() {
  local root="$work/root" mirror proxy=""
  mirror="$(archives | awk -v code="$codename" '$2 == code && $3 == "main" { print $1; exit }')"
  [ -n "$mirror" ] || skip "apt has no package lists of Debian $codename; run 'apt-get update'"
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  if [ -n "$proxy" ]; then export http_proxy="$proxy"; fi

  begin "a clean root file system of Debian $codename, from $mirror"
  mkdir "$root"
  if ! debootstrap --variant=minbase "$codename" "$root" "$mirror" >"$work/debootstrap.log" 2>&1; then
    tail -n 5 "$work/debootstrap.log"
    skip "debootstrap could not create a root file system from $mirror"
  fi
  finish

  begin "apt-get install"
  archives | sed 's/^/deb /' >"$root/etc/apt/sources.list"
  # The root file system is temporary, so dpkg need not flush it to disk.
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # do not start services
  chmod 755 "$root/usr/sbin/policy-rc.d"
  mount -t proc proc "$root/proc"
  mkdir -p "$root/dev/shm" "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  install -m 644 "$package" "$root/var/tmp/tessera.deb"
  quietly "$work/update.log" in_root apt-get update || skip "the package lists could not be fetched from $mirror"
  quietly "$work/install.log" in_root apt-get install -y --no-install-recommends /var/tmp/tessera.deb ||
    fail "apt-get could not install the package; the end of its output is above"
  finish

  begin "a job on 2 ranks, as an ordinary user"
  in_root useradd --create-home user
  write_job "$root/home/user/job.toml"
  as_user tessera --version || fail "the installed program does not start"
  as_user tessera solvers | tee "$work/solvers"
  local solver
  for solver in heat shallow_water; do
    grep -q "^$solver " "$work/solvers" || fail "the installed program does not find its solver $solver"
  done
  quietly "$work/run.log" as_user mpirun -n 2 tessera run job.toml --run-dir run ||
    fail "the job failed; the end of its output is above"
  [ -s "$root/home/user/run/fields.xdmf" ] || fail "the job wrote no fields"
  compgen -G "$root/home/user/run/frames/*.png" >/dev/null || fail "the job wrote no images"
  local package_digest build_digest
  package_digest="$(digest_of "$root/home/user/run/run.json")"
  write_job "$work/job.toml"
  quietly "$work/run-here.log" "$build/bin/tessera" run "$work/job.toml" --run-dir "$work/run" ||
    fail "the job failed with the program in the build folder; the end of its output is above"
  build_digest="$(digest_of "$work/run/run.json")"
  echo "   package on 2 ranks: $package_digest"
  echo "   build on 1 rank:    $build_digest"
  [ "$package_digest" = "$build_digest" ] || fail "the results of the package differ from those of the build"
  finish

  begin "apt-get purge"
  quietly "$work/purge.log" in_root apt-get purge -y tessera || fail "the package could not be removed"
  local left
  left="$(cd "$root" && find usr -name '*tessera*' -print)"
  [ -z "$left" ] || fail "files remain after the package was removed: $left"
  finish
}

in_root() {
  chroot "$work/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} "$@"
}
as_user() {
  # shellcheck disable=SC2016
  chroot --userspec=user:user "$work/root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/home/user LC_ALL=C.UTF-8 \
    OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=slot:oversubscribe /bin/sh -c 'cd && exec "$@"' sh "$@"
}

if [ "${1-}" = --inside ]; then
  [ $# -eq 5 ] || fail "--inside is for internal use by this script"
  build="$2" work="$3" package="$4" codename="$5"
  inside
  exit 0
fi

[ $# -eq 1 ] || { echo "usage: $0 BUILD_DIR" >&2; exit 64; }
build="$(cd "$1" && pwd)"
[ -x "$build/bin/tessera" ] || fail "$build contains no bin/tessera" "build it first"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset TESSERA_PLUGIN_PATH

# shellcheck source=/dev/null
codename="$(. /etc/os-release && if [ "${ID-}" = debian ]; then echo "${VERSION_CODENAME-}"; fi)"
[ -n "$codename" ] || skip "this machine does not run Debian"

work="$(mktemp -d "${TMPDIR:-/tmp}/tessera-deb-XXXXXX")"
child=""
# Killing unshare ends all processes in its namespace, but the last of them may take a moment to exit.
# shellcheck disable=SC2317
clean_up() {
  if [ -n "$child" ]; then kill -KILL "$child" 2>/dev/null || true; fi
  rm -rf --one-file-system "$work" 2>/dev/null || { sleep 2; rm -rf --one-file-system "$work"; }
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_package
check_package

[ "$(id -u)" -eq 0 ] || skip "the package was created and checked; installing it in a clean root file system requires root"
command -v debootstrap >/dev/null ||
  skip "the package was created and checked; installing it requires debootstrap, which scripts/install-deps --tests installs"
# The namespace ends with this script, even if the script is killed.
namespace=(setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child --mount-proc)
"${namespace[@]}" true 2>/dev/null ||
  skip "the package was created and checked; installing it requires a mount namespace, which this machine does not permit"

# Run in the background, so that this script handles signals immediately.
status=0
"${namespace[@]}" bash "$here/deb.sh" --inside "$build" "$work" "$package" "$codename" </dev/null &
child=$!
wait "$child" || status=$?
child=""
if [ "$status" -eq 0 ]; then
  echo "the package installs on a clean Debian $codename, and its results are bit-identical to those of the build"
fi
exit "$status"
