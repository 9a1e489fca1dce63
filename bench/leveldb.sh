#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures programs/leveldb.cc, which uses LevelDB, in C++.
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "$@"
# shellcheck source=programs.sh
source "$bench/programs.sh"

declare_programs
fetch_package LevelDB classic-level@3.0.0 classic-level || exit 0
source=classic-level/deps/leveldb/leveldb-1.20
mapfile -t files < <(find $source/{db,table,util} -name '*.cc' \
  ! -name '*test*.cc' ! -name c.cc ! -name db_bench.cc ! -name leveldbutil.cc)
compile_program leveldb ++ -std=c++11 -DLEVELDB_PLATFORM_POSIX=1 -DOS_LINUX=1 \
  -I$source -I$source/include "${files[@]}" $source/port/port_posix.cc \
  $source/port/port_posix_sse.cc "$bench/programs/leveldb.cc" ||
  fail 'it cannot be compiled'
measure_program LevelDB leveldb "$work/leveldb.database"
