#!/usr/bin/env bash
# SQLite and a short workload, bitcode from clang -O0: from start to exit.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"
# shellcheck source=sqlite_bitcode.sh
source "$bench/sqlite_bitcode.sh"

fetch_sqlite || exit 0
make_sqlite || exit 1
cd "$work" || exit 1
check_sqlite "$lazyrun" sqlite.bc || exit 1

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
