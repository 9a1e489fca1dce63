#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# lazyrun with an executor of another architecture: modules of the wrong one,
# calls that a branch does not reach, the executor's CPU.
#
#   tool_test.sh LAZYRUN EMULATOR EXECUTOR LLVM_BIN TRIPLE
set -u

lazyrun=$1 emulator=$2 executor=$3 clang=$4/clang triple=$5
architecture=${triple%%-*}
host=$(uname -m)
# shellcheck source=../checks.sh
source "$(dirname "$0")/../checks.sh"

launch=(--oop-launch="$emulator $executor")
on() { # a CPU of the emulator's
  launch=(--oop-launch="$emulator -cpu $1 $executor")
}

# ---- Modules of the wrong architecture -------------------------------------------

for target in "$host-linux-gnu" "$triple"; do
  compile "${target%%-*}" --target="$target" <<'END'
int puts(const char *);
int main(void) {
  puts("hello");
  return 7;
}
END
done

run "$lazyrun" "${launch[@]}" "$architecture.bc"
check 'the architecture is what the executor reports' returns 7
check 'and its program prints' prints hello

run "$lazyrun" "${launch[@]}" "$host.bc"
check 'a module of another architecture is refused' \
  fails_saying "$host.bc: it was compiled for '$host-.*', the target is '$architecture-"
run "$lazyrun" "$architecture.bc"
check 'in this process, too' \
  fails_saying "$architecture.bc: it was compiled for '$architecture-.*', the target is '$host-"
run "$lazyrun" "${launch[@]}" --extra-module="$host.bc" "$architecture.bc"
check 'and beside one of the right architecture' fails_saying "$host.bc: it was compiled for"

cat >none.ll <<'END'
@text = private constant [6 x i8] c"hello\00"
declare i32 @puts(ptr)
define i32 @main() {
  %1 = call i32 @puts(ptr @text)
  ret i32 7
}
END
run "$lazyrun" "${launch[@]}" none.ll
check "a module without a triple takes the executor's" returns 7
check 'and prints' prints hello

# ---- What has a name in assembly, and the last block are AArch64's ----------------

[ "$architecture" = aarch64 ] || {
  finish
  exit
}

dumped_as() { # folder, regular expression in the code of main
  returns 3 && grep -qE -- "$2" "$1"/*-main.s
}

# Libraries come behind the window for compiled code, out of a branch's reach.
compile far --target="$triple" -O1 <<'END'
double cbrt(double);
int main(int argc, char **argv) {
  return (int)cbrt(argc * 27);
}
END
run "$lazyrun" "${launch[@]}" --dump=far -lm far.bc
check 'a call too far for a branch takes a veneer' dumped_as far 'br[[:space:]]x17'

# ---- The executor's CPU ----------------------------------------------------------

# clang has "generic" and "outline-atomics" say what main is compiled for.
compile add --target="$triple" -O1 <<'END'
long counter = 1;
int main(void) {
  return (int)(__atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST) + counter);
}
END
cat >plain.ll <<'END'
@counter = internal global i64 3
define i32 @main() {
  %old = atomicrmw add ptr @counter, i64 1 seq_cst
  %r = trunc i64 %old to i32
  ret i32 %r
}
END

run_dumped() { # options of lazyrun
  rm -rf add
  run "$lazyrun" "${launch[@]}" --dump=add "$@"
}

on max
for module in add.bc plain.ll; do
  run_dumped $module
  check "$module uses what the executor's CPU has" dumped_as add ldaddal
  run_dumped --mattr=-lse $module
  check "$module: --mattr takes it away" dumped_as add ldaxr
  run_dumped --mcpu=cortex-a57 $module
  check "$module: --mcpu, which has not" dumped_as add ldaxr
  run_dumped --mcpu=neoverse-n1 $module
  check "$module: --mcpu, which has" dumped_as add ldaddal
done
on cortex-a57
for module in add.bc plain.ll; do
  run_dumped $module
  check "$module uses nothing that the CPU lacks" dumped_as add ldaxr
done
finish
