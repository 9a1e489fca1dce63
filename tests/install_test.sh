#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What is installed is enough: builds the examples against it with pkg-config and
# with CMake, as C and as C++, and runs them. Then the folder is moved, and a
# project contains the source instead.
#
#   install_test.sh SOURCE_DIR BUILD_DIR LLVM_BIN [SANITIZE]
set -u

source=$1 build=$2 clang=$3/clang sanitize=${4:-}
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix
flags=()
[ -z "$sanitize" ] || flags=("-fsanitize=$sanitize,undefined")

step() { # what, command; stops at the first that fails
  local what=$1
  shift
  "$@" >"$folder/log" 2>&1 && return
  echo "FAILED: $what"
  tail -n 20 "$folder/log"
  exit 1
}

step 'install' cmake --install "$build" --prefix "$prefix"

cp "$source/runtime/examples/embed.c" "$folder/client.c"
cp "$folder/client.c" "$folder/client_cxx.cpp"
cat >"$folder/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(client LANGUAGES C CXX)
find_package(lazyrun 0.1 REQUIRED)
add_executable(client client.c)
add_executable(client_cxx client_cxx.cpp)
target_link_libraries(client lazyrun::lazyrun)
target_link_libraries(client_cxx lazyrun::lazyrun)
find_package(lazyrun 0.1 REQUIRED COMPONENTS indirection static)
add_executable(client_static client.c)
target_link_libraries(client_static lazyrun::static)
add_executable(lazy_calls lazy_calls.c)
target_link_libraries(lazy_calls lazyrun::indirection)
target_compile_definitions(lazy_calls PRIVATE _GNU_SOURCE)
END
cp "$source/indirection/examples/lazy_calls.c" "$folder"
echo 'int sum(int a, int b) { return a + b; }' >"$folder/sum.c"
step 'bitcode' "$clang" -O0 -emit-llvm -c "$folder/sum.c" -o "$folder/sum.bc"
step 'an object' "$clang" -O0 -fPIC -c "$folder/sum.c" -o "$folder/sum.o"

fail() { # what is wrong
  echo "FAILED: $1"
  exit 1
}

runs() { # a client, which calls sum; a module if not sum.bc
  step "run $1" "$1" "$folder/${2:-sum.bc}"
  [ "$(cat "$folder/log")" = 'sum(2, 40) = 42' ] ||
    fail "$1 printed: $(cat "$folder/log")"
}

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name lazyrun.pc)")
export PKG_CONFIG_PATH
libraries=${PKG_CONFIG_PATH%/pkgconfig}
export LD_LIBRARY_PATH=$libraries
read -ra words < <(pkg-config --cflags --libs lazyrun)
step 'a C client by pkg-config' cc -std=c11 -Wall -Wextra -Werror "${flags[@]}" \
  "$folder/client.c" -o "$folder/client" "${words[@]}"
runs "$folder/client"

read -ra llvm < <("$(dirname "$clang")/llvm-config" --cflags)
step 'all public headers are there' cc -std=gnu11 -Wall -Wextra -Werror \
  -fsyntax-only "${words[@]}" "${llvm[@]}" \
  "$source/runtime/examples/with_tpc.c" "$source/runtime/examples/repl.c" \
  "$source"/runtime/examples/repl/*.c

step 'CMake finds the package' cmake -S "$folder" -B "$folder/build" -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="${flags[*]}" \
  -DCMAKE_CXX_FLAGS="${flags[*]}"
step 'clients by CMake' cmake --build "$folder/build"
runs "$folder/build/client"
runs "$folder/build/client_cxx"
runs "$folder/build/client_static"
step 'lazy calls without LLVM' "$folder/build/lazy_calls"
needs() { # program, library
  readelf -d "$1" | grep -q "NEEDED.*$2"
}
needs "$folder/build/client_static" libLLVM || fail 'not noticed: the static client needs LLVM'
! needs "$folder/build/lazy_calls" libLLVM || fail 'lazy calls need LLVM'
! needs "$libraries/liblazyrun.so" libLLVM || fail 'liblazyrun.so needs LLVM before it is asked for'

# What it shows is what the headers declare, and the two names for debuggers.
step 'names' nm -D --defined-only "$libraries/liblazyrun.so"
while read -r _ _ name; do
  grep -qrwF "$name" "$prefix/include/lazyrun" || [[ $name == __jit_debug_* ]] ||
    fail "liblazyrun.so shows '$name', which no header declares"
done <"$folder/log"

# Moved, and without the part that knows LLVM.
mv "$prefix" "$folder/moved"
prefix=$folder/moved libraries=${libraries/prefix/moved}
export LD_LIBRARY_PATH=$libraries PKG_CONFIG_PATH=$libraries/pkgconfig
read -ra words < <(pkg-config --cflags --libs lazyrun)
step 'a C client of the moved folder' cc -std=c11 "${flags[@]}" "$folder/client.c" \
  -o "$folder/client" "${words[@]}"
runs "$folder/client"
mv "$libraries"/lazyrun-*/llvm.so "$folder"
"$folder/client" "$folder/sum.bc" >"$folder/log" 2>&1 && fail 'it runs without LLVM'
grep -q 'LLVM cannot be loaded: .*llvm.so' "$folder/log" ||
  fail "without LLVM it says: $(cat "$folder/log")"

runs "$folder/client" sum.o # LLVM is loaded for bitcode only

step 'the installed tool' "$prefix/bin/lazyrun" --version
step 'the installed tool with passes' "$prefix/bin/lazyrun" --passes='default<O2>' \
  --call='i32 sum(i32 40, i32 2)' "$folder/sum.bc"
step 'the installed executor' "$prefix/bin/lazyrun-executor" --version

# A project that contains the source needs neither Criterion nor what else the
# tests need, and installs nothing of it.
mkdir "$folder/outer" "$folder/packages"
cp "$folder/lazy_calls.c" "$folder/outer"
cat >"$folder/outer/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(outer LANGUAGES C CXX)
include(FetchContent)
FetchContent_Declare(lazyrun SOURCE_DIR "$source")
FetchContent_MakeAvailable(lazyrun)
add_executable(lazy_calls lazy_calls.c)
target_link_libraries(lazy_calls lazyrun::indirection)
target_compile_definitions(lazy_calls PRIVATE _GNU_SOURCE)
END
ln -s "$(pkg-config --variable=pcfiledir libffi)/libffi.pc" "$folder/packages"
export PKG_CONFIG_LIBDIR=$folder/packages PKG_CONFIG_PATH=
step 'a project that contains lazyrun' cmake -S "$folder/outer" -B "$folder/outer/build" -G Ninja
step 'its build' cmake --build "$folder/outer/build" --target lazy_calls
step 'its lazy calls' "$folder/outer/build/lazy_calls"
step 'its installation' cmake --install "$folder/outer/build" --prefix "$folder/outer/prefix"
[ ! -e "$folder/outer/prefix" ] || fail 'a project that contains lazyrun installs it'
