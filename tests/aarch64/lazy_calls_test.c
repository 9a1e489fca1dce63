/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Stubs, trampolines and the resolver on an AArch64 processor, real or
 * emulated: tests what no test on another host can. A plain program, without
 * LLVM; exits with 0 if every check held.
 */
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include "indirection/indirection.h"
#include "plain_tpc.h"
#include "registers.h"
#include "stubs/arch.h"
#include "tpc/base/aarch64/save.h"

#define THREADS 8
#define FUNCTIONS 200
#define SVE_BIT (1ul << 22) /* of AT_HWCAP */
#define BTI_BIT (1ul << 17) /* of AT_HWCAP2 */

static int failures;

static void check(bool held, const char *what) {
  printf("%s: %s\n", held ? "ok" : "FAILED", what);
  failures += !held;
}

static void must(lzr_error *error) {
  if (!error)
    return;
  printf("FAILED: %s\n", lzr_error_message(error));
  exit(1);
}

static lzr_addr address_of(void (*function)(void)) {
  return (lzr_addr)(uintptr_t)function;
}

static lzr_tpc *plain_tpc_with(uint32_t form) {
  const struct lzr_target_facts facts = {.triple = "aarch64-linux-gnu",
                                         .page_size = 4096,
                                         .pointer_size = 8,
                                         .save_area = {.form = form}};
  bool guarded = getauxval(AT_HWCAP2) & BTI_BIT;
  lzr_tpc *tpc = NULL;
  must(plain_tpc_create(&facts, guarded, &tpc));
  printf("-- %s\n", guarded ? "code needs landing pads" : "plain code pages");
  return tpc;
}

/* Registers. */

static lzr_addr land_spoiling(void *body) {
  spoil_registers();
  if (getauxval(AT_HWCAP) & SVE_BIT)
    spoil_sve();
  errno = ENOMEM;
  return (lzr_addr)(uintptr_t)body;
}

static void fill(void *bytes, size_t size) {
  for (size_t i = 0; i < size; i++)
    ((uint8_t *)bytes)[i] = (uint8_t)(i * 37 + i / 251 + 1);
}

static void check_registers(lzr_indirection *indirection) {
  struct lzr_lazy_stub lazy;
  must(lzr_lazy_stub_create(indirection, land_spoiling, (void *)see_registers,
                            &lazy));
  struct registers in;
  fill(&in, sizeof in);
  errno = EAGAIN;
  call_with_registers(&in, lazy.stub.address);
  check(errno == EAGAIN, "errno is kept");
  check(memcmp(in.x, seen.x, sizeof in.x) == 0, "x0-x15 are kept");
  check(memcmp(in.kept, seen.kept, sizeof in.kept) == 0, "x19-x28 are kept");
  check(in.sp == seen.sp, "sp is kept");
  check(memcmp(in.q, seen.q, sizeof in.q) == 0, "q0-q31 are kept");
}

static void check_sve(lzr_indirection *indirection) {
  struct lzr_lazy_stub lazy;
  must(
      lzr_lazy_stub_create(indirection, land_spoiling, (void *)see_sve, &lazy));
  static struct sve_registers in;
  fill(&in, sizeof in);
  call_with_sve(&in, lazy.stub.address);
  size_t bytes = sve_bytes();
  check(memcmp(in.z, sve_seen.z, 32 * bytes) == 0, "z0-z31 are kept");
  check(memcmp(in.p, sve_seen.p, 16 * bytes / 8) == 0, "p0-p15 are kept");
}

static int rounding_in_land;

static lzr_addr land_rounding(void *body) {
  rounding_in_land = fegetround();
  fesetround(FE_DOWNWARD);
  return (lzr_addr)(uintptr_t)body;
}

static void nothing(void) {
}

static void call(lzr_addr function) {
  ((void (*)(void))(uintptr_t)function)();
}

static void check_rounding(lzr_indirection *indirection) {
  struct lzr_lazy_stub lazy;
  must(
      lzr_lazy_stub_create(indirection, land_rounding, (void *)nothing, &lazy));
  fesetround(FE_UPWARD);
  call(lazy.stub.address);
  check(fegetround() == FE_UPWARD, "the caller's rounding is kept");
  check(rounding_in_land == FE_TONEAREST, "land rounds by default");
  fesetround(FE_TONEAREST);
}

/* Unwinding. */

struct search {
  lzr_addr function;
  bool found;
};

static _Unwind_Reason_Code visit_frame(struct _Unwind_Context *context,
                                       void *data) {
  struct search *search = data;
  if (_Unwind_GetRegionStart(context) == search->function)
    search->found = true;
  return _URC_NO_REASON;
}

static struct search search;

static lzr_addr land_unwinding(void *body) {
  _Unwind_Backtrace(visit_frame, &search);
  return (lzr_addr)(uintptr_t)body;
}

