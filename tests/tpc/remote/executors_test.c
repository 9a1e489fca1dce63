/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The controller's end with the executors there are: lazyrun's, and LLVM's of
   22 and 19 where they are installed. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tpc_support.h"
#include "tpc/remote.h"

TestSuite(remote_executors, .timeout = 60);

enum executor { OURS, LLVM_22, LLVM_19, EXECUTOR_COUNT };

static const char *const commands[EXECUTOR_COUNT] = {
    [OURS] = LZR_EXECUTOR,
    [LLVM_22] = "llvm-jitlink-executor-22",
    [LLVM_19] = "llvm-jitlink-executor-19",
};

static enum executor executor;

static bool is_installed(const char *command) {
  char line[256];

  snprintf(line, sizeof line, "command -v %s >/dev/null", command);
  return system(line) == 0;
}

static void launch(enum executor which) {
  struct lzr_remote_options options = {.size = sizeof options,
                                       .launch = commands[which]};

  executor = which;
  setenv("ASAN_OPTIONS", "handle_segv=0", 1); /* an executor's own handler */
  if (!is_installed(commands[which]))
    cr_skip_test("%s is not installed", commands[which]);
  expect_fine(lzr_tpc_create_remote(&options, &tpc));
}

/* A test that is run with each of them. */
#define TestEach(name)                                                         \
  static int name##_executors[] = {OURS, LLVM_22, LLVM_19};                    \
  static void name(void);                                                      \
  ParameterizedTestParameters(remote_executors, name) {                        \
    return cr_make_param_array(int, name##_executors, EXECUTOR_COUNT);         \
  }                                                                            \
  ParameterizedTest(int *which, remote_executors, name) {                      \
    launch((enum executor) * which);                                           \
    name();                                                                    \
    lzr_tpc_close(tpc);                                                        \
  }                                                                            \
  static void name(void)

static lzr_addr look_up(const char *name) {
  struct lzr_name wanted = {.name = name, .required = true};

  expect_fine(lzr_tpc_lookup(tpc, 0, &wanted, 1));
  cr_assert_neq(wanted.address, 0);
  return wanted.address;
}

static lzr_error *try_int(lzr_addr function, int *result) {
  struct lzr_signature signature = {.result = LZR_TYPE_I32};
  lzr_value value = {.i = 0};
  lzr_error *error = lzr_tpc_call(tpc, function, &signature, NULL, &value);

  *result = (int)value.i;
  return error;
}

static int call_int(lzr_addr function) {
  int result;

  expect_fine(try_int(function, &result));
  return result;
}

static lzr_error *call_with_int(lzr_addr function, int argument) {
  static const lzr_type type = LZR_TYPE_I32;
  struct lzr_signature signature = {LZR_TYPE_I32, &type, 1, 1};
  lzr_value value = {.i = argument}, result;

  return lzr_tpc_call(tpc, function, &signature, &value, &result);
}

static int call_allocation(const lzr_allocation *allocation) {
  return call_int(allocation->address[LZR_PROT_CODE]);
}

/* ---- What it is ---------------------------------------------------------- */

TestEach(says_what_it_is) {
  const struct lzr_target_facts *facts = lzr_tpc_facts(tpc);

  cr_expect_not_null(strstr(facts->triple, "linux"), "%s", facts->triple);
  cr_expect_eq(facts->page_size, (uint32_t)sysconf(_SC_PAGESIZE));
  cr_expect_eq(facts->pointer_size, 8);
  cr_expect_not(facts->this_process);
  cr_expect_not_null(facts->cpu);
  cr_expect_not_null(facts->features);
  cr_expect_neq(facts->return_zero, 0);
  cr_expect_eq(call_int(facts->return_zero), 0);
  cr_expect_eq(facts->dispatch_function != 0, executor != OURS);
  cr_expect_not_null(strstr(lzr_remote_peer(tpc), "executor"));
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_RUNNING);
}

/* ---- Memory -------------------------------------------------------------- */

