#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Runs one program of tests/programs natively and with lazyrun, in the combinations
# of options below, the variants, and compares what it does with what its own
# comments say. Exits with 77 if the program cannot run here.
#
#   run_program.sh --tool=PATH --llvm-bin=DIR --work=DIR [--sanitize=address]
#                  [--variants=usual|few|other|baseline|passes|NAME,...] [--bitcode-by=CLANG]
#                  [--oop-launch[=COMMAND] [--stock=VERSION]]
#                  [--target=TRIPLE --emulator=COMMAND] PROGRAM
#
# Variants are the usual ones unless others are named: a few of these, the other
# ones, which seldom tell more, or those of the baseline generator or of LLVM's
# passes. With --bitcode-by another version of clang makes the
# bitcode and there are no native runs; nor are there in another process of this
# architecture (--oop-launch, with --stock LLVM's of this VERSION). With --target
# everything is compiled for that, and native runs are the emulator's.
#
# The comments ("//" in C and C++, ";" in IR):
#   //> text            the next line of standard output; no blanks at its end
#   //! exit: N         the exit status as a shell reports it; 0 if not given
#   //! stderr: REGEX   standard error has a line that matches; none: it is empty
#   //! lazyrun-stderr: REGEX    the same, but not for the native run
#   //! args: WORDS     arguments, quoted as for a shell
#   //! stdin: text     the next line of standard input
#   //! env: NAME=VALUE
#   //! modules: FILES  further files of the program, in the folder PROGRAM's
#                       name without its suffix
#   //! shared: FILES   of the same folder: NAME.c or NAME.cpp becomes libNAME.so, where
#                       the program runs; it finds them by that name
#   //! flags: WORDS    for the compiler
#   //! no-passes-at-O0: WHY   passes on bitcode of -O0 change what it does
#   //! objects: WORDS  it runs from object files, too, compiled with these flags
#   //! libs: WORDS     for the native linker and for lazyrun
#   //! needs: FLAGS    as in /proc/cpuinfo; the program is skipped without them
#   //! maps: MIB       of data; skipped where a process may not map so much
#   //! arch: NAME      as uname -m prints it; skipped for others
#   //! variants: NAMES no others, for a program that takes long to compile
#   //! no-sanitizer: WHY
#   //! no-executor: WHY     it cannot run in another process
#   //! no-sanitized-executor: WHY   nor, under a sanitizer, in one of ours
#   //! no-stock-executor: WHY   nor in one of LLVM's
#   //! no-llvm-19-executor: WHY   nor in LLVM 19's
#   //! no-emulator: WHY     nor in one that an emulator runs
#
# PROGRAM is a .c, .cpp or .ll file, or a .sh file that prints a C program.
set -u

tool='' llvm_bin='' work='' sanitize='' only=usual oop='' stock='' bitcode_by='' program=''
target='' emulator=''
for argument; do
  case $argument in
    --tool=*) tool=${argument#*=} ;;
    --llvm-bin=*) llvm_bin=${argument#*=} ;;
    --work=*) work=${argument#*=} ;;
    --sanitize=*) sanitize=${argument#*=} ;;
    --variants=*) only=${argument#*=} ;;
    --oop-*) oop=$argument ;;
    --stock=*) stock=${argument#*=} ;;
    --bitcode-by=*) bitcode_by=${argument#*=} ;;
    --target=*) target=${argument#*=} ;;
    --emulator=*) emulator=${argument#*=} ;;
    *) program=$argument ;;
  esac
done
if [ -z "$tool" ] || [ -z "$llvm_bin" ] || [ -z "$work" ] || [ ! -f "$program" ]; then
  sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

# A sanitizer does not support processes that fork where they have threads, as
# lazyrun does for a program's child.
if [ "$oop" = --oop-launch ] && [ -n "$sanitize" ]; then
  oop="--oop-launch=env -u LAZYRUN_CHANNEL '${tool%/*}/lazyrun-executor'"
fi

# ctest leaves its log open. It is closed, so that programs find the same
# descriptors free as at a terminal.
exec 3>&-

architecture=${target%%-*}
: "${architecture:=$(uname -m)}"

