/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads and writes memory, for LLVM's services. A write cannot report a
 * failure, because its answer is empty on success, too.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpc/base/memory.h"
#include "tpc/executor/executor.h"
#include "tpc/executor/llvm.h"
#include "tpc/target/access.h"

enum {
  MAX_STRING = 1 << 20, /* longest C string, in bytes */
  MAX_READ = 1 << 30    /* bytes of one answer */
};

static lzr_error *refuse_sealed(lzr_addr address, size_t size) {
  if (!lzr_memory_is_sealed(lzr_executor.memory, address, size))
    return NULL;
  return lzr_error_create(LZR_ERROR_TARGET,
                          "cannot write %zu bytes at 0x%llx: code and "
                          "constants change by a commit only",
                          size, (unsigned long long)address);
}

/* ---- Writing ---- */

/* Makes one store: the value may be a pointer through which other threads go
   meanwhile. An address that is not mapped is refused; one that is not writable
   ends the process, as in LLVM's executors. */
static lzr_error *store(lzr_addr address, uint64_t value, size_t width) {
  void *place = (void *)(uintptr_t)address;
  uint64_t before;
  lzr_error *error = refuse_sealed(address, width);

  if (!error)
    error = lzr_access_read(address, &before, width);
  if (error)
    return error;
  if (address % width != 0)
    memcpy(place, &value, width); /* both ends are little-endian */
  else if (width == 1)
    __atomic_store_n((uint8_t *)place, (uint8_t)value, __ATOMIC_RELEASE);
  else if (width == 2)
    __atomic_store_n((uint16_t *)place, (uint16_t)value, __ATOMIC_RELEASE);
  else if (width == 4)
    __atomic_store_n((uint32_t *)place, (uint32_t)value, __ATOMIC_RELEASE);
  else
    __atomic_store_n((uint64_t *)place, value, __ATOMIC_RELEASE);
  return NULL;
}

static uint64_t unpack_uint(struct lzr_reader *reader, size_t width) {
  uint64_t value = 0;

  if (width == 8)
    return lzr_unpack_u64(reader);
  for (size_t i = 0; i < width; i++)
    value |= (uint64_t)lzr_unpack_u8(reader) << 8 * i;
  return value;
}

/* void(seq of (u64 address, value)) */
static struct lzr_wrapper_result write_uints(const char *arguments, size_t size,
                                             size_t width) {
  struct lzr_writer nothing = {0};
  struct lzr_reader reader;
  lzr_error *error = NULL;
  size_t count;

  lzr_reader_init(&reader, arguments, size);
  count = lzr_unpack_count(&reader, sizeof(uint64_t) + width);
  for (size_t i = 0; i < count && !error; i++) {
    lzr_addr address = lzr_unpack_u64(&reader);

    error = store(address, unpack_uint(&reader, width), width);
  }
  if (!error)
    error = lzr_wrapper_check(&reader);
  return error ? lzr_wrapper_failure(error) : lzr_wrapper_packed(&nothing);
}

LZR_WRAPPER(lzr_llvm_write_uint8s) {
  return write_uints(arguments, size, 1);
}

LZR_WRAPPER(lzr_llvm_write_uint16s) {
  return write_uints(arguments, size, 2);
}

LZR_WRAPPER(lzr_llvm_write_uint32s) {
  return write_uints(arguments, size, 4);
}

LZR_WRAPPER(lzr_llvm_write_uint64s) {
  return write_uints(arguments, size, 8);
}

/* void(seq of (u64 address, bytes)) */
LZR_WRAPPER(lzr_llvm_write_buffers) {
  struct lzr_writer nothing = {0};
  struct lzr_reader reader;
  lzr_error *error = NULL;
  size_t count;

  lzr_reader_init(&reader, arguments, size);
  count = lzr_unpack_count(&reader, 2 * sizeof(uint64_t));
  for (size_t i = 0; i < count && !error; i++) {
    lzr_addr address = lzr_unpack_u64(&reader);
    size_t length;
    const uint8_t *bytes = lzr_unpack_bytes(&reader, &length);

    error = lzr_wrapper_check(&reader);
    if (!error)
      error = refuse_sealed(address, length);
    if (!error)
      error = lzr_access_write(address, bytes, length);
  }
  if (!error)
    error = lzr_wrapper_check(&reader);
  return error ? lzr_wrapper_failure(error) : lzr_wrapper_packed(&nothing);
}

/* ---- Reading ---- */

/* Packs one element of the answer. */
typedef lzr_error *(*read_function)(struct lzr_reader *reader,
                                    struct lzr_writer *writer);