TestEach(runs_what_was_committed) {
  lzr_allocation *first = make_returner(7), *second = make_returner(8);

  cr_expect_eq(call_allocation(first), 7);
  cr_expect_eq(call_allocation(second), 8);
  lzr_tpc_release(tpc, first);
  cr_expect_eq(call_allocation(second), 8);
  lzr_tpc_release(tpc, second);
}

TestEach(commits_all_kinds_of_memory_at_once) {
  lzr_allocation *unit = reserve(RETURNER_SIZE, 100, 200);
  uint8_t code[RETURNER_SIZE];
  lzr_addr *address = unit->address;
  struct lzr_segment segments[] = {
      {address[LZR_PROT_CODE], code, sizeof code, 0},
      {address[LZR_PROT_CONST] + 50, "constant", 9, 41},
      {address[LZR_PROT_DATA], "data", 5, 195}};
  struct lzr_pointer_store store = {address[LZR_PROT_DATA] + 64,
                                    UINT64_C(0x123456789abcdef0)};
  struct lzr_commit commit = {.segments = segments,
                              .segment_count = 3,
                              .stores = &store,
                              .store_count = 1};
  char bytes[72];

  write_returner(code, 99);
  expect_fine(lzr_tpc_commit(tpc, unit, &commit));
  cr_expect_eq(call_allocation(unit), 99);
  if (executor == LLVM_19) {
    expect_error(lzr_tpc_read(tpc, address[LZR_PROT_DATA], bytes, 72),
                 LZR_ERROR_UNSUPPORTED, "reads memory");
  } else {
    expect_fine(lzr_tpc_read(tpc, address[LZR_PROT_DATA], bytes, 72));
    cr_expect_str_eq(bytes, "data");
    cr_expect_eq(memcmp(bytes + 64, &store.value, 8), 0);
    expect_fine(lzr_tpc_read(tpc, address[LZR_PROT_CONST] + 50, bytes, 9));
    cr_expect_str_eq(bytes, "constant");
  }
  lzr_tpc_release(tpc, unit);
}

TestEach(keeps_data_of_one_unit_apart_from_the_next) {
  lzr_allocation *first = reserve(0, 0, 100), *second = reserve(0, 0, 100);
  char bytes[100];

  memset(bytes, 'a', sizeof bytes);
  expect_fine(
      commit_bytes(first, first->address[LZR_PROT_DATA], bytes, 100, 0));
  memset(bytes, 'b', sizeof bytes);
  expect_fine(
      commit_bytes(second, second->address[LZR_PROT_DATA], bytes, 100, 0));
  expect_fine(lzr_tpc_write(tpc, first->address[LZR_PROT_DATA], "c", 1));
  if (executor != LLVM_19) {
    expect_fine(lzr_tpc_read(tpc, first->address[LZR_PROT_DATA], bytes, 100));
    cr_expect_eq(bytes[0], 'c');
    cr_expect_eq(bytes[99], 'a');
  }
  lzr_tpc_release(tpc, first);
  lzr_tpc_release(tpc, second);
}

TestEach(gives_zeros_where_other_data_has_been) {
  lzr_allocation *unit = reserve(0, 0, 10000);
  lzr_addr before = unit->address[LZR_PROT_DATA];
  char bytes[10000];

  memset(bytes, 'x', sizeof bytes);
  expect_fine(commit_bytes(unit, before, bytes, sizeof bytes, 0));
  lzr_tpc_release(tpc, unit);
  unit = reserve(0, 0, 10000);
  cr_assert_eq(unit->address[LZR_PROT_DATA], before, "data is used again");
  expect_fine(commit_bytes(unit, before, "y", 1, 9999));
  if (executor != LLVM_19) {
    expect_fine(lzr_tpc_read(tpc, before, bytes, sizeof bytes));
    cr_expect_eq(bytes[0], 'y');
    for (size_t i = 1; i < sizeof bytes; i++)
      cr_assert_eq(bytes[i], 0, "byte %zu", i);
  }
  lzr_tpc_release(tpc, unit);
}

