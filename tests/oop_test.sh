#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The tool with an executor: every way to reach one, every way in which it ends.
#
#   oop_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

unset LAZYRUN_SECRET

wait_for() { # until a test succeeds, 10 seconds at most
  local i
  for ((i = 0; i < 100; i++)); do
    "$@" && return
    sleep 0.1
  done
  return 1
}
is_gone() {
  ! kill -0 "$1" 2>/dev/null
}

compile program <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int nowhere(int);
int add(int a, int b) { return a + b; }
static int crash_here(int *p) { return *p; }
static void last(void) { printf("last %d\n", add(1, 1)); }
static int echo(void) {
  char line[100];
  int count = 0;
  while (fgets(line, sizeof line, stdin)) {
    printf("%d %s", add(count++, 1), line);
    fprintf(stderr, "seen %d\n", count);
  }
  return count;
}
int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "";
  atexit(last);
  puts("first");
  if (strcmp(how, "crash") == 0) { fflush(stdout); return crash_here((int *)8); }
  if (strcmp(how, "abort") == 0) { fflush(stdout); abort(); }
  if (strcmp(how, "missing") == 0) return nowhere(3);
  if (strcmp(how, "exit") == 0) exit(7);
  if (strcmp(how, "_exit") == 0) { fflush(stdout); _exit(9); }
  if (strcmp(how, "term") == 0) return raise(SIGTERM);
  if (strcmp(how, "echo") == 0) return echo();
  if (strcmp(how, "wait") == 0) { printf("pid %d\n", getpid()); fflush(stdout); for (;;) pause(); }
  return argc;
}
END

# ---- Every way to reach one -----------------------------------------------------

printf '%s' 'a secret of some length' >secret && chmod 600 secret
printf '%s' 'another of that length!' >wrong && chmod 600 wrong

listen() { # the executor's arguments; leaves its pid and address to connect to
  rm -f listener.out listener.err
  "$executor" "$@" >listener.out 2>listener.err </dev/null &
  listener=$!
  wait_for grep -qs 'connects to' listener.err || echo "FAILED: $*: $(cat listener.err)"
  address=$(sed -n 's/.*connects to //p' listener.err)
}

ends() { # what the options reach, options...: all the ways in which a program ends
  local what=$1
  shift
  run "$lazyrun" "$@" program.bc
  check "$what: main returns" returns 1
  [ "$prints_here" = no ] || check "$what: output" prints $'first\nlast 2'
  check "$what: no messages" says_nothing
}

prints_here=yes
ends '--oop-launch' --oop-launch
ends '--oop-launch=COMMAND' "--oop-launch=$executor"
ends '--oop-launch with arguments' "--oop-launch=env A=b '$executor'"
ends '--oop-command' "--oop-command='$executor' stdio"

prints_here=no
listen unix:listen="$folder/socket"
check 'a socket is its owner'"'"'s' [ "$(stat -c %a socket)" = 600 ]
ends 'a Unix socket' --oop-connect="$address"
check 'the program prints where the executor was started' grep -q 'last 2' listener.out
check 'the socket is removed' [ ! -e socket ]
listen tcp:listen=127.0.0.1:0 --secret-file=secret
ends 'TCP' --oop-connect="$address" --oop-secret-file=secret
LAZYRUN_SECRET='a secret of some length' listen tcp:listen=127.0.0.1:0
LAZYRUN_SECRET='a secret of some length' ends 'TCP, environment' --oop-connect="$address"

# ---- Who may connect ------------------------------------------------------------

listen tcp:listen=127.0.0.1:0 --secret-file=secret
run "$lazyrun" --oop-connect="$address" --oop-secret-file=wrong program.bc
check 'a wrong secret is refused' fails_saying secret
exec 3<>"/dev/tcp/127.0.0.1/${address##*:}" && exec 3>&- # a stranger
exec 3<>"/dev/tcp/127.0.0.1/${address##*:}"              # who stays
ends 'after strangers, the right one' --oop-connect="$address" --oop-secret-file=secret
exec 3>&-
check 'and then the executor goes' wait_for is_gone "$listener"
listen unix:listen="$folder/socket"
kill -KILL "$listener"
{ wait "$listener"; } 2>/dev/null
check 'a killed executor leaves its socket behind' [ -S socket ]
mv socket stale
rm listener.err # of the one before
"$executor" unix:listen="$folder/stale" >listener.out 2>listener.err </dev/null &
listener=$!
wait_for grep -qs 'connects to' listener.err
check 'a socket that nobody listens at is replaced' grep -q 'connects to' listener.err
run "$executor" unix:listen="$folder/stale"
check 'but not one where somebody does' fails_saying 'somebody listens'
kill -TERM "$listener"
{ wait "$listener"; } 2>/dev/null
status=$?
check 'SIGTERM ends an executor that listens' returns 143
check 'and its socket goes' [ ! -e stale ]
echo text >file
run "$executor" unix:listen="$folder/file"
check 'a file is not replaced' fails_saying 'no socket'
check 'it is still there' [ -s file ]
run "$lazyrun" --oop-connect=tcp:connect=127.0.0.1:1 program.bc
check 'TCP without a secret' fails_saying 'needs a secret'
chmod 644 secret
run "$lazyrun" --oop-connect=tcp:connect=127.0.0.1:1 --oop-secret-file=secret program.bc
check 'a secret that others can read' fails_saying secret
chmod 600 secret
run "$executor" tcp:listen=127.0.0.1:0
check 'an executor without a secret' fails_saying 'needs a secret'
run "$executor" tcp:listen=0.0.0.0:0 --secret-file=secret
check 'an executor for everybody' fails_saying 'any-address'

