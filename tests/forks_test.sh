#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What a program's forks look like from outside: what is said, who waits for whom.
#
#   forks_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

compile forks <<'END_OF_C'
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
int missing(int x);
static int add(int x) { return x + 1; }
static int crash(int x) { return *(volatile int *)(long)x; }
int main(int argc, char **argv) {
  int status, kind = atoi(argv[1]), parent = getpid();
  pid_t child = kind == 4 ? syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
  if (child == 0) switch (kind) {
    case 1: _exit(missing(1));
    case 2: _exit(crash(8));
    case 3: kill(parent, SIGKILL);
            while (getppid() == parent) ;
            printf("after %d\n", add(0));
            return 0;
    case 5: setpgid(0, 0);
            sleep(20);
            _exit(0);
    case 6: sleep(3);
            _exit(add(kind));
    default: _exit(add(kind));
  }
  if (kind == 3) pause();
  if (kind == 6) add(0); /* the child gets a controller */
  if (kind == 5) { printf("%d\n", (int)child); fflush(stdout); }
  waitpid(child, &status, 0);
  printf("%#x\n", status);
  return 0;
}
END_OF_C

# A child has a lazyrun of its own, which may say it after the program's has ended.
says_soon() {
  local i
  for ((i = 0; i < 50; i++)); do
    says "$@" && return
    sleep 0.1
  done
  return 1
}

for options in -O0 --oop-launch --oop-launch="$executor"; do
  run "$lazyrun" "$options" forks.bc 0
  check "$options: a child" prints 0x100
  check "$options: says nothing" says_nothing
  run "$lazyrun" "$options" forks.bc 1
  check "$options: a child misses a name" prints 0x100
  check "$options: it is said" says_soon "^lazyrun: forks.bc: function 'main' calls 'missing', which is not defined$"
  run "$lazyrun" "$options" forks.bc 2
  check "$options: a child crashes" prints 0xb
  check "$options: it is said" says_soon 'the program crashed: SIGSEGV .* 0x8$' '#0 *crash\+' '#1 *main\+'
done

# ---- Where there is no way to the compiler --------------------------------------

cannot() {
  check "$1: the child ends" prints 0x100
  check "$1: it is said" says "^lazyrun-executor: process [0-9]+, a fork .* cannot reach the compiler: $2. .*--eager"
}
run "$lazyrun" --oop-command="'$executor' stdio" forks.bc 0
cannot 'standard streams' 'it has no controller'
run "$lazyrun" --oop-launch="env -u LAZYRUN_CHANNEL '$executor'" forks.bc 0
cannot 'a command that drops the variable' 'it has no controller'
run "$lazyrun" --oop-launch forks.bc 4
cannot 'a bare system call' 'libc did not notice the fork'
for options in --oop-launch "--oop-command='$executor' stdio"; do
  run "$lazyrun" --eager "$options" forks.bc 0
  check "$options: an eager child" prints 0x100
  check "$options: an eager child says nothing" says_nothing
done

# lazyrun itself cannot fork.
cat >no_fork.c <<'END_OF_C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
pid_t fork(void) {
  char path[4096] = "";
  readlink("/proc/self/exe", path, sizeof path - 1);
  if (strcmp(strrchr(path, '/'), "/lazyrun") == 0) {
    errno = EAGAIN;
    return -1;
  }
  return ((pid_t (*)(void))dlsym(RTLD_NEXT, "fork"))();
}
END_OF_C
"$clang" -w -shared -fPIC no_fork.c -o no_fork.so || exit 2
if LD_PRELOAD=$folder/no_fork.so "$executor" --version >/dev/null 2>&1; then
  run env LD_PRELOAD="$folder/no_fork.so" "$lazyrun" --oop-launch forks.bc 0
  check 'lazyrun cannot fork: the child ends' prints 0x100
  check 'lazyrun cannot fork: it is said' says '^lazyrun-executor: lazyrun could not fork for it: Resource temporarily unavailable$'
fi

# ---- Ends -----------------------------------------------------------------------

none_is_left() { # no process that runs the module
  for _ in {1..100}; do
    pgrep -f "$1" >/dev/null || return 0
    sleep 0.1
  done
  pgrep -af "$1" >out
  return 1
}

run "$lazyrun" --oop-launch "$folder/forks.bc" 3
check 'a child whose parent was killed: status' returns 137
check 'a child whose parent was killed: it ends' none_is_left "$folder/[f]orks.bc"
check 'a child whose parent was killed: it goes on' prints 'after 1'
compile demon <<'END_OF_C'
#include <stdio.h>
#include <unistd.h>
static int add(int x) { return x + 1; }
int main(int argc, char **argv) {
  if (daemon(1, 0)) return 1;
  int value = add(argc);
  while (access("go", F_OK)) usleep(1000);
  FILE *file = fopen("done.new", "w");
  fprintf(file, "%d\n", add(value));
  fclose(file);
  rename("done.new", "done");
  return 0;
}
END_OF_C
# Nobody waits for a daemon who waits for the end of its parent's output.
for options in -O0 --oop-launch; do
  rm -f go 'done'
  SECONDS=0
  printed=$(timeout 30 "$lazyrun" "$options" "$folder/demon.bc" 2>&1)
  [ "$printed" = '' ] && [ "$SECONDS" -lt 20 ]
  check "$options: a daemon lets go of its streams" test $? = 0
  touch go
  for _ in {1..100}; do
    [ ! -e done ] || break
    sleep 0.1
  done
  check "$options: a daemon goes on" grep -qx 3 'done'
  check "$options: a daemon ends" none_is_left "$folder/[d]emon.bc"
done

# Signals to the tool are the program's, whatever its children do.
rm -f out
"$lazyrun" --oop-launch "$folder/forks.bc" 5 >out 2>err </dev/null &
tool=$!
for _ in {1..100}; do
  [ ! -s out ] || break # the program runs
  sleep 0.1
done
kill "$tool"
wait "$tool" 2>/dev/null
status=$?
check 'SIGTERM ends the program' returns 143
check 'SIGTERM: the child lives' kill "$(cat out)"
check 'SIGTERM: nothing is left' none_is_left "$folder/[f]orks.bc"

# An executor that is not awake yet is not one that does not answer.
run "$lazyrun" --oop-launch --oop-timeout=1 forks.bc 6
check '--oop-timeout: a child that sleeps' prints 0x700
check '--oop-timeout: says nothing' says_nothing

# ---- What is counted ------------------------------------------------------------

run "$lazyrun" --oop-launch --stats forks.bc 0
for _ in {1..100}; do # the child's may come after the end
  [ "$(grep -c 'functions compiled' err)" -lt 2 ] || break
  sleep 0.1
done
check 'parent and child count' test "$(grep -c 'functions compiled' err)" = 2

finish
