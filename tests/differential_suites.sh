# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck shell=bash disable=SC2154,SC2016 # read by differential; '$suite' is its
# The suites that differential can fetch: Debian source packages, a package of npm,
# and repositories. Each is a function that fills the current folder and writes what
# its programs are to the file "programs", in the format that differential explains.

suite_names() {
  cat <<'END'
gcc-torture    gcc's c-torture: what compiled programs do, 1,700 small ones
gcc-dg         gcc.dg: those of gcc's other tests for C that run
g++-dg         g++.dg: those of its tests for C++ that run
tcc            tcc's tests2
c-testsuite    github.com/c-testsuite: small programs for any C compiler
llvm           llvm-test-suite: SingleSource, without what is for other processors
whole-programs lua, bzip2, zlib, SQLite, tcc, tinyxml2 at work, most of them made of
               several files
END
}

# Into $directory, which has the file "programs" if all went well: the caller must not
# ask for a status, since then bash would not stop at the first error.
fetch_suite() { # name
  local part=$fetched/$1.part
  [ ! -f "$directory/programs" ] || return 0
  rm -rf "$part" "$directory" && mkdir -p "$part"
  (
    set -eu
    cd "$part"
    case $1 in
    gcc-torture) suite_gcc_torture ;;
    gcc-dg) suite_gcc_dg gcc.dg c-c++-common ;;
    g++-dg) suite_gcc_dg g++.dg ;;
    tcc) suite_tcc ;;
    c-testsuite) suite_c_testsuite ;;
    llvm) suite_llvm ;;
    whole-programs) suite_whole_programs ;;
    *) false ;;
    esac
    mv "$part" "$directory"
  ) >&2
}

# ---- where from

# apt-get, for Debian's source packages only and without touching the system's lists.
source_apt() {
  local state=$fetched/apt
  if [ ! -d "$state" ]; then
    mkdir -p "$state/lists/partial" "$state/parts"
    printf '%s\n' 'Types: deb-src' 'URIs: http://deb.debian.org/debian' \
      'Suites: bookworm' 'Components: main' \
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' >"$state/parts/debian.sources"
    source_apt update
  fi
  apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$state/parts" \
    -o "Dir::State::lists=$state/lists" -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= "$@"
}

debian_source() { # package; to the folder of that name
  source_apt -o APT::Sandbox::User=root --download-only source "$1"
  dpkg-source --no-check -x ./"$1"_*.dsc "$1"
  rm ./"$1"_*
}

repository() { # owner/name; to the folder "checkout"
  git clone -q --depth 1 "${DIFFERENTIAL_GITHUB:-https://github.com}/$1" checkout
}

gcc_testsuite() { # its folders
  local folder
  if [ ! -f "$fetched/gcc.tar.xz" ]; then
    apt-get -q -o APT::Sandbox::User=root download gcc-12-source
    dpkg-deb --fsys-tarfile gcc-12-source_*.deb |
      tar xO --wildcards './usr/src/gcc-12/gcc-*.tar.xz' >"$fetched/gcc.tar.xz"
    rm gcc-12-source_*.deb
  fi
  for folder; do
    tar xf "$fetched/gcc.tar.xz" --strip-components=3 --wildcards "*/gcc/testsuite/$folder"
  done
}

# ---- what its programs are

# Flags that a test wants for all targets.
dg_flags() { # file
  sed -nE 's/.*dg-(additional-)?options +"([^"]*)" *\}.*/\2/p' "$1" | tr '\n|' '  '
}

suite_gcc_torture() {
  local file folder
  gcc_testsuite gcc.c-torture/execute
  mv gcc.c-torture/execute ./files && rmdir gcc.c-torture
  for file in files/*.c files/ieee/*.c; do
    echo "${file%.c}|$file|-std=gnu89 -fgnu89-inline $(dg_flags "$file")|-lm||"
  done >programs
  folder=files/builtins
  for file in "$folder"/*-lib.c; do
    echo "${file%-lib.c}|${file%-lib.c}.c $file $folder/lib/main.c|-std=gnu89 -fno-builtin-abort|-lm||"
  done >>programs
}

suite_gcc_dg() { # folders
  local file extra more
  gcc_testsuite "$@"
  grep -rlE 'dg-do +run' "$@" --include='*.c' --include='*.C' | grep -vE '/(a|hwa|t|ub)san/' | sort | while read -r file; do
    more=
    for extra in $(sed -nE 's/.*dg-additional-sources +"?([^"}]*)"? *\}.*/\1/p' "$file"); do
      more+=" $(dirname "$file")/$extra"
    done
    echo "${file%.*}|$file$more|$(dg_flags "$file")|-lm -latomic||"
  done >programs
}

