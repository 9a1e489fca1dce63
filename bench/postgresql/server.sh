# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck shell=bash
# Builds PostgreSQL's JIT provider twice from Debian's source with LLVM 22, as it
# is (llvmjit_stock) and with orc.c (llvmjit_lazyrun), for a copy of Debian's
# server, and starts the server. What uses this reads common.sh first.
#
# All that runs lies in $place, a folder of an unprivileged user's, because the
# server refuses to run as root.

pg=15
pg_lib=/usr/lib/postgresql/$pg
source=$work/postgresql/source
user=$(id -un)
[ "$(id -u)" != 0 ] || user=nobody

as_user() {
  if [ "$(id -u)" = 0 ]; then
    runuser -u "$user" -- "$@"
  else
    "$@"
  fi
}

check_packages() {
  local package
  for package in postgresql-$pg postgresql-server-dev-$pg dpkg-dev llvm-22-dev clang-22 g++; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q ' installed$' ||
      fail "$package is not installed: apt-get install postgresql-$pg postgresql-server-dev-$pg dpkg-dev llvm-22-dev clang-22 g++"
  done
  [ "$(package_version postgresql-$pg)" = "$(package_version postgresql-server-dev-$pg)" ] ||
    fail "postgresql-$pg and postgresql-server-dev-$pg are not of the same version"
  [ -e "$libraries/liblazyrun.so.0.1" ] || fail "there is no liblazyrun.so in $libraries"
}

package_version() {
  dpkg-query -W -f='${Version}' "$1"
}

