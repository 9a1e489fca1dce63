#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Makes the seeds of the fuzzing harnesses anew: small inputs of every form that a
# harness knows, from which libFuzzer makes others. They are committed, so that a
# run needs no more than a compiler.
#
#   make_seeds.sh LLVM_BIN EXECUTOR
set -eu

clang=$1/clang ar=$1/llvm-ar executor=$(realpath "$2")
seeds=$(realpath "$(dirname "$0")")/seeds
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
rm -rf "$seeds"
mkdir -p "$seeds"/{link,lines,module,wire,controller,executor,text,bitcode,session,program}_fuzz

seed() { # harness, name; standard input
  cat >"$seeds/$1_fuzz/$2"
}
behind() { # a byte in hex, then standard input
  printf "\\x$1"
  cat
}
words() { # numbers of 64 bits, little-endian
  local word i
  for word; do
    for i in 0 8 16 24 32 40 48 56; do
      printf "\\x$(printf %02x $((word >> i & 255)))"
    done
  done
}

# ---- Programs ---------------------------------------------------------------------

cat >small.c <<'END'
extern int outside(int);
static int count = 3;
__thread int own = 5;
int *where = &count;
static int inner(int n) { return n ? inner(n - 1) + own : count; }
int f(int n) { return outside(n) + inner(n); }
int (*const table[])(int) = {f, inner};
__attribute__((constructor(200))) static void begin(void) { count++; }
__attribute__((destructor)) static void end(void) { count--; }
__attribute__((weak)) int weak = 1;
__attribute__((section("named"))) int member = 2;
extern int __start_named[], __stop_named[];
int main(void) { return f(table[1](2)) + weak + (int)(__stop_named - __start_named); }
END
cat >wide.c <<'END'
typedef float vector __attribute__((vector_size(16)));
struct big { long words[9]; };
int puts(const char *);
vector scale(vector v, float by) { return v * by; }
struct big copy(const struct big *from) { return *from; }
int choose(int n) {
  static const void *const labels[] = {&&a, &&b, &&c};
  goto *labels[n % 3];
a: return puts("a");
b: return n;
c:
  switch (n) { case 1: return 7; case 5: return 9; case 100: return 11; default: return 0; }
}
double mix(int n, ...) { __builtin_va_list list; __builtin_va_start(list, n);
  double sum = 0; while (n--) sum += __builtin_va_arg(list, double); __builtin_va_end(list); return sum; }
static int resolved(void) { return 1; }
static int (*resolve(void))(void) { return resolved; }
int chosen(void) __attribute__((ifunc("resolve")));
int alias(int) __attribute__((alias("choose")));
int main(void) { return chosen() + alias(3) + (int)mix(1, 2.0); }
END
cat >throws.cpp <<'END'
template <typename T> struct holder { static inline T value = 3; ~holder() { value--; } };
int may(int n) { if (n) throw n; return 0; }
int catches(int n) { holder<int> h; try { return may(n); } catch (int i) { return i + h.value; } }
END

for target in x86_64 aarch64; do
  flags=(--target=$target-linux-gnu -fPIC -w)
  for name in small.c wide.c throws.cpp; do
    "$clang" "${flags[@]}" -O0 -c $name -o "${name%.*}-$target.o"
    "$clang" "${flags[@]}" -O2 -ffunction-sections -fdata-sections -c $name -o "${name%.*}-O2-$target.o"
  done
  "$clang" "${flags[@]}" -g -c small.c -o debug-$target.o
done
for object in *.o; do
  seed link "$object" <"$object"
  case $object in *debug*) ;; *) seed module "$object" <"$object" ;; esac
done

for version in 3 4 5; do # of DWARF
  for name in small.c throws.cpp; do
    "$clang" --target=x86_64-linux-gnu -fPIC -w -O2 -ffunction-sections -gdwarf-$version -c $name -o lines.o
    seed lines "${name%.*}-dwarf-$version.o" <lines.o
  done
done

for name in small.c wide.c throws.cpp; do
  "$clang" -O0 -emit-llvm -w -c $name -o "${name%.*}.bc"
  "$clang" -O2 -emit-llvm -w -c $name -o "${name%.*}-O2.bc"
