#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# LLVM crashes, or takes its time: what the tool says, and how it ends.
#
#   crashes_test.sh LAZYRUN LLVM_BIN
set -u

lazyrun=$1
clang=$2/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

# ---- Code generation of what makes no sense --------------------------------------

unchecked() { # name; IR on standard input
  "$as" -disable-verify -o "$1.bc" || exit 2
}
as=$2/llvm-as

unchecked short_phi <<'END'
define i32 @main(i32 %c) {
  br label %z
y:
  br label %z
z:
  %w = phi i32 [1, %0]
  ret i32 %w
}
END
unchecked late_phi <<'END'
define i32 @main(i32 %c) {
  br label %a
a:
  %x = add i32 %c, 1
  %p = phi i32 [0, %0]
  ret i32 %p
}
END
unchecked no_pad <<'END'
declare void @abort()
define i32 @main(i32 %c) {
  invoke void @abort() to label %a unwind label %b
a:
  ret i32 0
b:
  ret i32 1
}
END

crashes=0
for name in short_phi late_phi no_pad; do
  for mode in -O0 -O2 --eager --check --oop-launch; do
    run "$lazyrun" $mode --disable-verify "$name.bc"
    case $(cat err) in
    *'LLVM: it crashed with SIG'*)
      check "$name, $mode: names the function" fails_saying "$name.bc: function 'main': "
      crashes=$((crashes + 1))
      ;;
    *) check "$name, $mode: no signal" [ "$status" -lt 124 ] ;;
    esac
  done
done
check 'some of these crash LLVM' [ "$crashes" -gt 0 ]

# The program handles crashes itself, in every way in which a handler can be set.
handlers='declare i32 @putchar(i32)
declare ptr @signal(i32, ptr)
declare ptr @sysv_signal(i32, ptr)
declare i32 @sigaction(i32, ptr, ptr)
declare void @_exit(i32)
@action = global [19 x i64] zeroinitializer
define void @handle(i32 %number) {
  call void @_exit(i32 5)
  ret void
}'
for way in 'call ptr @signal(i32 %number, ptr @handle)' \
  'call ptr @sysv_signal(i32 %number, ptr @handle)' \
  'call i32 @sigaction(i32 %number, ptr @action, ptr null)'; do
  unchecked handling <<END
$handlers
define void @set(i32 %number) {
  store ptr @handle, ptr @action
  $way
  ret void
}
define i32 @bad(i32 %c) {
  br label %z
y:
  br label %z
z:
  %w = phi i32 [1, %0]
  ret i32 %w
}
define i32 @main(i32 %c) {
  $(for number in 4 5 6 7 8 11; do echo "call void @set(i32 $number)"; done)
  %again = icmp eq i32 %c, 1
  br i1 %again, label %llvm, label %program
llvm:
  %r = call i32 @bad(i32 1)
  ret i32 %r
program:
  store i32 1, ptr inttoptr (i64 8 to ptr)
  ret i32 0
}
END
  way=${way#*@} way=${way%%(*}
  run "$lazyrun" --disable-verify handling.bc
  check "$way: a crash of LLVM's in a program that handles crashes" \
    fails_saying "handling.bc: function 'bad': LLVM: it crashed with SIG"
  run "$lazyrun" --disable-verify handling.bc program
  check "$way: the program's crash is its own" returns 5
done

# ---- Stack overflow ---------------------------------------------------------------

# LLVM's parser calls itself for each of these.
{
  echo '@g = global i64 0'
  printf '@x = global i64 '
  printf 'sub (i64 1, i64 %.0s' $(seq 300000)
  printf 'ptrtoint (ptr @g to i64)'
  printf ')%.0s' $(seq 300000)
  printf '\ndefine i32 @main() {\n  ret i32 0\n}\n'
} >nest.ll
for mode in -O0 --oop-launch; do
  run "$lazyrun" $mode nest.ll
  check "$mode: nesting that overflows the stack" \
    fails_saying 'nest.ll: LLVM: it crashed with SIGSEGV'
done

# ---- The program's own handlers ---------------------------------------------------

compile handles <<'END'
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static void handle(int number) {
  _exit(write(1, "handled\n", 8) == 8 ? 5 : 6);
}
int main(int argc, char **argv) {
  struct sigaction before;
  sigaction(SIGSEGV, NULL, &before);
  if (before.sa_handler != SIG_DFL)
    return 1;
  if (argc > 1)
    signal(SIGSEGV, handle);
  *(volatile int *)8 = 1;
  return 0;
}
END
run "$lazyrun" handles.bc
check 'a crash of the program is not LLVM'"'"'s' says 'the program crashed: SIGSEGV'
check 'and ends it by its signal' returns 139
run "$lazyrun" handles.bc handle
check 'the program handles its own' returns 5

# ---- Signals while LLVM is busy ---------------------------------------------------

# At -O2 this takes LLVM minutes.
{
  echo 'define i64 @long(i64 %x) {'
  echo '  %v0 = add i64 %x, 1'
  for ((i = 1; i < 60000; i++)); do
    echo "  %v$i = mul i64 %v$((i - 1)), %x"
  done
  printf '  ret i64 %%v59999\n}\n'
  printf 'define i32 @main() {\n  %%r = call i64 @long(i64 3)\n  ret i32 0\n}\n'
} >long.ll
"$as" -o long.bc long.ll || exit 2
for signal in TERM INT HUP; do
  run timeout --preserve-status -s "$signal" 3 "$lazyrun" -O2 long.bc
  check "SIG$signal ends the process while LLVM is busy" \
    returns $((128 + $(kill -l "$signal")))
done

finish