TestEach(aligns_beyond_a_page) {
  struct lzr_layout layout = {.size = {RETURNER_SIZE, 16, 16},
                              .align = {1 << 16, 1 << 14, 1 << 13}};
  lzr_allocation *unit;

  expect_fine(lzr_tpc_reserve(tpc, &layout, &unit));
  for (int prot = 0; prot <= LZR_PROT_DATA; prot++)
    cr_expect_eq(unit->address[prot] % layout.align[prot], 0, "part %d", prot);
  commit_returner(unit, 5);
  cr_expect_eq(call_allocation(unit), 5);
  lzr_tpc_release(tpc, unit);
}

TestEach(refuses_what_is_outside_an_allocation) {
  lzr_allocation *unit = reserve(16, 0, 16);
  struct lzr_pointer_store store = {unit->address[LZR_PROT_CODE], 1};

  expect_error(
      commit_bytes(unit, unit->address[LZR_PROT_CODE] + 8, "123456789", 9, 0),
      LZR_ERROR_ARGUMENT, "not inside the allocation");
  expect_error(lzr_tpc_store_pointers(tpc, &store, 1), LZR_ERROR_ARGUMENT,
               "not an aligned pointer in committed data");
  expect_fine(commit_bytes(unit, unit->address[LZR_PROT_DATA], "1", 1, 0));
  expect_error(commit_bytes(unit, unit->address[LZR_PROT_DATA], "1", 1, 0),
               LZR_ERROR_ARGUMENT, "second time");
  expect_error(lzr_tpc_write(tpc, unit->address[LZR_PROT_CODE], "1", 1),
               LZR_ERROR_TARGET, "by a commit only");
  lzr_tpc_release(tpc, unit);
}

TestEach(refuses_more_than_there_is_room_for) {
  struct lzr_layout layout = {.size = {UINT64_C(1) << 40, 0, 0}};
  lzr_allocation *unit;

  expect_error(lzr_tpc_reserve(tpc, &layout, &unit), LZR_ERROR_LIMIT,
               "no room");
  layout.size[LZR_PROT_CODE] = 0;
  layout.size[LZR_PROT_DATA] = UINT64_MAX - 4;
  expect_error(lzr_tpc_reserve(tpc, &layout, &unit), LZR_ERROR_LIMIT,
               "no room");
}

static size_t count_mappings(int id) {
  char path[64], line[512];
  size_t count = 0;
  FILE *file;

  snprintf(path, sizeof path, "/proc/%d/maps", id);
  file = fopen(path, "r");
  cr_assert_not_null(file);
  while (fgets(line, sizeof line, file))
    count++;
  fclose(file);
  return count;
}

TestEach(takes_thousands_of_units_in_few_mappings) {
  enum { COUNT = 2000 };
  static lzr_allocation *units[COUNT];
  int id = call_int(look_up("getpid"));
  size_t before = count_mappings(id);

  for (uint32_t i = 0; i < COUNT; i++) {
    units[i] = reserve(RETURNER_SIZE, 10, 24);
    commit_returner(units[i], i);
  }
  cr_expect_eq(call_allocation(units[0]), 0);
  cr_expect_eq(call_allocation(units[COUNT - 1]), (int)COUNT - 1);
  /* A few are of the executor's own threads and heaps. */
  cr_expect_lt(count_mappings(id), before + COUNT / 20);
  for (uint32_t i = 0; i < COUNT; i += 2)
    lzr_tpc_release(tpc, units[i]);
  for (uint32_t i = 0; i < COUNT; i += 2) {
    units[i] = reserve(RETURNER_SIZE, 0, 8);
    commit_returner(units[i], i + 1);
  }
  for (uint32_t i = 0; i < COUNT; i += 97)
    cr_assert_eq(call_allocation(units[i]), (int)(i % 2 ? i : i + 1));
}

/* ---- Names --------------------------------------------------------------- */

