/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tests/fake_executor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tpc/wire/services.h"

/* Messages. */

/* The controller may have ended: some tests are about that. */
static void send_all(int descriptor, const uint8_t *bytes, size_t size) {
  while (size) {
    ssize_t sent = send(descriptor, bytes, size, MSG_NOSIGNAL);

    if (sent <= 0)
      return;
    bytes += sent;
    size -= (size_t)sent;
  }
}

static bool receive_all(int descriptor, uint8_t *bytes, size_t size) {
  while (size) {
    ssize_t received = recv(descriptor, bytes, size, 0);

    if (received <= 0)
      return false;
    bytes += received;
    size -= (size_t)received;
  }
  return true;
}

void fake_send(int descriptor, uint64_t opcode, uint64_t sequence, uint64_t tag,
               const void *payload, size_t size) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, 32 + size);
  lzr_pack_u64(&writer, opcode);
  lzr_pack_u64(&writer, sequence);
  lzr_pack_u64(&writer, tag);
  lzr_pack_raw(&writer, payload, size);
  send_all(descriptor, writer.bytes, writer.size);
  lzr_writer_fini(&writer);
}

void fake_send_packed(int descriptor, uint64_t opcode, uint64_t sequence,
                      uint64_t tag, struct lzr_writer *writer) {
  fake_send(descriptor, opcode, sequence, tag, writer->bytes, writer->size);
  lzr_writer_fini(writer);
  *writer = (struct lzr_writer){0};
}

bool fake_receive(int descriptor, struct fake_message *message) {
  struct lzr_reader reader;
  uint8_t header[32];

  if (!receive_all(descriptor, header, sizeof header))
    return false;
  lzr_reader_init(&reader, header, sizeof header);
  message->size = lzr_unpack_u64(&reader);
  message->opcode = lzr_unpack_u64(&reader);
  message->sequence = lzr_unpack_u64(&reader);
  message->tag = lzr_unpack_u64(&reader);
  message->payload_size = (size_t)message->size - 32;
  message->payload = malloc(message->payload_size + 1);
  if (message->payload &&
      receive_all(descriptor, message->payload, message->payload_size))
    return true;
  free(message->payload);
  return false;
}

/* Setup. */

#define MEMORY "__llvm_orc_SimpleExecutorMemoryManager_"
#define LIBRARIES "__llvm_orc_SimpleExecutorDylibManager_"
#define BOOTSTRAP "__llvm_orc_bootstrap_"
#define DISPATCH "__llvm_orc_SimpleRemoteEPC_dispatch_"

static const char *const lazyrun_services[] = {LZR_SERVICE_COMMIT,
                                               LZR_SERVICE_RELEASE,
                                               LZR_SERVICE_READ,
                                               LZR_SERVICE_WRITE,
                                               LZR_SERVICE_STORE_POINTERS,
                                               LZR_SERVICE_ADD_HANDLER,
                                               LZR_SERVICE_ADD_FUNCTION,
                                               LZR_SERVICE_OPEN_LIBRARY,
                                               LZR_SERVICE_LOOKUP,
                                               LZR_SERVICE_SHOW,
                                               LZR_SERVICE_RUN_MAIN,
                                               LZR_SERVICE_RUN_VOID,
                                               LZR_SERVICE_CALL,
                                               LZR_SERVICE_EXIT,
                                               NULL};

static const char *const llvm_services[] = {
    MEMORY "Instance",
    MEMORY "reserve_wrapper",
    MEMORY "initialize_wrapper",
    MEMORY "release_wrapper",
    MEMORY "deinitialize_wrapper",
    LIBRARIES "Instance",
    LIBRARIES "open_wrapper",
    LIBRARIES "resolve_wrapper",
    BOOTSTRAP "run_as_main_wrapper",
    BOOTSTRAP "run_as_void_function_wrapper",
    BOOTSTRAP "run_as_int_function_wrapper",
    BOOTSTRAP "mem_write_buffers_wrapper",
    BOOTSTRAP "mem_write_pointers_wrapper",
    BOOTSTRAP "mem_read_buffers_wrapper",
    "llvm_orc_registerEHFrameAllocAction",
    "llvm_orc_deregisterEHFrameAllocAction",
    "llvm_orc_registerJITLoaderGDBAllocAction",
    DISPATCH "fn",
    DISPATCH "ctx",
    NULL};

