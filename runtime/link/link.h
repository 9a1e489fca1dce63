/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The linker: takes one ELF64 relocatable object as LLVM emits it, finds it
 * memory in a target through a TPC, resolves its names and applies its
 * relocations. Works for every architecture in stubs/ on every host.
 *
 * In steps, because units may refer to each other in circles:
 *   lzr_object_parse        reads and checks the file; needs no target
 *   lzr_image_place         reserves memory; from here on the symbols that the
 *                           object defines have addresses
 *   lzr_image_list_queries  lists the names that the caller must look up
 *   lzr_image_resolve       takes the answers and applies the relocations
 *   lzr_image_commit        writes to the target, in one TPC transaction
 *
 * Nothing in an object is trusted: every offset, index, size and string is
 * checked, and the error says what is wrong with it. An object and its image
 * belong to one thread at a time.
 *
 * This is the linker's whole interface, so it declares what several of its
 * files define.
 */
#ifndef LZR_LINK_H
#define LZR_LINK_H

#include "stubs/arch.h"
#include "tpc/tpc.h"

/* Limits; what exceeds one is refused with LZR_ERROR_LIMIT. */
#define LZR_LINK_MAX_OBJECT (1 << 30) /* bytes of a file */
#define LZR_LINK_MAX_SECTIONS (1 << 20)
#define LZR_LINK_MAX_ALIGN                                                     \
  (1 << 20) /* bytes, of a section or common symbol                            \
             */
#define LZR_LINK_MAX_IMAGE (UINT64_C(1) << 31) /* bytes of each protection */
#define LZR_LINK_MAX_FAR (UINT64_C(1) << 47)   /* but of far data */

/* Sections of data that code reaches by whole addresses only, so that it may
   lie at any distance: zeros, and others. No compiler has sections of such
   names, and LLVM knows by the beginning that the former takes no bytes in a
   file. */
#define LZR_LINK_FAR_ZEROS ".bss..lazyrun.far"
#define LZR_LINK_FAR_DATA ".data..lazyrun.far"

typedef struct lzr_object lzr_object;
typedef struct lzr_image lzr_image;

/* Reads an object file. *object is owned (lzr_object_destroy()). bytes are
   borrowed as long as the object lives or, once it is an image, until that is
   committed or released. name is for messages, and copied. Fails with FORMAT if
   the file is malformed or for another machine, with UNSUPPORTED if it needs
   something that this linker does not do (a relocation type without a row, for
   example), with LIMIT if it exceeds a limit, and with MEMORY. */
lzr_error *lzr_object_parse(const struct lzr_arch *arch, const char *name,
                            const uint8_t *bytes, size_t size,
                            lzr_object **object);
/* Reads sections and symbols only, for callers that want to know what a file
   defines. Such an object cannot become an image. */
lzr_error *lzr_object_parse_symbols(const struct lzr_arch *arch,
                                    const char *name, const uint8_t *bytes,
                                    size_t size, lzr_object **object);
/* Accepts NULL. */
void lzr_object_destroy(lzr_object *object);

/* Makes the image show the object to debuggers: the image's constants then hold
   a copy of the file, with the sections' addresses in its section headers, and
   its commit an action LZR_ACTION_DEBUG_OBJECT. Does nothing for an object that
   was made from parts of a file. */
void lzr_object_keep_debug(lzr_object *object);

/* Makes the image show its functions' names and unwind records to debuggers,
   unless they see the object itself. */
void lzr_object_keep_names(lzr_object *object);

/* Makes the image's commit tell profilers of its functions, by an action
   LZR_ACTION_PERF_MAP or LZR_ACTION_JITDUMP. */
void lzr_object_profile(lzr_object *object, lzr_action_kind kind);

/* Places the sections of that name at address, one behind the other, in memory
   that the caller has reserved; it must be writable and zero, and commit writes
   the sections' bytes there. The image then does not define the symbols
   __start_NAME and __stop_NAME. Fails with UNSUPPORTED unless the sections are
   data and take exactly size bytes. */
lzr_error *lzr_object_fix_section(lzr_object *object, const char *name,
                                  lzr_addr address, uint64_t size);

/* Whether linkers define __start_NAME and __stop_NAME around a section of that
   name: they do if it is a C identifier. */
bool lzr_section_name_has_start_stop(const char *name);

/* What the maker of an object knows about a name that the object mentions but
   does not define, and that relocations cannot tell. */
struct lzr_name_note {
  bool only_called; /* the code mentions it only to call it. Optimized code
                       loads the address of a function that it calls twice;
                       that load may then read the call word */
  const char *mentioned_by; /* a function of the object whose code mentions it,
                               for messages; or NULL. Borrowed as bytes are */
};

/* Calls note for each such name and keeps the answers with the object. */
void lzr_object_note_names(lzr_object *object,
                           struct lzr_name_note (*note)(void *data,
                                                        const char *name),
                           void *data);

enum lzr_symbol_kind {
  LZR_SYMBOL_UNTYPED,
  LZR_SYMBOL_FUNCTION,
  LZR_SYMBOL_DATA,
  LZR_SYMBOL_TLS,
  LZR_SYMBOL_IFUNC
};

