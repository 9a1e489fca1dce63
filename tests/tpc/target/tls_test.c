/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Thread-local variables of compiled code, called for as such code does. */
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tpc_support.h"

TestSuite(tls, .init = open_tpc, .fini = close_tpc);

struct entry {
  uint64_t module;
  uint64_t offset;
};

static void *address_of(const struct entry *entry) {
  void *(*get)(const struct entry *) =
      (void *(*)(const struct entry *))(uintptr_t)lzr_tpc_facts(tpc)
          ->tls_get_addr;

  return get(entry);
}

/* A unit with thread-local variables: image_size bytes 1, 2, 3, ..., and zeros
   after them. */
static lzr_allocation *make_unit(uint64_t image_size, uint64_t size,
                                 uint64_t align, struct entry *entry) {
  lzr_allocation *unit = reserve(0, 4096, sizeof(struct lzr_tls_template));
  lzr_addr address = unit->address[LZR_PROT_DATA];
  struct lzr_tls_template template = {
      .image = unit->address[LZR_PROT_CONST],
      .image_size = image_size,
      .size = size,
      .align = align,
  };
  uint8_t image[4096];
  struct lzr_segment segments[] = {
      {template.image, image, image_size, 0},
      {address, &template, sizeof template, 0},
  };
  struct lzr_action action = {LZR_ACTION_TLS, address, sizeof template};
  struct lzr_commit commit = {segments, 2, &action, 1, NULL, 0, NULL};

  for (size_t i = 0; i < sizeof image; i++)
    image[i] = (uint8_t)(i + 1);
  expect_fine(lzr_tpc_commit(tpc, unit, &commit));
  *entry = (struct entry){address, 0};
  return unit;
}

Test(tls, a_block_is_the_image_and_zeros) {
  struct entry entry;
  uint8_t *block;

  make_unit(10, 100, 16, &entry);
  block = address_of(&entry);
  for (int i = 0; i < 100; i++)
    cr_expect_eq(block[i], i < 10 ? i + 1 : 0);
  cr_expect_eq(address_of(&entry), block);
  entry.offset = 32;
  cr_expect_eq(address_of(&entry), block + 32);
}

Test(tls, a_block_may_have_no_image_and_no_size) {
  struct entry zeros, nothing;

  make_unit(0, 8, 0, &zeros);
  make_unit(0, 0, 1, &nothing);
  cr_expect_eq(*(uint64_t *)address_of(&zeros), 0);
  cr_expect_not_null(address_of(&nothing));
}

Test(tls, aligns_blocks) {
  for (uint64_t align = 1; align <= 4096; align *= 2) {
    struct entry entry;

    make_unit(5, 5, align, &entry);
    cr_expect_eq((uintptr_t)address_of(&entry) % align, 0);
  }
}

static void *check_own_copy(void *data) {
  const struct entry *entry = data;
  uint8_t *block = address_of(entry);

  cr_assert_eq(block[0], 1);
  for (int i = 0; i < 1000; i++) {
    block[0] = (uint8_t)i;
    cr_assert_eq(((uint8_t *)address_of(entry))[0], (uint8_t)i);
  }
  return block;
}

Test(tls, each_thread_has_its_own) {
  enum { THREADS = 8 };
  pthread_t threads[THREADS];
  struct entry entry;
  uint8_t *block;

  make_unit(4, 64, 4096, &entry);
  block = address_of(&entry);
  block[0] = 77;
  for (int i = 0; i < THREADS; i++)
    cr_assert_eq(pthread_create(&threads[i], NULL, check_own_copy, &entry), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  cr_expect_eq(block[0], 77);
}

enum { UNITS = 300 };
static struct entry many[UNITS];

static void *touch_many(void *data) {
  for (int i = 0; i < UNITS; i++) {
    uint8_t *block = address_of(&many[i]);

    cr_assert_eq(block[0], 1);
    block[0] = (uint8_t)(i + 3);
  }
  for (int i = 0; i < UNITS; i++)
    cr_assert_eq(*(uint8_t *)address_of(&many[i]), (uint8_t)(i + 3));
  return data;
}

/* First accesses of several threads race for each template's index. */
Test(tls, has_room_for_many_units_and_threads) {
  pthread_t threads[4];

  for (int i = 0; i < UNITS; i++)
    make_unit(1, 24, 8, &many[i]);
  for (int i = 0; i < 4; i++)
    cr_assert_eq(pthread_create(&threads[i], NULL, touch_many, NULL), 0);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  touch_many(NULL);
}

/* What the dynamic linker says of the calling thread's storage. */
struct storage {
  uintptr_t address;
  int found;
};

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
  struct storage *storage = data;

  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_TLS &&
        storage->address - (uintptr_t)info->dlpi_tls_data <
            info->dlpi_phdr[i].p_memsz)
      storage->found++;
  return 0;
}

