# shellcheck shell=bash
# SQLite and a short workload as a program, for those who measure it. Read after
# programs.sh.

make_sqlite() {
  fetch_package SQLite better-sqlite3@12.2.0 better-sqlite3 || return 1
  compile_program sqlite '' -DSQLITE_OMIT_LOAD_EXTENSION \
    -Ibetter-sqlite3/deps/sqlite3 better-sqlite3/deps/sqlite3/sqlite3.c \
    "$bench/programs/sqlite.c" || fail 'SQLite cannot be compiled'
}
