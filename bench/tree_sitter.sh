#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures programs/tree_sitter.c, which uses tree-sitter and its grammar of
# JavaScript.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"
# shellcheck source=programs.sh
source "$bench/programs.sh"

declare_programs
grammar=tree-sitter-javascript
fetch_package tree-sitter tree-sitter@0.25.1 tree-sitter || exit 0
fetch_package tree-sitter $grammar@0.25.0 $grammar || exit 0
core=tree-sitter/vendor/tree-sitter/lib
compile_program tree_sitter '' -I$core/include -I$core/src -I$grammar/src \
  $core/src/lib.c $grammar/src/parser.c $grammar/src/scanner.c \
  "$bench/programs/tree_sitter.c" || fail 'it cannot be compiled'
measure_program tree-sitter tree_sitter $grammar/grammar.js
