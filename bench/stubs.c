/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Measures a call that leads to a function directly, or in one of the ways in
 * which a function can be bound later, once everything is bound:
 *
 *     bench-stubs LIBRARY
 *
 * LIBRARY is made by stubs.sh. It has 8192 functions and, for each count and
 * order, three callers, which is code that does nothing but call: `call
 * function`, `call *slot`, `call function@PLT`. A caller of stubs is a copy of
 * the first caller, in which each call goes to the function's stub. So callers
 * differ only in their calls, which is why they are machine code.
 *
 * One process is one sample, because the places where stubs and their functions
 * happen to lie are part of the noise. The library's code has a fixed place.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/clock.h"
#include "bench/orc.h"
#include "bench/own.h"
#include "bench/record.h"

enum {
  FUNCTIONS = 8192,
  LEAST_SITES = 64, /* of a caller */
  CALL = 5,         /* bytes: an opcode and a displacement */
  SITE = 16,        /* bytes from one call to the next */
  BODY = 16,        /* bytes from one function to the next */
  CALLS = 500000,   /* in one pass */
  PASSES = 7,
  MAX_CALLERS = 64,
  PAGE = 4096
};

/* Returns how many functions it has called. */
typedef uint64_t caller(void);

struct row {
  char text[32];
  const char *column;
  caller *call;
  size_t sites;
  double times[PASSES], cycles[PASSES]; /* nanoseconds and cycles a call */
};

static struct row rows[MAX_CALLERS];
static size_t row_count;
static void *library;
static uint64_t bodies; /* the first one's address */
static uint64_t own_stubs[FUNCTIONS], scattered_stubs[FUNCTIONS];
static uint64_t orc_stubs[FUNCTIONS];
static lzr_tpc *tpc;

static const size_t counts[] = {1, 64, 1024, FUNCTIONS};
static const char *const orders[] = {"sequential", "random"};

static uint64_t find(const char *name) {
  void *address = dlsym(library, name);
  if (address)
    return (uint64_t)(uintptr_t)address;
  fprintf(stderr, "%s\n", dlerror());
  exit(1);
}

static uint64_t find_caller(const char *kind, const char *order, size_t count) {
  char name[64];
  snprintf(name, sizeof name, "%s_%s_%zu", kind, order, count);
  return find(name);
}

/* Code beside stubs. */

/* How many bytes to leave free before code. A processor remembers branches by
   some bits of their addresses, and forgets one of two that have the same bits.
   So each process has its code at other places. */
static size_t gap(void) {
  enum { LINE = 64, LINES = 64 };
  return (size_t)(1 + random() % LINES) * LINE;
}

/* Memory for code, within reach of stubs and of the functions they lead to. */
struct place {
  uint64_t address;
  lzr_allocation *allocation; /* if it is lazyrun's memory */
};

/* Reserves lazyrun's memory, all of which is within reach. */
static struct place reserve(size_t size) {
  size_t before = gap();
  const struct lzr_layout layout = {.size = {[LZR_PROT_CODE] = before + size},
                                    .align = {[LZR_PROT_CODE] = 64}};
  struct place place;
  stop_on(lzr_tpc_reserve(tpc, &layout, &place.allocation));
  place.address = place.allocation->address[LZR_PROT_CODE] + before;
  return place;
}

static void commit(struct place place, const void *bytes, size_t size) {
  const struct lzr_segment segment = {
      .address = place.address, .bytes = bytes, .byte_count = size};
  const struct lzr_commit commit = {.segments = &segment, .segment_count = 1};
  stop_on(lzr_tpc_commit(tpc, place.allocation, &commit));
}

/* Maps memory near address that is not executable yet. */
static uint8_t *map_near(uint64_t address, size_t size) {
  enum { STEP = 1 << 20, STEPS = 1000 };
  size_t before = gap();
  for (int64_t i = -STEPS; i <= STEPS; i++) {
    void *wanted =
        (void *)(uintptr_t)((address + (uint64_t)(i * STEP)) & -(uint64_t)PAGE);
    uint8_t *memory =
        mmap(wanted, before + size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory != MAP_FAILED)
      return memory + before;
  }
  fprintf(stderr, "no memory near ORC's stubs\n");
  exit(1);
}

