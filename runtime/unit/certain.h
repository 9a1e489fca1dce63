/*
 * Functions of a source that are certain to be called; see certain.c.
 */
#ifndef LZR_CERTAIN_H
#define LZR_CERTAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arrays with an element for each definition; owned. */
struct lzr_certain {
  bool *seen;      /* it was followed */
  bool *returns;   /* it returns from every call */
  uint32_t *queue; /* groups, in the order they were found: */
  size_t begin;    /* those before this have been handed out */
  size_t end;
};

/* For count definitions; false when memory is out, fini being due all the
   same. */
bool lzr_certain_init(struct lzr_certain *certain, size_t count);
void lzr_certain_fini(struct lzr_certain *certain);

#endif
