#!/usr/bin/env bash
# Fuzzes the decoders of checkpoints with arbitrary bytes as manifests, indexes and segments.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/fuzz/run.sh [--seconds N] [--programs FOLDER] [--keep FOLDER] [target ...]

Runs the targets (by default manifest, index and segment) one after the other. Exits with code 77 if clang++ or its
libFuzzer runtime is missing (packages clang, libclang-rt-dev).

  --seconds N        total time for all targets; default 60
  --programs FOLDER  use the programs fuzz_manifest … in this folder; by default, build them
  --keep FOLDER      keep new inputs and findings in this folder; by default, only findings are kept, in a
                     temporary folder
TEXT
}

fail() {
  echo "error: $1" >&2
  if [ $# -gt 1 ]; then echo "  = $2" >&2; fi
  exit 1
}

skip() {
  echo "skipped: $1"
  exit 77
}

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
seconds=60
programs=""
keep=""
targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds | --programs | --keep)
      [ $# -ge 2 ] || { usage >&2; fail "'$1' expects a value"; }
      case "$1" in
        --seconds) seconds="$2" ;;
        --programs) programs="$2" ;;
        --keep) keep="$2" ;;
      esac
      shift 2
      ;;
    -h | --help) usage; exit 0 ;;
    manifest | index | segment) targets+=("$1"); shift ;;
    *) usage >&2; fail "unknown argument '$1'" ;;
  esac
done
[[ "$seconds" =~ ^[1-9][0-9]*$ ]] || fail "--seconds expects a whole number of at least 1, not '$seconds'"
if [ ${#targets[@]} -eq 0 ]; then targets=(manifest index segment); fi

work="$(mktemp -d -t tessera-fuzz-XXXXXX)"
trap 'rm -rf "$work"' EXIT

build() {
  local compiler="" name
  for name in clang++ clang++-14 clang++-15 clang++-16 clang++-17 clang++-18 clang++-19; do
    if command -v "$name" >/dev/null; then compiler="$name"; break; fi
  done
  [ -n "$compiler" ] || skip "clang++ not found (package clang)"
  local flags=(-std=c++20 -O1 -g -fno-omit-frame-pointer "-fsanitize=fuzzer,address,undefined" -fno-sanitize-recover=all)
  echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' >"$work/probe.cpp"
  "$compiler" "${flags[@]}" "$work/probe.cpp" -o "$work/probe" 2>"$work/error" ||
    skip "$compiler cannot link libFuzzer with AddressSanitizer (package libclang-rt-dev): $(head -n 1 "$work/error")"
  read -r -a libraries <<<"$(pkg-config --cflags --libs libxxhash fmt)"
  local shared=("$root/framework/checkpoint/manifest.cpp")
  local objects=() source
  for source in digest error record text utf8; do shared+=("$root/framework/base/$source.cpp"); done
  for source in "${shared[@]}"; do
    objects+=("$work/$(basename "$source").o")
    "$compiler" "${flags[@]}" -fsanitize=fuzzer-no-link -I"$root/framework" -c "$source" -o "${objects[-1]}"
  done
  for name in "${targets[@]}"; do
    "$compiler" "${flags[@]}" -I"$root/framework" -I"$here" "$here/fuzz_$name.cpp" "${objects[@]}" "${libraries[@]}" \
      -o "$work/fuzz_$name"
  done
  programs="$work"
}

if [ -z "$programs" ]; then build; fi
if [ -z "$keep" ]; then
  findings="$(mktemp -d -t tessera-fuzz-findings-XXXXXX)"
else
  findings="$keep/findings"
fi
seconds_per_target=$((seconds / ${#targets[@]}))
if [ "$seconds_per_target" -lt 1 ]; then seconds_per_target=1; fi

failed=()
for name in "${targets[@]}"; do
  inputs="${keep:-$work}/inputs-$name"
  mkdir -p "$inputs" "$findings"
  # Extreme numbers, and the magic bytes of the format.
  cat >"$work/dictionary" <<'TEXT'
"\xff\xff\xff\xff\xff\xff\xff\xff"
"\xff\xff\xff\xff\xff\xff\xff\x7f"
"\x00\x00\x00\x00\x00\x00\x00\x80"
"\x00\x00\x00\x00\x00\x01\x00\x00"
"\xff\xff\xff\xff"
"TESSERA CHECKPOINT\x0a"
TEXT
  echo "fuzz_$name: $seconds_per_target s"
  if ! "$programs/fuzz_$name" -max_total_time="$seconds_per_target" -rss_limit_mb=512 -malloc_limit_mb=128 \
    -timeout=30 -max_len=16384 -dict="$work/dictionary" -artifact_prefix="$findings/$name-" -print_final_stats=1 -verbosity=1 "$inputs" \
    "$here/corpus/$name" >"$work/log" 2>&1; then
    failed+=("$name")
    cat "$work/log"
    continue
  fi
  grep -E 'INITED|DONE|stat::(number_of_executed_units|average_exec_per_sec|peak_rss_mb)' "$work/log"
done
if [ ${#failed[@]} -gt 0 ]; then
  fail "failures in: ${failed[*]}" \
    "the inputs are in $findings; run fuzz_TARGET on one of them to reproduce the failure"
fi
rmdir "$findings" 2>/dev/null || true
