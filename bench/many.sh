#!/usr/bin/env bash
# Programs of N small functions, each called once: what one more function costs,
# in time and in mappings of the process.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"

generate() { # a program that calls its N functions, then counts its mappings
  local n=$1 i
  echo '#include <stdio.h>'
  for ((i = 0; i < n; i++)); do
    echo "int f$i(int x) { return x * 3 + $i; }"
  done
  echo 'int main(void) { int x = 1, lines = 0, c;'
  for ((i = 0; i < n; i++)); do
    echo "  x = f$i(x);"
  done
  cat <<'END'
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && (c = getc(maps)) != EOF)
    lines += c == '\n';
  printf("%d\n", lines);
  return x == 12345;
}
END
}

for n in 1000 2000 4000; do
  generate $n >"$work/many-$n.c"
  "$llvm_bin/clang" -O0 -emit-llvm -c "$work/many-$n.c" -o "$work/many-$n.bc" ||
    exit 1
  commands="lazyrun      $lazyrun $work/many-$n.bc
eager        $lazyrun --eager $work/many-$n.bc
orc-O0       $lli -O0 -jit-kind=orc $work/many-$n.bc
"
  # It takes minutes from 2000 on.
  [ $n != 1000 ] ||
    commands+="orc-lazy-O0  $lli -O0 -jit-kind=orc-lazy $work/many-$n.bc"$'\n'
  echo "$n functions, all called"
  "$tools/bench-median" "$rounds" <<<"${commands%$'\n'}"
  while read -r name command; do
    # shellcheck disable=SC2086 # words are meant
    echo "  $name: $($command) mappings at the end"
  done <<<"${commands%$'\n'}"
done
