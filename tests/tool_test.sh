#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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
run "$lazyrun" --entry other greet.bc
check 'an option may be abbreviated, and its value a word of its own' prints other
run "$lazyrun" -O 2 -fake=zero greet.bc
check 'the same with one dash' prints 'zero 2'
run "$lazyrun" --compile --stats greet.bc
check 'an option takes the next word for its value' fails_saying '--stats'
run "$lazyrun" --e=other greet.bc
check 'an abbreviation of two options is refused' fails_saying '--e=other'
run "$lazyrun" --eager=yes greet.bc
check 'a value that an option does not take is refused' fails_saying '--eager=yes'
run "$lazyrun" greet.bc --entry-function
check 'what looks like an option behind the module is none' prints 'greet.bc 2'
run "$lazyrun" --entry-function
check 'a value that is missing is asked for' fails_saying '--entry-function needs a value'
run "$lazyrun" -- greet.bc
check 'two dashes end the options' prints 'greet.bc 2'
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
if [ "$(uname -m)" = x86_64 ]; then
  run "$lazyrun" --codegen=baseline --stats greet.bc
  check '--codegen=baseline runs a program' prints 'greet.bc 2'
  check '--stats tells who compiled it' says '2 functions by the baseline generator'
  run "$lazyrun" --codegen=baseline --dump=quick greet.bc
  check '--dump has the IR and the code of what LLVM has not compiled' \
    bash -c 'grep -q "define.*@main" quick/*-main.baseline.ll && ls quick/*-main.s >/dev/null'
  run "$lazyrun" --codegen=baseline -O2 greet.bc
  check 'the baseline generator does not optimize' fails_saying 'does not optimize'
  run "$lazyrun" --codegen=auto -O2 --stats greet.bc
  check '--codegen=auto leaves to LLVM what it must' says '0 functions by the baseline'
  echo 'define i32 @main() "unheard-of" { ret i32 3 }' >unheard.ll
  run "$lazyrun" --codegen=baseline --stats unheard.ll
  check 'what falls back runs all the same' returns 3
  check '--stats tells why' says '1 by LLVM: attribute unheard-of'
fi
run "$lazyrun" -O2 --passes='default<O2>' --stats greet.bc
check '--passes runs a program' prints 'greet.bc 2'
check '--stats tells what passes took' says 'passes [0-9.]* ms'
run "$lazyrun" --passes='default<O9>' greet.bc
check 'passes that LLVM does not know are refused' fails_saying 'LLVM: .*O9'
run "$lazyrun" --codegen=baseline --passes='default<O2>' greet.bc
check 'the baseline generator takes no passes' fails_saying 'baseline generator'
run "$lazyrun" --inline-budget=-1 greet.bc
check 'a budget below zero is refused' fails_saying 'inline-budget'
run "$lazyrun" --codegen=fast greet.bc
check 'a generator that does not exist is refused' fails_saying "'fast'"
LZR_TRACE=all run "$lazyrun" greet.bc
check 'LZR_TRACE names the functions' says main used
check 'LZR_TRACE leaves standard output alone' prints 'greet.bc 2'
LZR_TRACE=link,everything run "$lazyrun" greet.bc
check 'LZR_TRACE knows its topics' says "LZR_TRACE: 'everything' is no topic"
check 'LZR_TRACE takes the others' says main

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
compile locals -pthread <<'END'
#include <pthread.h>
#include <stdlib.h>
static _Thread_local int x = 5;
static void *add(void *p) { return (void *)(long)++x; }
static void leave(void) { exit(x); }
int main(void) {
  pthread_t thread;
  void *result;
  if (atexit(leave) || pthread_create(&thread, 0, add, 0) ||
      pthread_join(thread, &result))
    return 1;
  x += (long)result;
  return 0;
}
END
run "$lazyrun" --no-process-syms --dlopen=libc.so.6 locals.bc
check '--no-process-syms with a C library: thread-locals, atexit' returns 11

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
run "$lazyrun" -Lnowhere -Llibs -l:libplugin.so plugin.bc
check '-l: and a file name' returns 21
run "$lazyrun" -Lnowhere -Llibs --dlopen=libplugin.so plugin.bc
check '-L for --dlopen' returns 21
"$clang" -c plugin_library.c -o plugin_library.o
ar rc libs/odd_name.a plugin_library.o
run "$lazyrun" -Llibs -l:odd_name.a plugin.bc
check '-l: and an archive' returns 21
run "$lazyrun" -Llibs -l:absent.so plugin.bc
check '-l: and a file that is missing' fails_saying '-l:absent\.so' 'absent\.so in the -L'
run "$lazyrun" -Llibs -labsent plugin.bc
check '-l and a library that is missing' fails_saying '-labsent' libabsent.so libabsent.a
echo 'int not_to_be_found(void); int f(void) { return not_to_be_found(); }' >broken_library.c
"$clang" -shared -fPIC broken_library.c -o libs/libbroken.so
for option in -lbroken -l:libbroken.so --dlopen=libbroken.so --dlopen=libs/libbroken.so; do
  run "$lazyrun" -Llibs $option plugin.bc
  check "$option: why the library cannot be loaded" \
    fails_saying 'libs/libbroken\.so: undefined symbol: not_to_be_found'
done
echo 'INPUT(libplugin.so)' >libs/libscript.so
run "$lazyrun" -Llibs -lscript plugin.bc
check '-l and a linker script alone: what the dynamic linker says' \
  fails_saying 'libs/libscript\.so: (invalid ELF header|file too short)'
cp libs/libplugin.so libs/libscript.so.7
LD_LIBRARY_PATH=libs run "$lazyrun" -Llibs -lscript plugin.bc
check '-l and a linker script beside a versioned library' returns 21
run "$lazyrun" --dlopen=libs/absent.so plugin.bc
check 'a library that is missing is named' fails_saying 'absent\.so'

