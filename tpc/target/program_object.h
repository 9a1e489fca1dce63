/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The program as the dynamic linker sees it.
 *
 * A native program is an ELF file that the dynamic linker has loaded: shared
 * libraries bind to its names, dlsym and dladdr find them, and
 * dl_iterate_phdr shows where its data lies, which collectors of garbage look
 * at. Here the window (window.h) is part of a shared object that was made for
 * this purpose: an empty file (program_file.h) is loaded once, and then its
 * tables grow in place. glibc reads them where they lie, at each look-up, and
 * without a lock: a name is there once its bucket is stored, which comes last.
 *
 * In the order in which names are searched, the object lies behind this
 * process's own program and its libraries, and before what is loaded later.
 *
 * Collectors that look at thread-local variables (druntime's does) find the
 * program's in the object's thread-local storage, as long as there is room for
 * them: see tls.h.
 *
 * Thread-safe, except that one thread at a time may change an object.
 */
#ifndef LZR_TARGET_PROGRAM_OBJECT_H
#define LZR_TARGET_PROGRAM_OBJECT_H

#include "tpc/tpc.h"

struct lzr_program_object;

/* Reserves address space for a window of window_size bytes, a multiple of the
   page size, and for the tables of up to symbol_limit names. Returns NULL where
   the system does not allow it. Owned, ended by lzr_program_object_unload(). */
struct lzr_program_object *lzr_program_object_load(uint64_t window_size,
                                                   uint32_t symbol_limit);

/* The address space of the window, which cannot be accessed yet. */
uint8_t *lzr_program_object_window(const struct lzr_program_object *object);

/* Forgets the names and gives the memory back; the address space too, unless
   something is still bound to the object. */
void lzr_program_object_unload(struct lzr_program_object *object);

/* Adds a name, of a function or variable anywhere. It hides an older one of
   that name. Fails without memory, and with LIMIT when the tables are full. */
lzr_error *lzr_program_object_add(struct lzr_program_object *object,
                                  const struct lzr_shown_name *name);

/* The address of a program's name that has been shown, whichever object has it;
   or NULL. Takes the target's lock. */
void *lzr_program_find(const char *name);

/* Gives the object the file name that dladdr tells, which is copied, unless it
   has been given one. */
void lzr_program_object_set_path(struct lzr_program_object *object,
                                 const char *path);

/* The object whose window has address in it; or NULL. Under the target's
   lock. */
struct lzr_program_object *lzr_program_object_at(const void *address);

/* Whether dl_iterate_phdr tells of such an object, of this file or another
   one. */
struct dl_phdr_info;
bool lzr_program_object_is(const struct dl_phdr_info *info);

/* Thread-local storage of an object: libc's number of the module, or 0 if there
   is none, and an offset. */
struct lzr_program_place {
  uint64_t module;
  uint64_t offset, size; /* bytes */
};

/* Finds room for size bytes; the module of the answer is 0 if there is none.
   Under the target's lock. */
struct lzr_program_place
lzr_program_object_take_tls(struct lzr_program_object *object, uint64_t size,
                            uint64_t align);

/* Gives room back, of a place with or without module. Under the target's
   lock. */
void lzr_program_object_return_tls(struct lzr_program_place place);

/* Says where the program's data of one kind is: size bytes from start, all of
   which can be read. */
void lzr_program_object_set_data(struct lzr_program_object *object,
                                 lzr_prot prot, const uint8_t *start,
                                 uint64_t size);

#endif
