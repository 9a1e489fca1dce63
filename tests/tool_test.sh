#!/usr/bin/env bash
# The tool's options, and what it says and returns when something is wrong.
#
#   tool_test.sh LAZYRUN LLVM_BIN
set -u

lazyrun=$1
clang=$2/clang
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

compile greet <<'END'
#include <stdio.h>
int unused(void) { return 1; }
static int used(void) { return 2; }
int other(void) { puts("other"); return used() + 3; }
int main(int argc, char **argv) {
  printf("%s %d\n", argv[0], used());
  return 0;
}
END

run "$lazyrun" greet.bc
check 'argv[0] is the module as it was named' prints 'greet.bc 2'
run "$lazyrun" --fake-argv0=zero greet.bc
check '--fake-argv0' prints 'zero 2'
run "$lazyrun" -fake-argv0=zero greet.bc
check 'long options with one dash' prints 'zero 2'
run "$lazyrun" --entry-function=other greet.bc
check '--entry-function runs another function' prints other
check '--entry-function returns its result' returns 5
run "$lazyrun" --entry-function=nowhere greet.bc
check 'an entry function that does not exist is named' fails_saying nowhere

run "$lazyrun" --version
check '--version' returns 0
check '--version says what and which LLVM' grep -qE '^lazyrun [0-9.]+ .*LLVM' out
run "$lazyrun" --help
check '--help' returns 0
check '--help lists options' grep -q -- --entry-function out
run "$lazyrun"
check 'no module is an error' fails
run "$lazyrun" --no-such-option greet.bc
check 'an unknown option is named' fails_saying no-such-option
check 'a mistake on the command line: exit status 2' returns 2
run "$lazyrun" --compile-threads=many greet.bc
check 'a number that is none is refused' fails_saying many

run "$lazyrun" --stats greet.bc
check '--stats leaves standard output alone' prints 'greet.bc 2'
check '--stats tells how many functions were compiled' says 'compiled'
run "$lazyrun" --dump=dump greet.bc
check '--dump leaves a file for a function that ran' \
  bash -c 'ls dump/*-main.ll dump/*-main.o dump/*-main.s >/dev/null'
check 'a function that is never called is never compiled' \
  bash -c '! ls dump | grep -q unused'
LZR_TRACE=all run "$lazyrun" greet.bc
check 'LZR_TRACE names the functions' says main used
check 'LZR_TRACE leaves standard output alone' prints 'greet.bc 2'

"$clang" -O0 -w -S -emit-llvm greet.c -o greet.ll
run "$lazyrun" greet.ll
check 'IR text is accepted' prints 'greet.ll 2'

run bash -c '"$0" - <greet.bc' "$lazyrun"
check 'a module from standard input' prints '- 2'

# ---- Files that are no modules ----------------------------------------------

run "$lazyrun" missing.bc
check 'a missing file is named' fails_saying 'missing\.bc' 'No such file'
: >empty.bc
run "$lazyrun" empty.bc
check 'an empty file' fails_saying 'empty\.bc'
echo 'just some words' >text.bc
run "$lazyrun" text.bc
check 'a text file' fails_saying 'text\.bc'
size=$(stat -c %s greet.bc)
for part in 4 100 $((size / 2)) $((size - 4)); do
  head -c "$part" greet.bc >cut.bc
  run "$lazyrun" cut.bc
  check "bitcode cut after $part bytes" fails_saying 'cut\.bc'
done
run "$lazyrun" .
check 'a folder' fails
foreign=aarch64
[ "$(uname -m)" != aarch64 ] || foreign=x86_64
echo 'int main(void) { return 0; }' >foreign.c
"$clang" --target=$foreign-linux-gnu -emit-llvm -c foreign.c -o foreign.bc
run "$lazyrun" foreign.bc
check 'a module for another architecture: both are named' \
  fails_saying 'foreign\.bc' "$foreign" "$(uname -m)"

# ---- Symbols ------------------------------------------------------------------

compile missing <<'END'
#include <stdio.h>
int nowhere_to_be_found(void);
extern int nor_this;
static int needs_it(void) { return nowhere_to_be_found(); }
static int needs_data(void) { return nor_this; }
int main(int argc, char **argv) {
  printf("before ");
  if (argc == 2)
    return needs_it();
  if (argc == 3)
    return needs_data();
  return 0;
}
END
run "$lazyrun" missing.bc
check 'a missing symbol that is never needed does no harm' returns 0
run "$lazyrun" missing.bc call
check 'a missing function, reached: names caller and symbol' \
  fails_saying needs_it nowhere_to_be_found