# What a plug-in sees of a program whose other modules are not whole.
echo 'extern int host_data; int host_function(int); int plug(void) { return host_function(++host_data); }' >plug.c
"$clang" -shared -fPIC plug.c -o libs/libplug.so
compile host <<'END'
#include <dlfcn.h>
int host_data = 20;
int host_function(int x) { return x * 2; }
int use_broken(void);
int main(int argc, char **argv) {
  void *library = dlopen(argv[1], RTLD_NOW);
  int (*plug)(void) = library ? (int (*)(void))dlsym(library, "plug") : 0;
  if (!plug)
    return 1;
  return argc > 2 ? use_broken() : plug();
}
END
compile broken <<'END'
extern int nowhere_at_all;
int *broken = &nowhere_at_all;
int use_broken(void) { return *broken; }
END
run "$lazyrun" --extra-module=broken.bc host.bc libs/libplug.so
check 'a plug-in sees a program of which some data cannot be linked' returns 42
check 'and nobody complains' says_nothing
run "$lazyrun" --extra-module=broken.bc host.bc libs/libplug.so use
check 'such data is an error when it is used' fails_saying 'broken\.bc' nowhere_at_all
run "$lazyrun" --compile-threads=8 --extra-module=broken.bc host.bc libs/libplug.so
check 'the same with many threads' returns 42
run "$lazyrun" --stats host.bc libs/libplug.so
check 'functions that are shown stay cold' says '2 of 2 functions compiled'
compile spare <<<'int never_called(void) { return 0; }'
run "$lazyrun" --stats --extra-module=spare.bc host.bc libs/libplug.so
check 'and so do other modules of the program' says '2 of 3 functions compiled'

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

# ---- Object files and archives --------------------------------------------------

# name.c from standard input to name.bc and name.o.
compile_both() {
  compile "$1"
  "$clang" -w -fPIC -ffunction-sections -c "$1.c" -o "$1.o" || exit 2
}
compile_both area <<'END'
#include <stdio.h>
int sides(int);
int main(int argc, char **argv) {
  printf("%s %d\n", argv[0], sides(argc) * sides(2));
  return 0;
}
END
compile_both sides <<<'int length(int); int sides(int x) { return length(x) + 1; }'
compile_both length <<<'int length(int x) { return x * 10; }'
compile_both unused <<<'int elsewhere(void); int other(void) { return elsewhere(); }'
mkdir -p archives
ar rcs archives/libshape.a unused.o sides.o length.o
ar rcs archives/libmixed.a unused.bc sides.bc length.o
(cd archives && ar rcsT libthin.a ../unused.o ../sides.o ../length.o)

for mode in -O0 --eager --oop-launch; do
  run "$lazyrun" $mode --extra-object=sides.o --extra-object=length.o area.o
  check "$mode: a program of object files" prints 'area.o 231'
  run "$lazyrun" $mode --extra-object=sides.o --extra-module=length.bc area.bc
  check "$mode: object files beside bitcode" prints 'area.bc 231'
  for name in shape mixed thin; do
    run "$lazyrun" $mode --extra-archive=archives/lib$name.a area.bc
    check "$mode: --extra-archive=lib$name.a" prints 'area.bc 231'
    run "$lazyrun" $mode -Larchives -l$name area.o
    check "$mode: -l finds lib$name.a on -L" prints 'area.o 231'
  done
done
run "$lazyrun" --check --extra-archive=archives/libshape.a area.o
check 'a member that is not needed may lack what it calls' returns 0
run "$lazyrun" area.o
check 'an object file whose function is nowhere' \
  fails_saying "area\.o: .*'main' calls 'sides', which is not defined"
run "$lazyrun" --extra-archive=archives/libabsent.a area.o
check 'an archive that is missing is named' fails_saying 'libabsent\.a: No such file'
run "$lazyrun" -Larchives -labsent area.o
check 'a library that is neither .so nor .a is named' fails_saying absent
run "$lazyrun" --extra-archive=sides.o area.o
check 'an object file is no archive' fails_saying 'sides\.o: not an archive'
run "$lazyrun" --extra-object=archives/libshape.a area.o
check 'an archive is no object file: what to use' \
  fails_saying 'libshape\.a: an archive.*--extra-archive'
rm length.o
run "$lazyrun" --extra-archive=archives/libthin.a area.o
check 'a file that a thin archive names is missing' fails_saying 'libthin\.a\(\.\./length\.o\)'

"$clang" greet.c -o greet
run "$lazyrun" greet
check 'an executable: what to do' fails_saying 'greet: an executable.*to an object file'
run "$lazyrun" greet.c
check 'C source: what to do' fails_saying 'greet\.c: source text.*clang -emit-llvm -c'
printf '#!/bin/sh\necho no\n' >script
run "$lazyrun" script
check 'a script: what it is' fails_saying 'script: a script for another interpreter'
{ echo '#!/usr/bin/env lazyrun' && cat greet.bc; } >greet_script
run "$lazyrun" greet_script
check 'bitcode behind a #! line' prints 'greet_script 2'

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
says_only() { # one line, and nothing was run
  fails_saying "$1" && [ "$(wc -l <err)" = 1 ]
}
for where in '' --oop-launch; do
  run "$lazyrun" $where --mcpu=bogus population.bc
  check "an unknown CPU is refused $where" says_only "knows no CPU 'bogus' of"
  run "$lazyrun" $where --mattr=+sse2 --mattr=-bogus population.bc
  check "an unknown feature is refused $where" says_only "knows no CPU feature '(bogus|sse2)' of"
done

finish
