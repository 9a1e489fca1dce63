/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads and writes memory through the services of LLVM's executors. These
   believe any address: an address that cannot be accessed ends the executor,
   which is then reported. */
#include <string.h>

#include "tpc/remote/stock_access.h"
#include "tpc/remote/stock_memory.h"

/* Of one message. */
static const size_t max_piece = (size_t)64 << 20;

/* ---- Reading ---- */

/* Unpacks a seq<seq<u8>> in which each sequence has one element. */
static lzr_error *unpack_piece(struct lzr_reader *reader, void *bytes,
                               size_t size) {
  size_t buffers = lzr_unpack_count(reader, sizeof(uint64_t));
  size_t count = 0;
  const uint8_t *read = lzr_unpack_bytes(reader, &count);
  lzr_error *error = lzr_answer_end(reader, "a read");

  if (!error && (buffers != 1 || count != size))
    error = lzr_error_create(LZR_ERROR_FORMAT,
                             "a read of %zu bytes is answered with %zu", size,
                             count);
  if (!error)
    memcpy(bytes, read, size);
  return error;
}

static lzr_error *read_piece(struct lzr_remote *remote, lzr_addr address,
                             void *bytes, size_t size) {
  struct lzr_writer writer = {0};
  struct lzr_answer answer;
  lzr_error *error;

  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, address);
  lzr_pack_u64(&writer, address + size);
  error = lzr_remote_call(remote, remote->services[LZR_STOCK_READ_BUFFERS],
                          &writer, "a read", &answer);
  if (!error)
    error = unpack_piece(&answer.reader, bytes, size);
  lzr_answer_fini(&answer);
  return error;
}

lzr_error *lzr_stock_read(lzr_tpc *tpc, lzr_addr address, void *bytes,
                          size_t size) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  lzr_error *error = NULL;

  if (!remote->services[LZR_STOCK_READ_BUFFERS])
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "this executor of LLVM has no service that reads "
                            "memory");
  for (size_t done = 0; done < size && !error; done += max_piece)
    error = read_piece(remote, address + done, (uint8_t *)bytes + done,
                       size - done < max_piece ? size - done : max_piece);
  return error;
}

/* ---- Writing ---- */

static lzr_error *write_piece(struct lzr_remote *remote, lzr_addr address,
                              const void *bytes, size_t size) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, address);
  lzr_pack_bytes(&writer, bytes, size);
  return lzr_remote_call_void(remote, remote->services[LZR_STOCK_WRITE_BUFFERS],
                              &writer, "a write");
}

lzr_error *lzr_stock_write(lzr_tpc *tpc, lzr_addr address, const void *bytes,
                           size_t size) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  lzr_error *error = NULL;

  if (lzr_stock_is_sealed(remote, address, size))
    return lzr_error_create(LZR_ERROR_TARGET,
                            "cannot write %zu bytes at 0x%llx: code and "
                            "constants change by a commit only",
                            size, (unsigned long long)address);
  for (size_t done = 0; done < size && !error; done += max_piece)
    error = write_piece(remote, address + done, (const uint8_t *)bytes + done,
                        size - done < max_piece ? size - done : max_piece);
  return error;
}

lzr_error *lzr_stock_store_pointers(lzr_tpc *tpc,
                                    const struct lzr_pointer_store *stores,
                                    size_t count) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  lzr_error *error = lzr_claims_check_stores(&remote->claims, stores, count);

  return error ? error : lzr_stock_put_pointers(remote, stores, count);
}
