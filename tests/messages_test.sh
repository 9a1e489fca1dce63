#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Counts the messages of first calls, with lazyrun's executor and with LLVM's:
# what the controller calls between a first call's request and its answer.
#
#   messages_test.sh LAZYRUN EXECUTOR LLVM_BIN WIRE_TAP
set -u

lazyrun=$1
executor=$2
clang=$3/clang
tap=$4
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

# Calls under a condition: what is certain to be called would be compiled along.
compile program <<'END'
static int counter = 4;
static int spare1(int x) { return x + 1; }
static int spare2(int x) { return x + 2; }
static int spare3(int x) { return x + 3; }
static int leaf(int x) { return x; }
static int branch(int x) { return x > 99 ? spare1(x) + spare2(x) + spare3(x) : x; }
static int count(int x) { return counter += x; }
static int count_again(int x) { return counter += 2 * x; }
int main(int argc, char **argv) {
  int sum = 0;
  if (argc > 0) sum += leaf(argc);
  if (argc > 0) sum += branch(argc);
  if (argc > 0) sum += count(argc);
  if (argc > 0) sum += count_again(argc);
  return sum;
}
END

# A line for each first call: what it asks of the executor, and for how many of
# those answers it waits. "0x6c7a7300" is the tag that the controller has given
# the program for its first calls.
first_calls() {
  awk '$1 == "<" && $2 == "call" && $4 == "0x6c7a7300" {
         within = 1; number = $3; calls = ""; waits = 0; split("", asked); next
       }
       !within { next }
       $1 == ">" && $2 == "result" && $3 == number { print calls waits; within = 0 }
       $1 == ">" && $2 == "call" { asked[$3]; sub(/^.*_(Simple|bootstrap_)/, "", $4); calls = calls $4 " " }
       $1 == "<" && $2 == "result" && $3 in asked { waits++ }' log
}

measure() { # an executor, then what each first call is expected to show
  local what=$1
  shift
  if ! command -v "$what" >/dev/null; then
    echo "$what is not installed"
    return
  fi
  run "$lazyrun" --oop-launch="'$tap' log '$what'" program.bc
  check "$what: runs" returns 14
  printf '%s\n' "$@" >expected
  first_calls >seen
  check "$what: messages of first calls" cmp -s expected seen
  cmp -s expected seen || diff expected seen
}

# main, leaf, branch, count with the module's data, count_again
ours='lazyrun_commit 0'
measure "$executor" "$ours" "$ours" "$ours" "lazyrun_commit $ours" "$ours"
data='mem_write_buffers_wrapper '
unit='ExecutorMemoryManager_initialize_wrapper '
measure llvm-jitlink-executor-22 "${unit}1" "${unit}1" "${unit}1" "$data${unit}2" "${unit}1"
memory='ExecutorMemoryManager_reserve_wrapper '
unit='ExecutorMemoryManager_finalize_wrapper '
measure llvm-jitlink-executor-19 \
  "$memory${unit}2" "$memory${unit}2" "$memory${unit}2" "$memory$data${unit}3" "$memory${unit}2"

finish
