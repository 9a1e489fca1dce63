#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Programs that cannot run as natively, and the sentences that refuse them before
# they do harm.
#
#   refusals_test.sh LAZYRUN LLVM_BIN [SANITIZER]
set -u

lazyrun=$1
clang=$2/clang
sanitizer=${3:-}
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

# ---- A section that functions' assembly of several modules adds to ------------

note='#define NOTE(n) __asm__ volatile(".pushsection tab,\"aw\"\n .quad " #n "\n .popsection")'
bounds='extern const long __start_tab[], __stop_tab[];'
walks='#include <stdio.h>
void other(void);
int main(void) {
  puts("runs");
  other();
  return (int)(__stop_tab - __start_tab);
}'

printf '%s\n' "$note" "$bounds" 'void mine(void) { NOTE(1); }' "$walks" | compile walks
printf '%s\n' "$note" "$bounds" "__attribute__((weak)) $bounds" "$walks" | compile looks
printf '%s\n' "$note" 'void other(void) { NOTE(2); }' | compile adds
printf '%s\n' "$note" "$bounds" 'void other(void) { NOTE(2); }' \
  'int more(void) { return (int)(__stop_tab - __start_tab); }' | compile walks_too

for mode in -O0 --eager --oop-launch; do
  run "$lazyrun" $mode --extra-module=adds.bc walks.bc
  check "$mode: assembly that adds from another module is refused" \
    fails_saying "function 'other' adds to section 'tab'"
  check "$mode: before the program runs" prints ''
  run "$lazyrun" $mode --extra-module=adds.bc looks.bc
  check "$mode: the same where the section may be missing" \
    fails_saying "function 'other' adds to section 'tab'"
  run "$lazyrun" $mode --extra-module=walks_too.bc walks.bc
  check "$mode: a section in pieces of two modules is refused" \
    fails_saying "is the start or stop of a section that lies in several pieces"
  check "$mode: before it runs as well" prints ''
done
run "$lazyrun" walks.bc
check 'one module has no other' fails_saying "calls 'other', which is not defined"
"$2/llvm-link" walks.bc adds.bc -o linked.bc || exit 2
run "$lazyrun" linked.bc
check 'linked into one, they run' returns 2

# ---- Labels -------------------------------------------------------------------

cat >labels.ll <<'END'
define ptr @first() {
  br label %here
here:
  ret ptr null
}
define i32 @main() {
  %label = ptrtoint ptr blockaddress(@first, %here) to i64
  %number = trunc i64 %label to i32
  ret i32 %number
}
END
run "$lazyrun" labels.ll
check 'a label of a function that is compiled apart is refused' \
  fails_saying "the address of a label in 'first'"

# ---- Object files ---------------------------------------------------------------

cat >checked.c <<'END'
static int add(int a, int b) { return a + b; }
int (*volatile operation)(int, int) = add;
int main(void) { return operation(1, 2); }
END
"$clang" -O1 -fPIC -fsanitize=kcfi -c checked.c || exit 2
run "$lazyrun" checked.o
check 'code that looks in front of functions is refused' \
  fails_saying "object 'checked.o': section '.kcfi_traps' is from -fsanitize=kcfi"
"$clang" -O1 -fPIC -c checked.c || exit 2
run "$lazyrun" checked.o
check 'without that it runs' returns 3

# ---- Bodies that make no sense ------------------------------------------------

# What only a verifier refuses; read from bitcode, which is not verified as text.
malformed() { # name, LLVM_BIN; IR on standard input
  "$2/llvm-as" -disable-verify -o "$1.bc" || exit 2
}

refuses() { # name, LLVM's words
  local mode
  for mode in -O0 -O2 --eager --oop-launch; do
    run "$lazyrun" $mode "$1.bc"
    check "$mode: $1 is refused" fails_saying "function '[a-z]*'.*the body of '[a-z]*': LLVM: $2"
    check "$mode: $1 does not run" prints ''
  done
  run "$lazyrun" --check "$1.bc"
  check "--check: $1 is reported" fails_saying "the body of '[a-z]*': LLVM: $2"
}

malformed used_before "$2" <<'END'
define i32 @main() {
  %p = alloca i32
  store i32 %q, ptr %p
  %q = load i32, ptr %p
  ret i32 %q
}
END
malformed own_operand "$2" <<'END'
define i32 @main() {
  %q = getelementptr i8, ptr %q, i64 1
  %v = load i32, ptr %q
  ret i32 %v
}
END
malformed on_one_way "$2" <<'END'
define i32 @main(i32 %c) {
  %t = icmp eq i32 %c, 1
  br i1 %t, label %x, label %y
x:
  %v = add i32 %c, 2
  br label %y
y:
  ret i32 %v
}
END
malformed short_phi "$2" <<'END'
define i32 @callee(i32 %c) {
  br label %z
y:
  br label %z
z:
  %w = phi i32 [1, %0]
  ret i32 %w
}
define i32 @main(i32 %c) {
  %r = call i32 @callee(i32 %c)
  ret i32 %r
}
END
malformed not_null "$2" <<'END'
define i32 @main() {
  %p = alloca i32
  store i32 5, ptr %p
  %r = load i32, ptr %p, !nonnull !0
  ret i32 %r
}
!0 = !{}
END
refuses used_before 'Instruction does not dominate all uses!'
refuses own_operand 'Only PHI nodes may reference their own value!'
refuses on_one_way 'Instruction does not dominate all uses!'
refuses short_phi 'PHINode should have one entry for each predecessor'
refuses not_null 'nonnull applies only to pointer types'
run "$lazyrun" --disable-verify not_null.bc
check 'who says so trusts the module' returns 5

# ---- A program that limits its memory ------------------------------------------

# What lazyrun needs itself counts, too.
compile limits <<'END'
#include <stdio.h>
#include <sys/resource.h>
__attribute__((noinline)) static int later(int x) { return x * 3; }
int main(int argc, char **argv) {
  struct rlimit limit;
  getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = 1 << 20;
  if (setrlimit(RLIMIT_DATA, &limit) != 0)
    return 77;
  puts("limited");
  return later(argc);
}
END
if [ -z "$sanitizer" ]; then # which needs memory of its own all the time
  run "$lazyrun" limits.bc
  if [ "$status" != 3 ]; then # LLVM's heap may have room for it already
    check 'the limit is named' fails_saying 'out of memory: RLIMIT_DATA is 1048576 bytes'
  fi
  check 'the program ran before' prints limited
  run "$lazyrun" --eager limits.bc
  check 'what is compiled before runs' returns 3
  for _ in {1..20}; do # threads of the connection first allocate at any time
    run "$lazyrun" --oop-launch limits.bc
    check 'in an executor the compiler is not limited' returns 3
  done
fi

finish
