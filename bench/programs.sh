# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# shellcheck shell=bash
# Whole programs, cold. The scripts of the programs read this after common.sh. Each
# leaves NAME.bc, the native program NAME, and NAME.expected, which that prints, in
# $work.

declare_programs() {
  table programs ms lazyrun 'Whole programs, clang -O0: from start to exit'
  table programs-cpu ms lazyrun 'Whole programs, clang -O0: processor time'
  table memory-peak MiB lazyrun \
    'Peak resident memory of the process that compiles'
}

# Fetches the source of a program, an npm package in a fixed version, and unpacks
# it into a folder. If that fails, it records why.
fetch_package() { # row, package@version, folder
  local row=$1 package=$2 folder=$3 why archive
  [ ! -d "$folder" ] || return 0
  if [ -z "$fetch" ]; then
    why='its source has not been fetched'
  elif ! command -v npm >/dev/null; then
    why='npm is needed to fetch it (apt-get install npm)'
  elif archive=$(npm pack --silent "$package" 2>/dev/null) &&
    mkdir "$folder.new" && tar xzf "$archive" -C "$folder.new" &&
    mv "$folder.new/package" "$folder" && rmdir "$folder.new"; then
    return 0
  else
    why="npm cannot fetch $package"
  fi
  missing_program "$row" "$why"
  return 1
}

missing_program() { # row, reason
  local column
  for column in native lazyrun 'lazyrun --oop-launch' mcjit orc orc-lazy; do
    missing programs "$1" "$column" "$2"
    missing programs-cpu "$1" "$column" "$2"
  done
}

# Compiles C or C++ sources to NAME.bc, and that to the native program NAME.
compile_program() { # name, compiler, options and sources
  local name=$1 compiler=$2 options=() sources=() word
  shift 2
  for word; do
    case $word in
      *.c | *.cc) sources+=("$word") ;;
      *) options+=("$word") ;;
    esac
  done
  # Only the program's own source, the last one, may change: packages do not.
  [ ! -f "$name.expected" ] || [ "$name.bc" -ot "${sources[-1]}" ] || return 0
  rm -rf "$name.parts" && mkdir "$name.parts" || return 1
  for word in "${sources[@]}"; do
    "$clang$compiler" -O0 -w "${options[@]}" -emit-llvm -c "$word" \
      -o "$name.parts/$(basename "$word").bc" || return 1
  done
  "$llvm_bin/llvm-link" "$name.parts"/*.bc -o "$name.bc" &&
    "$clang$compiler" -O0 -w "$name.bc" -lm -pthread -o "$name"
}

# Measures the commands that print what the native program prints.
measure_program() { # row, name, arguments of the program
  local row=$1 name=$2 column command commands=
  shift 2
  "./$name" "$@" >"$name.expected" ||
    fail "$row: the native program fails"
  while IFS=$'\t' read -r column command; do
    # shellcheck disable=SC2086 # words are meant
    limited $command >"$name.printed" 2>/dev/null
    if [ $? = 124 ]; then
      missing programs "$row" "$column" "takes more than $limit s"
      missing programs-cpu "$row" "$column" "takes more than $limit s"
    elif ! cmp -s "$name.expected" "$name.printed"; then
      missing programs "$row" "$column" 'prints something else than native'
      missing programs-cpu "$row" "$column" 'prints something else than native'
    else
      commands+="$column"$'\t'"$command"$'\n'
    fi
  done <<END
native	./$name $*
lazyrun	$lazyrun $name.bc $*
lazyrun --oop-launch	$lazyrun --oop-launch $name.bc $*
mcjit	$lli -O0 -jit-kind=mcjit $name.bc $*
orc	$lli -O0 -jit-kind=orc $name.bc $*
orc-lazy	$lli -O0 -jit-kind=orc-lazy $name.bc $*
END
  time_program "$row" "$commands"
}

time_program() { # row, lines for bench-time
  "$tools/bench-time" --wall=programs --cpu=programs-cpu --memory=memory-peak \
    "$1" "$rounds" "$limit" <<<"${2%$'\n'}" || exit 1
}
