#!/usr/bin/env bash
# Which folder may know what: greps includes, calls and symbols, and then makes
# sure that it would notice, by breaking each rule in a copy.
#
#   layers_test.sh SOURCE_DIR [TARGET_LIBRARY]
set -u
shopt -s lastpipe # complain counts at the end of pipes

source_dir=$1
library=${2:-}
violations=0

sources() { # the C files of some folders, relative to the current one
  local folder
  for folder; do
    find "$folder" -name examples -prune -o -name '*.[ch]' -print
  done
}

complain() { # the rule; the offending lines come on standard input
  local lines
  lines=$(cat)
  [ -n "$lines" ] || return 0
  echo "$1:"
  echo "$lines"
  violations=$((violations + 1))
}

includes() { # "file:what is included" of some folders
  sources "$@" | xargs -r grep -HE '^[ \t]*#[ \t]*include' |
    sed -E 's/^([^:]*):[^"<]*(["<][^">]*[">]).*/\1:\2/'
}

calls() { # lines that call one of the functions; comments are not looked at
  local names=$1
  shift
  sources "$@" | xargs -r grep -HnE "(^|[^a-zA-Z0-9_.>\"])($names)\(" |
    grep -vE '^[^:]*:[0-9]+:[ \t]*(/?\*|//)'
}

# What one folder's files may include with quotes; a file may always name one
# that sits beside it.
only_includes() { # folder, regular expression for what is allowed, rule
  local file what
  includes "$1" | grep -F ':"' | while IFS=: read -r file what; do
    what=${what//\"/}
    [[ $what =~ $2 ]] || [ -f "$(dirname "$file")/$what" ] ||
      echo "$file includes \"$what\""
  done | complain "$3"
}

check() { # a source tree
  cd "$1" || exit 2
  violations=0
  includes tpc indirection stubs | grep -E '[<"]llvm' |
    complain 'only runtime/ includes LLVM'
  calls 'mmap|mmap64|munmap|mremap|mprotect|memfd_create|dlopen|dlsym|dlvsym|dlclose' \
    runtime indirection stubs |
    complain 'only tpc/ maps memory and looks symbols up'
  includes runtime indirection stubs | grep -E '<(ffi|sys/mman)\.h>' |
    complain 'only tpc/ includes libffi and sys/mman.h'
  only_includes stubs '^(tpc/error\.h|tpc/tpc\.h|stubs/.*)$' \
    'stubs/ knows C, tpc/error.h, tpc/tpc.h and itself'
  # elf.h is no more than the numbers of the ABI documents.
  includes stubs | grep -F ':<' | grep -vE '^stubs/([^/]*/self\.c|self\.h):' |
    grep -vE '<(assert|ctype|errno|inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|elf)\.h>' |
    complain 'stubs/ includes nothing of an operating system'
  only_includes indirection '^(tpc/error\.h|tpc/tpc\.h|stubs/.*|indirection/.*)$' \
    'indirection/ knows stubs/, tpc/tpc.h and tpc/error.h'
  only_includes tpc '^(tpc/.*|stubs/self\.h)$' \
    'tpc/ knows of the other folders only what the architecture says of a process'
  includes runtime | grep -E '"tpc/' | grep -vE '"tpc/(error|tpc)\.h"' |
    grep -v '^runtime/tool/.*:"tpc/remote\.h"$' |
    complain 'runtime/ uses the target through tpc/tpc.h; the tool makes a remote one'
  [ "$violations" = 0 ]
}

check_library() {
  nm --undefined-only "$1" | grep -E '[ _](LLVM|_ZN4llvm)' |
    complain 'what runs in a target needs no LLVM'
  [ "$violations" = 0 ]
}

# ---- The project -----------------------------------------------------------------

(check "$source_dir") || exit 1
if [ -n "$library" ]; then
  violations=0
  check_library "$library" || exit 1
fi

# ---- The test itself -------------------------------------------------------------

copy=$(mktemp -d) || exit 2
trap 'rm -rf "$copy"' EXIT
missed=0

plant() { # a file, and a line that must not be in it
  local path=$copy/planted/$1
  rm -rf "$copy/planted"
  mkdir -p "$copy/planted"
  cp -R "$source_dir"/{tpc,stubs,indirection,runtime} "$copy/planted"
  mkdir -p "$(dirname "$path")"
  echo "$2" >>"$path"
  if (check "$copy/planted") >/dev/null; then
    echo "not noticed: '$2' in $1"
    missed=1
  fi
}

plant tpc/target/planted.c '#include <llvm-c/Core.h>'
plant stubs/x86_64/planted.c '#  include "llvm-c/Core.h"'
plant indirection/planted.h '#include <llvm-c/Types.h>'
plant runtime/planted.c '  p = mmap(0, 1, 2, 3, 4, 5);'
plant indirection/planted.c '  if (mprotect(p, 1, 2) != 0)'
plant runtime/link/planted.c '#include <ffi.h>'
plant stubs/planted.c '  return dlsym(handle, name);'
plant stubs/aarch64/planted.c '#include <unistd.h>'
plant stubs/aarch64/planted.c '#include "tpc/target/memory.h"'
plant indirection/planted.c '#include "runtime/lazyrun.h"'
plant indirection/planted.c '#include "tpc/target/memory.h"'
plant tpc/planted.c '#include "stubs/arch.h"'
plant runtime/planted.c '#include "tpc/target/memory.h"'

if [ -n "$library" ]; then
  echo 'void LLVMShutdown(void); void f(void) { LLVMShutdown(); }' |
    cc -x c -c - -o "$copy/planted.o"
  violations=0
  if check_library "$copy/planted.o" >/dev/null; then
    echo 'not noticed: a symbol of LLVM in the target library'
    missed=1
  fi
fi
[ "$missed" = 0 ]
