#!/usr/bin/env bash
# SQLite's amalgamation and programs/sqlite.c.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"
# shellcheck source=programs.sh
source "$bench/programs.sh"
# shellcheck source=sqlite_bitcode.sh
source "$bench/sqlite_bitcode.sh"

declare_programs
make_sqlite || exit 0
measure_program SQLite sqlite
# Nothing runs beside anything else.
time_program() {
  pinned "$tools/bench-time" --wall=programs "$1" "$rounds" "$limit" \
    <<<"${2%$'\n'}" || exit 1
}
measure_program 'SQLite, one processor' sqlite