TestEach(finds_names_and_leaves_out_weak_ones) {
  struct lzr_name names[] = {{.name = "strlen", .required = true},
                             {.name = "there_is_no_such_name"},
                             {.name = "malloc"}};

  expect_fine(lzr_tpc_lookup(tpc, 0, names, 3));
  cr_expect_neq(names[0].address, 0);
  cr_expect_eq(names[1].address, 0);
  cr_expect_neq(names[2].address, 0);
  expect_fine(lzr_tpc_lookup(tpc, 0, names, 0));
}

TestEach(lists_all_required_names_that_are_missing) {
  struct lzr_name names[] = {{.name = "no_first", .required = true},
                             {.name = "strlen", .required = true},
                             {.name = "no_second", .required = true}};

  expect_error(lzr_tpc_lookup(tpc, 0, names, 3), LZR_ERROR_SYMBOL,
               "'no_first', 'no_second'");
}

TestEach(opens_libraries_and_finds_names_in_them) {
  struct lzr_name name = {.name = "cos", .required = true};
  lzr_library_handle handle;

  expect_fine(lzr_tpc_open_library(tpc, "libm.so.6", &handle));
  expect_fine(lzr_tpc_lookup(tpc, handle, &name, 1));
  cr_expect_neq(name.address, 0);
  expect_error(lzr_tpc_open_library(tpc, "/no/such/library.so", &handle),
               LZR_ERROR_TARGET, "library.so");
}

TestEach(refuses_a_handle_it_has_not_given) {
  struct lzr_name name = {.name = "cos"};
  lzr_error *error = lzr_tpc_lookup(tpc, 0x1234, &name, 1);

  cr_assert_not_null(error);
  cr_expect_not_null(strstr(lzr_error_message(error), "not an opened library"));
  lzr_error_destroy(error);
}

TestEach(looks_up_thread_locals_or_says_why_not) {
  struct lzr_name name = {.name = "errno", .thread_local_storage = true};
  lzr_error *error = lzr_tpc_lookup(tpc, 0, &name, 1);

  if (executor == OURS)
    expect_fine(error);
  else
    expect_error(error, LZR_ERROR_UNSUPPORTED, "thread-local");
}

/* ---- Calls --------------------------------------------------------------- */

TestEach(runs_a_program) {
  static const char *const argv[] = {"program", "argument"};
  lzr_allocation *unit = make_returner(42);
  int status;

  expect_fine(
      lzr_tpc_run_main(tpc, unit->address[LZR_PROT_CODE], 2, argv, &status));
  cr_expect_eq(status, 42);
  expect_fine(lzr_tpc_run_void(tpc, unit->address[LZR_PROT_CODE]));
  lzr_tpc_release(tpc, unit);
}

TestEach(calls_with_types_what_it_can) {
  static const lzr_type types[] = {LZR_TYPE_F64};
  struct lzr_signature signature = {LZR_TYPE_F64, types, 1, 1};
  lzr_value value = {.f64 = 9.0}, result;
  lzr_library_handle handle;
  struct lzr_name name = {.name = "sqrt", .required = true};
  lzr_error *error;

  expect_fine(lzr_tpc_open_library(tpc, "libm.so.6", &handle));
  expect_fine(lzr_tpc_lookup(tpc, handle, &name, 1));
  error = lzr_tpc_call(tpc, name.address, &signature, &value, &result);
  if (executor == OURS) {
    expect_fine(error);
    cr_expect_eq(result.f64, 3.0);
  } else {
    expect_error(error, LZR_ERROR_UNSUPPORTED, "LLVM's executor calls");
  }
  expect_fine(call_with_int(look_up("abs"), -3));
}

/* ---- Re-entry ------------------------------------------------------------ */

static _Atomic uint64_t seen_index;

static uint64_t nested_handler(void *data, uint64_t index) {
  lzr_allocation *unit = make_returner(1);

  atomic_store(&seen_index, index);
  cr_expect_eq(data, &seen_index);
  lzr_tpc_release(tpc, unit);
  return index * 2;
}

#ifdef __x86_64__
static void put(uint8_t **at, const void *bytes, size_t size) {
  memcpy(*at, bytes, size);
  *at += size;
}

