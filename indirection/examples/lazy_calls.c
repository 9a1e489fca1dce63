/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lazy calls for a client with a compiler of its own. The language here has
 * programs like "+5": a function that adds 5 to its argument. Every function
 * can be called from the start, and is compiled at its first call.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lazyrun/indirection.h>

struct function {
  uint32_t constant; /* the source code */
  struct lzr_lazy_stub lazy;
  lzr_addr body; /* 0 until it is compiled */
};

static lzr_tpc *tpc;
static lzr_indirection *indirection;
static pthread_mutex_t compiling = PTHREAD_MUTEX_INITIALIZER; /* guards body */

static void check(lzr_error *error) {
  if (!error)
    return;
  fprintf(stderr, "lazy_calls: %s\n", lzr_error_message(error));
  exit(1);
}

/* The whole compiler: a function that returns constant + argument. constant is
   below 4096. */
static size_t compile(uint32_t constant, uint8_t code[8]) {
#if defined(__x86_64__)
  memcpy(code, "\x8d\x87\0\0\0\0\xc3", 7); /* lea constant(%rdi),%eax; ret */
  memcpy(code + 2, &constant, sizeof constant);
  return 7;
#elif defined(__aarch64__)
  const uint32_t words[] = {0x11000000 | constant << 10, /* add w0,w0,#imm */
                            0xd65f03c0};                 /* ret */
  memcpy(code, words, sizeof words);
  return sizeof words;
#else
#error "teach the compiler this architecture"
#endif
}

static void compile_and_bind(struct function *function) {
  uint8_t code[8];
  size_t size = compile(function->constant, code);
  const struct lzr_layout layout = {.size = {[LZR_PROT_CODE] = size}};
  lzr_allocation *memory = NULL; /* released by lzr_tpc_close() */
  check(lzr_tpc_reserve(tpc, &layout, &memory));

  lzr_addr body = memory->address[LZR_PROT_CODE];
  const struct lzr_segment segment = {
      .address = body, .bytes = code, .byte_count = size};
  const struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  check(lzr_tpc_commit(tpc, memory, &commit));
  check(lzr_lazy_stub_bind(indirection, &function->lazy, body));
  printf("compiled +%" PRIu32 "\n", function->constant);
  function->body = body;
}

/* Answers a first call, perhaps on several threads at the same time: one of
   them compiles, and all go on in the body with the arguments that they came
   with. */
static lzr_addr land(void *data) {
  struct function *function = data;
  pthread_mutex_lock(&compiling);
  if (function->body == 0)
    compile_and_bind(function);
  pthread_mutex_unlock(&compiling);
  return function->body;
}

static int call(const struct function *function, int argument) {
  int (*add)(int) = (int (*)(int))(uintptr_t)function->lazy.stub.address;
  return add(argument);
}

int main(void) {
  static struct function functions[] = {{.constant = 5}, {.constant = 37}};
  check(lzr_tpc_create_self(&tpc));
  check(lzr_indirection_create(tpc, &indirection));
  for (size_t i = 0; i < 2; i++)
    check(lzr_lazy_stub_create(indirection, land, &functions[i],
                               &functions[i].lazy));

  printf("100 + 5 = %d\n", call(&functions[0], 100)); /* compiles */
  printf("200 + 5 = %d\n", call(&functions[0], 200)); /* does not */
  int sum = call(&functions[1], call(&functions[0], 0));
  printf("0 + 5 + 37 = %d\n", sum);

  lzr_indirection_destroy(indirection);
  lzr_tpc_close(tpc);
  return sum == 42 ? 0 : 1;
}
