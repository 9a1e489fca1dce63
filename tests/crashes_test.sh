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
  tee "$1.ll" | "$as" -disable-verify -o "$1.bc" || exit 2
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

# A shared library sets handlers, in every way in which it can.
library() { # name, the way
  cat >"$1.c" <<END
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>
static void handle(int number) { _exit(number ? 5 : 6); }
int library_set(int number) {
  struct sigaction action = {.sa_handler = handle};
  $2;
  return 0;
}
int library_unset(int number) {
  struct sigaction before;
  library_set(number);
  sigaction(number, NULL, &before);
  if (before.sa_handler != handle)
    _exit(7);
  signal(number, SIG_DFL);
  return 0;
}
END
  "$clang" -w -fPIC -shared "$1.c" -o "lib$1.so" || exit 2
}
library sigaction 'sigaction(number, &action, NULL)'
library signal 'signal(number, handle)'
library sysv '__sysv_signal(number, handle)'
library sigset 'sigset(number, handle)'
library unseen 'int (*set)(int, void *, void *) = dlsym(dlopen("libc.so.6", RTLD_LAZY), "sigaction");
  set(number, &action, NULL)'

# The program handles crashes itself, in every way in which a handler can be set.
handlers='declare i32 @putchar(i32)
declare ptr @signal(i32, ptr)
declare ptr @sysv_signal(i32, ptr)
declare ptr @sigset(i32, ptr)
declare i32 @library_set(i32)
declare i32 @library_unset(i32)
declare i32 @sigaction(i32, ptr, ptr)
declare void @_exit(i32)
@action = global [19 x i64] zeroinitializer
define void @handle(i32 %number) {
  call void @_exit(i32 5)
  ret void
}'
for way in sigaction:'call ptr @signal(i32 %number, ptr @handle)' \
  sigaction:'call ptr @sysv_signal(i32 %number, ptr @handle)' \
  sigaction:'call ptr @sigset(i32 %number, ptr @handle)' \
  sigaction:'call i32 @sigaction(i32 %number, ptr @action, ptr null)' \
  {sigaction,signal,sysv,sigset,unseen}:'call i32 @library_set(i32 %number)'; do
  library=${way%%:*} way=${way#*:}
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
  way=${way#*@} way=${way%%(*} with="-L$folder -l$library"
  [ "$way" != library_set ] || way="a library by $library"
  run "$lazyrun" --disable-verify $with handling.bc
  check "$way: a crash of LLVM's in a program that handles crashes" \
    fails_saying "handling.bc: function 'bad': LLVM: it crashed with SIG"
  run "$lazyrun" --disable-verify $with handling.bc program
  check "$way: the program's crash is its own" returns 5
done

# What is set in the end is the default.
for library in sigaction signal sysv sigset; do
  sed 's/call void @set(/call i32 @library_unset(/' handling.ll |
    "$as" -disable-verify -o unset.bc || exit 2
  run "$lazyrun" --disable-verify -L"$folder" -l"$library" unset.bc
  check "a library by $library, then the default: a crash of LLVM's" \
    fails_saying "unset.bc: function 'bad': LLVM: it crashed with SIG"
  run "$lazyrun" --disable-verify -L"$folder" -l"$library" unset.bc program
  check "a library by $library, then the default: a crash of the program's" \
    says 'the program crashed: SIGSEGV'
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

# LLVM's code generator does so for each of these. The program's handler wants
# the ordinary stack, which is full.
{
  echo "$handlers"
  printf 'define i64 @deep() {\n  ret i64 '
  printf 'sub (i64 1, i64 %.0s' $(seq 600000)
  printf 'ptrtoint (ptr @action to i64)'
  printf ')%.0s' $(seq 600000)
  cat <<'END'

}
define i32 @main(i32 %c) {
  %s = call ptr @signal(i32 11, ptr @handle)
  %r = call i64 @deep()
  ret i32 0
}
END
} >deep.ll
(ulimit -s unlimited && "$as" -o deep.bc deep.ll) || exit 2
run "$lazyrun" deep.bc
check 'a compile thread whose stack overflows in a program that handles crashes' \
  fails_saying "deep.bc: function 'deep': LLVM: it crashed with SIGSEGV"

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

long() { # how many lines; at -O2, 60000 take LLVM minutes
  echo 'define i64 @long(i64 %x) {'
  echo '  %v0 = add i64 %x, 1'
  for ((i = 1; i < $1; i++)); do
    echo "  %v$i = mul i64 %v$((i - 1)), %x"
  done
  printf '  ret i64 %%v%d\n}\n' $(($1 - 1))
}
{
  long 60000
  printf 'define i32 @main() {\n  %%r = call i64 @long(i64 3)\n  ret i32 0\n}\n'
} | "$as" -o long.bc || exit 2
ends() { # signal, options...
  run timeout --preserve-status -s "$1" 3 "$lazyrun" -O2 "${@:2}" long.bc
  check "${*:2}: SIG$1 ends the process while LLVM is busy" \
    returns $((128 + $(kill -l "$1")))
}
ends TERM
ends INT
ends HUP
ends TERM --oop-launch

# The program has a handler, which may have been called before. It returns from
# main when the handler has been called again.
{
  long 6000
  cat <<'END'
declare ptr @signal(i32, ptr)
declare i32 @raise(i32)
declare i32 @usleep(i32)
declare i64 @write(i32, ptr, i64)
@text = constant [6 x i8] c"start\0A"
@count = global i32 0
define void @handle(i32 %number) {
  %n = load volatile i32, ptr @count
  %m = add i32 %n, 1
  store volatile i32 %m, ptr @count
  ret void
}
define i32 @main(i32 %c) {
  %s = call ptr @signal(i32 15, ptr @handle)
  %again = icmp ugt i32 %c, 1
  br i1 %again, label %raise, label %go
raise:
  %x = call i32 @raise(i32 15)
  br label %go
go:
  %w = call i64 @write(i32 1, ptr @text, i64 6)
  %r = call i64 @long(i64 3)
  br label %wait
wait:
  %u = call i32 @usleep(i32 1000)
  %n = load volatile i32, ptr @count
  %all = icmp uge i32 %n, %c
  br i1 %all, label %end, label %wait
end:
  %e = add i32 %n, 40
  ret i32 %e
}
END
} | "$as" -o handled.bc || exit 2
terminate() { # a command; sends SIGTERM once it says that it has started
  : >out
  "$@" >out 2>err </dev/null & # timeout would signal executors too
  until grep -q start out || ! kill -0 $!; do sleep 0.1; done
  kill $!
  wait $!
  status=$?
}
for mode in -O2 '-O2 --oop-launch'; do
  terminate "$lazyrun" $mode handled.bc
  check "$mode: a handler of the program's for SIGTERM is called" returns 41
  terminate "$lazyrun" $mode handled.bc before
  check "$mode: a handler that was called before is called again" returns 42
done

finish
