#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures programs of N small functions, each called once: the cost of one more
# function in time, and in memory and mappings of the process.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

# Writes a program that calls its N functions and prints by how many mappings and
# pages its process has grown meanwhile.
generate() {
  local n=$1 i
  cat <<'END'
#include <stdio.h>
static int mappings(void) {
  int lines = 0, c;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && (c = getc(maps)) != EOF)
    lines += c == '\n';
  fclose(maps);
  return lines;
}
static int resident(void) {
  int pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  fscanf(statm, "%*d %d", &pages);
  fclose(statm);
  return pages;
}
END
  for ((i = 0; i < n; i++)); do
    echo "int f$i(int x) { return x * 3 + $i; }"
  done
  echo 'static int call_all(int x) {'
  for ((i = 0; i < n; i++)); do
    echo "  x = f$i(x);"
  done
  cat <<'END'
  return x;
}
int main(void) {
  int mapped = mappings(), pages = resident();
  int x = call_all(1);
  pages = resident() - pages;
  printf("%d %d\n", mappings() - mapped, pages);
  return x == 12345;
}
END
}

page=$(getconf PAGESIZE)
measure_memory() { # column, command
  local column=$1 mapped pages
  shift
  if read -r mapped pages < <(limited "$@" 2>/dev/null); then
    record sample memory-mappings "$row" "$column" \
      "$(awk "BEGIN { print $mapped / $n }")"
    record sample memory-resident "$row" "$column" \
      "$(awk "BEGIN { print $pages * $page / $n }")"
  else
    missing memory-mappings "$row" "$column" 'it does not run'
    missing memory-resident "$row" "$column" 'it does not run'
  fi
}

table many ms lazyrun 'N functions of one line, all called: processor time'
table memory-resident 'bytes a function' lazyrun \
  'Memory that calling a function for the first time takes'
table memory-mappings 'mappings a function' lazyrun \
  'Mappings that calling a function for the first time takes'
counts='1000 2000 4000'
[ -z "$quick" ] || counts='50 100 200'
for n in $counts; do
  row="$n functions"
  generate "$n" >"many-$n.c"
  "$clang" -O0 -w -emit-llvm -c "many-$n.c" -o "many-$n.bc" &&
    "$clang" "many-$n.bc" -o "many-$n" || fail "$row: it cannot be compiled"
  pinned "$tools/bench-time" --cpu=many "$row" "$rounds" "$limit" <<END || exit 1
native	./many-$n
lazyrun	$lazyrun many-$n.bc
lazyrun --eager	$lazyrun --eager many-$n.bc
orc	$lli -O0 -jit-kind=orc many-$n.bc
mcjit	$lli -O0 -jit-kind=mcjit many-$n.bc
orc-lazy	$lli -O0 -jit-kind=orc-lazy many-$n.bc
END
  for ((i = 0; i < rounds; i++)); do
    measure_memory lazyrun "$lazyrun" "many-$n.bc"
    measure_memory 'lazyrun, target' "$lazyrun" --oop-launch "many-$n.bc"
    # orc-lazy takes minutes for the larger ones, so it is measured once.
    [ "$n" != "${counts%% *}" ] ||
      measure_memory orc-lazy "$lli" -O0 -jit-kind=orc-lazy "many-$n.bc"
  done
done
