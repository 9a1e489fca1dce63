/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Errors, shared by every part of lazyrun.
 *
 * A function that can fail returns an lzr_error pointer: NULL is success. An
 * error is a value: a kind to branch on, a sentence for a person, and the
 * errors it was caused by. Whoever receives one owns it and ends it with
 * lzr_error_destroy(), or hands it on.
 *
 * Ownership words used in all headers: "owned" (you release it, with the
 * function named), "borrowed" (valid as long as the thing named), "takes" (the
 * callee owns it from here on, also when it fails).
 *
 * Errors are not tied to a thread; one error must not be used by two threads
 * at once.
 */
#ifndef LZR_ERROR_H
#define LZR_ERROR_H

#include <stdarg.h>
#include <stddef.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, "what happened, in words") */
#define LZR_ERROR_KINDS(X)                                                     \
  X(ARGUMENT, "an argument is not acceptable")                                 \
  X(MEMORY, "out of memory or address space")                                  \
  X(LIMIT, "a documented limit was exceeded")                                  \
  X(FILE, "a file could not be read or written")                               \
  X(FORMAT, "malformed or foreign input")                                      \
  X(SYMBOL, "a symbol is missing or defined twice")                            \
  X(COMPILE, "LLVM refused a module or a function")                            \
  X(TARGET, "the target process refused an operation")                         \
  X(UNSUPPORTED, "valid, but not supported here")                              \
  X(CLOSED, "the session or the target is gone")

typedef enum lzr_error_kind {
#define LZR_ERROR_ENUMERATOR(name, words) LZR_ERROR_##name,
  LZR_ERROR_KINDS(LZR_ERROR_ENUMERATOR)
#undef LZR_ERROR_ENUMERATOR
} lzr_error_kind;

typedef struct lzr_error lzr_error;

/* The sentence, cut after 1023 bytes: one line, because control characters in
   it, line feeds among them, are escaped. Never returns NULL: when memory is
   out it returns a static error of kind MEMORY. */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
lzr_error *lzr_error_create(lzr_error_kind kind, const char *format, ...);

/* Puts a sentence that names something new (the function being compiled, the
   file) in front of cause. Takes cause; the kind stays that of cause. Given a
   NULL cause, returns NULL. */
#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
lzr_error *lzr_error_wrap(lzr_error *cause, const char *format, ...);

/* One error that says both, a line each, with the kind of first. Takes both;
   either may be NULL. */
lzr_error *lzr_error_join(lzr_error *first, lzr_error *second);

/* Returns a new error of the same kind, with all sentences of error joined into
   one. Returns NULL for NULL. */
lzr_error *lzr_error_copy(const lzr_error *error);

lzr_error_kind lzr_error_get_kind(const lzr_error *error);

/* "file.bc: function 'f': no definition of 'g'": every sentence from the
   outermost to the first cause, joined by ": ". A line feed is only between
   errors that have been joined. Borrowed from error. */
const char *lzr_error_message(const lzr_error *error);

/* The kind's name, such as "SYMBOL", from the list above; static. */
const char *lzr_error_kind_name(lzr_error_kind kind);

/* Accepts NULL. */
void lzr_error_destroy(lzr_error *error);

/* An empty function that is called wherever an error is made: set a breakpoint
   here. */
void lzr_break_on_error(void);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop
#endif