static void check_unwinding(lzr_indirection *indirection) {
  struct lzr_lazy_stub lazy;
  must(lzr_lazy_stub_create(indirection, land_unwinding, (void *)nothing,
                            &lazy));
  search.function = address_of((void (*)(void))check_unwinding);
  call(lazy.stub.address);
  check(search.found, "an unwinder goes through the resolver");
}

/* TLS descriptors. */

/* Stands for __tls_get_addr. The place is in no thread's block, which does not
   matter here. */
static lzr_addr get_addr(const uint64_t *entry) {
  spoil_registers();
  if (getauxval(AT_HWCAP) & SVE_BIT)
    spoil_sve();
  search.found = false;
  _Unwind_Backtrace(visit_frame, &search);
  return entry[0] + entry[1];
}

static lzr_allocation *commit_descriptor_function(lzr_tpc *tpc) {
  const struct lzr_arch *arch = lzr_arch_for_triple("aarch64");
  const struct lzr_save_area *save = &lzr_tpc_facts(tpc)->save_area;
  const struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = arch->tls_descriptor_max_size,
               [LZR_PROT_CONST] = arch->tls_descriptor_unwind_max_size}};
  lzr_allocation *room = NULL;
  must(lzr_tpc_reserve(tpc, &layout, &room));
  uint8_t code[1024], unwind[256];
  struct lzr_segment segments[] = {
      {.address = room->address[LZR_PROT_CODE], .bytes = code},
      {.address = room->address[LZR_PROT_CONST], .bytes = unwind}};
  must(arch->write_tls_descriptor((struct lzr_place){code, segments[0].address},
                                  save, &segments[0].byte_count));
  must(arch->write_tls_descriptor_unwind(
      (struct lzr_place){unwind, segments[1].address}, segments[0].address,
      segments[0].byte_count, save, &segments[1].byte_count));
  const struct lzr_action action = {.kind = LZR_ACTION_EH_FRAMES,
                                    .address = segments[1].address,
                                    .size = segments[1].byte_count};
  must(lzr_tpc_commit(tpc, room,
                      &(struct lzr_commit){.segments = segments,
                                           .segment_count = 2,
                                           .actions = &action,
                                           .action_count = 1}));
  return room;
}

static void check_tls_descriptor(lzr_tpc *tpc) {
  lzr_allocation *room = commit_descriptor_function(tpc);
  descriptor[0] = room->address[LZR_PROT_CODE];
  descriptor[1] = (lzr_addr)(uintptr_t)get_addr;
  descriptor[2] = 0x123450000;
  descriptor[3] = 0x678;
  struct registers in;
  fill(&in, sizeof in);
  search.function = address_of((void (*)(void))check_tls_descriptor);
  call_with_registers(&in, address_of(use_descriptor));
  lzr_addr place = seen.x[0] + (lzr_addr)__builtin_thread_pointer();
  check(place == 0x123450678, "a descriptor gives the place");
  check(memcmp(in.x + 2, seen.x + 2, sizeof in.x - 16) == 0 &&
            memcmp(in.kept, seen.kept, sizeof in.kept) == 0,
        "its function keeps x2-x15 and x19-x28");
  check(seen_after[0] == 1016 && seen_after[1] == 1017 && seen_after[2] == 1018,
        "and x16-x18");
  check(memcmp(in.q, seen.q, sizeof in.q) == 0, "and q0-q31");
  check(in.sp == seen.sp, "and sp");
  check(search.found, "an unwinder goes through it");
  if (lzr_tpc_facts(tpc)->save_area.form != LZR_AARCH64_SVE)
    return;
  static struct sve_registers sve_in;
  fill(&sve_in, sizeof sve_in);
  call_with_sve(&sve_in, address_of(use_descriptor_sve));
  size_t bytes = sve_bytes();
  check(memcmp(sve_in.z, sve_seen.z, 32 * bytes) == 0 &&
            memcmp(sve_in.p, sve_seen.p, 16 * bytes / 8) == 0,
        "it keeps z0-z31 and p0-p15");
}

/* Redirection, threads, failure. */

static int one(void) {
  return 1;
}

static int two(void) {
  return 2;
}

static int ask(lzr_addr function) {
  return ((int (*)(void))(uintptr_t)function)();
}

static void check_redirection(lzr_indirection *indirection) {
  lzr_addr target = address_of((void (*)(void))one);
  struct lzr_stub stub;
  must(lzr_stubs_create(indirection, &target, 1, &stub));
  check(ask(stub.address) == 1, "a stub goes to its first target");
  must(lzr_stub_redirect(indirection, &stub, address_of((void (*)(void))two)));
  check(ask(stub.address) == 2, "a stub is redirected");
}

struct function {
  lzr_indirection *indirection;
  struct lzr_lazy_stub lazy;
  lzr_addr body;
};

static struct function functions[FUNCTIONS];

static lzr_addr land_binding(void *data) {
  struct function *function = data;
  must(lzr_lazy_stub_bind(function->indirection, &function->lazy,
                          function->body));
  return function->body;
}

