#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures programs/sqlite.c, which uses SQLite's amalgamation.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"
# shellcheck source=programs.sh
source "$bench/programs.sh"
# shellcheck source=sqlite_bitcode.sh
source "$bench/sqlite_bitcode.sh"

declare_programs
make_sqlite || exit 0
measure_program SQLite sqlite
# Once more on one processor, where no thread runs beside another.
time_program() {
  pinned "$tools/bench-time" --wall=programs "$1" "$rounds" "$limit" \
    <<<"${2%$'\n'}" || exit 1
}
measure_program 'SQLite, one processor' sqlite