# The variants: name, bitcode, options of lazyrun. "native" runs without lazyrun,
# and so checks what is expected.
variants='
native-O0      O0
native-O2      O2
O0-at-O0       O0     -O0
O0-at-O2       O0     -O2
O2-at-O0       O2     -O0
O2-at-O2       O2     -O2
eager          O2     -O0 --eager
debug          debug  -O0 --debug-info
threads        O0     -O0 --compile-threads=4
linked         linked -O0
no-pic         no-pic -O0
objects        object -O0
O1-at-O0       O1     -O0
O1-at-O2       O1     -O2
O0-g-at-O0     debug  -O0
O0-g-at-O2     debug  -O2
O1-g-at-O0     O1-g   -O0
O1-g-at-O2     O1-g   -O2
O2-g-at-O0     O2-g   -O0
O2-g-at-O2     O2-g   -O2
O1-g-debug     O1-g   -O0 --debug-info
O2-g-debug     O2-g   -O2 --debug-info
baseline-O0    O0     -O0 --codegen=baseline
baseline-O1    O1     -O0 --codegen=baseline
baseline-O2    O2     -O0 --codegen=baseline
baseline-g     debug  -O0 --codegen=baseline
baseline-eager   O1     -O0 --codegen=baseline --eager
baseline-threads O0     -O0 --codegen=baseline --compile-threads=4
baseline-linked  linked -O0 --codegen=baseline
baseline-no-pic  no-pic -O0 --codegen=baseline
passes-O0        O0     -O2 --passes=default<O2>
passes-O2        O2     -O2 --passes=default<O2>
passes-g         debug  -O0 --passes=default<O2> --debug-info
passes-apart     O0     -O0 --passes=default<O1> --inline-budget=0
passes-raw       raw    -O2 --passes=default<O2>
passes-eager     O1     -O2 --passes=default<O3> --eager
passes-threads   O0     -O2 --passes=default<O2> --compile-threads=4
passes-linked    linked -O2 --passes=default<O2>
passes-no-pic    no-pic -O2 --passes=default<O2>
'
# For the architectures that have it: landing pads, signed return addresses.
protected_variants='
protected      protected -O0
'
few='O0-at-O0 O2-at-O2 debug threads linked objects baseline-O0 baseline-O2 passes-O0'
usual="native-O0 native-O2 $few passes-O2 passes-apart O0-at-O2 O2-at-O0 eager no-pic protected"
other='O1-at-O0 O1-at-O2 O0-g-at-O0 O0-g-at-O2 O1-g-at-O0 O1-g-at-O2'
other+=' O2-g-at-O0 O2-g-at-O2 O1-g-debug O2-g-debug'
baseline='baseline-O0 baseline-O1 baseline-O2 baseline-g baseline-eager'
baseline+=' baseline-threads baseline-linked baseline-no-pic'
passes='passes-O0 passes-O2 passes-raw passes-g passes-apart passes-eager passes-threads'
passes+=' passes-linked passes-no-pic'
case $only in
  few | usual | other | baseline | passes) only=${!only} ;;
esac
declare -A bitcode_flags=(
  [protected]='-O1 -mbranch-protection=standard'
  [O0]='-O0' [O1]='-O1' [O2]='-O2' [debug]='-O0 -g' [O1-g]='-O1 -g' [O2-g]='-O2 -g'
  [raw]='-O2 -Xclang -disable-llvm-passes' [linked]='-O1' [no-pic]='-O2 -fno-pic'
)
declare -A compiled=()
failures=0

comments() { # the text behind every comment that starts with $1
  sed -nE "s@^(//|;)$1( |\$)@@p" "$source_file"
}

setting() { # the values of one key, a line each
  comments '!' | sed -n "s/^$1: *//p"
}

skip() {
  echo "skipped: $1"
  exit 77
}

complain() { # variant, what, and the evidence on standard input
  echo "--- $name, $1: $2"
  head -n 30
  failures=$((failures + 1))
}

may_map() { # MiB
  awk -v mib="$1" -v mode="$(cat /proc/sys/vm/overcommit_memory)" '
    { kib[$1] = $2 }
    END {
      most = kib["MemTotal:"] + kib["SwapTotal:"]
      if (mode == 2)
        most = kib["CommitLimit:"] - kib["Committed_AS:"]
      exit mode != 1 && most < mib * 1024
    }' /proc/meminfo
}

