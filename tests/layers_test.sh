#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Checks which folder may use which, and that no files call each other in a circle:
# greps includes, calls and symbols. Then it breaks each rule in a copy of the
# tree, to show that it notices.
#
#   layers_test.sh SOURCE_DIR [TARGET_LIBRARY [OBJECT_FILE...]]
set -u
shopt -s lastpipe # complain counts at the end of pipes

source_dir=$1
library=${2:-}
objects=("${@:3}")
violations=0

# Files that call each other in a circle, one group a line: the reason, a colon,
# and the files. The list must not grow; files that are in no circle any more must
# be removed from it.
known_circles='
one connection, whose threads read, serve and wait by turns: tpc/wire/{attending,calls,connection,reading,threads}.c
'

# Functions of libc that the executor replaces by its own (guard.h, output.h): a file that
# calls one of them calls libc's, and does not depend on the executor's file.
libc_names='close closefrom close_range dup2 dup3 write writev fflush fflush_unlocked fclose'

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

# Checks what one folder's files include with quotes. A file may always include
# one that is beside it.
only_includes() { # folder, regular expression for what is allowed, rule
  local file what
  includes "$1" | grep -F ':"' | grep -vE ":\"($2)\"$" |
    while IFS=: read -r file what; do
      [ -f "$(dirname "$file")/${what//\"/}" ] || echo "$file includes $what"
    done | complain "$3"
}

