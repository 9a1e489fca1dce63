#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Runs fuzzing harnesses, as many at once as there are processors, and prints a
# line for each: how often it ran, what it covered, and what it found.
#
#   run.sh BUILD_DIR HARNESS...
#
# Each runs for LZR_FUZZ_SECONDS, 60 if that is not set, from its seeds (seeds/)
# and from what earlier runs have found to be new (BUILD_DIR/fuzz/HARNESS/corpus). An
# input that ends a harness is left in BUILD_DIR/fuzz/HARNESS; to see what it does:
# BUILD_DIR/bin/HARNESS INPUT.
set -u

build=$1
harnesses=("${@:2}")
seeds=$(dirname "$0")/seeds
seconds=${LZR_FUZZ_SECONDS:-60}

# Longer inputs reach nothing new, and are slow.
longest=16384

# Prints the options of a harness. One that runs LLVM's code leaks where it leaves
# LLVM, so it runs in processes that end before they are too large; what it finds in
# LLVM alone does not count. An executor keeps what it makes for its controller.
options_of() {
  case $1 in
  bitcode_fuzz | session_fuzz | program_fuzz) echo -fork=1 -ignore_ooms=1 -ignore_timeouts=0 -detect_leaks=0 ;;
  executor_fuzz) echo -detect_leaks=0 ;;
  esac
}

sanitize=allocator_may_return_null=1:max_allocation_size_mb=512
sanitize+=:suppressions=$(realpath "$(dirname "$0")")/llvm.supp

fuzz() { # a harness
  local folder=$build/fuzz/$1 options
  options=$(options_of "$1")
  mkdir -p "$folder/corpus"
  rm -f "$folder"/{crash,leak,timeout,oom}-*
  [[ $options != *detect_leaks=0* ]] || sanitize+=:detect_leaks=0
  # shellcheck disable=SC2086
  ASAN_OPTIONS=$sanitize UBSAN_OPTIONS=print_stacktrace=1 \
    "$build/bin/$1" -max_total_time="$seconds" -max_len=$longest -timeout=25 \
    -rss_limit_mb=2500 -close_fd_mask=1 -print_final_stats=1 $options \
    -artifact_prefix="$folder/" "$folder/corpus" "$seeds/$1" \
    >"$folder/log" 2>&1
  echo $? >"$folder/status"
}

report() { # a harness; fails if it found something
  local folder=$build/fuzz/$1 runs edges
  runs=$(grep -oE '^#[0-9]+' "$folder/log" | tail -n 1 | tr -d '#')
  edges=$(grep -oE ' cov: [0-9]+' "$folder/log" | tail -n 1 | tr -dc 0-9)
  if [ "$(cat "$folder/status")" = 0 ]; then
    printf '%-16s %10s runs %8s edges  nothing found\n' "$1" "$runs" "$edges"
    return
  fi
  printf '%-16s %10s runs %8s edges  FAILED\n' "$1" "${runs:-?}" "${edges:-?}"
  grep -E '^(FAILED|SUMMARY|==[0-9]+== ?ERROR)|runtime error:' "$folder/log" | head -n 3
  ls "$folder"/*-* 2>/dev/null
  return 1
}

for harness in "${harnesses[@]}"; do
  while [ "$(jobs -pr | wc -l)" -ge "$(nproc)" ]; do
    wait -n
  done
  fuzz "$harness" &
done
wait

failed=0
for harness in "${harnesses[@]}"; do
  report "$harness" || failed=1
done
exit $failed
