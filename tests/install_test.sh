#!/usr/bin/env bash
# What is installed is enough: builds clients against it with pkg-config and with
# CMake, as C and as C++, and runs them.
#
#   install_test.sh BUILD_DIR LLVM_BIN [SANITIZE]
set -u

build=$1 clang=$2/clang sanitize=${3:-}
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

cat >"$folder/client.c" <<'END'
#include <lazyrun/indirection.h>
#include <lazyrun/lazyrun.h>
#include <stdio.h>

static int fail(lzr_error *error) {
  fprintf(stderr, "%s\n", lzr_error_message(error));
  lzr_error_destroy(error);
  return 1;
}

int main(int argc, char **argv) {
  lzr_session *session;
  lzr_addr sum = 0;
  lzr_error *error = lzr_session_create(NULL, NULL, &session);
  if (error)
    return fail(error);
  lzr_library *library = lzr_session_main_library(session);
  error = lzr_library_add_file(library, argv[argc - 1]);
  if (!error)
    error = lzr_library_lookup(library, "sum", &sum);
  if (error)
    return fail(error);
  printf("%d\n", ((int (*)(int, int))(uintptr_t)sum)(40, 2));
  lzr_session_destroy(session);
  return 0;
}
END
cp "$folder/client.c" "$folder/client_cxx.cpp"
cat >"$folder/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(client LANGUAGES C CXX)
find_package(lazyrun 0.1 REQUIRED)
add_executable(client client.c)
target_link_libraries(client lazyrun::lazyrun)
add_executable(client_cxx client_cxx.cpp)
target_link_libraries(client_cxx lazyrun::lazyrun)
END
echo 'int sum(int a, int b) { return a + b; }' >"$folder/sum.c"
step 'bitcode' "$clang" -O0 -emit-llvm -c "$folder/sum.c" -o "$folder/sum.bc"

runs() { # a client that prints 42
  step "run $1" "$1" "$folder/sum.bc"
  [ "$(cat "$folder/log")" = 42 ] || {
    echo "FAILED: $1 printed: $(cat "$folder/log")"
    exit 1
  }
}

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name lazyrun.pc)")
export PKG_CONFIG_PATH
# The prefix is the one installed to, not the one configured.
read -ra words < <(pkg-config --define-prefix --cflags --libs lazyrun)
step 'a C client by pkg-config' cc -std=c11 -Wall -Wextra -Werror "${flags[@]}" \
  "$folder/client.c" -o "$folder/client" "${words[@]}"
runs "$folder/client"

step 'CMake finds the package' cmake -S "$folder" -B "$folder/build" -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="${flags[*]}" \
  -DCMAKE_CXX_FLAGS="${flags[*]}"
step 'clients by CMake' cmake --build "$folder/build"
runs "$folder/build/client"
runs "$folder/build/client_cxx"

step 'the installed tool' "$prefix/bin/lazyrun" --version