# ---- Every way in which it ends -------------------------------------------------

for options in --oop-launch "--oop-command='$executor' stdio"; do
  run "$lazyrun" "$options" program.bc exit
  check "$options: exit" returns 7
  check "$options: exit runs handlers" prints $'first\nlast 2'
  run "$lazyrun" "$options" program.bc _exit
  check "$options: _exit" returns 9
  check "$options: _exit loses nothing" prints first
  run "$lazyrun" "$options" program.bc crash
  check "$options: a crash ends lazyrun by the same signal" returns 139
  check "$options: a crash: what was printed" prints first
  check "$options: a crash: the functions" says 'SIGSEGV.* 0x8' 'crash_here\+.*unit' 'main\+.*unit'
  run "$lazyrun" "$options" program.bc abort
  check "$options: abort" returns 134
  check "$options: abort: the functions" says 'SIGABRT' 'main\+.*unit'
  run "$lazyrun" "$options" program.bc term
  check "$options: a signal" returns 143
  run "$lazyrun" "$options" program.bc missing
  check "$options: a missing symbol" fails_saying "'main' calls 'nowhere', which is not defined"
  check "$options: a missing symbol: the rest is not lost" prints $'first\nlast 2'
  { timeout 60 "$lazyrun" "$options" program.bc echo >out 2>err; status=$?; } <<<$'one\ntwo'
  check "$options: standard input" prints $'first\n1 one\n2 two\nlast 2'
  check "$options: standard error" says 'seen 1' 'seen 2'
  check "$options: status" returns 2
done

"$lazyrun" --oop-launch program.bc wait >out 2>err </dev/null &
controller=$!
wait_for grep -q pid out
pid=$(sed -n 's/pid //p' out)
kill -9 "$pid"
wait "$controller" 2>/dev/null
status=$?
check 'an executor that is killed' returns 137
check 'an executor that is killed: a message' says killed

"$lazyrun" --oop-launch program.bc wait >out 2>err </dev/null &
controller=$!
wait_for grep -q pid out
pid=$(sed -n 's/pid //p' out)
kill -9 "$controller"
{ wait "$controller"; } 2>/dev/null
check 'an executor whose controller is gone goes' wait_for is_gone "$pid"

# ---- Calls, and mistakes --------------------------------------------------------

run "$lazyrun" --oop-launch --call='i32 add(i32 2, i32 40)' program.bc
check '--call' prints 42
run "$lazyrun" --oop-launch --call='double sqrt(double 2.25)' program.bc
check '--call of a library function' prints 1.5
run "$lazyrun" --oop-launch --call='i32 nowhere()' program.bc
check '--call of nothing' fails_saying nowhere
run "$lazyrun" --oop-launch --eager program.bc
check '--eager' prints $'first\nlast 2'
run "$lazyrun" --oop-launch --check program.bc
check '--check' fails_saying nowhere
run "$lazyrun" --oop-launch=./absent program.bc
check 'a command that is not there' fails_saying "'./absent' ended with status 127"
run "$lazyrun" --oop-launch=true program.bc
check 'a command that is no executor' fails_saying "'true' ended"
run "$lazyrun" "--oop-command=echo no executor" program.bc
check 'a command that talks otherwise' fails_saying 'echo no executor'
run "$lazyrun" --oop-connect=unix:connect=absent program.bc
check 'a socket that is not there' fails_saying absent
run "$lazyrun" --oop-connect=somewhere program.bc
check 'an address that is none' fails_saying "'somewhere'"
run "$lazyrun" --oop-launch --oop-connect=fd=3 program.bc
check 'two executors' returns 2

finish
