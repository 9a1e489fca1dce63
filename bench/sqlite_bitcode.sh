# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck shell=bash
# Makes a program of SQLite and a short workload, for the scripts that measure it.
# They read this after programs.sh.

make_sqlite() {
  fetch_package SQLite better-sqlite3@12.2.0 better-sqlite3 || return 1
  compile_program sqlite '' -DSQLITE_OMIT_LOAD_EXTENSION \
    -Ibetter-sqlite3/deps/sqlite3 better-sqlite3/deps/sqlite3/sqlite3.c \
    "$bench/programs/sqlite.c" || fail 'SQLite cannot be compiled'
}
