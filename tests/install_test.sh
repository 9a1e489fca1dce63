#!/usr/bin/env bash
# What is installed is enough: builds runtime/examples/embed.c against it with
# pkg-config and with CMake, as C and as C++, and runs it.
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
END
echo 'int sum(int a, int b) { return a + b; }' >"$folder/sum.c"
step 'bitcode' "$clang" -O0 -emit-llvm -c "$folder/sum.c" -o "$folder/sum.bc"

runs() { # a client, which calls sum
  step "run $1" "$1" "$folder/sum.bc"
  [ "$(cat "$folder/log")" = 'sum(2, 40) = 42' ] || {
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

step 'the installed tool' "$prefix/bin/lazyrun" --version
step 'the installed executor' "$prefix/bin/lazyrun-executor" --version