static void put_u64(uint8_t **at, uint64_t value) {
  put(at, &value, sizeof value);
}

/* int f(void) that calls the handler with index 21. */
static size_t write_handler_call(uint8_t *code, lzr_addr context) {
  uint8_t *at = code;

  put(&at, "\x48\x83\xec\x08\x48\xbf", 6); /* sub rsp, 8; mov rdi, ... */
  put_u64(&at, context);
  put(&at, "\xbe\x15\0\0\0\xff\x17", 7); /* mov esi, 21; call [rdi] */
  put(&at, "\x48\x83\xc4\x08\xc3", 5);   /* add rsp, 8; ret */
  return (size_t)(at - code);
}

/* The same through LLVM's dispatch function, with a tag; the 8 bytes of the
   answer come in rax. */
static size_t write_dispatch_call(uint8_t *code, lzr_addr tag) {
  const struct lzr_target_facts *facts = lzr_tpc_facts(tpc);
  uint8_t *at = code;

  put(&at, "\x48\x83\xec\x18", 4);           /* sub rsp, 24 */
  put(&at, "\x48\xc7\x04\x24\x15\0\0\0", 8); /* mov qword [rsp], 21 */
  put(&at, "\x48\xbf", 2);                   /* mov rdi, context */
  put_u64(&at, facts->dispatch_context);
  put(&at, "\x48\xbe", 2); /* mov rsi, tag */
  put_u64(&at, tag);
  put(&at, "\x48\x89\xe2\xb9\x08\0\0\0\x48\xb8", 10); /* mov rdx, rsp;
                                                mov ecx, 8; mov rax, ... */
  put_u64(&at, facts->dispatch_function);
  put(&at, "\xff\xd0\x48\x83\xc4\x18\xc3", 7); /* call; add rsp, 24; ret */
  return (size_t)(at - code);
}

static lzr_allocation *commit_code(const uint8_t *code, size_t size) {
  lzr_allocation *unit = reserve(size, 0, 0);

  expect_fine(commit_bytes(unit, unit->address[LZR_PROT_CODE], code, size, 0));
  return unit;
}

TestEach(lets_code_call_a_handler_that_commits) {
  uint8_t code[96];
  lzr_addr context;
  size_t size;

  expect_fine(lzr_tpc_add_handler(tpc, nested_handler, &seen_index, &context));
  size = executor == OURS ? write_handler_call(code, context)
                          : write_dispatch_call(code, context);
  cr_expect_eq(call_allocation(commit_code(code, size)), 42);
  cr_expect_eq(atomic_load(&seen_index), 21);
}

static lzr_error *divide(void *data, const lzr_value *arguments,
                         lzr_value *result) {
  (void)data;
  if (arguments[1].i == 0)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "division of %d by zero",
                            (int)arguments[0].i);
  result->i = arguments[0].i / arguments[1].i;
  return NULL;
}

/* int f(void) that calls function(-84, divisor). */
static size_t write_division(uint8_t *code, lzr_addr function,
                             uint8_t divisor) {
  uint8_t *at = code;

  put(&at, "\x48\x83\xec\x08\xbf\xac\xff\xff\xff\xbe", 10);
  put(&at, &divisor, 1);
  put(&at, "\0\0\0\x48\xb8", 5);
  put_u64(&at, function);
  put(&at, "\xff\xd0\x48\x83\xc4\x08\xc3", 7);
  return (size_t)(at - code);
}

TestEach(lets_code_call_a_typed_function_or_says_why_not) {
  static const lzr_type types[] = {LZR_TYPE_I32, LZR_TYPE_I32};
  struct lzr_signature signature = {LZR_TYPE_I32, types, 2, 2};
  uint8_t code[64];
  lzr_addr function;
  int result;
  lzr_error *error =
      lzr_tpc_add_function(tpc, &signature, divide, NULL, &function);

  if (executor != OURS) {
    expect_error(error, LZR_ERROR_UNSUPPORTED, "calls back");
    return;
  }
  expect_fine(error);
  cr_expect_eq(
      call_allocation(commit_code(code, write_division(code, function, 2))),
      -42);
  expect_error(try_int(commit_code(code, write_division(code, function, 0))
                           ->address[LZR_PROT_CODE],
                       &result),
               LZR_ERROR_CLOSED, "");
  cr_expect_neq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_RUNNING);
}
#endif