check 'a missing function: exit status 1' returns 1
check 'a missing function: what was printed before is not lost' prints 'before '
run "$lazyrun" missing.bc use data
check 'a missing variable, reached' fails_saying needs_data nor_this
run "$lazyrun" --check missing.bc
check '--check finds all that is missing' \
  fails_saying nowhere_to_be_found nor_this
check '--check runs nothing' prints ''
run "$lazyrun" --check greet.bc
check '--check accepts what is whole' returns 0

compile duplicate <<<'int used(void) { return 0; } int other(void) { return 1; }'
run "$lazyrun" --extra-module=duplicate.bc greet.bc
check 'a strong definition in two modules: both are named' \
  fails_saying other 'greet\.bc' 'duplicate\.bc'

compile nomain <<<'int f(void) { return 0; }'
run "$lazyrun" nomain.bc
check 'no main' fails_saying main

run "$lazyrun" --no-process-syms greet.bc
check '--no-process-syms hides the C library' fails_saying printf

compile plugin <<'END'
int from_plugin(int);
int main(void) { return from_plugin(20); }
END
mkdir -p libs
echo 'int from_plugin(int x) { return x + 1; }' >plugin_library.c
"$clang" -shared -fPIC plugin_library.c -o libs/libplugin.so
run "$lazyrun" plugin.bc
check 'a function of a library that is not loaded' fails_saying from_plugin
run "$lazyrun" --dlopen=libs/libplugin.so plugin.bc
check '--dlopen' returns 21
run "$lazyrun" -Llibs -lplugin plugin.bc
check '-L and -l' returns 21
run "$lazyrun" --dlopen=libs/absent.so plugin.bc
check 'a library that is missing is named' fails_saying 'absent\.so'

# A library's constructor calls back while the dynamic linker's lock is held.
echo 'extern void (*hook)(void); __attribute__((constructor)) static void f(void) { hook(); }' >late.c
"$clang" -shared -fPIC late.c -o libs/liblate.so
echo 'void (*hook)(void);' >registry.c
"$clang" -shared -fPIC registry.c -o libs/libregistry.so
compile loader <<'END'
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
extern void (*hook)(void);
static int deeper(void) { return isatty(-1) + abs(-20); }
static int called;
static void greet(void) { called = getppid() > 0 ? deeper() : 0; }
int main(void) {
  hook = greet;
  return dlopen("libs/liblate.so", RTLD_NOW) ? called : 1;
}
END
run timeout -s KILL 60 "$lazyrun" --dlopen=libs/libregistry.so loader.bc
check 'first calls from the constructor of a library being loaded' returns 20

# It allocates with the program's malloc, as those loaded before do.
printf '%s\n' '#include <stdlib.h>' 'void *make(void) { return malloc(1); }' >maker.c
"$clang" -shared -fPIC maker.c -o libs/libmaker.so
compile own_malloc <<'END'
#include <dlfcn.h>
#include <stddef.h>
static char heap[1 << 20];
static size_t used;
void *malloc(size_t size) {
  used += (size + 15) & ~(size_t)15;
  return heap + used;
}
void free(void *p) {
}
int main(void) {
  void *library = dlopen("libs/libmaker.so", RTLD_NOW);
  char *made = ((char *(*)(void))dlsym(library, "make"))();
  return made > heap && made < heap + sizeof heap;
}
END
run "$lazyrun" own_malloc.bc
check "a library that is loaded calls the program's malloc" returns 1

run "$lazyrun" -- greet.bc --version
check '-- ends the options' prints 'greet.bc 2'

# ---- Ends -----------------------------------------------------------------------