/* One name that the caller must look up, and the answer. */
struct lzr_query {
  const char *name; /* borrowed from the object */
  bool defined;     /* the object defines it. It needs an answer only if the
                       name's address is not that definition: a lazy function's
                       address is its stub */
  bool weak;        /* if nothing defines it, its address is 0 */
  bool tls;
  bool called_only; /* every use is a call, so a stub will do until something
                       defines it */
  const char *mentioned_by; /* as in the object's note, or NULL */
  /* The answers; all 0 where the name is not found. */
  lzr_addr address; /* what &name is */
  lzr_addr slot;    /* a word that always holds where a call to it should go, or
                       0; calls through the GOT go through it instead */
  lzr_addr body;    /* where direct calls may go for good, or 0 */
  uint64_t tls_module; /* for tls: a template's address, or a module number */
  uint64_t tls_offset;
  bool found;
};

/* Reserves memory and gives every symbol that the object defines its address.
   Takes object. *image is owned (lzr_image_release()). tpc is borrowed as long
   as the image lives. */
lzr_error *lzr_image_place(lzr_tpc *tpc, lzr_object *object, lzr_image **image);

/*
 * Lists the names that the caller must look up:
 *   - the undefined names that relocations use;
 *   - defined functions whose address is taken, and defined names that are
 *     weak, common, in a comdat group or ifuncs, if relocations use them.
 * The queries are borrowed until the image is committed or released. The caller
 * may fill in the answers at any time before lzr_image_resolve().
 *
 * If a defined name is not found, the object's own definition counts. If it is
 * found, the answer's address is what &name is; direct calls go to the answer's
 * body, or to its address, if the name is weak, common or in a comdat group,
 * and stay in the object otherwise. An ifunc has no address of its own, so its
 * query must be answered.
 */
lzr_error *lzr_image_list_queries(lzr_image *image, struct lzr_query **queries,
                                  size_t *count);

/* Applies the relocations; to be called once, after the queries have been
   answered. One SYMBOL error lists all names that were not found and are
   neither weak nor defined here. A value that does not fit its field is a LIMIT
   error that names the place and the symbol. tls_descriptor is the address of
   the function of TLS descriptors, or 0. */
lzr_error *lzr_image_resolve(lzr_image *image, lzr_addr tls_descriptor);

/* Says what the image is ("a.bc: function 'f'"), for the error if a remote
   target refuses the commit. Borrowed until lzr_image_commit() returns. */
void lzr_image_name(lzr_image *image, const char *what);

/* Writes the bytes to the target, registers unwind tables and the TLS template
   there, then does the stores. To be called once, after lzr_image_resolve(). If
   it succeeds, it frees the object and the local copy of the bytes; symbols and
   initializers stay. */
lzr_error *lzr_image_commit(lzr_image *image,
                            const struct lzr_pointer_store *stores,
                            size_t store_count);

/* Releases the image's memory in the target. Takes image; accepts NULL. */
void lzr_image_release(lzr_image *image);

struct lzr_image_symbol {
  const char *name; /* borrowed from the image */
  enum lzr_symbol_kind kind;
  bool weak; /* a definition elsewhere may prevail: weak, unique or common */
  bool hidden;
  bool local; /* a local symbol, such as a label of the object's assembly */
  lzr_addr address; /* of a thread-local variable: its offset in the block */
  uint64_t size;
};

/* The symbols that the image defines, common symbols included; index is below
   the count. */
size_t lzr_image_symbol_count(const lzr_image *image);
struct lzr_image_symbol lzr_image_get_symbol(const lzr_image *image,
                                             size_t index);
/* Finds a symbol by its name; returns false if the image does not define it. */
bool lzr_image_find_symbol(const lzr_image *image, const char *name,
                           struct lzr_image_symbol *symbol);

/* The address of the image's TLS template, or 0 if it has no thread-local
   variables. */
lzr_addr lzr_image_tls_template(const lzr_image *image);

/* The functions of .init_array and .fini_array, and of the older .ctors and
   .dtors, in the order in which they must run. Both functions return how many
   there are; *entries is borrowed from the image and valid once it has been
   resolved. */
struct lzr_array_entry {
  lzr_addr function;
  int64_t priority; /* 0 to 65535; -1 in .preinit_array */
};
size_t lzr_image_initializers(const lzr_image *image,
                              const struct lzr_array_entry **entries);
size_t lzr_image_finalizers(const lzr_image *image,
                            const struct lzr_array_entry **entries);

struct lzr_image_sizes {
  uint64_t code; /* bytes, PLT entries included */
  uint64_t constants;
  uint64_t data;
};
struct lzr_image_sizes lzr_image_get_sizes(const lzr_image *image);

/* Where the image's code begins and ends, where its constants and data begin,
   where the part of the data that has initial values ends, and where all of it
   ends. 0 where there is none. */
struct lzr_image_extent {
  lzr_addr code, code_end;
  lzr_addr constants;
  lzr_addr data, values_end, data_end;
};
struct lzr_image_extent lzr_image_get_extent(const lzr_image *image);

/* The relocated bytes of the code, for a dump. Borrowed until commit frees
   them; NULL and a *size of 0 after that. */
const uint8_t *lzr_image_code(const lzr_image *image, lzr_addr *address,
                              size_t *size);

#endif