skip_unless_it_can_run() {
  local flag arch maps
  for flag in $(setting needs); do
    grep -qw -- "$flag" /proc/cpuinfo || skip "this CPU has no $flag"
  done
  arch=$(setting arch)
  [ -z "$arch" ] || [ "$arch" = "$architecture" ] || skip "only for $arch"
  maps=$(setting maps)
  [ -z "$maps" ] || may_map "$maps" || skip "no process may map $maps MiB here"
  [ -z "$oop" ] || [ -z "$(setting no-executor)" ] ||
    skip "not in an executor: $(setting no-executor)"
  [ -z "$oop" ] || [ -z "$sanitize" ] || [ -z "$(setting no-sanitized-executor)" ] ||
    skip "not in an executor under a sanitizer: $(setting no-sanitized-executor)"
  [ -z "$stock" ] || [ -z "$(setting no-stock-executor)" ] ||
    skip "not in LLVM's executor: $(setting no-stock-executor)"
  [ "$stock" != 19 ] || [ -z "$(setting no-llvm-19-executor)" ] ||
    skip "not in LLVM 19's executor: $(setting no-llvm-19-executor)"
  [ -z "$oop" ] || [ -z "$emulator" ] || [ -z "$(setting no-emulator)" ] ||
    skip "not in an emulated executor: $(setting no-emulator)"
  [ -z "$sanitize" ] || [ -z "$(setting no-sanitizer)" ] ||
    skip "not under a sanitizer: $(setting no-sanitizer)"
}

