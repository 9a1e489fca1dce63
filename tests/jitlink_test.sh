#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# LLVM's llvm-jitlink, 22 and 19, drives the executor as it drives its own: the
# same objects, the same options, and the same output and exit status.
#
#   jitlink_test.sh EXECUTOR
#
# A version is skipped, with a word, where its packages are not installed: llvm-22
# for llvm-jitlink and llvm-jitlink-executor, libclang-rt-22-dev for the runtime.
# Exits with 77 if nothing at all could be tried.
set -u

executor=$1
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
failed=0 tried=0

# ---- Programs -------------------------------------------------------------------

cat >status.c <<'END'
int main(void) { return 7; }
END
cat >hello.c <<'END'
#include <stdio.h>
#include <stdlib.h>
static int counter = 40;
static int numbers[1000];
int count(void) { return ++counter; }
int main(int argc, char **argv) {
  for (int i = 0; i < argc; i++)
    printf("%d: %s\n", i, argv[i]);
  for (int i = 0; i < 1000; i++)
    if (numbers[i])
      return 1;
  char *copy = malloc(100);
  int first = count();
  snprintf(copy, 100, "%d and %d", first, count());
  puts(copy);
  free(copy);
  return counter;
}
END
cat >throw.cpp <<'END'
#include <cstdio>
struct Error { int value; };
__attribute__((noinline)) static int dive(int depth) {
  if (depth == 0)
    throw Error{5};
  return dive(depth - 1) + 1;
}
int main() {
  try {
    return dive(3);
  } catch (const Error &error) {
    std::printf("caught %d\n", error.value);
    return error.value;
  }
}
END
cc -fPIC -c status.c hello.c && cc -fPIC -g -c hello.c -o hello_g.o &&
  c++ -fPIC -c throw.cpp || exit 2

# ---- Runs -----------------------------------------------------------------------

run() { # executor, name of the output, llvm-jitlink and its arguments
  local with=$1 name=$2
  shift 2
  timeout 60 "$1" "-oop-executor=$with" "${@:2}" >"$name.out" 2>"$name.err" \
    </dev/null
  echo "$?" >"$name.status"
}

# What is expected of a run, of either executor: status, first words of output.
check() { # version, status, words, arguments of llvm-jitlink
  local version=$1 status=$2 words=$3 name
  shift 3
  run "$executor" ours "llvm-jitlink-$version" "$@"
  run "$(command -v "llvm-jitlink-executor-$version")" theirs \
    "llvm-jitlink-$version" "$@"
  tried=$((tried + 1))
  for name in ours theirs; do
    [ "$(cat $name.status)" = "$status" ] &&
      [[ $(cat $name.out) == *"$words"* ]] && continue
    echo "FAILED: llvm-jitlink-$version $*: $name ended with $(cat $name.status)"
    head -n 5 $name.out $name.err
    failed=1
  done
  cmp -s ours.out theirs.out || {
    echo "FAILED: llvm-jitlink-$version $*: the outputs differ"
    failed=1
  }
}

check_plain() { # version
  check "$1" 7 '' status.o
  check "$1" 42 '41 and 42' hello.o
  check "$1" 42 '1: two words' hello.o -args hello 'two words'
  check "$1" 42 '41 and 42' hello_g.o
  check "$1" 5 'caught 5' -preload=libstdc++.so.6 throw.o
}

# The runtime looks for libstdc++'s and libm's names in the executor.
libraries=(-preload=libstdc++.so.6 -preload=libm.so.6)

find_runtime() { # version
  find "/usr/lib/llvm-$1/lib/clang" "/usr/lib/clang/$1" \
    \( -name 'liborc_rt*.a' -o -name 'libclang_rt.orc*.a' \) 2>/dev/null |
    head -n 1
}

# 19's runtime and C++ exceptions do not go together, with any executor.
check_runtime_19() { # archive
  check 19 42 '41 and 42' "${libraries[@]}" "-orc-runtime=$1" hello.o
  check 19 42 '41 and 42' "${libraries[@]}" "-orc-runtime=$1" hello_g.o
}

# Nor does -lazy go with exceptions.
check_runtime_22() { # archive
  check 22 42 '41 and 42' "${libraries[@]}" "-orc-runtime=$1" hello.o
  check 22 42 '41 and 42' "${libraries[@]}" "-orc-runtime=$1" hello_g.o
  check 22 5 'caught 5' "${libraries[@]}" "-orc-runtime=$1" throw.o
  check 22 42 '41 and 42' "${libraries[@]}" "-orc-runtime=$1" -lazy hello.o
  check 22 42 '41 and 42' "${libraries[@]}" "-orc-runtime=$1" -lazy \
    -use-memmgr=shared hello.o
}

check_memory_managers() { # version
  case $1 in
  19) check 19 42 '41 and 42' -use-shared-memory hello.o ;;
  22)
    check 22 42 '41 and 42' -use-memmgr=shared hello.o
    check 22 42 '41 and 42' -use-memmgr=simple-remote hello.o
    ;;
  esac
}

for version in 22 19; do
  if ! command -v "llvm-jitlink-$version" >/dev/null ||
    ! command -v "llvm-jitlink-executor-$version" >/dev/null; then
    echo "skipped: LLVM $version: llvm-jitlink-$version is not installed"
    continue
  fi
  check_plain "$version"
  check_memory_managers "$version"
  runtime=$(find_runtime "$version")
  if [ -z "$runtime" ]; then
    echo "skipped: LLVM $version's runtime: libclang-rt-$version-dev is not installed"
    continue
  fi
  "check_runtime_$version" "$runtime"
done

echo "$tried runs compared"
[ "$tried" -gt 0 ] || exit 77
exit $failed
