#!/usr/bin/env bash
# SQLite and a short workload, bitcode from clang -O0: from start to exit.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

package=better-sqlite3@12.2.0 # carries SQLite's amalgamation
source_dir=$work/package/deps/sqlite3

if [ ! -f "$source_dir/sqlite3.c" ]; then
  command -v npm >/dev/null || {
    echo 'SQLite: not measured: npm is needed to fetch it (apt-get install npm)'
    exit 0
  }
  (cd "$work" && npm pack --silent "$package" >/dev/null 2>&1 &&
    tar xzf better-sqlite3-*.tgz package/deps/sqlite3) || {
    echo "SQLite: not measured: npm cannot fetch $package"
    exit 0
  }
fi

cd "$work" || exit 1
"$llvm_bin/clang" -O0 -w -DSQLITE_OMIT_LOAD_EXTENSION -emit-llvm -c \
  "$source_dir/sqlite3.c" -o sqlite3.bc &&
  "$llvm_bin/clang" -O0 -I "$source_dir" -emit-llvm -c \
    "$bench/sqlite_workload.c" -o workload.bc &&
  "$llvm_bin/llvm-link" sqlite3.bc workload.bc -o sqlite.bc &&
  "$llvm_bin/clang" -O0 -w sqlite.bc -lm -o sqlite || exit 1

./sqlite >expected
"$lazyrun" sqlite.bc >out
cmp -s expected out || {
  echo 'SQLite: lazyrun prints something else than the native program'
  exit 1
}

echo "SQLite, 1000 inserts, an index, 3 queries; bitcode $(stat -c %s sqlite.bc) bytes"
"$tools/bench-median" "$rounds" <<END
lazyrun      $lazyrun sqlite.bc
lazyrun-O2   $lazyrun -O2 sqlite.bc
mcjit-O0     $lli -O0 -jit-kind=mcjit sqlite.bc
orc-O0       $lli -O0 -jit-kind=orc sqlite.bc
orc-lazy-O0  $lli -O0 -jit-kind=orc-lazy sqlite.bc
native       ./sqlite
END
"$lazyrun" --stats sqlite.bc 2>&1 >/dev/null | sed 's/^/  /'