done
"$clang" -O0 -g -emit-llvm -w -c small.c -o debug.bc
"$clang" -O1 -emit-llvm -w -S small.c -o small.ll
for module in *.bc; do
  seed bitcode "$module" <"$module"
  behind 00 <"$module" | seed session "$module"
done
behind 03 <debug.bc | seed session debug-optimized.bc
behind 05 <throws.bc | seed session threads.bc
behind 00 <small.ll | seed session small.ll
behind 00 <wide-x86_64.o | seed session wide.o
behind 08 <small-O2-x86_64.o | seed session small.o

# ---- Archives, and files of other kinds -----------------------------------------------

cp small-O2-x86_64.o a_rather_long_name_of_a_member.o
$ar rcs --format=gnu gnu.a small-x86_64.o a_rather_long_name_of_a_member.o small.bc
$ar rcs --format=bsd bsd.a small-x86_64.o a_rather_long_name_of_a_member.o
$ar rcS --format=gnu no-index.a small-x86_64.o small.bc
$ar rcs --thin thin.a small-x86_64.o wide-x86_64.o
for archive in *.a; do
  seed module "$archive" <"$archive"
done
printf '#!/usr/bin/env lazyrun\n' | cat - small-x86_64.o | seed module script.o
seed module c <small.c
printf 'GROUP ( libc.so.6 )\n' | seed module linker-script
printf '; IR\ndefine void @f() { ret void }\n' | seed module ir

# ---- Messages: size, opcode (Setup, Hangup, Result, Call), sequence, tag ----------------

hangup() { words 32 1 0 0; }
{ words 35 0 0 0; printf abc; words 33 2 1 0; printf x; words 34 3 7 5; printf yy; hangup; } >controller-stream
behind 01 <controller-stream | seed wire controller
behind 05 <controller-stream | seed wire controller-reads
{ words 34 3 1 4; printf qq; words 32 3 2 8; words 33 2 0 0; printf r; words 32 2 1 0; hangup; } >executor-stream
behind 00 <executor-stream | seed wire executor
behind 06 <executor-stream | seed wire executor-small
{ words 40 1 0 0; words 0; } | behind 00 | seed wire goodbye
{ words 40 1 0 0; printf '\x01\x03\0\0\0\0\0\0\0bad'; } | behind 01 | seed wire reason

# The executor's answers: forms of controller_fuzz.c.
printf '\x00\x01aaaaaaaa\x01bbbbbbbb\x00\x01cccccccc\x04\x02\x00\x06dddddddddddd\x05eeee\x01ffffffff\x00\x00' |
  seed controller ours
printf '\x01\x01aaaaaaaa\x01bbbbbbbb\x01cccccccc\x00\x00\x04\x01\x00\x03ddddeeeeffff\x05eeee\x01ffffffff' |
  seed controller llvm
printf '\x08\x02\x10\x01\x20\x02\x01aaaaaaaa\x83\x06\x10\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00' | seed controller damaged
printf '\x00\x01aaaaaaaa\x01bbbbbbbb\x8a\x00\x20\x0b\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x03' |
  seed controller crash
printf '\x00\x01aaaaaaaa\x01bbbbbbbb\x8d\x00\x18\x02\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x40\x00' |
  seed controller host-function
printf '\x00\x01aaaaaaaa\x01bbbbbbbb\x88\x00\x0a\x01\x01\x00\x00\x00\x00\x00\x00\x00x\x8b\x00\x05\x00\x00\x00\x00\x00' |
  seed controller output
printf '\x02\x0c\x00\x00\x10\x02\x00\x00\x00\x70\x00\x00\x00\x00\x01aaaaaaaa' | seed controller window

# An executor's services: numbers as executor_fuzz.c picks them. A commit of code, unwind
# information of it in the constants (x86-64: 512 MiB behind), and data.
eh_frame='\x14\0\0\0\0\0\0\0\x01zR\0\x01\x78\x10\x01\x1b\x0c\x07\x08\x90\x01\0\0'
eh_frame+='\x18\0\0\0\x1c\0\0\0\xe0\xff\xff\xdf\x10\0\0\0\0\x41\x0e\x10\x86\x02\x43\x0d\x06\0\0\0\0\0\0\0'
{
  printf '\x00\x00\x07\x02\x01\x01\x03\0\0\x40\x04\0\0\x80\x05\0\0\x10'
  printf '\x03\0\0\x10code of sixteen.\x10\x04\0\0\x38'
  printf "$eh_frame"
  printf '\0\0\x04\0\0\x38\x05\0\0aaaaaaaa'
} | seed executor commit
printf '\x00\x00\x07\x01\0\x01\x03\0\0\x10\x04\0\0\x10\x05\0\0\x40\x05\0\0\x08datadata\x20\x05\0\0aaaaaaaa\x02\x00\x01\0\x03\x00\x05\0\0\x08\x02\x00\x05\0\0' |
  seed executor data