static void make_executable(uint8_t *memory, size_t size) {
  size_t before = (uintptr_t)memory % PAGE;
  if (mprotect(memory - before, before + size, PROT_READ | PROT_EXEC) != 0)
    abort();
}

/* Stubs and their callers. */

/* Makes stubs so that the i-th in memory is that of function order[i]. */
static void make_set(lzr_indirection *indirection, uint64_t first_body,
                     const size_t *order, uint64_t *stubs) {
  struct lazy_function *functions = calloc(FUNCTIONS, sizeof *functions);
  if (!functions)
    abort();
  for (size_t i = 0; i < FUNCTIONS; i++)
    functions[i].target = first_body + order[i] * BODY;
  reserve(0); /* a gap */
  make_lazy(indirection, functions, FUNCTIONS);
  for (size_t i = 0; i < FUNCTIONS; i++)
    stubs[order[i]] = functions[i].lazy.stub.address;
}

static void shuffle(size_t *order) {
  for (size_t i = FUNCTIONS - 1; i > 0; i--) {
    size_t k = (size_t)random() % (i + 1), swapped = order[i];
    order[i] = order[k];
    order[k] = swapped;
  }
}

/* Makes lazyrun's stubs, once in the order of the functions and once in a
   random order, because ORC's are in the order of a hash table. A JIT's
   functions lie near its stubs, so lazyrun and ORC have copies of the
   bodies. */
static void make_own_stubs(void) {
  static size_t order[FUNCTIONS];
  lzr_indirection *indirection; /* kept, like ORC, to the end */
  stop_on(lzr_tpc_create_self(&tpc));
  stop_on(lzr_indirection_create(tpc, &indirection));
  struct place place = reserve(FUNCTIONS * BODY);
  commit(place, (const void *)(uintptr_t)bodies, FUNCTIONS * BODY);
  for (size_t i = 0; i < FUNCTIONS; i++)
    order[i] = i;
  make_set(indirection, place.address, order, own_stubs);
  shuffle(order);
  make_set(indirection, place.address, order, scattered_stubs);
}

/* The place of ORC's stubs is known only once there are some, so the bodies are
   put near a first stub. */
static void make_orc_stubs(void) {
  static uint64_t targets[FUNCTIONS];
  struct orc *first = orc_create(), *orc = orc_create();
  orc_define_functions(first, &bodies, 1);
  orc_make_stubs(first, 1, orc_stubs);
  uint8_t *copy = map_near(orc_stubs[0], FUNCTIONS * BODY);
  memcpy(copy, (const void *)(uintptr_t)bodies, FUNCTIONS * BODY);
  make_executable(copy, FUNCTIONS * BODY);
  for (size_t i = 0; i < FUNCTIONS; i++)
    targets[i] = (uint64_t)(uintptr_t)copy + i * BODY;
  orc_define_functions(orc, targets, FUNCTIONS);
  orc_make_stubs(orc, FUNCTIONS, orc_stubs);
}

/* Copies a caller of bodies so that it calls stubs and can run at address.
   Returns false if a stub is out of reach from there. */
static bool copy_caller(uint8_t *copy, uint64_t original, size_t size,
                        size_t sites, uint64_t address, const uint64_t *stubs) {
  uint64_t first_site = find("first_site") - find("a_caller");
  memcpy(copy, (const void *)(uintptr_t)original, size);
  for (size_t i = 0; i < sites; i++) {
    size_t end = first_site + i * SITE + CALL;
    int32_t displacement;
    memcpy(&displacement, copy + end - 4, sizeof displacement);
    size_t body =
        (original + end + (uint64_t)(int64_t)displacement - bodies) / BODY;
    int64_t wanted = (int64_t)(stubs[body] - (address + end));
    displacement = (int32_t)wanted;
    if (displacement != wanted)
      return false;
    memcpy(copy + end - 4, &displacement, sizeof displacement);
  }
  return true;
}

