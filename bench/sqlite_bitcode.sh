# shellcheck shell=bash
# SQLite and a short workload as one bitcode file, sqlite.bc in $work, with what
# the native program prints in `expected`. Read by those who measure it, after
# common.sh.

package=better-sqlite3@12.2.0 # carries SQLite's amalgamation
source_dir=$work/package/deps/sqlite3

fetch_sqlite() {
  [ ! -f "$source_dir/sqlite3.c" ] || return 0
  command -v npm >/dev/null || {
    echo 'SQLite: not measured: npm is needed to fetch it (apt-get install npm)'
    return 1
  }
  (cd "$work" && npm pack --silent "$package" >/dev/null 2>&1 &&
    tar xzf better-sqlite3-*.tgz package/deps/sqlite3) || {
    echo "SQLite: not measured: npm cannot fetch $package"
    return 1
  }
}

make_sqlite() {
  (
    cd "$work" || exit 1
    "$llvm_bin/clang" -O0 -w -DSQLITE_OMIT_LOAD_EXTENSION -emit-llvm -c \
      "$source_dir/sqlite3.c" -o sqlite3.bc &&
      "$llvm_bin/clang" -O0 -I "$source_dir" -emit-llvm -c \
        "$bench/sqlite_workload.c" -o workload.bc &&
      "$llvm_bin/llvm-link" sqlite3.bc workload.bc -o sqlite.bc &&
      "$llvm_bin/clang" -O0 -w sqlite.bc -lm -o sqlite &&
      ./sqlite >expected
  )
}

# Whether a command prints what the native program does.
check_sqlite() { # command, words
  "$@" >"$work/out"
  cmp -s "$work/expected" "$work/out" || {
    echo "SQLite: $* prints something else than the native program"
    return 1
  }
}
