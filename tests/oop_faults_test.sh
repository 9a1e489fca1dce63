#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What goes wrong between the tool and an executor, and how the user is told.
#
#   oop_faults_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

unset LAZYRUN_SECRET

at_unix_socket() { # runs the tool with an executor at a socket
  rm -f socket listener.err
  "$executor" unix:listen="$folder/socket" >listener.out 2>listener.err </dev/null &
  for _ in {1..100}; do
    grep -qs 'connects to' listener.err && break
    sleep 0.1
  done
  run "$lazyrun" --oop-connect=unix:connect="$folder/socket" "$@"
  wait
}

# ---- A commit that the target refuses -------------------------------------------

# An unwind record of version 9: the linker's check of its shape passes.
compile refused <<'END_OF_C'
#include <stdio.h>
__attribute__((noinline)) int f(int x) {
  __asm__ volatile(".pushsection .eh_frame,\"a\",@progbits\n"
                   ".long 12\n.long 0\n.byte 9,0,1,0x78,16,0,0,0\n.popsection");
  return x + 1;
}
int main(int argc, char **argv) {
  puts("before");
  fflush(stdout);
  printf("after %d\n", f(argc));
  return 0;
}
END_OF_C
sentence="lazyrun: refused.bc: function 'f': malformed or foreign unwind information at byte 0 of"
run "$lazyrun" refused.bc
check 'a refused commit, in this process' fails_saying "^$sentence"
cp err expected
for options in --oop-launch "--oop-command='$executor' stdio"; do
  for _ in {1..15}; do
    run "$lazyrun" "$options" refused.bc
    check "$options: a refused commit: status" returns 1
    check "$options: a refused commit: the same sentence" cmp -s err expected
    check "$options: a refused commit: nothing is lost" prints before
  done
done
for _ in {1..5}; do
  at_unix_socket refused.bc
  check 'a socket: a refused commit: status' returns 1
  check 'a socket: a refused commit: the same sentence' cmp -s err expected
  check 'a socket: a refused commit: nothing is lost' grep -q before listener.out
done

# ---- What the program is handed -------------------------------------------------

compile environment <<'END_OF_C'
#include <stdio.h>
extern char **environ;
int main(void) {
  for (char **p = environ; *p; p++) printf("[%s]\n", *p);
  return 0;
}
END_OF_C
odd=(spring.profile=dev my-flag=1 'BASH_FUNC_f%%=() { :; }' PWD=/elsewhere IFS=abc
  OPTIND=9 PPID=1 EMPTY= 'LINES=a
b' UID=none 1=2)
printf '[%s]\n' "${odd[@]}" >expected
run env -i "${odd[@]}" "$lazyrun" --oop-launch environment.bc
check 'the environment, in the same order' cmp -s out expected
sort expected >sorted
for options in "--oop-launch='$executor'" "--oop-launch=env '$executor'" \
  "--oop-command='$executor' stdio" "--oop-launch=bash -c 'exec \"\$0\" \"\$@\"' '$executor'"; do
  run env -i "${odd[@]}" "$lazyrun" "$options" environment.bc
  sort -o out out
  check "$options: the environment" cmp -s out sorted
  run env -i A=1 "$lazyrun" "$options" environment.bc
  check "$options: nothing is added" prints '[A=1]'
done
run env -i A=1 "$lazyrun" "--oop-launch=env B=2 '$executor'" environment.bc
check 'what the command adds is there' prints $'[A=1]\n[B=2]'

compile status <<'END_OF_C'
int main(void) { return 7; }
END_OF_C
for options in --oop-launch "--oop-command='$executor' stdio"; do
  run bash -c 'trap "" CHLD; exec "$@"' bash "$lazyrun" "$options" status.bc
  check "$options: the status where SIGCHLD is ignored" returns 7
done

compile signals <<'END_OF_C'
#include <signal.h>
#include <stdio.h>
int main(void) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  for (int i = 1; i < NSIG; i++) {
    struct sigaction action;
    if (i == 32 || i == 33 || sigaction(i, NULL, &action) != 0) continue;
    if (action.sa_handler == SIG_IGN) printf("%d is ignored\n", i);
    if (sigismember(&mask, i)) printf("%d is blocked\n", i);
  }
  return 0;
}
END_OF_C
cat >with_signals.py <<'END_OF_PY'
import os, signal, sys
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
for number in signal.SIGHUP, signal.SIGCHLD, signal.SIGUSR1:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])
os.execv(sys.argv[1], sys.argv[1:])
END_OF_PY
run python3 with_signals.py "$lazyrun" --oop-launch signals.bc
check 'what is ignored and blocked' prints $'1 is ignored\n10 is ignored\n12 is blocked\n15 is blocked\n17 is ignored'
for options in "--oop-launch='$executor'" "--oop-command='$executor' stdio"; do
  run python3 with_signals.py "$lazyrun" "$options" signals.bc
  sed -i '/^17 /d' out # which a shell handles
  check "$options: what is ignored and blocked" prints $'1 is ignored\n10 is ignored\n12 is blocked\n15 is blocked'