static pthread_barrier_t start;

static void *call_all(void *data) {
  uintptr_t wrong = 0;
  (void)data;
  for (int i = 0; i < FUNCTIONS; i++) {
    if (i % 20 == 0)
      pthread_barrier_wait(&start);
    wrong += ask(functions[i].lazy.stub.address) != (i % 2 ? 2 : 1);
  }
  return (void *)wrong;
}

static void check_threads(lzr_indirection *indirection) {
  for (int i = 0; i < FUNCTIONS; i++) {
    functions[i].indirection = indirection;
    functions[i].body = address_of((void (*)(void))(i % 2 ? two : one));
    must(lzr_lazy_stub_create(indirection, land_binding, &functions[i],
                              &functions[i].lazy));
  }
  pthread_t threads[THREADS];
  pthread_barrier_init(&start, NULL, THREADS);
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, call_all, NULL);
  uintptr_t wrong = 0;
  for (int i = 0; i < THREADS; i++) {
    void *result = NULL;
    pthread_join(threads[i], &result);
    wrong += (uintptr_t)result;
  }
  check(wrong == 0, "threads that call cold stubs together all arrive");
}

static lzr_addr land_nowhere(void *data) {
  (void)data;
  return 0;
}

static void check_trap(lzr_indirection *indirection) {
  struct lzr_lazy_stub lazy;
  must(lzr_lazy_stub_create(indirection, land_nowhere, NULL, &lazy));
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    call(lazy.stub.address);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  check(WIFSIGNALED(status) && WTERMSIG(status) == SIGTRAP,
        "an answer of 0 traps");
}

/* The dispatch code for LLVM's executors. */

static uint64_t add_up(uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                       uint64_t e, uint64_t f) {
  return a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f;
}

struct wrapper_result {
  uint64_t value;
  uint64_t size;
};
typedef struct wrapper_result (*wrapper)(const void *, size_t);

/* Three bytes and a pointer. */
static void check_copier(wrapper copier) {
  uint8_t to[4] = {0, 0, 0, 9};
  uint64_t pointer = 0;
  struct {
    uint64_t count, first, first_size;
    uint8_t bytes[3];
    uint64_t second, second_size, value;
  } __attribute__((packed)) request = {
      2, (uintptr_t)to,    3, {1, 2, 3}, (uintptr_t)&pointer,
      8, 0x123456789abcdef};
  struct wrapper_result result = copier(&request, sizeof request);
  check((uint8_t)result.value == 0 && result.size == 1, "copying is no error");
  check(memcmp(to, (uint8_t[]){1, 2, 3, 9}, 4) == 0, "bytes are copied");
  check(pointer == 0x123456789abcdef, "pointers are stored");
}

static void check_dispatch(lzr_tpc *tpc) {
  const struct lzr_arch *arch = lzr_arch_for_triple("aarch64");
  const struct lzr_layout layout = {
      .size = {[LZR_PROT_CODE] = arch->dispatch_max_size}};
  const uint64_t words[] = {(uintptr_t)add_up, 1, 2, 3, 4, 5, 6};
  uint8_t code[256];
  struct lzr_dispatch dispatch;
  lzr_allocation *allocation = NULL;
  must(lzr_tpc_reserve(tpc, &layout, &allocation));
  lzr_addr address = allocation->address[LZR_PROT_CODE];
  arch->write_dispatch((struct lzr_place){code, address}, &dispatch);
  const struct lzr_segment segment = {
      .address = address, .bytes = code, .byte_count = dispatch.size};
  const struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  must(lzr_tpc_commit(tpc, allocation, &commit));
  struct wrapper_result result =
      ((wrapper)(uintptr_t)(address + dispatch.caller))(words, sizeof words);
  check(result.value == 654321 && result.size == 8, "six words are passed on");
  check_copier((wrapper)(uintptr_t)(address + dispatch.copier));
  lzr_tpc_release(tpc, allocation);
}

/* Takes tpc. */
static void check_all(lzr_tpc *tpc) {
  lzr_indirection *indirection = NULL;
  must(lzr_indirection_create(tpc, &indirection));
  check_registers(indirection);
  if (lzr_tpc_facts(tpc)->save_area.form == LZR_AARCH64_SVE)
    check_sve(indirection);
  check_tls_descriptor(tpc);
  check_rounding(indirection);
  check_unwinding(indirection);
  check_redirection(indirection);
  check_threads(indirection);
  check_trap(indirection);
  check_dispatch(tpc);
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(tpc);
}

int main(void) {
  check_all(plain_tpc_with(LZR_SAVE_LEAST));
  if (getauxval(AT_HWCAP) & SVE_BIT)
    check_all(plain_tpc_with(LZR_AARCH64_SVE));
  else
    printf("not checked: this processor has no SVE\n");

  lzr_tpc *self = NULL;
  must(lzr_tpc_create_self(&self));
  printf("-- the target that programs use\n");
  check_all(self);
  return failures != 0;
}