fetch_source() {
  local version
  version=$(package_version postgresql-$pg)
  [ "$(cat "$source.version" 2>/dev/null)" != "$version" ] || return 0
  [ -n "$fetch" ] || fail 'the source of PostgreSQL is not there, and --no-fetch is given'
  rm -rf "$source" "$work/postgresql/download"
  mkdir -p "$work/postgresql/download"
  (cd "$work/postgresql/download" &&
    apt-get source -qq --download-only "postgresql-$pg=$version" >log 2>&1 &&
    dpkg-source --no-check -x ./*.dsc "$source" >>log 2>&1) ||
    fail "the source of postgresql-$pg $version cannot be had ($work/postgresql/download/log): apt-get needs a line with 'deb-src', and its servers that version. An older one, server and source, can be installed with apt-get install --allow-downgrades"
  echo "$version" >"$source.version"
}

# Compiles the provider's files with its own Makefile's options, but for LLVM 22.
compile_provider() {
  local llvm=$source/src/backend/jit/llvm objects=$work/postgresql/objects file
  local config=$llvm_bin/llvm-config
  mkdir -p "$objects"
  local include=(-I"$source/src/include" -I"$(pg_config --includedir-server)" -D_GNU_SOURCE
    -I"$("$config" --includedir)")
  local flags=(-O2 -g -fPIC -fno-strict-aliasing -fwrapv -w)
  for file in llvmjit llvmjit_deform llvmjit_expr; do
    gcc "${flags[@]}" "${include[@]}" -c "$llvm/$file.c" -o "$objects/$file.o" || return 1
  done
  for file in llvmjit_error llvmjit_inline llvmjit_wrap SectionMemoryManager; do
    g++ -std=c++17 -fno-exceptions -fno-rtti "${flags[@]}" "${include[@]}" -c "$llvm/$file.cpp" \
      -o "$objects/$file.o" || return 1
  done
  gcc -std=gnu11 "${flags[@]}" "${include[@]}" -I"$top" -c "$bench/postgresql/orc.c" \
    -o "$objects/orc" || return 1
  "$clang" -O2 -w -fno-strict-aliasing -fwrapv "${include[@]}" -emit-llvm -c \
    "$llvm/llvmjit_types.c" -o "$objects/llvmjit_types.bc" || return 1
  link_provider "$objects" stock &&
    link_provider "$objects" lazyrun "$objects/orc" -L"$libraries" -l:liblazyrun.so.0.1
}

# What orc.c defines is found before LLVM's library is searched. Nobody else sees
# it: lazyrun itself needs LLVM's functions of the same names.
link_provider() { # objects, name, what comes before LLVM
  local objects=$1 name=$2
  shift 2
  echo '{ global: _PG_*; Pg_magic_func; local: *; };' >"$objects/exports"
  g++ -shared -Wl,--version-script="$objects/exports" "$objects"/*.o "$@" -L"$("$llvm_bin/llvm-config" --libdir)" -lLLVM-22 \
    -Wl,-rpath,"\$ORIGIN:$("$llvm_bin/llvm-config" --libdir)" -o "$objects/llvmjit_$name.so"
}

# The suite's own functions in C, which Debian does not install.
compile_suite() {
  gcc -O2 -fPIC -shared -w -I"$(pg_config --includedir-server)" \
    "$source/src/test/regress/regress.c" -o "$work/postgresql/objects/regress.so"
}

# The server finds its files relative to its program, so this is Debian's
# installation, with the providers in it.
make_tree() { # place
  local tree=$1/usr/lib/postgresql/$pg file
  mkdir -p "$tree/lib" "$1/usr/share/postgresql" || return 1
  cp -r "$pg_lib/bin" "$tree/" &&
    ln -s /usr/share/postgresql/$pg "$1/usr/share/postgresql/" &&
    for file in "$pg_lib"/lib/*; do ln -s "$file" "$tree/lib/" || return 1; done
  rm "$tree"/lib/llvmjit*
  cp "$work/postgresql/objects/"llvmjit_*.{so,bc} "$work/postgresql/objects/regress.so" \
    "$libraries/liblazyrun.so.0.1" "$tree/lib/" &&
    cp -r "$libraries/lazyrun-0.1" "$tree/lib/"
}

make_place() {
  place=$(mktemp -d "${TMPDIR:-/tmp}/lazyrun-postgresql.XXXXXX") || return 1
  make_tree "$place" && cp -r "$source/src/test/regress" "$place/regress" || return 1
  [ "$(id -u)" != 0 ] || chown -R "$user" "$place" || return 1
  programs=$place/usr/lib/postgresql/$pg/bin
}

prepare_server() {
  libraries=$(dirname "$tools")/lib
  check_packages
  fetch_source
  mkdir -p "$work/postgresql/objects"
  compile_provider && compile_suite || fail "PostgreSQL's JIT provider cannot be compiled"
  make_place || fail "$place cannot be filled"
  as_user "$programs/initdb" -D "$place/data" -U postgres --no-sync --locale=C -E UTF8 \
    >"$place/initdb.log" 2>&1 || fail "initdb failed: $(tail -n 2 "$place/initdb.log")"
}

# Starts the server with a provider and further settings; it listens in $place
# only.
start_server() { # provider, what to set in the environment..., --, settings...
  local provider=$1 variables=()
  shift
  while [ "$1" != -- ]; do
    variables+=("$1")
    shift
  done
  shift
  local setting settings=
  for setting in "jit_provider=llvmjit_$provider" "listen_addresses=" \
    "unix_socket_directories=$place" fsync=off "$@"; do
    settings+=" -c '$setting'"
  done
  as_user env "${variables[@]}" "$programs/pg_ctl" -s -w -t 300 -D "$place/data" \
    -l "$place/server.log" -o "$settings" start ||
    fail "the server does not start: $(tail -n 3 "$place/server.log")"
}

stop_server() {
  [ ! -e "$place/data/postmaster.pid" ] ||
    as_user "$programs/pg_ctl" -s -w -t 300 -m fast -D "$place/data" stop
}

end_server() {
  [ -n "${place:-}" ] || return 0
  stop_server
  rm -rf "$place"
}

query() { # psql's options
  as_user "$programs/psql" -X -q -h "$place" -U postgres "$@"
}
