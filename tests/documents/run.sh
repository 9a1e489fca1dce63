#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Types what a document's console blocks show, and compares what is printed with
# what the document says.
#
#   run.sh DOCUMENT SECTION LAZYRUN_FOLDER LLVM_VERSION
#
# A section goes from its heading to the next one; an empty SECTION is the whole
# document. In a block, a line that begins with "$ " is a command, and the lines
# behind it are its output. "$ cat FILE" makes FILE if there is none of that name.
# A line "..." stands for any lines. Addresses, process ids, times, sizes and blanks
# at the end of a line are not compared. A command's status must be 0, unless
# "$ echo $?" follows.
#
# A line that begins with "Needs" has names of commands or Debian packages. If one
# of them is missing, the rest is skipped (77). What cannot be had on one machine has
# a stand-in, which takes its place (stand-ins/).
set -u

document=$1 section=$2 lazyrun_folder=$3 llvm=$4
here=$(cd "$(dirname "$0")" && pwd)
export PATH=$lazyrun_folder:$PATH LC_ALL=C
unset LZR_TRACE LAZYRUN_SECRET

failed=0
skip() { # the rest
  echo "SKIPPED: $*"
  [ "$failed" = 0 ] && exit 77
  exit 1
}

# ---- What the document says -------------------------------------------------------

lines() { # of the section
  awk -v section="$section" '
    /^```/ { fence = !fence }
    !fence && /^#+ / { sub(/^#+ /, ""); inside = section == "" || $0 == section; next }
    inside' "$document"
}

# The documents are written for LLVM 22.
for_this_llvm() {
  sed "s/-22\b/-$llvm/g"
}

commands=() outputs=()
add() { # a command, whose output follows
  commands+=("$1")
  outputs+=('')
}

names() { # in `quotes`
  grep -oP '(?<=`)[^`]+(?=`[,.])' | xargs
}

read_section() { # what it needs is a command too
  local line block=no count
  while IFS= read -r line; do
    count=${#commands[@]}
    if [ "$block" = no ]; then
      case $line in
        '```console') block=yes ;;
        'Needs '*) add "need $(names <<<"$line")" ;;
      esac
    elif [ "$line" = '```' ]; then
      block=no
    elif [[ $line == '$ '* ]]; then
      add "${line#'$ '}"
    elif [[ ${commands[count - 1]} == *\\ && -z ${outputs[count - 1]} ]]; then
      commands[count - 1]+=$'\n'$line
    else
      outputs[count - 1]+=$line$'\n'
    fi
  done < <(lines)
}

# ---- What happens -----------------------------------------------------------------

is_there() { # a command or a package
  command -v "$1" >/dev/null || [ -x "$here/stand-ins/$1" ] ||
    dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

need() { # names; what a file here is called after is prepared by it
  local name missing=()
  for name; do
    is_there "$name" || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] ||
    skip "needs ${missing[*]}, which can be had by: apt-get install ${missing[*]}"
  for name; do
    [ ! -x "$here/stand-ins/$name" ] || PATH=$here/stand-ins:$PATH
    # shellcheck source=/dev/null
    [ ! -e "$here/$name.sh" ] || source "$here/$name.sh"
  done
}

same_each_time() {
  sed -E 's/[ \t]+$//; s/0x[0-9a-f]+/0xADDRESS/g; s/process [0-9]+/process PID/g
    s/\b[0-9]+\.[0-9]{2}\b/TIME/g; s/[0-9]+ (bytes|of constants|of data)/SIZE \1/g'
}

pattern() { # that matches the text on standard input
  same_each_time | sed -E 's/[][*?\\]/\\&/g; s/^\.\.\.$/*/'
}

# The shell that commands are typed into is another one than this, whose variables
# are its own business. It starts with the first command.
shell_in='' shell_out=''
start_shell() {
  coproc SHELL_AT_WORK { exec bash; }
  shell_in=${SHELL_AT_WORK[1]} shell_out=${SHELL_AT_WORK[0]}
}

status=0
typed() { # a command; leaves its status and what it prints
  [ -n "$shell_in" ] || start_shell
  printf '{ (exit %d); eval %q; } >%q 2>&1 </dev/null; echo $?\n' "$status" "$1" "$printed" >&"$shell_in"
  read -r status <&"$shell_out" || {
    echo "FAILED: $ $1 ended the shell"
    exit 1
  }
}

make_file() { # its name and what is in it; fails if there is one
  typed "[ ! -e $1 ] && printf %s $(printf %q "$2") >$1"
  [ "$status" = 0 ]
}

check() { # a command, its output, the command that follows
  local expected actual
  expected=$(printf '%s' "$2" | pattern) actual=$(same_each_time <"$printed")
  # shellcheck disable=SC2053
  [[ $actual == $expected && ($status = 0 || $3 = 'echo $?') ]] && return
  failed=1
  echo "FAILED: $ $1"
  echo "-- printed, with status $status:"
  cat "$printed"
  echo '-- but the document says:'
  printf '%s' "$2"
}

perform() {
  local i command
  for i in "${!commands[@]}"; do
    command=$(for_this_llvm <<<"${commands[i]}")
    if [[ $command == 'need '* ]]; then
      # shellcheck disable=SC2086
      $command
    elif ! [[ $command =~ ^cat\ ([^ ]+)$ ]] || ! make_file "${BASH_REMATCH[1]}" "${outputs[i]}"; then
      typed "$command"
      check "$command" "${outputs[i]}" "${commands[i + 1]-}"
    fi
  done
}

# ---- All of it --------------------------------------------------------------------

read_section
lines | grep -q '^\$ ' || {
  echo "'$section' of $document shows no commands"
  exit 1
}

# What is mounted, is so for the section alone.
if [[ ${commands[*]} == *'mount -t binfmt_misc'* && -z ${LZR_OWN_NAMESPACE-} ]]; then
  unshare -rm mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null ||
    skip 'the system has no binfmt_misc for each user (Linux 6.7)'
  LZR_OWN_NAMESPACE=yes exec unshare -rm bash "$0" "$@"
fi

folder=$(mktemp -d) || exit 2
printed=$folder/printed
readonly folder printed
at_end=() # commands; the last one comes first
finish() {
  local i
  for ((i = ${#at_end[@]} - 1; i >= 0; i--)); do
    ${at_end[i]}
  done 2>/dev/null
  rm -rf "$folder"
}
stop() { # a process
  kill "$1" && wait "$1"
}
trap finish EXIT
mkdir "$folder/typed" && cd "$folder/typed" || exit 2
ulimit -c 0

perform
exit "$failed"
