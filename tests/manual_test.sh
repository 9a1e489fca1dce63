#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The manual pages and the completions know every option that --help lists, and no
# other; and the README knows them too.
#
#   manual_test.sh MANUAL_FOLDER LAZYRUN LAZYRUN_EXECUTOR README
set -u

manual=$1 lazyrun=$2 executor=$3 readme=$4
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
failed=0

fail() {
  echo "FAILED: $*"
  failed=1
}

options() { # long options in a text, without values
  grep -oE -- '(^|[^a-z0-9-])--[a-z][a-z0-9-]*' | grep -oE -- '--[a-z].*' | sort -u
}
listed() { # those that a program's --help lists
  "$1" --help | grep -E '^  -' | options
}
same() { # what is compared, a list, another
  diff "$folder/$2" "$folder/$3" >"$folder/diff" || fail "$1: $(grep '^[<>]' "$folder/diff" | tr '\n' ' ')"
}

listed "$lazyrun" >"$folder/help"
listed "$executor" >"$folder/executor_help"
[ "$(wc -l <"$folder/help")" -gt 20 ] || fail "lazyrun --help lists $(wc -l <"$folder/help") options"
[ "$(wc -l <"$folder/executor_help")" -gt 3 ] || fail 'lazyrun-executor --help lists too few options'

# ---- Manual pages: options are entries ------------------------------------------

entries() { # of a page, in which each follows a line ".TP"
  sed -n '/^\.TP$/{n;p}' "$1" | sed 's/\\f[A-Z]//g; s/\\-/-/g' | options
}
entries "$manual/lazyrun.1" >"$folder/page"
entries "$manual/lazyrun-executor.1" >"$folder/executor_page"
same 'lazyrun(1)' help page
same 'lazyrun-executor(1)' executor_help executor_page
for page in lazyrun.1 lazyrun-executor.1 lazyrun-report.1 lazyrun.3; do
  grep -q '@[A-Z]*@' "$manual/$page" && fail "$page has a word that nothing was put for"
  if command -v groff >/dev/null; then
    groff -man -Tutf8 -ww -z "$manual/$page" 2>"$folder/log" || fail "groff $page"
    [ ! -s "$folder/log" ] || fail "$page: $(cat "$folder/log")"
  fi
done

# ---- Completions ----------------------------------------------------------------

bash -c 'source "$1"; printf "%s\n" "${_lazyrun_options[@]}"' bash "$manual/lazyrun.bash" |
  options >"$folder/bash"
same 'completion for bash' help bash
sed -n "s/^  '\(--[a-z0-9-]*\).*/\1/p" "$manual/_lazyrun" | sort -u >"$folder/zsh"
same 'completion for zsh' help zsh
sed -n 's/.* -l \([a-z0-9-]*\).*/--\1/p' "$manual/lazyrun.fish" | sort -u >"$folder/fish"
same 'completion for fish' help fish

completes() { # what is typed, what it may become
  local found
  found=$(bash -c 'compopt() { :; }; source "$1"; COMP_WORDS=(lazyrun "$2") COMP_CWORD=1
    _lazyrun; echo "${COMPREPLY[*]}"' bash "$manual/lazyrun.bash" "$1")
  [ "$found" = "$2" ] || fail "'$1' becomes '$found', not '$2'"
}
completes --ea --eager
completes --extra- '--extra-module= --extra-object= --extra-archive='
completes prog ''

# A terminal of zsh's own. ^X shows what has become of the line; no key is pressed
# before the shell is ready.
cat >"$folder/type.zsh" <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' insert-tab false; bindkey '^I' complete-word
show() { print -r -- \"li\"ne:\"<\$BUFFER>\" }; zle -N show; bindkey '^X' show; print rea\"\"dy"
zpty -r shell text '*ready*'
zpty -w -n shell "lazyrun $2"$'\t\x18'
zpty -r shell text '*line:<*>*'
print -r -- "${${text##*line:<lazyrun }%%>*}"
zpty -d shell
END
zsh_completes() { # what is typed, what it becomes
  local found
  found=$(TERM=dumb timeout 60 zsh -f "$folder/type.zsh" "$manual" "$1")
  [ "$found" = "$2" ] || fail "zsh: '$1' becomes '$found', not '$2'"
}
if command -v zsh >/dev/null; then
  zsh_completes --ea '--eager '
  zsh_completes --trace '--trace-file='
  zsh_completes "--extra-module=$folder/type" "--extra-module=$folder/type.zsh "
  zsh_completes "$folder/type" "$folder/type.zsh "
else
  echo 'left out: no zsh'
fi

fish_completes() { # what is typed, what it may become
  local found
  found=$(HOME=$folder fish --no-config -c 'source $argv[1]; complete -C "lazyrun $argv[2]"' \
    "$manual/lazyrun.fish" "$1" | cut -f 1 | xargs)
  [ "$found" = "$2" ] || fail "fish: '$1' becomes '$found', not '$2'"
}
if command -v fish >/dev/null; then
  fish_completes --ea --eager
  fish_completes --extra- '--extra-archive --extra-module --extra-object'
  fish_completes "--extra-module=$folder/type" "--extra-module=$folder/type.zsh"
else
  echo 'left out: no fish'
fi

# ---- The README -----------------------------------------------------------------

options <"$readme" >"$folder/readme"
while read -r option; do
  grep -qxe "$option" "$folder/readme" || [[ $option == --help || $option == --version ]] ||
    fail "the README does not know $option"
done < <(cat "$folder/help" "$folder/executor_help")

# ---- The test itself ------------------------------------------------------------

sed '/--eager/d' "$manual/lazyrun.bash" >"$folder/broken"
bash -c 'source "$1"; printf "%s\n" "${_lazyrun_options[@]}"' bash "$folder/broken" |
  options | diff "$folder/help" - >/dev/null && fail 'not noticed: an option that is missing'
exit $failed
