/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/resident.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/symbols/borrow.h"

/* The definitions of the target's process and of the platform stay. */
static bool can_go(const struct lzr_symbol *symbol) {
  return symbol && (symbol->input || symbol->has_stub) &&
         !(symbol->input && symbol->input->is_platform);
}

/* Whoever calls one of these from a module leaves a function of the module with
   libc, under no handle of the module's own. */
static const char *registering(const struct lzr_symbol *symbol) {
  static const char *const names[] = {"atexit",
                                      "at_quick_exit",
                                      "on_exit",
                                      "pthread_atfork",
                                      "__pthread_atfork",
                                      "__cxa_at_quick_exit",
                                      "__register_atfork",
                                      "__cxa_thread_atexit",
                                      "__cxa_thread_atexit_impl"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(symbol->name, names[i]) == 0)
      return names[i];
  return NULL;
}

static void add_mention(struct lzr_resident *resident,
                        struct lzr_symbol *symbol) {
  if (can_go(symbol)) {
    resident->mentions[resident->mention_count++] = symbol;
    symbol->mentions++;
  } else if (symbol && !resident->registers) {
    resident->registers = registering(symbol);
  }
}

static void link_resident(struct lzr_resident *resident) {
  struct lzr_input *input = resident->input;
  struct lzr_symbols *symbols = input->library->all;
  resident->next = symbols->residents;
  resident->link = &symbols->residents;
  if (resident->next)
    resident->next->link = &resident->next;
  symbols->residents = resident;
  resident->next_of_input = input->residents;
  input->residents = resident;
}

struct lzr_resident *lzr_resident_create(struct lzr_input *input,
                                         lzr_image *image,
                                         struct lzr_symbol *const *symbols,
                                         size_t count) {
  size_t mentions = 0;
  for (size_t i = 0; i < count; i++)
    mentions += can_go(symbols[i]);
  struct lzr_resident *resident =
      calloc(1, sizeof *resident + mentions * sizeof resident->mentions[0]);
  if (!resident)
    return NULL;
  resident->image = image;
  resident->input = input;
  for (size_t i = 0; i < count; i++)
    add_mention(resident, symbols[i]);
  link_resident(resident);
  return resident;
}

void lzr_resident_detach(struct lzr_resident *resident) {
  if ((*resident->link = resident->next))
    resident->next->link = resident->link;
  for (size_t i = 0; i < resident->mention_count; i++)
    resident->mentions[i]->mentions--;
  lzr_borrow_return(resident);
}

void lzr_resident_release(struct lzr_resident *resident) {
  lzr_image_release(resident->image);
  free(resident->seen);
  free(resident->borrowed);
  free(resident);
}