suite_tcc() {
  local file name arguments
  debian_source tcc
  mv tcc/tests/tests2 . && rm -r tcc
  for file in tests2/*.c; do
    name=$(basename "$file" .c) arguments=
    case $name in
      31_args) arguments='arg1 arg2 arg3 arg4 arg5' ;;
      46_grep) arguments="'[^* ]*[:a:d: ]+\\:\\*-/: \$' \$suite/tests2/46_grep.c" ;;
      104_inline) file+=' tests2/104+_inline.c' ;;
      104+_inline) continue ;;
    esac
    echo "$name|$file|-std=gnu11|-lm|$arguments|"
  done >programs
}

suite_c_testsuite() {
  local file
  repository c-testsuite/c-testsuite
  mv checkout/tests/single-exec files && rm -rf checkout
  for file in files/*.c; do
    echo "${file%.c}|$file|-std=gnu11|-lm||"
  done >programs
}

# c-torture is a suite of its own here; vectors of other processors do not compile.
suite_llvm() {
  local file input
  repository llvm/llvm-test-suite
  mv checkout/SingleSource . && rm -rf checkout
  find SingleSource -name '*.c' -o -name '*.cpp' | sort |
    grep -vE 'gcc-c-torture|/(LASX|LSX|Altivec|NEON|HVX|AArch64|Mips|AVX512.*|AMX.*)/' |
    while read -r file; do
      input=$(dirname "$file")/Inputs/$(basename "$file").in
      [ -f "$input" ] || input=
      echo "${file%.*}|$file|-ISingleSource -I\$suite/SingleSource/Benchmarks/Polybench/utilities|-lm||$input"
    done >programs
}

# ---- whole programs

suite_whole_programs() {
  : >programs
  program_lua
  program_bzip2
  program_zlib
  program_sqlite
  program_tcc
  program_tinyxml2
}

program_lua() {
  debian_source lua5.4
  cat >lua.lua <<'END'
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local words = {}
for word in ("the quick brown fox jumps over the lazy dog"):gmatch("%a+") do
  words[#words + 1] = word
end
table.sort(words)
print(fib(18), table.concat(words, " "), #arg, arg[1])
print(pcall(error, {code = 7}), select("#", table.unpack({}, 1, 9)))
local co = coroutine.wrap(function(a) for i = a, a + 3 do coroutine.yield(i * i) end end)
print(co(3), co(), co(), string.format("%5.3f %q %x", 2 / 3, "a\nb", 255))
local object = setmetatable({}, {__index = function(_, key) return key .. "!" end,
  __close = function() print("closed") end, __gc = function() print("collected") end})
do local guard <close> = object; print(guard.name) end
print(load("return ...", "chunk")(1, nil, 3), utf8.char(228, 8364), 7 // 2, 7 % -3, 2 ^ 0.5)
for line in io.lines() do io.write(line:upper(), "\n") end
object = nil collectgarbage()
error("at last")
END
  printf 'two\nlines\n' >lua.in
  echo '#define DEB_HOST_MULTIARCH "here"' >lua5.4/src/lua5.4-deb-multiarch.h
  cp -r lua5.4/src luac && rm luac/lua.c
  mv lua5.4/src lua && rm lua/luac.c && rm -r lua5.4
  echo 'lua|lua/*.c|-DLUA_USE_LINUX|-lm -ldl|$suite/lua.lua "an argument"|lua.in'
  echo 'lua-version|lua/*.c|-DLUA_USE_LINUX|-lm -ldl|-v -W -e "print(#arg)"|'
  echo 'luac|luac/*.c|-DLUA_USE_LINUX|-lm -ldl|-l -l -o lua.out $suite/lua.lua|'
} >>programs

program_bzip2() {
  local library sample
  debian_source bzip2
  library=$(printf 'bzip2/%s.c ' blocksort bzlib compress crctable decompress huffman randtable)
  for sample in 1 2 3; do
    echo "bzip2-$sample|bzip2/bzip2.c $library|||-$sample -vv -c|bzip2/sample$sample.ref"
    echo "bunzip2-$sample|bzip2/bzip2.c $library|||-d -c|bzip2/sample$sample.bz2"
  done
  echo "bzip2-damaged|bzip2/bzip2.c $library|||-d -c|bzip2/sample1.ref"
  echo "bzip2-test|bzip2/bzip2.c $library|||-tvv \$suite/bzip2/sample2.bz2 \$suite/bzip2/bzip2.c|"
} >>programs

program_zlib() {
  local library
  debian_source zlib
  library=$(printf 'zlib/%s.c ' adler32 compress crc32 deflate gzclose gzlib gzread gzwrite \
    infback inffast inflate inftrees trees uncompr zutil)
  echo "zlib-example|zlib/test/example.c $library|-I\$suite/zlib -DHAVE_UNISTD_H||example.gz|"
  echo "zlib-minigzip|zlib/test/minigzip.c $library|-I\$suite/zlib -DHAVE_UNISTD_H|||zlib/deflate.c"
  echo "zlib-infcover|zlib/test/infcover.c $library|-I\$suite/zlib -DHAVE_UNISTD_H|||"
} >>programs

# better-sqlite3 carries SQLite in one file; the workload is that of bench/.
program_sqlite() {
  npm pack --silent better-sqlite3@12.2.0
  tar xzf better-sqlite3-*.tgz package/deps/sqlite3 && mv package/deps/sqlite3 sqlite
  rm -r package better-sqlite3-*.tgz
  cp "$top/bench/sqlite_workload.c" sqlite/
  echo 'sqlite|sqlite/sqlite3.c sqlite/sqlite_workload.c|-I$suite/sqlite -DSQLITE_OMIT_LOAD_EXTENSION|-lm||'
} >>programs

# It compiles a program into memory and runs it, and writes an object.
program_tcc() {
  debian_source tcc
  (cd tcc && ./configure) >/dev/null
  printf '%s\n' 'int printf(const char *, ...);' \
    'static int f(int n) { return n < 2 ? n : f(n - 1) + f(n - 2); }' \
    'int main(int argc, char **argv) { printf("%d %s\n", f(15), argv[1]); return 3; }' >tcc.c
  echo 'tcc-run|tcc/tcc.c|-DONE_SOURCE=1 -I$suite/tcc|-lm -ldl -lpthread|-nostdlib -run $suite/tcc.c word|'
  echo 'tcc-compile|tcc/tcc.c|-DONE_SOURCE=1 -I$suite/tcc|-lm -ldl -lpthread|-c $suite/tcc.c -o tcc.o|'
} >>programs

program_tinyxml2() {
  debian_source tinyxml2
  echo 'tinyxml2|tinyxml2/xmltest.cpp tinyxml2/tinyxml2.cpp||||'
} >>programs