printf '\x06\x00aaaaaaaa\x07\x00aaaaaaaa\x05\x02\x05\x07\x08\x00\x00\x02\x00\x01\x00\x02\x00\x01\x09\x00\x01\x00\x03\0\0\x10\x01' |
  seed executor names
printf '\x0a\x00\x40\x0b\x00\x01\x02\0\x0d\x00\x01\x05\0\0\x0e\x00\x01\x05\0\0\x0f\x00\x00\x40\x10\x00\x00\x40' |
  seed executor llvm
printf '\x00\x01\x10aaaaaaaaaaaaaaaa\x00\x02\x07\x01\x01\x01\x03\0\0\x40\x05' | seed executor damaged

# Calls of functions of the harness, and LLVM's memory with actions.
printf '\x11\x00\x02\x04\x04\x04\x00\x02aaaaaaaabbbbbbbb\x12\x00\x13\x00\x02\x01\x03one\x03two\x14\x00\x01\x01\x03one\x15\x00\x16\x00\x07\x00\x00\x00' |
  seed executor calls
printf '\x0a\x00\x40\x17\x00\x01\x01\x03\x00\x10\x04code\x01\x02ab\x02\x00\x19\x00\x18\x00\x01\x01\x05\x00\x10\x04code\x02\x00\x01\x00\x1a\x00' |
  seed executor actions

# Options, two numbers, the count of functions, and steps of four bytes each.
steps() { # as many functions as steps fit
  local i
  for ((i = 0; i < $1; i++)); do
    printf "\\x$(printf %02x $((i * 7 % 13)))\\x$(printf %02x $((i * 5)))\\x$(printf %02x $((i * 3)))\\x$(printf %02x $((i * 11)))"
  done
}
for form in 00 01 02 04 08 0b; do
  { printf 'aaaaaaaabbbbbbbb\x07'; steps 96; } | behind $form | seed program "calls-$form"
done
{ printf '\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\x00'; steps 12; } | behind 02 | seed program one

# ---- Text ------------------------------------------------------------------------------

"$executor" stdio </dev/null 2>/dev/null | tail -c +33 | behind 00 | seed text setup
printf '\x01\x0c\0\0\0\0\0\0\0what happens' | behind 01 | seed text error
printf '\x00\x03\0\0\0\0\0\0\0why\x02\0\0\0\0\0\0\0' | behind 01 | seed text unexpected
n=0
for address in filedescs=3,4 fd=5 stdio unix:listen=/tmp/x unix:connect=y tcp:listen=localhost:0 \
  'tcp:connect=[::1]:80' listen=:7 socket:adopt=3; do
  n=$((n + 1))
  printf %s "$address" | behind 02 | seed text "address-$n"
done
n=0
for call in 'i32 add(i32 2, i32 40)' 'void log(double 1.5, ptr null)' 'i1 @f(i1 true, i8 -1, i16 0x7f)' \
  'i64 sum(i32 1, ..., i64 2, float -1e3)' 'ptr g()'; do
  n=$((n + 1))
  printf %s "$call" | behind 03 | seed text "call-$n"
done
printf -- '-O2\n--eager\n--extra-module=a.bc\n-lm\n-L.\n--mattr=+avx\n--mattr\n-sse\nm.bc\nargument' |
  behind 04 | seed text tool
printf -- '--oop-launch\n-compile-threads=4\n--oop-timeout=7\n--call\ni32 f()\n--\n-' | behind 04 | seed text tool-remote
printf -- '--help' | behind 04 | seed text tool-help
printf -- '--insecure\n--wait=5\ntcp:listen=127.0.0.1:0' | behind 05 | seed text executor
printf -- '--any-address\n--secret-file=none\nlisten=:1' | behind 05 | seed text executor-secret

find "$seeds" -type f | wc -l
