/*
 * The linker: takes one ELF64 relocatable object as LLVM emits it, finds it
 * room in a target through a TPC, resolves its names and applies its
 * relocations. Works for every architecture in stubs/ on every host.
 *
 * In three steps, because units may refer to each other in circles:
 *   lzr_object_parse   checks every byte; no target needed
 *   lzr_image_place    reserves; from here on defined symbols have addresses
 *   lzr_image_resolve  asks for the undefined names, applies relocations
 *   lzr_image_commit   one TPC transaction
 *
 * Nothing in an object is trusted: every offset, index, size and string is
 * checked, and what is wrong with it becomes a sentence.
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

typedef struct lzr_object lzr_object;
typedef struct lzr_image lzr_image;

/* *object is owned, ended by lzr_object_destroy(); bytes are borrowed for as
   long as it lives, or, once it is an image, until that is committed or
   released. name is copied, for messages. Fails with FORMAT when the file is
   malformed or for another machine, UNSUPPORTED when it asks for what is not
   done here (a relocation type without a row, say), LIMIT. */
lzr_error *lzr_object_parse(const struct lzr_arch *arch, const char *name,
                            const uint8_t *bytes, size_t size,
                            lzr_object **object);
/* Accepts NULL. */
void lzr_object_destroy(lzr_object *object);

/* Shows the object to a debugger as well: the file, its section headers filled
   in with where the sections went, becomes part of the image's constants and
   LZR_ACTION_DEBUG_OBJECT part of its commit. */
void lzr_object_keep_debug(lzr_object *object);

/* Has the sections of that name placed at address, one behind the other, in
   memory of the caller's, which is writable data and zero: commit writes their
   bytes there. The image then does not define the bounds __start_NAME and
   __stop_NAME. Refused unless the sections are data and take exactly size
   bytes. */
lzr_error *lzr_object_fix_section(lzr_object *object, const char *name,
                                  lzr_addr address, uint64_t size);

enum lzr_symbol_kind {
  LZR_SYMBOL_UNTYPED,
  LZR_SYMBOL_FUNCTION,
  LZR_SYMBOL_DATA,
  LZR_SYMBOL_TLS,
  LZR_SYMBOL_IFUNC
};

/* One name that the object needs, or defines for others, and the resolver's
   answer. */
struct lzr_query {
  const char *name; /* borrowed from the object */
  bool defined;     /* the object defines it: an answer is needed only if this
                       name's address is not that definition (a lazy function's
                       address is its stub) */
  bool weak;        /* if it is nowhere, it is 0 */
  bool tls;
  bool
      called_only; /* every use is a call: a lazy stub will do for an unknown */
  bool loaded_to_call; /* the resolver may set this: every load of the address
                          is for a call, so loads from the GOT may read slot */
  /* answers; all 0 where the name is not found, and not found is allowed */
  lzr_addr address; /* what &name is */
  lzr_addr slot;    /* a word that always holds where a call to it should go, or
                       0; calls through the GOT go through it instead */
  lzr_addr body;    /* where direct calls may go for good, or 0 */
  uint64_t tls_module; /* for tls: a template's address, or a module number */
  uint64_t tls_offset;
  bool found;
};

/*
 * Answers all queries of an object at once. Asked for are
 *   - the undefined names that relocations use;
 *   - defined functions whose address is taken, and defined names that are
 *     weak, common, in a comdat group or ifuncs, if relocations use them.
 *
 * For a defined name, "not found" keeps the object's own definition. If found,
 * address is what &name is. Direct calls to a weak, common or comdat name go
 * to the answer's body, or its address; to any other they stay in the object.
 * An ifunc has no address of its own, so its query must be answered.
 */
struct lzr_name_resolver {
  lzr_error *(*resolve)(void *data, struct lzr_query *queries, size_t count);
  void *data;
  lzr_addr tls_descriptor; /* the function of TLS descriptors, or 0 */
};

/* Reserves room and gives every defined symbol its address. Takes object.
 *image is owned; ended by lzr_image_release(). */
lzr_error *lzr_image_place(lzr_tpc *tpc, lzr_object *object, lzr_image **image);

/* Once. Names that the resolver leaves unanswered and that are neither weak nor
   defined here are listed in one SYMBOL error; a sum that does not fit its
   field is a LIMIT error that names the place and the symbol. An error of the
   resolver's own is handed on. */
lzr_error *lzr_image_resolve(lzr_image *image,
                             const struct lzr_name_resolver *resolver);

/* Bytes, unwind information and TLS into the target, then the stores. Once,
   after lzr_image_resolve(). On success, drops the object and the local copy
   of the bytes; symbols and initializers stay. */
lzr_error *lzr_image_commit(lzr_image *image,
                            const struct lzr_pointer_store *stores,
                            size_t store_count);

/* Gives the target's memory back. Takes image; accepts NULL. */
void lzr_image_release(lzr_image *image);

struct lzr_image_symbol {
  const char *name; /* borrowed from the image */
  enum lzr_symbol_kind kind;
  bool weak; /* a definition elsewhere may prevail: weak, unique or common */
  bool hidden;
  bool local;       /* of this object only: a label of its assembly */
  lzr_addr address; /* for TLS: the offset in the block */
  uint64_t size;
};

/* Symbols the image defines; index below the count. Common symbols have been
   given room. */
size_t lzr_image_symbol_count(const lzr_image *image);
struct lzr_image_symbol lzr_image_get_symbol(const lzr_image *image,
                                             size_t index);
/* By name, false if it is not there. */
bool lzr_image_find_symbol(const lzr_image *image, const char *name,
                           struct lzr_image_symbol *symbol);

/* The address of the image's TLS template, 0 if it has no TLS section. */
lzr_addr lzr_image_tls_template(const lzr_image *image);

/* Functions of .init_array and .fini_array, and of the older .ctors and .dtors,
   sorted by priority, in the order to run them. Borrowed; addresses are final
   after resolve. */
size_t lzr_image_initializers(const lzr_image *image,
                              const lzr_addr **functions);
size_t lzr_image_finalizers(const lzr_image *image, const lzr_addr **functions);

struct lzr_image_sizes {
  uint64_t code; /* bytes, PLT entries included */
  uint64_t constants;
  uint64_t data;
};
struct lzr_image_sizes lzr_image_get_sizes(const lzr_image *image);

/* The relocated bytes of the code, as they are in the target, for a dump.
   Borrowed until commit frees them. */
const uint8_t *lzr_image_code(const lzr_image *image, lzr_addr *address,
                              size_t *size);

#endif
