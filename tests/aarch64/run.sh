#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Builds lazy_calls_test for AArch64 and runs it: on this machine if it is one,
# else with a cross compiler and qemu, on processors with and without landing
# pads, pointer authentication and SVE. Ends with 77 where the tools are missing.
#
#   run.sh SOURCE_DIR WORK_DIR
set -eu

source_dir=$1
program=$2/lazy_calls_test
root=/usr/aarch64-linux-gnu # of the cross compiler's libraries
[ ! -e /lib/ld-linux-aarch64.so.1 ] || root=/ # those of arm64 are installed

if [ "$(uname -m)" = aarch64 ]; then
  compiler=${CC:-cc}
  runs=(host)
else
  compiler=aarch64-linux-gnu-gcc
  runs=(cortex-a57 max,sve-max-vq=1 max)
  for tool in "$compiler" qemu-aarch64; do
    if ! command -v "$tool" >/dev/null; then
      echo "skipped: there is no $tool"
      exit 77
    fi
  done
fi

cd "$source_dir"
mapfile -t sources < <(
  ls tests/aarch64/*.[cS] stubs/*.c stubs/*/*.c indirection/*.c
  ls tpc/*.c tpc/base/*.c tpc/common/*.c tpc/{base,target}/aarch64/*.c
  # no_calls.c stands in for these
  ls tpc/target/*.c | grep -vE '/(call|closure|values)\.c$'
)
mkdir -p "$2"
"$compiler" -std=gnu11 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Werror \
  -I. -Itests/aarch64 -o "$program" "${sources[@]}" -ldl -lm -pthread

result=0
for cpu in "${runs[@]}"; do
  echo "== $cpu"
  emulator=()
  [ "$cpu" = host ] || emulator=(qemu-aarch64 -cpu "$cpu" -L "$root")
  "${emulator[@]}" "$program" || result=1
done
exit $result
