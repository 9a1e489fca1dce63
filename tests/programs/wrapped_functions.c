/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions of libc's that the program wraps: RTLD_NEXT is behind the program,
   wherever its code is. */
//! no-sanitizer: it wraps malloc too
//! no-stock-executor: it cannot bind libc's calls to the program's malloc
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *(*next_malloc)(size_t);
static void (*next_free)(void *);
static atomic_int allocated, freed, opened;

void *malloc(size_t size) {
  if (!next_malloc)
    *(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
  allocated++;
  return next_malloc(size);
}

void free(void *p) {
  if (!next_free)
    *(void **)&next_free = dlsym(RTLD_NEXT, "free");
  freed++;
  next_free(p);
}

/* libc calls this one by a name of its own. */
FILE *fopen(const char *name, const char *mode) {
  FILE *(*next)(const char *, const char *);
  *(void **)&next = dlsym(RTLD_NEXT, "fopen");
  opened++;
  return next(name, mode);
}

int main(void) {
  int before = allocated, before_free = freed;
  char *volatile text = strdup("wrapped");
  int made = allocated - before;
  free(text);
  printf("%d %d\n", made, freed - before_free);
  before = allocated;
  FILE *file = fopen("/dev/null", "w");
  printf("%d %d\n", opened, allocated > before);
  fclose(file);
  printf("%d\n", dlsym(RTLD_NEXT, "no_such_function") != NULL);
  printf("%d\n", dlsym(RTLD_DEFAULT, "strlen") != NULL);
  return 0;
}
//> 1 1
//> 1 1
//> 0
//> 1
