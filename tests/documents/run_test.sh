#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What run.sh notices in a document, and what it does not mind.
#
#   run_test.sh LLVM_VERSION
set -u

run=$(dirname "$(realpath "$0")")/run.sh llvm=$1
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
failures=0

ends() { # a status, what is shown, then the lines of a block; behind them, other lines
  local expected=$1 what=$2 block=$3
  printf '# Title\n\n%s\n\n```console\n%s\n```\n\n## Other\n\n```console\n$ false\n```\n' \
    "${4-}" "$block" >"$folder/document.md"
  bash "$run" "$folder/document.md" Title "$folder" "$llvm" >"$folder/out" 2>&1
  local status=$?
  [ $status = "$expected" ] && return
  failures=$((failures + 1))
  echo "FAILED: $what: status $status"
  cat "$folder/out"
}

ends 0 'what is printed' $'$ echo one; echo two\none\ntwo'
ends 0 'nothing is printed' $'$ true\n$ true'
ends 1 'another output' $'$ echo one\ntwo'
ends 1 'more output' $'$ echo one; echo two\none'
ends 1 'less output' $'$ echo one\none\ntwo'
ends 1 'standard error' $'$ echo one >&2'
ends 1 'a command that fails' $'$ false'
ends 0 'a command whose status is shown' $'$ (exit 3)\n$ echo $?\n3'
ends 1 'a command whose status is another' $'$ (exit 3)\n$ echo $?\n4'
ends 0 'a command of two lines' $'$ echo one \\\n    two\none two'
ends 0 'a file, its blank line and its words' $'$ cat file\n# *\n\nsecond\n$ wc -l <file\n3\n$ head -n 1 file\n# *'
ends 0 'lines left out' $'$ seq 5\n1\n...\n5'
ends 1 'lines left out in front of another' $'$ seq 5\n1\n...\n6'
ends 0 'addresses, times and sizes' $'$ echo 0x12ab, 0.35 ms, 10 bytes\n0x3, 12.50 ms, 7 bytes'
ends 1 'other numbers' $'$ echo 12 steps\n13 steps'
ends 1 'a pattern of the shell' $'$ echo one\n*'
ends 0 'folder and variables stay' $'$ mkdir new && cd new && word=hello\n$ echo "$word ${PWD##*/}"\nhello new'
ends 0 'variables that the test has too' $'$ folder=/ printed=/ status=5 i=9 command=no\n$ echo $folder$i\n/9'
ends 1 'a command that ends the shell' $'$ exit'
ends 0 'a file that is there' $'$ cat file\none\n$ cat file\none'
ends 0 'this LLVM' "\$ echo clang-22 libomp-22-dev 1-220
clang-$llvm libomp-$llvm-dev 1-220"
ends 0 'what is needed and there' $'$ true' 'Needs `bash`, `cat`.'
ends 77 'what is needed and missing' $'$ true' 'Needs `bash`, `no-such-package`.'
ends 1 'no commands' 'text' 'Needs `bash`.'
ends 1 'a mistake before what is missing' $'$ false\n```\n\nNeeds `no-such-package`.\n\n```console\n$ true'

[ "$failures" = 0 ]
