#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What is built makes it hard to abuse a mistake in it: programs are loaded at
# random and have nothing to bind or relocate once they run, stacks are guarded
# and no code, calls of libc check sizes, and on x86-64 functions can be run with
# a shadow stack and entered by landing pads. As generated code has no landing
# pads, no program claims to have them everywhere.
#
#   hardening_test.sh BUILD_TYPE HAS_CET FILE...
#
# FILEs are programs and archives; of a build without optimization, libc's checks
# are not expected. Then programs are built that lack each of this, to show that
# the test notices.
set -u
shopt -s lastpipe # lists are counted at the end of pipes

build_type=$1 has_cet=$2
files=("${@:3}")
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT

# The one object without landing pads: CMakeLists.txt says why.
marker=window.c.o

program_faults() { # prints what a program lacks, a line each
  local headers dynamic symbols
  headers=$(readelf -hlW "$1")
  dynamic=$(readelf -dW "$1")
  symbols=$(readelf --dyn-syms -W "$1")
  grep -q 'Type: *DYN' <<<"$headers" || echo 'is not position-independent'
  grep -q 'GNU_RELRO' <<<"$headers" || echo 'has no RELRO'
  grep -qE 'BIND_NOW|FLAGS_1.*NOW' <<<"$dynamic" || echo 'binds lazily'
  grep -q TEXTREL <<<"$dynamic" && echo 'relocates its code'
  grep -E 'GNU_STACK' <<<"$headers" | grep -q 'RW ' || echo 'has an executable stack'
  grep -E '^ *LOAD' <<<"$headers" | grep -q 'RWE' && echo 'has writable code'
  grep -q '__stack_chk_fail' <<<"$symbols" || echo 'has no stack protector'
  [ "$build_type" != Release ] || grep -q '__[a-z]*_chk@' <<<"$symbols" || echo 'has no FORTIFY'
  readelf -nW "$1" | grep -q 'x86 feature:.*IBT' && echo 'claims IBT'
}

archive_faults() {
  # readelf shows each member behind a line "File: lib.a(member)".
  readelf -nW "$1" | awk -v marker="$marker" -v has_cet="$has_cet" '
    function check(wanted) {
      wanted = member == marker ? "SHSTK" : "IBT, SHSTK"
      if (member != "" && has_cet && found != wanted)
        print member " has the features \"" found "\", not \"" wanted "\""
    }
    /^File: / { check(); member = $0; sub(/.*\(/, "", member); sub(/\)$/, "", member); found = ""; count++ }
    sub(/.*x86 feature: /, "") { sub(/, x86.*/, ""); found = $0 }
    END { check(); if (!count) print "is empty" }'
  readelf -SW "$1" | grep 'note.GNU-stack' | grep -q 'AX' && echo 'has an executable stack'
  nm "$1" | grep -q 'U __stack_chk_fail' || echo 'has no stack protector'
}

faults() {
  case $1 in
  *.a) archive_faults "$1" ;;
  *) program_faults "$1" ;;
  esac
}

failed=0
for file in "${files[@]}"; do
  faults "$file" | while read -r fault; do
    echo "FAILED: $file $fault"
    failed=1
  done
done

# ---- The test itself -------------------------------------------------------------

cat >"$folder/weak.c" <<'END'
#include <stdio.h>
#include <string.h>
#ifdef WRITABLE_CODE
__asm__(".section writable,\"awx\"\nnop\n.text");
#endif
int main(int argc, char **argv) {
  char buffer[64];
  strcpy(buffer, argv[argc - 1]);
  return puts(buffer);
}
END

notices() { # a fault, flags that cause it
  local fault=$1
  shift
  cc -w "$@" "$folder/weak.c" -o "$folder/weak" 2>"$folder/log" || {
    echo "FAILED: cc $*: $(cat "$folder/log")"
    failed=1
    return
  }
  program_faults "$folder/weak" | grep -qx "$fault" && return
  echo "FAILED: not noticed: a program that $fault"
  failed=1
}

build_type=Release
notices 'is not position-independent' -no-pie
notices 'has no RELRO' -Wl,-z,norelro
notices 'binds lazily' -Wl,-z,lazy
notices 'has an executable stack' -z execstack
notices 'has writable code' -DWRITABLE_CODE
notices 'has no stack protector' -fno-stack-protector
notices 'has no FORTIFY' -O2 -U_FORTIFY_SOURCE
if [ "$has_cet" ]; then
  notices 'claims IBT' -fcf-protection -Wl,-z,ibt
  cc -fcf-protection=none -c "$folder/weak.c" -o "$folder/weak.o" &&
    ar rc "$folder/weak.a" "$folder/weak.o"
  [[ $(archive_faults "$folder/weak.a") == *'weak.o has the features ""'* ]] || {
    echo 'FAILED: not noticed: an object without landing pads'
    failed=1
  }
fi
exit $failed