/* seq of answers (seq of requests of at least minimum bytes each, which read
   unpacks and answers) */
static struct lzr_wrapper_result read_all(const char *arguments, size_t size,
                                          size_t minimum, read_function read) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  lzr_error *error = NULL;
  size_t count;

  lzr_reader_init(&reader, arguments, size);
  count = lzr_unpack_count(&reader, minimum);
  lzr_pack_u64(&writer, count);
  for (size_t i = 0; i < count && !error; i++) {
    error = read(&reader, &writer);
    if (!error && writer.size > MAX_READ)
      error = lzr_error_create(LZR_ERROR_LIMIT, "a read is beyond 1 GiB");
  }
  if (!error)
    error = lzr_wrapper_check(&reader);
  if (!error)
    return lzr_wrapper_packed(&writer);
  lzr_writer_fini(&writer);
  return lzr_wrapper_failure(error);
}

static lzr_error *read_uint(struct lzr_reader *reader,
                            struct lzr_writer *writer, size_t width) {
  uint8_t bytes[sizeof(uint64_t)];
  lzr_error *error = lzr_access_read(lzr_unpack_u64(reader), bytes, width);

  if (!error)
    lzr_pack_raw(writer, bytes, width);
  return error;
}

static lzr_error *read_uint8(struct lzr_reader *reader,
                             struct lzr_writer *writer) {
  return read_uint(reader, writer, 1);
}

static lzr_error *read_uint16(struct lzr_reader *reader,
                              struct lzr_writer *writer) {
  return read_uint(reader, writer, 2);
}

static lzr_error *read_uint32(struct lzr_reader *reader,
                              struct lzr_writer *writer) {
  return read_uint(reader, writer, 4);
}

static lzr_error *read_uint64(struct lzr_reader *reader,
                              struct lzr_writer *writer) {
  return read_uint(reader, writer, 8);
}

/* (u64 start, u64 end): bytes */
static lzr_error *read_buffer(struct lzr_reader *reader,
                              struct lzr_writer *writer) {
  lzr_addr start = lzr_unpack_u64(reader), end = lzr_unpack_u64(reader);
  uint64_t size = end - start;
  lzr_error *error = NULL;
  void *bytes;

  if (end < start || size > MAX_READ)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "a read of 0x%llx to 0x%llx is beyond 1 GiB",
                            (unsigned long long)start, (unsigned long long)end);
  bytes = malloc(size ? size : 1);
  if (!bytes)
    return lzr_out_of_memory();
  if (size)
    error = lzr_access_read(start, bytes, size);
  if (!error)
    lzr_pack_bytes(writer, bytes, size);
  free(bytes);
  return error;
}

/* (u64 address of a C string): string. Reads up to the end of a page each time,
   because the next page may not be mapped. */
static lzr_error *read_string(struct lzr_reader *reader,
                              struct lzr_writer *writer) {
  static const size_t piece = 4096;
  lzr_addr address = lzr_unpack_u64(reader);
  struct lzr_writer string = {0};
  lzr_error *error = NULL;
  bool found = false;

  while (!error && !found && string.size < MAX_STRING) {
    char bytes[4096];
    size_t size = piece - address % piece;

    error = lzr_access_read(address, bytes, size);
    found = !error && memchr(bytes, 0, size);
    if (!error)
      lzr_pack_raw(&string, bytes, found ? strlen(bytes) : size);
    address += size;
  }
  if (!error && !found)
    error =
        lzr_error_create(LZR_ERROR_LIMIT, "a string does not end within 1 MiB");
  if (!error)
    lzr_pack_bytes(writer, string.bytes, string.size);
  writer->failed |= string.failed;
  lzr_writer_fini(&string);
  return error;
}

LZR_WRAPPER(lzr_llvm_read_uint8s) {
  return read_all(arguments, size, sizeof(uint64_t), read_uint8);
}

LZR_WRAPPER(lzr_llvm_read_uint16s) {
  return read_all(arguments, size, sizeof(uint64_t), read_uint16);
}

LZR_WRAPPER(lzr_llvm_read_uint32s) {
  return read_all(arguments, size, sizeof(uint64_t), read_uint32);
}

LZR_WRAPPER(lzr_llvm_read_uint64s) {
  return read_all(arguments, size, sizeof(uint64_t), read_uint64);
}

LZR_WRAPPER(lzr_llvm_read_buffers) {
  return read_all(arguments, size, 2 * sizeof(uint64_t), read_buffer);
}

LZR_WRAPPER(lzr_llvm_read_strings) {
  return read_all(arguments, size, sizeof(uint64_t), read_string);
}
