#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Runs all of tests/programs in some variants of run_program.sh, and says how many
# agree.
#
#   variant_programs.sh TOOL LLVM_BIN VARIANTS [PATTERN [OPTION...]]
#       VARIANTS: baseline, passes, ...; programs whose names match; options of
#       run_program.sh
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tool=$(realpath "$1") llvm_bin=$2 variants=$3 pattern=${4:-*}
options=("${@:5}")
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

agreed=0 differed=0 skipped=0
for program in "$here"/programs/$pattern; do
  name=$(basename "$program")
  case $name in *.c | *.cpp | *.ll | *.sh) ;; *) continue ;; esac
  bash "$here/run_program.sh" --tool="$tool" --llvm-bin="$llvm_bin" \
    --work="$work/$name" --variants="$variants" "${options[@]}" "$program" >"$work/report" 2>&1
  case $? in
    0) agreed=$((agreed + 1)) ;;
    77) skipped=$((skipped + 1)) ;;
    *)
      differed=$((differed + 1))
      cat "$work/report"
      ;;
  esac
  rm -rf "${work:?}/$name"
done
echo "agreed $agreed, differed $differed, skipped $skipped"
[ "$differed" = 0 ]