/* Both return NULL if a stub is out of reach. */
static caller *copy_for_lazyrun(uint64_t original, size_t size, size_t sites,
                                const uint64_t *stubs) {
  uint8_t *copy = malloc(size);
  struct place place = reserve(size);
  if (!copy || !copy_caller(copy, original, size, sites, place.address, stubs))
    return NULL;
  commit(place, copy, size);
  free(copy);
  return (caller *)(uintptr_t)place.address;
}

static caller *copy_for_orc(uint64_t original, size_t size, size_t sites) {
  uint8_t *copy = map_near(orc_stubs[0], size);
  if (!copy_caller(copy, original, size, sites, (uint64_t)(uintptr_t)copy,
                   orc_stubs))
    return NULL;
  make_executable(copy, size);
  return (caller *)(uintptr_t)copy;
}

/* Measuring. */

static void add_row(const char *order, size_t count, const char *column,
                    caller *call) {
  struct row *row = &rows[row_count];
  snprintf(row->text, sizeof row->text, "%zu %s", count, order);
  row->column = column;
  row->call = call;
  row->sites = count < LEAST_SITES ? LEAST_SITES : count;
  if (call) {
    row_count++;
    return;
  }
  record_missing("stub-time", row->text, column, "its stubs are out of reach");
  record_missing("stub-cycles", row->text, column,
                 "its stubs are out of reach");
}

static caller *as_caller(uint64_t address) {
  return (caller *)(uintptr_t)address;
}

static void add_rows(const char *order, size_t count) {
  uint64_t direct = find_caller("direct", order, count);
  size_t size = find_caller("direct_end", order, count) - direct;
  size_t sites = count < LEAST_SITES ? LEAST_SITES : count;
  add_row(order, count, "direct call", as_caller(direct));
  add_row(order, count, "slot: call *slot",
          as_caller(find_caller("slot", order, count)));
  add_row(order, count, "lazyrun",
          copy_for_lazyrun(direct, size, sites, own_stubs));
  add_row(order, count, "lazyrun, scattered",
          copy_for_lazyrun(direct, size, sites, scattered_stubs));
  add_row(order, count, "orc-lazy", copy_for_orc(direct, size, sites));
  add_row(order, count, "glibc PLT",
          as_caller(find_caller("plt", order, count)));
}

static void measure(struct row *row, int pass) {
  size_t turns = CALLS / row->sites;
  uint64_t called = row->call(); /* binds everything, or warms up */
  clock_start();
  for (size_t i = 0; i < turns; i++)
    called += row->call();
  struct reading reading = clock_read();
  if (called != (turns + 1) * row->sites) {
    fprintf(stderr, "%s, %s: %llu calls\n", row->text, row->column,
            (unsigned long long)called);
    exit(1);
  }
  row->times[pass] = reading.time * 1e3 / (double)(turns * row->sites);
  row->cycles[pass] = reading.cycles / (double)(turns * row->sites);
}

static void report(struct row *row) {
  record_sample("stub-time", row->text, row->column,
                median(row->times, PASSES));
  if (cycle_source())
    record_sample("stub-cycles", row->text, row->column,
                  median(row->cycles, PASSES));
}

int main(int argc, char **argv) {
  if (argc != 2 || !(library = dlopen(argv[1], RTLD_LAZY | RTLD_LOCAL))) {
    fprintf(stderr, "%s\n",
            argc == 2 ? dlerror() : "usage: bench-stubs LIBRARY");
    return 2;
  }
  record_table("stub-time", "ns a call", "direct call",
               "A call, everything bound: time");
  record_table("stub-cycles", "cycles a call", "direct call",
               "A call, everything bound: cycles");
  printf("fact\tcycles\t%s\n", cycle_source() ? cycle_source() : "none");
  srandom((unsigned)getpid());
  bodies = find("bodies");
  make_own_stubs();
  make_orc_stubs();
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    for (size_t k = 0; k < sizeof orders / sizeof *orders; k++)
      add_rows(orders[k], counts[i]);
  for (int pass = 0; pass < PASSES; pass++)
    for (size_t i = 0; i < row_count; i++)
      measure(&rows[i], pass);
  for (size_t i = 0; i < row_count; i++)
    report(&rows[i]);
  return 0;
}