const struct fake_setup fake_good_setup = {
    .triple = "x86_64-pc-linux-gnu",
    .page_size = 4096,
    .version = LZR_SETUP_VERSION,
    .pointer_size = 8,
    .save_size = 512,
    .window = {0x10000000, 0x100000, 0x20000000, 0x100000, 0x30000000, 0x100000,
               0xff00000, 0x100000, 0x1000000000, 0x100000},
    .cpu = "x86-64",
};

const struct fake_setup fake_llvm_setup = {
    .triple = "x86_64-pc-linux-gnu",
    .page_size = 4096,
    .is_llvm = true,
};

static void pack_entry(struct lzr_writer *writer,
                       const struct fake_setup *setup) {
  struct lzr_writer entry = {0};

  lzr_pack_u32(&entry, setup->version);
  lzr_pack_string(&entry, setup->cpu);
  lzr_pack_string(&entry, "+sse2");
  lzr_pack_u32(&entry, setup->pointer_size);
  lzr_pack_bool(&entry, false);
  lzr_pack_u32(&entry, setup->save_form);
  lzr_pack_u32(&entry, 0);
  lzr_pack_u32(&entry, setup->save_size);
  lzr_pack_u64(&entry, 0x5000);
  lzr_pack_u64(&entry, 0x6000);
  for (int i = 0; i < 10; i++)
    lzr_pack_u64(&entry, setup->window[i]);
  for (size_t i = 0; i < setup->entry_longer; i++)
    lzr_pack_u8(&entry, 0);
  lzr_pack_string(writer, LZR_SETUP_KEY);
  lzr_pack_bytes(writer, entry.bytes, entry.size);
  lzr_writer_fini(&entry);
}

static void pack_map(struct lzr_writer *writer,
                     const struct fake_setup *setup) {
  if (setup->is_llvm) {
    lzr_pack_u64(writer, 0);
    return;
  }
  lzr_pack_u64(writer, setup->twice_lazyrun ? 3 : 2);
  lzr_pack_string(writer, "something-of-another");
  lzr_pack_string(writer, "content");
  pack_entry(writer, setup);
  if (setup->twice_lazyrun)
    pack_entry(writer, setup);
}

static void pack_services(struct lzr_writer *writer,
                          const struct fake_setup *setup) {
  const char *const *names = setup->is_llvm ? llvm_services : lazyrun_services;
  struct lzr_writer list = {0};
  uint64_t count = 0;

  for (uint64_t i = 0; names[i]; i++) {
    if (setup->leave_out && strstr(names[i], setup->leave_out))
      continue;
    lzr_pack_string(&list, names[i]);
    lzr_pack_u64(&list, FAKE_SERVICES + i);
    count++;
  }
  if (setup->twice) {
    lzr_pack_string(&list, setup->twice);
    lzr_pack_u64(&list, 0x7000);
    count++;
  }
  lzr_pack_u64(writer, count);
  lzr_pack_raw(writer, list.bytes, list.size);
  lzr_writer_fini(&list);
}

void fake_pack_setup(struct lzr_writer *writer,
                     const struct fake_setup *setup) {
  lzr_pack_string(writer, setup->triple);
  lzr_pack_u64(writer, setup->page_size);
  pack_map(writer, setup);
  pack_services(writer, setup);
  for (size_t i = 0; i < setup->longer; i++)
    lzr_pack_u8(writer, 0);
  writer->size -= setup->shorter < writer->size ? setup->shorter : writer->size;
}
