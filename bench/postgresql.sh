#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Measures PostgreSQL's JIT with its own provider and with lazyrun behind it (see
# postgresql/server.sh). With --suite it measures nothing, but runs the server's
# regression suite with both and compares the results; --suite='test_setup case'
# runs these tests of it, one after the other. Not a part of run.sh, because it
# needs PostgreSQL and its source.
suite=
tests=
options=()
for argument; do
  case $argument in
    --suite) suite=yes ;;
    --suite=*) suite=yes tests=${argument#*=} ;;
    *) options+=("$argument") ;;
  esac
done
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh" "${options[@]}"
# shellcheck source=postgresql/server.sh
source "$bench/postgresql/server.sh"
trap 'end_server; [ -n "$records" ] || [ -n "$suite" ] || "$tools/bench" --report "$part.records" >&3' EXIT

# What is compared: a column, the provider and the server's environment.
variants=('postgresql|stock|' 'lazyrun|lazyrun|'
  'lazyrun, lazy|lazyrun|LAZYRUN_COMPILE=lazy'
  'lazyrun, baseline|lazyrun|LAZYRUN_CODEGEN=baseline'
  'lazyrun, auto|lazyrun|LAZYRUN_CODEGEN=auto')

# Everything is compiled, inlined and optimized, or only compiled.
settings_of() { # plain or optimized
  local cost=-1
  [ "$1" = plain ] || cost=0
  echo jit=on jit_above_cost=0 jit_inline_above_cost=$cost jit_optimize_above_cost=$cost
}

# ---- The server's regression suite -----------------------------------------------

run_suite() { # name, provider, variables, settings...
  local out=$place/$1
  as_user mkdir -p "$out"
  printf '%s\n' "jit_provider=llvmjit_$2" fsync=off "${@:4}" |
    as_user tee "$out/settings" >/dev/null
  # shellcheck disable=SC2086 # no variable, or one; tests are words
  (cd "$out" && as_user env $3 "$pg_lib/lib/pgxs/src/test/regress/pg_regress" \
    --bindir="$programs" --dlpath="$(dirname "$programs")/lib" --inputdir="$place/regress" \
    --outputdir="$out" --temp-instance="$out/instance" --temp-config="$out/settings" \
    --max-connections=2 --no-locale --encoding=UTF8 \
    ${tests:---schedule="$place/regress/parallel_schedule"} >"$out/output" 2>&1)
  echo "$1: $(tail -n 20 "$out/output" | grep -E 'tests (passed|failed)' || tail -n 1 "$out/output")"
}

compare_suites() {
  local mode variant column provider variables status=0
  for mode in plain optimized; do
    for variant in "${variants[@]}"; do
      IFS='|' read -r column provider variables <<<"$variant"
      # shellcheck disable=SC2046 # settings are words
      run_suite "$mode-${column/, /-}" "$provider" "$variables" $(settings_of $mode)
      diff -r "$place/$mode-postgresql/results" "$place/$mode-${column/, /-}/results" || status=1
    done
  done
  return $status
}

# ---- Times and memory ------------------------------------------------------------

# A query in a session of its own, often. The first time is told apart: LLVM and
# the server's types are loaded then. Processor time is all threads' of the
# server's process.
measure_query() { # column, name, query, mode
  local plan="explain (analyze, format json) $3" i
  local used="set jit = off; select sum(split_part(pg_read_file('/proc/self/task/' || thread || '/schedstat'), ' ', 1)::bigint) from pg_ls_dir('/proc/self/task') thread; set jit = on"
  {
    printf '%s;\n' "$plan" "$used"
    for ((i = 0; i < repeats; i++)); do printf '%s;\n' "$plan"; done
    printf '%s;\n' "$used"
  } | query -At -v ON_ERROR_STOP=1 | python3 "$bench/postgresql/records.py" "$4" "$2" "$1" || fail "$1, $2: no figures"
}

# What a server's process has grown by after so many queries.
measure_memory() { # column, mode
  query -At -v ON_ERROR_STOP=1 <<END || fail "$1: the server's process did not survive"
create function pg_temp.resident() returns bigint language sql as
  \$\$ select split_part(pg_read_file('/proc/self/statm'), ' ', 2)::bigint * $(getconf PAGESIZE) / 1024 \$\$;
create procedure pg_temp.run(many int) language plpgsql as
  \$\$ begin for i in 1..many loop execute '${short//\'/\'\'}'; end loop; end \$\$;
call pg_temp.run($queries / 10);
select pg_temp.resident() as before \gset
call pg_temp.run($queries);
select 'sample', 'postgresql-$2-memory', '$queries queries', '$1', pg_temp.resident() - :before \g (format=unaligned fieldsep='\t')
END
}

measure_variant() { # mode, variant
  local column provider variables name text
  IFS='|' read -r column provider variables <<<"$2"
  # shellcheck disable=SC2046,SC2086 # settings are words; no variable, or one
  start_server "$provider" $variables -- $(settings_of "$1") max_parallel_workers_per_gather=0
  while read -r name text; do
    [ "$name" = -- ] || measure_query "$column" "$name" "$text" "$1"
  done <"$bench/postgresql/queries.sql"
  [ "$3" != 0 ] || measure_memory "$column" "$1"
  stop_server
}

measure() {
  local mode i variant
  lines=100000 queries=10000 repeats=20
  [ -z "$quick" ] || lines=4000 queries=100 repeats=4
  short='select sum(quantity * 2), count(*) from lineitem where orderkey < 10 and number <> 3'
  start_server stock -- jit=off
  query -v lines=$lines -f - <"$bench/postgresql/tables.sql" || fail 'the tables cannot be made'
  query -c 'create index on lineitem (orderkey)' -c 'vacuum analyze'
  stop_server
  for mode in plain optimized; do
    table postgresql-$mode-emission ms lazyrun "PostgreSQL, $mode: emission"
    table postgresql-$mode-jit ms lazyrun "PostgreSQL, $mode: JIT, all in all"
    table postgresql-$mode-query ms lazyrun "PostgreSQL, $mode: a query"
    table postgresql-$mode-processor ms lazyrun "PostgreSQL, $mode: processor time of a query"
    table postgresql-$mode-first ms lazyrun "PostgreSQL, $mode: the first query of a session"
    table postgresql-$mode-memory KiB lazyrun "PostgreSQL, $mode: memory that stays"
    for ((i = 0; i < rounds; i++)); do
      for variant in "${variants[@]}"; do
        measure_variant $mode "$variant" "$i"
      done
    done
  done
}

prepare_server
if [ -n "$suite" ]; then
  compare_suites >&2
else
  measure
fi