static int is_known(const void *address) {
  struct storage storage = {(uintptr_t)address, 0};

  dl_iterate_phdr(visit, &storage);
  return storage.found;
}

static void *check_known(void *entry) {
  uint8_t *block = address_of(entry);

  cr_expect_eq(block[0], 1);
  cr_expect_eq(block[99], 0);
  cr_expect(is_known(block));
  cr_expect(is_known(block + 99));
  return NULL;
}

Test(tls, the_dynamic_linker_knows_every_threads) {
  pthread_t thread;
  struct entry entries[3];

  for (int i = 0; i < 3; i++)
    make_unit(1, 100, i ? 64 : 1, &entries[i]);
  for (int i = 0; i < 3; i++)
    check_known(&entries[i]);
  pthread_create(&thread, NULL, check_known, &entries[1]);
  pthread_join(thread, NULL);
}

Test(tls, storage_is_used_again) {
  struct entry entry, beside;
  uint8_t *block;

  make_unit(1, 8, 8, &beside);
  *(uint8_t *)address_of(&beside) = 9;
  for (int i = 0; i < 100; i++) {
    lzr_allocation *unit = make_unit(2, 3000, 16, &entry);

    block = address_of(&entry);
    cr_expect(is_known(block));
    cr_expect_eq(block[0], 1);
    cr_expect_eq(block[2], 0);
    cr_expect_eq(block[2999], 0);
    memset(block, 77, 3000);
    lzr_tpc_release(tpc, unit);
  }
  cr_expect_eq(*(uint8_t *)address_of(&beside), 9);
}

Test(tls, what_finds_no_storage_lies_elsewhere) {
  struct entry entries[4];

  make_unit(1, 4096, 16, &entries[0]); /* all there is */
  make_unit(1, 1, 1, &entries[1]);
  make_unit(1, 5000, 1, &entries[2]);
  make_unit(1, 8, 128, &entries[3]);
  for (int i = 0; i < 4; i++) {
    uint8_t *block = address_of(&entries[i]);

    cr_expect_eq(block[0], 1);
    cr_expect_eq(is_known(block), i == 0);
  }
}

static int turns[2];
static uint8_t *first_threads_block;

/* A thread that keeps a block while the unit goes and another one comes. */
static void *outlive_a_unit(void *data) {
  struct entry *entries = data;
  uint8_t byte;

  *(uint8_t *)address_of(&entries[0]) = 200;
  cr_assert_eq(write(turns[1], "", 1), 1);
  cr_assert_eq(read(turns[1], &byte, 1), 1);
  cr_assert_eq(*(uint8_t *)address_of(&entries[1]), 1);
  cr_assert_neq(address_of(&entries[1]), first_threads_block);
  return NULL;
}

Test(tls, a_later_unit_does_not_see_an_earlier_ones_block) {
  struct entry entries[2];
  lzr_allocation *unit = make_unit(8, 8, 8, &entries[0]);
  pthread_t thread;
  uint64_t index;
  uint8_t byte;

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, turns), 0);
  cr_assert_eq(pthread_create(&thread, NULL, outlive_a_unit, entries), 0);
  cr_assert_eq(read(turns[0], &byte, 1), 1);
  index = ((struct lzr_tls_template *)pointer_to(entries[0].module))->index;
  cr_expect_neq(index, 0);
  lzr_tpc_release(tpc, unit);
  make_unit(8, 8, 8, &entries[1]);
  first_threads_block = address_of(&entries[1]);
  cr_expect_eq(*first_threads_block, 1);
  cr_expect_eq(
      ((struct lzr_tls_template *)pointer_to(entries[1].module))->index, index,
      "the index should be used again, or this test shows nothing");
  cr_assert_eq(write(turns[0], "", 1), 1);
  pthread_join(thread, NULL);
}

static pthread_key_t late_key;
static struct entry late_entry;
static uint8_t late_value;

static void read_late(void *data) {
  (void)data;
  late_value = *(uint8_t *)address_of(&late_entry);
}

static void *write_and_end(void *data) {
  *(uint8_t *)address_of(&late_entry) = 123;
  pthread_setspecific(late_key, data);
  return NULL;
}

