/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Collectors of garbage look at thread-local variables: they ask the dynamic
// linker where the calling thread's lie.
//> main: 1 1 1, 7 0 0
//> thread: 1 1 1, 7 0 0
//> main: 1 1 1, 8 1 1
//! no-stock-executor: it has no thread-local variables
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

static _Thread_local int counter = 7;
static _Thread_local char zeros[1000];
_Thread_local struct {
  _Alignas(64) void *root;
} pointers;

struct search {
  uintptr_t address;
  int found;
};

static int visit(struct dl_phdr_info *info, size_t size, void *data) {
  struct search *search = data;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_TLS &&
        search->address - (uintptr_t)info->dlpi_tls_data <
            info->dlpi_phdr[i].p_memsz)
      search->found++;
  return 0;
}

static int is_found(const void *address) {
  struct search search = {(uintptr_t)address, 0};
  dl_iterate_phdr(visit, &search);
  return search.found;
}

static void *look(void *name) {
  printf("%s: %d %d %d, %d %d %d\n", (char *)name, is_found(&counter),
         is_found(&zeros[999]), is_found(&pointers), counter, zeros[999],
         pointers.root != NULL);
  counter++;
  zeros[999]++;
  pointers.root = &pointers;
  return NULL;
}

int main(void) {
  pthread_t thread;
  look("main");
  pthread_create(&thread, NULL, look, "thread");
  pthread_join(thread, NULL);
  look("main");
  return 0;
}
