/* The program brings its own malloc: its own calls go there. */
//! no-sanitizer: it has its own malloc too
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static _Alignas(16) char heap[1 << 20];
static size_t used;
static int calls;

void *malloc(size_t size) {
  size_t at = used;
  used += (size + 15) & ~(size_t)15;
  calls++;
  return used <= sizeof heap ? heap + at : NULL;
}
void free(void *p) {
  (void)p;
}
void *calloc(size_t count, size_t size) {
  void *p = malloc(count * size);
  return p ? memset(p, 0, count * size) : NULL;
}
void *realloc(void *p, size_t size) {
  void *q = malloc(size);
  if (p && q)
    memmove(q, p, size);
  return q;
}

static int inside(const void *p) {
  return (const char *)p >= heap && (const char *)p < heap + sizeof heap;
}

int main(void) {
  int before = calls;
  char *volatile text = malloc(20);
  char *volatile zeros = calloc(4, 5);
  int made = calls - before;
  strcpy(text, "own");
  printf("%d %d %d %s\n", made, inside(text), inside(zeros), text);
  free(text);
  return 0;
}
//> 2 1 1 own