static void *make_and_call(void *data) {
  uint32_t base = (uint32_t)(uintptr_t)data;

  for (uint32_t i = 0; i < 50; i++) {
    lzr_allocation *unit = make_returner(base + i);

    cr_assert_eq(call_allocation(unit), (int)(base + i));
    lzr_tpc_release(tpc, unit);
  }
  return NULL;
}

TestEach(serves_several_threads) {
  pthread_t threads[4];

  for (uintptr_t i = 0; i < 4; i++)
    cr_assert_eq(
        pthread_create(&threads[i], NULL, make_and_call, (void *)(i * 100)), 0);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
}

/* ---- How it ends --------------------------------------------------------- */

static void expect_ending(enum lzr_ending_kind kind, int status) {
  const struct lzr_ending *ending = lzr_tpc_ending(tpc);

  cr_expect_eq(ending->kind, kind, "it ended in another way (%d, %d)",
               (int)ending->kind, ending->status);
  cr_expect_eq(ending->status, status, "with %d", ending->status);
}

static void expect_closed(void) {
  struct lzr_name name = {.name = "strlen"};

  expect_error(lzr_tpc_lookup(tpc, 0, &name, 1), LZR_ERROR_CLOSED, "ended");
}

TestEach(tells_the_status_of_a_target_told_to_exit) {
  lzr_tpc_exit(tpc, 7);
  expect_ending(LZR_ENDING_EXITED, 7);
  expect_closed();
}

TestEach(tells_the_status_of_a_program_that_exits) {
  expect_error(call_with_int(look_up("exit"), 9), LZR_ERROR_CLOSED, "ended");
  expect_ending(LZR_ENDING_EXITED, 9);
  expect_closed();
}

TestEach(tells_the_status_of_a_program_that_exits_at_once) {
  expect_error(call_with_int(look_up("_exit"), 3), LZR_ERROR_CLOSED, "ended");
  expect_ending(LZR_ENDING_EXITED, 3);
}

TestEach(tells_the_signal_of_a_program_that_crashes) {
  expect_error(call_with_int(look_up("raise"), SIGSEGV), LZR_ERROR_CLOSED,
               "ended");
  expect_ending(LZR_ENDING_SIGNALLED, SIGSEGV);
  cr_expect_eq(lzr_tpc_ending(tpc)->frame_count > 0, executor == OURS);
}

TestEach(tells_that_it_was_killed) {
  int id = call_int(look_up("getpid"));

  kill(id, SIGKILL);
  while (!kill(id, 0) && lzr_tpc_ending(tpc)->kind == LZR_ENDING_RUNNING)
    usleep(1000);
  expect_closed();
  expect_ending(LZR_ENDING_SIGNALLED, SIGKILL);
}

TestEach(lets_go_of_an_executor_with_things_still_reserved) {
  for (int i = 0; i < 10; i++)
    make_returner(1);
  reserve(100, 100, 100);
}

#ifdef __x86_64__
static void *spin(void *data) {
  const lzr_allocation *unit = data;

  return lzr_tpc_run_void(tpc, unit->address[LZR_PROT_CODE]);
}

TestEach(exits_while_code_spins) {
  lzr_allocation *unit = commit_code((const uint8_t *)"\xeb\xfe", 2);
  pthread_t thread;
  void *error;

  cr_assert_eq(pthread_create(&thread, NULL, spin, unit), 0);
  usleep(20000);
  lzr_tpc_exit(tpc, 5);
  expect_ending(LZR_ENDING_EXITED, 5);
  pthread_join(thread, &error);
  expect_error(error, LZR_ERROR_CLOSED, "ended");
}
#endif
