/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Functions that C libraries call for the first time. */
#define _GNU_SOURCE
#include <ftw.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static int visited;

static int compare_with(const void *a, const void *b, void *data) {
  ++*(int *)data;
  return strcmp(*(char *const *)a, *(char *const *)b);
}
static int compare_text(const void *a, const void *b) {
  return strcmp(a, b);
}
static void walk(const void *node, VISIT when, int depth) {
  (void)depth;
  if (when == postorder || when == leaf)
    printf("%s ", *(char *const *)node);
}
static void no_free(void *node) {
  visited += *(char *)node;
}
static int count_files(const char *path, const struct stat *status, int kind,
                       struct FTW *place) {
  (void)path, (void)status, (void)place;
  visited += kind == FTW_D;
  return 1;
}
static ssize_t shout(void *cookie, const char *bytes, size_t size) {
  (void)cookie;
  for (size_t i = 0; i < size; i++)
    putchar(bytes[i] >= 'a' && bytes[i] <= 'z' ? bytes[i] - 32 : bytes[i]);
  return (ssize_t)size;
}

int main(void) {
  const char *words[] = {"pear", "apple", "fig"};
  int comparisons = 0;
  void *root = NULL;
  qsort_r(words, 3, sizeof *words, compare_with, &comparisons);
  printf("%s %s %s %d\n", words[0], words[1], words[2], comparisons > 0);
  for (int i = 0; i < 3; i++)
    tsearch(words[i], &root, compare_text);
  twalk(root, walk);
  tdestroy(root, no_free);
  printf("%d\n", visited);
  visited = 0;
  nftw("/", count_files, 4, FTW_PHYS);
  printf("%d\n", visited);
  FILE *loud = fopencookie(NULL, "w", (cookie_io_functions_t){.write = shout});
  fprintf(loud, "cookie %d\n", 7);
  fclose(loud);
  return 0;
}
//> apple fig pear 1
//> apple fig pear 311
//> 1
//> COOKIE 7
