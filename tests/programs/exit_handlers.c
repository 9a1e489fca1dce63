/* Functions registered with atexit run in reverse, also those registered by
   others of them and by constructors, and buffered output is not lost. */
//! exit: 3
#include <stdio.h>
#include <stdlib.h>

static void constructed(void) {
  puts("registered by a constructor");
}
__attribute__((constructor)) static void construct(void) {
  atexit(constructed);
}
static void nested(void) {
  puts("registered by a handler");
}
static void first(void) {
  puts("first");
}
static void second(void) {
  puts("second");
  atexit(nested);
}
static void with_status(int status, void *data) {
  printf("status %d, %s\n", status, (const char *)data);
}

static void leave(int status) {
  printf("no newline yet, ");
  exit(status);
}

int main(void) {
  atexit(first);
  atexit(second);
  on_exit(with_status, "data");
  leave(3);
  return 0;
}
//> no newline yet, status 3, data
//> second
//> registered by a handler
//> first
//> registered by a constructor
