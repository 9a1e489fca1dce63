/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The program brings its own malloc: libc allocates there for it, too. */
//! no-sanitizer: it has its own malloc too
//! no-stock-executor: it cannot bind libc's calls to the program's malloc
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct header {
  size_t size;
  size_t mark;
};
static const size_t alive = 0x600d600d600d600d;
static _Alignas(16) char heap[1 << 22];
static _Atomic size_t used;
static atomic_int foreign;

static struct header *header_of(void *p) {
  struct header *header = (struct header *)p - 1;
  if ((char *)p >= heap && (char *)p < heap + sizeof heap &&
      header->mark == alive)
    return header;
  foreign++;
  return NULL;
}
static int inside(const void *p) {
  return (const char *)p >= heap && (const char *)p < heap + sizeof heap;
}

/* Behind two calls and a pointer, which libc then is the first to make. */
static size_t round_up(size_t size) {
  return (size + 15) & ~(size_t)15;
}
static size_t take(size_t size) {
  return atomic_fetch_add(&used, round_up(size) + sizeof(struct header));
}
static size_t (*const taker)(size_t) = take;

void *malloc(size_t size) {
  size_t at = taker(size);
  if (at + size + sizeof(struct header) > sizeof heap)
    return NULL;
  struct header *header = (struct header *)(heap + at);
  *header = (struct header){size, alive};
  return header + 1;
}
void free(void *p) {
  if (p && header_of(p))
    header_of(p)->mark = 0;
}
void *calloc(size_t count, size_t size) {
  void *p = malloc(count * size);
  return p ? memset(p, 0, count * size) : NULL;
}
void *realloc(void *p, size_t size) {
  void *q = malloc(size);
  if (p && q && header_of(p))
    memcpy(q, p, header_of(p)->size < size ? header_of(p)->size : size);
  free(p);
  return q;
}

static int compare(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}

static void *in_a_thread(void *text) {
  for (int i = 0; i < 1000; i++)
    free(strdup(text));
  return strdup(text);
}

static void say_at_exit(void) {
  char *text = strdup("at exit");
  printf("%s %d, %d foreign\n", text, inside(text), foreign);
  free(text);
}

static void say_nothing(void) {
}

int main(void) {
  char *text = strdup("text"), *printed = NULL, *line = NULL, *memory = NULL;
  size_t length = 0;
  printf("%d %s\n", inside(text), text);
  free(text);

  printf("%d", asprintf(&printed, "%d-%s", 42, "printed"));
  printf(" %d %s\n", inside(printed), printed);
  free(printed);

  FILE *file = tmpfile();
  fputs("a line\n", file);
  rewind(file);
  printf("%d", (int)getline(&line, &length, file));
  printf(" %d %s", inside(line), line);
  free(line);
  fclose(file);

  FILE *stream = open_memstream(&memory, &length);
  fputs("streamed", stream);
  fclose(stream);
  printf("%d %s\n", inside(memory), memory);
  free(memory);

  char *folder = getcwd(NULL, 0);
  printf("%d\n", inside(folder));
  free(folder);

  int *numbers = malloc(1000 * sizeof *numbers);
  for (int i = 0; i < 1000; i++)
    numbers[i] = i * 7919 % 1000;
  qsort(numbers, 1000, sizeof *numbers, compare);
  printf("%d %d\n", numbers[0], numbers[999]);
  free(numbers);

  setenv("OWN_MALLOC", "of one's own", 1);
  puts(getenv("OWN_MALLOC"));

  pthread_t threads[3];
  char *texts[3];
  for (int i = 0; i < 3; i++)
    pthread_create(&threads[i], NULL, in_a_thread, "thread");
  for (int i = 0; i < 3; i++) {
    pthread_join(threads[i], (void **)&texts[i]);
    printf("%s%d", i ? " " : "", inside(texts[i]));
    free(texts[i]);
  }
  puts("");

  /* More than libc has room for without allocating. */
  for (int i = 0; i < 100; i++)
    atexit(say_nothing);
  atexit(say_at_exit);
  return foreign;
}
//> 1 text
//> 10 1 42-printed
//> 7 1 a line
//> 1 streamed
//> 1
//> 0 999
//> of one's own
//> 1 1 1
//> at exit 1, 0 foreign