# Compiles every file of the program to $work/KIND-N.bc, or .o, and lists these
# in compiled[KIND].
compile() {
  local kind=$1 file driver index=0 output emit=-emit-llvm suffix=bc flags
  [ -z "${compiled[$kind]:-}" ] || return 0
  flags=${bitcode_flags[$kind]:-}
  [ "$kind" != object ] || { emit='' suffix=o flags=$(setting objects); }
  for file in "$source_file" "${modules[@]}"; do
    driver=$llvm_bin/clang
    [ -z "$bitcode_by" ] || driver=$bitcode_by
    [ "${file##*.}" != cpp ] || driver=${driver%clang*}clang++${driver##*clang}
    output=$work/$kind-$index.$suffix
    # shellcheck disable=SC2046,SC2086 # words are meant
    "$driver" ${target:+--target="$target"} $flags $(setting flags) -w \
      $emit -c "$file" -o "$output" || return 1
    compiled[$kind]+="$output "
    index=$((index + 1))
  done
  [ "$kind" != linked ] || link_bitcode
}

# All of the program's modules in one.
link_bitcode() {
  # shellcheck disable=SC2086
  "$llvm_bin/llvm-link" ${compiled[linked]} -o "$work/linked.bc" || return 1
  compiled[linked]=$work/linked.bc
}

link_native() {
  local kind=$1 driver=clang file
  for file in "$source_file" "${modules[@]}"; do
    [ "${file##*.}" != cpp ] || driver=clang++
  done
  # shellcheck disable=SC2046,SC2086
  "$llvm_bin/$driver" ${target:+--target="$target"} ${bitcode_flags[$kind]} \
    $(setting flags | grep -o -- '-mcmodel=[a-z]*') ${compiled[$kind]} -w -pthread ${shared:+-rdynamic} "${shared[@]}" \
    $(setting libs) -o "$work/native-$kind"
}

# The program's own shared libraries; libs may name them.
build_shared() {
  local file name driver
  for file in $(setting shared); do
    name=${file%.*}
    driver=$llvm_bin/clang
    [ "${file##*.}" != cpp ] || driver=$llvm_bin/clang++
    "$driver" ${target:+--target="$target"} -O1 -w -fPIC -shared "${program%.*}/$file" \
      -o "$work/lib$name.so" || exit 1
  done
  [ -z "$(setting shared)" ] || shared=(-L"$work")
}

# Fills the array command.
build_command() {
  local variant=$1 kind=$2 files file
  shift 2
  if [[ $variant == native-* ]]; then
    link_native "$kind" || return 1
    # shellcheck disable=SC2206
    command=($emulator "$work/native-$kind")
  else
    read -ra files <<<"${compiled[$kind]}"
    command=("$tool" ${oop:+"$oop"} "$@")
    for file in "${files[@]:1}"; do
      command+=("--extra-module=$file")
    done
    # shellcheck disable=SC2207
    command+=("${shared[@]}" $(setting libs) "${files[0]}")
  fi
  command+=("${arguments[@]}")
}

check_stderr() {
  local variant=$1 regex wanted
  wanted=$(setting stderr)
  [[ $variant == native-* ]] || wanted+=$'\n'$(setting lazyrun-stderr)
  if [ -z "${wanted//$'\n'/}" ]; then
    [ ! -s "$work/stderr" ] ||
      complain "$variant" 'standard error is not empty' <"$work/stderr"
    return
  fi
  while read -r regex; do
    [ -z "$regex" ] || grep -qE -- "$regex" "$work/stderr" ||
      complain "$variant" "nothing on standard error matches '$regex'" \
        <"$work/stderr"
  done <<<"$wanted"
}

run_variant() {
  local variant=$1 kind=$2 status want
  if ! compile "$kind" || ! build_command "$@"; then
    complain "$variant" 'could not be compiled' </dev/null
    return
  fi
  # The outer redirection is for what bash says about a crashed program.
  {
    env --chdir="$work" "${environment[@]}" timeout 120 "${command[@]}" \
      <"$work/stdin" >"$work/stdout" 2>"$work/stderr"
    status=$?
  } 2>/dev/null
  want=$(setting exit)
  [ "$status" = "${want:-0}" ] ||
    complain "$variant" "exit status $status instead of ${want:-0}" <"$work/stderr"
  diff -a -U 2 "$work/expected" "$work/stdout" >"$work/difference" ||
    complain "$variant" 'standard output differs' <"$work/difference"
  check_stderr "$variant"
}

name=$(basename "$program")
mkdir -p "$work" && work=$(cd "$work" && pwd) || exit 2
source_file=$program
if [ "${program##*.}" = sh ]; then
  source_file=$work/${name%.sh}.c
  bash "$program" >"$source_file" || exit 1
fi
skip_unless_it_can_run

comments '>' >"$work/expected"
setting stdin >"$work/stdin"
eval "arguments=($(setting args))"
mapfile -t environment < <(setting env)
shared=()
build_shared
[ ${#shared[@]} = 0 ] || environment+=("LD_LIBRARY_PATH=$work")
# The program under test may leak, crash on purpose and catch its signals.
environment+=("ASAN_OPTIONS=detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:handle_sigill=0:detect_stack_use_after_return=0:use_sigaltstack=0")
modules=()
for file in $(setting modules); do
  modules+=("${program%.*}/$file")
done
ulimit -c 0

is_wanted() { # variant
  local allowed
  allowed=$(setting variants)
  [[ " ${only//,/ } " == *" $1 "* && " ${allowed:-$1} " == *" $1 "* ]] || return 1
  [[ $1 != baseline-* || $architecture =~ ^(x86_64|aarch64)$ ]] || return 1
  [[ $1 != native-* ]] || { [ -z "$bitcode_by" ] && [ -z "$oop" -o -n "$target" ]; } || return 1
  [[ ! $1 =~ ^passes-(O0|g|apart|threads)$ ]] || [ -z "$(setting no-passes-at-O0)" ] || return 1
  # Such code is instrumented by passes that clang leaves out then.
  [ "$1" != passes-raw ] || [[ $(setting flags) != *-fsanitize* ]] || return 1
  [ "$1" != objects ] || [ -n "$(setting objects)" ] || return 1
  [[ $1 != *linked ]] || [ ${#modules[@]} != 0 ]
}

[ "$architecture" != aarch64 ] || variants+=$protected_variants
ran=''
while read -r variant kind flags; do
  [ -n "$variant" ] && is_wanted "$variant" || continue
  # shellcheck disable=SC2086
  run_variant "$variant" "$kind" $flags
  ran=yes
done <<<"$variants"
[ -n "$ran" ] || skip 'it has none of these variants'
[ "$failures" = 0 ]