# Lists types of one name, which would mean two things to a reader. A program of
# its own (examples/) may have them, and the same file of another architecture.
duplicate_types() { # folders
  sources "$@" | xargs -r awk '
    match($0, /^(typedef |static |const |extern )*(struct|enum|union) [a-z_0-9]+ *\{/) {
      name = substr($0, 1, RLENGTH)
      sub(/ *\{$/, "", name)
      sub(/.* /, "", name)
      file = FILENAME
      gsub(/\/(x86_64|aarch64|riscv64)\//, "/*/", file)
      if (name in first && first[name] != file)
        print name ": " first[name] " and " FILENAME
      else
        first[name] = file
    }'
}

check() { # a source tree
  cd "$1" || exit 2
  violations=0
  includes tpc indirection stubs runtime | grep -E '[<"]llvm' |
    grep -v '^runtime/llvm/' | complain 'only runtime/llvm/ includes LLVM'
  sources runtime | grep -v '^runtime/llvm/' | xargs grep -HnE 'LLVM[A-Za-z]+Ref' |
    grep -vE '^[^:]*:[0-9]+:[ \t]*(/?\*|//)|LLVMModuleRef points to' |
    complain 'only runtime/llvm/ has types of LLVM'
  calls 'mmap|mmap64|munmap|mremap|mprotect|memfd_create|dlopen|dlsym|dlvsym|dlclose' \
    runtime indirection stubs |
    grep -v '^runtime/loader/' |
    complain 'only tpc/ maps memory and looks symbols up, but for the loader of LLVM'
  includes runtime indirection stubs | grep -E '<(ffi|sys/mman)\.h>' |
    complain 'only tpc/ includes libffi and sys/mman.h'
  only_includes stubs 'tpc/base/(address|error|[a-z0-9_]+/save)\.h|stubs/.*' \
    'stubs/ knows C, addresses, errors and itself'
  includes tpc indirection stubs runtime | grep -E '"tpc/base/[a-z0-9_]+/save\.h"' |
    grep -vE '^(tpc/base|stubs)/([a-z0-9_]+)/[^:]*:.*"tpc/base/\2/' |
    complain 'only the files of an architecture know how its registers are saved'
  # elf.h is no more than the numbers of the ABI documents.
  includes stubs | grep -F ':<' |
    grep -vE '<(assert|ctype|errno|inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|elf)\.h>' |
    complain 'stubs/ includes nothing of an operating system'
  only_includes indirection 'tpc/base/.*|tpc/tpc\.h|stubs/.*|indirection/.*' \
    'indirection/ knows stubs/, tpc/tpc.h and tpc/base/'
  only_includes tpc 'tpc/.*' 'tpc/ knows nothing of the other folders'
  only_includes tpc/base 'tpc/base/.*' 'tpc/base/ is below everything'
  only_includes tpc/common 'tpc/(base/.*|common/.*|tpc\.h)' \
    'tpc/common/ is below targets and controllers'
  only_includes tpc/wire 'tpc/(base|wire)/.*' \
    'tpc/wire/ knows messages, not what they are about'
  only_includes tpc/target 'tpc/((base|common|target)/.*|tpc\.h)' \
    'tpc/target/ knows no controller and no connection'
  only_includes tpc/executor 'tpc/((base|common|wire|target|executor)/.*|tpc\.h)' \
    'tpc/executor/ knows no controller'
  only_includes tpc/remote 'tpc/((base|common|wire|remote)/.*|(tpc|ops|remote)\.h)' \
    'tpc/remote/ runs nothing: it knows nothing of tpc/target/'
  includes runtime | grep -E '"tpc/' | grep -vE '"tpc/(base/.*|error\.h|tpc\.h)"' |
    grep -v '^runtime/tool/.*:"tpc/remote\.h"$' |
    complain 'runtime/ uses the target through tpc/tpc.h; the tool makes a remote one'
  local target='tpc/base/.*|tpc/error\.h|tpc/tpc\.h'
  local known="$target|runtime/support/.*"
  only_includes runtime/support "$known" 'runtime/support/ is below runtime/'
  only_includes runtime/link "$known|stubs/.*|runtime/link/.*" \
    'runtime/link/ knows objects, not who makes them'
  only_includes runtime/jobs "$known|runtime/jobs/.*" \
    'runtime/jobs/ does not know what a job does'
  known+='|stubs/arch\.h|runtime/link/.*|runtime/module/.*'
  only_includes runtime/module "$known" \
    'runtime/module/ knows the linker, nothing above it'
  only_includes runtime/baseline "$target|runtime/(support|link|baseline)/.*" \
    'runtime/baseline/ makes code of the compact IR, whoever fills that in'
  only_includes runtime/llvm "$known|stubs/.*|runtime/(baseline|llvm)/.*" \
    'runtime/llvm/ makes objects of bitcode for whoever asks'
  known="$target|runtime/(support|link|module|jobs|symbols)/.*"
  known+='|runtime/lazyrun\.h|indirection/indirection\.h'
  only_includes runtime/symbols "$known" 'runtime/symbols/ compiles nothing'
  only_includes runtime/build "$known|runtime/build/.*" \
    'runtime/build/ knows modules by module.h alone'
  known+='|stubs/arch\.h|runtime/(build|platform)/.*|runtime/llvm/(bitcode|compiler)\.h'
  only_includes runtime/platform "$known" 'runtime/platform/ knows no session'
  only_includes runtime/session "$known|runtime/session/.*|cpu_names\.inc" \
    'runtime/session/ knows LLVM by what opens a module alone'
  only_includes runtime/loader 'runtime/llvm/functions\.h' \
    'runtime/loader/ stands for runtime/llvm/'
  only_includes runtime/tool "$target|tpc/remote\.h|runtime/lazyrun\.h|runtime/tool/.*" \
    'runtime/tool/ uses the library as any client does'
  duplicate_types tpc stubs indirection runtime | complain 'two types have one name'
  sources tpc stubs indirection runtime | xargs grep -L 'SPDX-License-Identifier: ' |
    complain 'a source does not name its license'
  [ "$violations" = 0 ]
}

check_library() {
  nm --undefined-only "$1" | grep -E '[ _](LLVM|_ZN4llvm)' |
    complain 'what runs in a target needs no LLVM'
  [ "$violations" = 0 ]
}

# Each circle of files in a set of object files, on a line of its own: "a.c b.c".
# An object file is .../<program or library>.dir/<source file>.o; a name that two
# programs define is each one's own.
circles() {
  nm -A -P -g "$@" | awk -v libc_names="$libc_names" '
    BEGIN {
      n = split(libc_names, names, " ")
      for (i = 1; i <= n; i++)
        of_libc[names[i]]
    }
    {
      object = $1
      sub(/:$/, "", object)
      program = file = object
      sub(/\.dir\/.*/, "", program)
      sub(/.*\.dir\/(\.\/)?/, "", file)
      sub(/\.o$/, "", file)
      files[file]
      if ($2 in of_libc)
        next
      if ($3 ~ /^[UvwVW]$/ && NF == 3 || $3 == "U")
        uses[++count] = program SUBSEP $2 SUBSEP file
      else {
        own[program, $2] = file
        any[$2] = file
      }
    }
    function reach(from, at, i, parts, n) {
      n = split(next_of[at], parts, " ")
      for (i = 1; i <= n; i++)
        if (!((from, parts[i]) in reached)) {
          reached[from, parts[i]]
          reach(from, parts[i])
        }
    }
    END {
      for (i = 1; i <= count; i++) {
        split(uses[i], use, SUBSEP)
        to = ((use[1], use[2]) in own) ? own[use[1], use[2]] : any[use[2]]
        if (to != "" && to != use[3] && !((use[3], to) in edge)) {
          edge[use[3], to]
          next_of[use[3]] = next_of[use[3]] " " to
        }
      }
      for (file in files)
        reach(file, file)
      for (file in files)
        if (((file, file) in reached) && !(file in told)) {
          line = ""
          for (other in files)
            if (((file, other) in reached) && ((other, file) in reached)) {
              told[other]
              line = line " " other
            }
          print substr(line, 2)
        }
    }' | while read -ra circle; do
      printf '%s\n' "${circle[@]}" | sort | xargs
    done
}

# The files of each group of the list, on a line of its own.
allowed_circles() {
  local line
  while read -r line; do
    [ -z "$line" ] || eval "echo ${line##*: }"
  done <<<"$known_circles"
}

is_within() { # a circle, a group: each as one word
  local file
  for file in $1; do
    [[ " $2 " == *" $file "* ]] || return 1
  done
}

check_circles() { # object files
  local circle group all=""
  circles "$@" | while read -r circle; do
    all+=" $circle"
    allowed_circles | while read -r group; do
      ! is_within "$circle" "$group" || continue 2
    done
    echo "$circle"
  done | complain 'these files call each other in a circle'
  all=" $(circles "$@" | xargs) "
  allowed_circles | xargs -n 1 | while read -r circle; do
    [[ $all == *" $circle "* ]] || echo "$circle"
  done | complain 'in no circle any more: to go from the list in this test'
  [ "$violations" = 0 ]
}

# ---- The project -----------------------------------------------------------------

(check "$source_dir") || exit 1
if [ -n "$library" ]; then
  violations=0
  check_library "$library" || exit 1
fi
if [ ${#objects[@]} -gt 0 ]; then
  violations=0
  check_circles "${objects[@]}" || exit 1
fi

# ---- The test itself -------------------------------------------------------------

copy=$(mktemp -d) || exit 2
trap 'rm -rf "$copy"' EXIT
missed=0

mkdir "$copy/planted"
cp -R "$source_dir"/{tpc,stubs,indirection,runtime} "$copy/planted"
planted=()

license='/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */'
plant() { # a folder, a line that must not be in its files, another first line
  local file=$1/planted_${#planted[@]}.h
  printf '%s\n' "${3-$license}" "$2" >"$copy/planted/$file"
  planted+=("$file")
}

plant tpc/base 'int x;' '/* Whose is this? */'

plant tpc/target '#include <llvm-c/Core.h>'
plant stubs/x86_64 '#  include "llvm-c/Core.h"'
plant indirection '#include <llvm-c/Types.h>'
plant runtime '  p = mmap(0, 1, 2, 3, 4, 5);'
plant indirection '  if (mprotect(p, 1, 2) != 0)'
plant runtime/link '#include <ffi.h>'
plant runtime/session '#include <llvm-c/Core.h>'
plant runtime/build '  LLVMModuleRef module;'
plant runtime/support '#include "runtime/link/link.h"'
plant runtime/link '#include "runtime/module/module.h"'
plant runtime/jobs '#include "runtime/symbols/symbol.h"'
plant runtime/module '#include "runtime/llvm/bitcode.h"'
plant runtime/baseline '#include "runtime/llvm/walk.h"'
plant runtime/baseline/x86_64 '#include "runtime/module/module.h"'
plant runtime/llvm '#include "runtime/symbols/symbols.h"'
plant runtime/symbols '#include "runtime/build/unit.h"'
plant runtime/build '#include "runtime/llvm/bitcode.h"'
plant runtime/platform '#include "runtime/session/session.h"'
plant runtime/session '#include "runtime/llvm/source.h"'
plant runtime/tool '#include "runtime/session/session.h"'
plant stubs '  return dlsym(handle, name);'
plant stubs/aarch64 '#include <unistd.h>'
plant stubs/aarch64 '#include "tpc/target/memory.h"'
plant stubs '#include "tpc/tpc.h"'
plant indirection '#include "runtime/lazyrun.h"'
plant indirection '#include "tpc/target/memory.h"'
plant tpc '#include "stubs/arch.h"'
plant tpc/base '#include "tpc/tpc.h"'
plant tpc/base/x86_64 '#include "tpc/target/machine.h"'
plant tpc/remote '#include "tpc/base/x86_64/save.h"'
plant stubs/aarch64 '#include "tpc/base/x86_64/save.h"'
plant tpc/common '#include "tpc/target/memory.h"'
plant tpc/wire '#include "tpc/tpc.h"'
plant tpc/target '#include "tpc/wire/pack.h"'
plant tpc/executor '#include "tpc/remote/remote.h"'
plant tpc/remote '#include "tpc/target/memory.h"'
plant runtime '#include "tpc/target/memory.h"'
plant tpc/executor 'struct lzr_writer { int unused; };'

noticed=$(check "$copy/planted")
for file in "${planted[@]}"; do
  [[ $noticed == *"$file"* ]] || {
    echo "not noticed: '$(cat "$copy/planted/$file")' in $file"
    missed=1
  }
done

if [ -n "$library" ]; then
  echo 'void LLVMShutdown(void); void f(void) { LLVMShutdown(); }' |
    cc -x c -c - -o "$copy/planted.o"
  violations=0
  if check_library "$copy/planted.o" >/dev/null; then
    echo 'not noticed: a symbol of LLVM in the target library'
    missed=1
  fi
fi

if [ ${#objects[@]} -gt 0 ]; then
  folder=$copy/planted.dir
  mkdir -p "$folder"
  for name in a:b b:c c:a; do
    echo "int ${name#*:}_of(int x); int ${name%:*}_of(int x);
          int ${name%:*}_of(int x) { return ${name#*:}_of(x); }" |
      cc -x c -c - -o "$folder/planted_${name%:*}.c.o"
  done
  violations=0
  if check_circles "${objects[@]}" "$folder"/*.o >/dev/null; then
    echo 'not noticed: three files that call each other in a circle'
    missed=1
  fi
  violations=0
  known_circles+='nothing: planted_a.c'
  if check_circles "${objects[@]}" >/dev/null; then
    echo 'not noticed: a listed file that is in no circle'
    missed=1
  fi
fi
[ "$missed" = 0 ]
