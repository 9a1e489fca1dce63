# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the scripts that test the tool share. Sourced: makes a folder to work in,
# which goes at the end; $clang compiles.
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
ulimit -Sc 0
# Programs here crash on purpose, and exit without freeing memory.
export ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_abort=0
failures=0

run() { # a command; leaves its status, out and err
  {
    timeout 60 "$@" >out 2>err </dev/null
    status=$?
  } 2>/dev/null
}

check() { # what is checked, then a test that must succeed
  local what=$1
  shift
  "$@" && return
  failures=$((failures + 1))
  echo "FAILED: $what (exit status $status)"
  sed 's/^/  out: /' out | head -n 5
  sed 's/^/  err: /' err | head -n 10
}

prints() {
  [ "$(cat out)" = "$1" ]
}
says() { # every regular expression matches something on standard error
  local regex
  for regex; do
    grep -qE -- "$regex" err || return 1
  done
}
says_nothing() {
  [ ! -s err ]
}
fails() { # with a message, not by a signal, nor because it took too long
  [ "$status" -gt 0 ] && [ "$status" -lt 124 ] && [ -s err ]
}
fails_saying() {
  fails && says "$@"
}
returns() {
  [ "$status" = "$1" ]
}

compile() { # name.c from standard input to name.bc
  cat >"$1.c" && "$clang" -O0 -w -emit-llvm -c "$1.c" -o "$1.bc" "${@:2}" ||
    exit 2
}

finish() {
  [ "$failures" = 0 ] || echo "$failures checks failed"
  [ "$failures" = 0 ]
}