compile ends <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int crash_here(int *p) { *p = 1; return 0; }
static int abort_here(void) { abort(); }
int main(int argc, char **argv) {
  puts("before");
  fflush(stdout);
  switch (argv[1][0]) {
  case 'c': return crash_here(0);
  case 'a': return abort_here();
  case 'j': return ((int (*)(void))0x123450)();
  case 't': return raise(SIGTERM);
  case '_': _exit(9);
  }
  return -1;
}
END
run "$lazyrun" ends.bc crash
check 'a crash ends by its signal' returns 139
check 'a crash: a backtrace names the function' says crash_here main
frames_have_addresses() {
  says '#1' && ! says '#[0-9]+ +0$'
}
check 'a crash: a backtrace ends where the program began' frames_have_addresses
check 'a crash: what was printed before is not lost' prints before
run "$lazyrun" ends.bc jump
check 'a jump to nowhere ends by its signal' returns 139
check 'a jump to nowhere: who jumped is named' says 0x123450 main
run "$lazyrun" ends.bc abort
check 'abort' returns 134
run "$lazyrun" ends.bc term
check 'a signal that ends the program' returns 143
run "$lazyrun" ends.bc _exit
check '_exit' returns 9
run "$lazyrun" ends.bc x
check 'main returns -1' returns 255

# ---- Calls with types ---------------------------------------------------------

compile calls <<'END'
#include <stdarg.h>
#include <stdio.h>
int add(int a, int b) { return a + b; }
signed char narrow(signed char c, short s, long long l) { return c + s + l; }
_Bool both(_Bool a, _Bool b) { return a && b; }
float half(float x) { return x / 2; }
double power(double x, int n) { return n ? x * power(x, n - 1) : 1; }
void *same(void *p) { return p; }
void greet(void) { puts("hello"); }
int sum(int n, ...) {
  va_list list;
  int total = 0;
  va_start(list, n);
  while (n--)
    total += va_arg(list, int);
  va_end(list);
  return total;
}
END
calls() { # what is called, and what is printed
  run "$lazyrun" --call="$1" calls.bc
  check "--call='$1'" prints "$2"
  check "--call='$1' exits with 0" returns 0
}
calls 'i32 add(i32 2, i32 40)' 42
calls '  i32 @add ( i32 -2 , i32 0x10 )  ' 14
calls 'i8 narrow(i8 -128, i16 100, i64 20)' -8
calls 'i8 narrow(i8 255, i16 0, i64 0)' -1
calls 'i1 both(i1 true, i1 1)' 1
calls 'float half(float 3)' 1.5
calls 'double power(double 1.5, i32 2)' 2.25
calls 'double power(double inf, i32 2)' inf
calls 'ptr same(ptr 0x1234)' 0x1234
calls 'ptr same(ptr null)' 0x0
calls 'void greet()' hello
calls 'i32 sum(i32 3, ..., i32 1, i32 2, i32 3)' 6
calls 'i32 abs(i32 -5)' 5

refuses() { # what is called, and what is said about it
  run "$lazyrun" --call="$1" calls.bc
  check "--call='$1' is refused" fails_saying "$2"
}
refuses 'i33 add(i32 2, i32 40)' "i32, i64.*'i33 add"
refuses 'i32 add(i32 2, i32 40' "',' or '\)'"
refuses 'i32 add(i32 2, i32 40) x' "the end.*'x'"
refuses 'i32 add(i32 two, i32 40)' "a value of type i32.*'two"
refuses 'i8 narrow(i8 256, i16 0, i64 0)' "a value of type i8.*'256"
refuses 'double power(double 1e999, i32 2)' "a value of type double.*'1e999"
refuses 'float half(float -1e99)' "a value of type float.*'-1e99"
refuses 'i32 (i32 2)' 'name'
refuses 'i32 add(i32 2)' "'add' is a function of type i32 \(i32, i32\)"
refuses 'i64 add(i32 2, i32 40)' "'add' is a function of type"
refuses 'i32 add(i32 2, i64 40)' "'add' is a function of type"
refuses 'i32 nowhere()' "'nowhere' is not defined"

# ---- The CPU ----------------------------------------------------------------------

# clang writes into each function which CPU it is for.
compile population -O1 <<'END'
int main(int argc, char **argv) { return __builtin_popcountl(argc * 7ul); }
END
dumps() { # whether the code of main has such an instruction; options
  rm -rf population
  run "$lazyrun" --dump=population "${@:2}" population.bc
  [ "$status" = 3 ] && grep -q "$1" population/*-main.s
}
if [ "$(uname -m)" = x86_64 ]; then
  check "a function's CPU is what it names" eval '! dumps popcnt'
  check '--mattr adds to what a function names' dumps popcnt --mattr=+popcnt
  check '--mcpu replaces it' dumps popcnt --mcpu=nehalem
fi

finish