done

# ---- Signals for the program ----------------------------------------------------

compile waits <<'END_OF_C'
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static volatile sig_atomic_t got;
static int note(int number) { return number; }
static void handle(int number) { got = note(number); }
int main(int argc, char **argv) {
  if (argc == 1) {
    signal(SIGINT, handle);
    signal(SIGTERM, handle);
    signal(SIGUSR1, handle);
  }
  puts("ready");
  fflush(stdout);
  while (!got) pause();
  printf("got %d\n", (int)got);
  return 7;
}
END_OF_C
send() { # a signal, and "group" or "one", to the tool: leaves its status and out
  local signal=$1 whom=$2
  shift 2
  rm -f out pid # those of the last one
  setsid timeout --foreground 60 bash -c 'echo $$ >pid; exec "$@"' bash "$@" >out 2>err </dev/null &
  local job=$!
  for _ in {1..100}; do
    grep -qs ready out && break
    sleep 0.1
  done
  if [ "$whom" = group ]; then
    kill -"$signal" -- -"$(ps -o pgid= -p "$(cat pid)" | tr -d ' ')"
  else
    kill -"$signal" "$(cat pid)"
  fi
  { wait "$job"; } 2>/dev/null
  status=$?
}
for options in --oop-launch "--oop-command='$executor' stdio"; do
  for signal in TERM INT USR1; do
    send "$signal" one "$lazyrun" "$options" waits.bc
    check "$options: SIG$signal is the program's" prints $'ready\ngot '"$(kill -l "$signal")"
    check "$options: SIG$signal: status" returns 7
    send "$signal" one "$lazyrun" "$options" waits.bc default
    check "$options: SIG$signal that ends it" returns $((128 + $(kill -l "$signal")))
  done
done

cat >at_terminal.py <<'END_OF_PY'
import os, pty, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])
text = b''
pressed = False
try:
    while True:
        text += os.read(terminal, 1000)
        if b'ready' in text and not pressed:
            os.write(terminal, b'\x03')
            pressed = True
except OSError:
    pass
status = os.waitpid(child, 0)[1]
print(b'got 2' in text, os.waitstatus_to_exitcode(status))
END_OF_PY
for options in -O0 --oop-launch "--oop-command='$executor' stdio"; do
  run python3 at_terminal.py "$lazyrun" "$options" waits.bc
  check "$options: Ctrl-C at a terminal" prints 'True 7'
done

# ---- An executor that does not answer -------------------------------------------

compile stops <<'END_OF_C'
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
  puts("ready");
  fflush(stdout);
  if (argc > 1) raise(SIGSTOP);
  sleep(3);
  return 5;
}
END_OF_C
for options in --oop-launch "--oop-command='$executor' stdio"; do
  run "$lazyrun" "$options" --oop-timeout=1 stops.bc
  check "$options: a program may take longer than a call" returns 5
  run "$lazyrun" "$options" --oop-timeout=1 stops.bc stop
  check "$options: an executor that is stopped" fails_saying 'has not answered for 1 s'
done

finish