/* The key is made after ours, so its destructor runs after ours. */
Test(tls, outlives_destructors_of_other_keys) {
  struct entry first;
  pthread_t thread;

  make_unit(1, 1, 1, &first);
  address_of(&first);
  make_unit(1, 1, 1, &late_entry);
  cr_assert_eq(pthread_key_create(&late_key, read_late), 0);
  cr_assert_eq(pthread_create(&thread, NULL, write_and_end, &first), 0);
  pthread_join(thread, NULL);
  cr_expect_eq(late_value, 123);
}

static void *only_set_key(void *data) {
  pthread_setspecific(late_key, data);
  return NULL;
}

/* The thread's table is made while the thread is ending; dropping the unit
   afterwards must still be fine. */
Test(tls, may_be_first_used_by_a_destructor) {
  lzr_allocation *unit = make_unit(1, 1, 1, &late_entry);
  pthread_t thread;

  cr_assert_eq(pthread_key_create(&late_key, read_late), 0);
  for (int i = 0; i < 20; i++) {
    late_value = 0;
    cr_assert_eq(pthread_create(&thread, NULL, only_set_key, &late_entry), 0);
    pthread_join(thread, NULL);
    cr_expect_eq(late_value, 1);
  }
  lzr_tpc_release(tpc, unit);
}

/* ---- Variables of shared libraries ------------------------------------------
 */

/* The one thread-local variable that a common library exports: libstdc++'s,
   which LLVM brings along. */
#define LIBRARY_VARIABLE "_ZSt15__once_callable"

static void *compare_with_dlsym(void *data) {
  cr_assert_eq(address_of(data), dlsym(RTLD_DEFAULT, LIBRARY_VARIABLE));
  return data;
}

Test(tls, finds_a_librarys_variable_for_every_thread) {
  struct lzr_name name = {
      .name = LIBRARY_VARIABLE, .required = true, .thread_local_storage = true};
  lzr_library_handle library;
  struct entry entry;
  pthread_t thread;

  expect_fine(lzr_tpc_open_library(tpc, "libstdc++.so.6", &library));
  expect_fine(lzr_tpc_lookup(tpc, 0, &name, 1));
  cr_expect_neq(name.address, 0);
  cr_expect_neq(name.tls_module, 0);
  entry = (struct entry){name.tls_module, name.tls_offset};
  compare_with_dlsym(&entry);
  cr_assert_eq(pthread_create(&thread, NULL, compare_with_dlsym, &entry), 0);
  pthread_join(thread, NULL);
}

Test(tls, refuses_a_name_that_is_not_thread_local) {
  struct lzr_name name = {
      .name = "puts", .required = true, .thread_local_storage = true};

  expect_error(lzr_tpc_lookup(tpc, 0, &name, 1), LZR_ERROR_SYMBOL,
               "'puts' is not thread-local");
}

/* ---- Refusals
 * ---------------------------------------------------------------- */

static void refuse(struct lzr_tls_template template, uint64_t shift,
                   const char *words) {
  lzr_allocation *unit = reserve(0, 64, sizeof template + 8);
  lzr_addr address = unit->address[LZR_PROT_DATA] + shift;
  struct lzr_segment segment = {address, &template, sizeof template, 0};
  struct lzr_action action = {LZR_ACTION_TLS, address, sizeof template};
  struct lzr_commit commit = {&segment, 1, &action, 1, NULL, 0, NULL};

  template.image += unit->address[LZR_PROT_CONST];
  expect_error(lzr_tpc_commit(tpc, unit, &commit), LZR_ERROR_ARGUMENT, words);
  lzr_tpc_release(tpc, unit);
}

Test(tls, refuses_malformed_templates) {
  refuse((struct lzr_tls_template){.size = 8, .align = 3}, 0,
         "not a TLS template");
  refuse((struct lzr_tls_template){.size = 8, .align = 1 << 21}, 0,
         "not a TLS template");
  refuse((struct lzr_tls_template){.size = 8, .image_size = 9}, 0,
         "not a TLS template");
  refuse((struct lzr_tls_template){.size = UINT64_MAX}, 0,
         "not a TLS template");
  refuse((struct lzr_tls_template){.size = 8, .index = 1}, 0,
         "not a TLS template");
  refuse((struct lzr_tls_template){.size = 80, .image_size = 65}, 0,
         "not inside the allocation");
  refuse((struct lzr_tls_template){.size = 80, .image_size = 1, .image = 64}, 0,
         "not inside the allocation");
  refuse((struct lzr_tls_template){.size = 8}, 4, "not aligned");
}
