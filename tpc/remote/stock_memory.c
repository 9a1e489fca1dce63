/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Memory of LLVM's executors. Data of all units lies in one piece that is never
 * initialized, and so stays readable and writable, as it was reserved. Code and
 * constants of a unit are one sealed piece, which is initialized once and is
 * then readable and executable. The kernel merges pieces next to each other
 * into one mapping.
 *
 * LLVM 22: there is one reservation, and each sealed piece of it is initialized
 * by itself. A piece cannot be initialized twice, so released pieces are not
 * used again. LLVM 19: each sealed piece is a reservation of its own, which is
 * given back when the piece is released.
 */
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/common/allocation.h"
#include "tpc/remote/stock_memory.h"

/* Bytes of the window: how many to ask for first, and the least that will
   do. */
static const uint64_t most_reserved = UINT64_C(1) << 30;
static const uint64_t least_reserved = UINT64_C(1) << 24;

/* Limit for one unit: a larger one is a mistake. */
static const uint64_t max_sealed = UINT64_C(1) << 30;

/* The reach of 32-bit displacements. */
static const uint64_t max_span = UINT64_C(1) << 31;

enum { GROUP_READ = 1, GROUP_EXECUTE = 4 };

/* A claim with a sealed piece, whose addresses are not from the claims' window
   alone. */
struct piece {
  struct lzr_claim claim; /* first */
  lzr_addr sealed;        /* the sealed piece's first byte, 0 for none */
  uint64_t sealed_size;
  bool initialized; /* or LLVM 22 may have initialized it */
  bool shown;       /* shown to a debugger, which may read it at any time */
  struct lzr_action
      *frames; /* owned: actions done by a call, to be undone by a call */
  size_t frame_count;
};

static struct piece *piece_of(lzr_allocation *allocation) {
  return (struct piece *)allocation;
}

static bool is_19(const struct lzr_remote *remote) {
  return remote->stock->is_19[LZR_STOCK_INITIALIZE];
}

static uint64_t align_up(uint64_t value, uint64_t align) {
  return (value + align - 1) & ~(align - 1);
}

static uint64_t larger(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

/* ---- Reservations ---- */

static lzr_error *reserve_bytes(struct lzr_remote *remote, uint64_t size,
                                lzr_addr *address) {
  struct lzr_writer writer = {0};
  lzr_error *error;

  lzr_pack_u64(&writer, remote->services[LZR_STOCK_MEMORY]);
  lzr_pack_u64(&writer, size);
  error =
      lzr_remote_call_expected_u64(remote, remote->services[LZR_STOCK_RESERVE],
                                   &writer, "a reservation", address);
  if (!error && (*address == 0 || *address + size < *address ||
                 *address % remote->setup.facts.page_size != 0))
    error = lzr_error_create(
        LZR_ERROR_FORMAT, "the executor reserves %llu bytes at 0x%llx",
        (unsigned long long)size, (unsigned long long)*address);
  return error;
}

/* Gives reservations back, or undoes the initialization of pieces: both
   services take a list of addresses. */
static lzr_error *end_memory(struct lzr_remote *remote,
                             enum lzr_stock_service service, lzr_addr address) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, remote->services[LZR_STOCK_MEMORY]);
  lzr_pack_u64(&writer, 1);
  lzr_pack_u64(&writer, address);
  return lzr_remote_call_error(remote, remote->services[service], &writer,
                               "a release");
}

/* Asks for less and less, until the executor agrees. */
static lzr_error *reserve_window(struct lzr_remote *remote, lzr_addr *address,
                                 uint64_t *size) {
  lzr_error *error = NULL;

  for (*size = most_reserved; *size >= least_reserved; *size /= 2) {
    lzr_error_destroy(error);
    error = reserve_bytes(remote, *size, address);
    if (!error || lzr_error_get_kind(error) == LZR_ERROR_CLOSED)
      return error;
  }
  return error;
}

lzr_error *lzr_stock_init_memory(struct lzr_remote *remote) {
  struct lzr_part window[LZR_PROT_COUNT] = {{0, 0}};
  lzr_addr start;
  uint64_t size;
  lzr_error *error = reserve_window(remote, &start, &size);

  if (error)
    return error;
  remote->stock->low = start;
  remote->stock->high = start + size;
  if (is_19(remote)) {
    window[LZR_PROT_DATA] = (struct lzr_part){start, size};
  } else {
    window[LZR_PROT_CODE] = (struct lzr_part){start, size / 2};
    window[LZR_PROT_DATA] = (struct lzr_part){start + size / 2, size / 2};
  }
  remote->has_claims = true;
  return lzr_claims_init(&remote->claims, window);
}

/* LLVM 19: all memory together must lie within the reach of displacements. */
static lzr_error *extend_span(struct lzr_stock *stock, lzr_addr address,
                              uint64_t size) {
  lzr_addr low, high;
  bool fits;

  pthread_mutex_lock(&stock->lock);
  low = address < stock->low ? address : stock->low;
  high = larger(stock->high, address + size);
  fits = high - low <= max_span;
  if (fits) {
    stock->low = low;
    stock->high = high;
  }
  pthread_mutex_unlock(&stock->lock);
  if (fits)
    return NULL;
  return lzr_error_create(LZR_ERROR_LIMIT,
                          "the executor's system reserves %llu bytes at "
                          "0x%llx, more than 2 GiB from what was reserved "
                          "before",
                          (unsigned long long)size,
                          (unsigned long long)address);
}

/* ---- Reserving ---- */

/* Lays out code, then constants, in one piece. */
struct sealed_layout {
  uint64_t align, size; /* of all: whole pages */
  uint64_t constants;   /* where they begin */
};

static lzr_error *lay_out(const struct lzr_layout *layout, uint32_t page,
                          struct sealed_layout *sealed) {
  uint64_t code = layout->size[LZR_PROT_CODE];
  uint64_t constants = layout->size[LZR_PROT_CONST];
  uint64_t align = larger(layout->align[LZR_PROT_CONST], LZR_RANGE_UNIT);

  if (code > max_sealed || constants > max_sealed)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "no room for %llu bytes of code and %llu of "
                            "constants in the executor",
                            (unsigned long long)code,
                            (unsigned long long)constants);
  sealed->constants = align_up(code, align);
  sealed->size = align_up(sealed->constants + constants, page);
  sealed->align = larger(larger(layout->align[LZR_PROT_CODE], align), page);
  if (!code && !constants)
    sealed->size = 0;
  return NULL;
}

static void seal(struct piece *piece, lzr_addr start, uint64_t size) {
  piece->sealed = start;
  piece->sealed_size = size;
}

/* LLVM 19 initializes a reservation from its first byte on. For an alignment
   above a page's, the unit therefore begins later in a larger reservation. */
static lzr_error *reserve_sealed(struct lzr_remote *remote,
                                 const struct sealed_layout *layout,
                                 struct piece *piece, lzr_addr *address) {
  uint64_t slack = layout->align - remote->setup.facts.page_size;
  lzr_addr start;
  lzr_error *error = reserve_bytes(remote, layout->size + slack, &start);

  if (error)
    return error;
  seal(piece, start, layout->size + slack);
  *address = align_up(start, layout->align);
  return extend_span(remote->stock, start, piece->sealed_size);
}

static void place(struct piece *piece, const struct lzr_layout *layout,
                  const struct sealed_layout *sealed, lzr_addr address) {
  lzr_allocation *allocation = &piece->claim.allocation;
  const lzr_addr addresses[] = {[LZR_PROT_CODE] = address,
                                [LZR_PROT_CONST] = address + sealed->constants};

  for (int prot = LZR_PROT_CODE; prot <= LZR_PROT_CONST; prot++) {
    allocation->size[prot] = layout->size[prot];
    allocation->address[prot] = layout->size[prot] ? addresses[prot] : 0;
  }
}

/* The layout for the window: in LLVM 19 it has no part for sealed pieces. */
static struct lzr_layout window_layout(const struct lzr_remote *remote,
                                       const struct lzr_layout *layout,
                                       const struct sealed_layout *sealed) {
  struct lzr_layout taken = {.size[LZR_PROT_DATA] = layout->size[LZR_PROT_DATA],
                             .align[LZR_PROT_DATA] =
                                 layout->align[LZR_PROT_DATA]};

  if (!is_19(remote)) {
    taken.size[LZR_PROT_CODE] = sealed->size;
    taken.align[LZR_PROT_CODE] = sealed->align;
  }
  return taken;
}

lzr_error *lzr_stock_reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                             lzr_allocation **allocation) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct sealed_layout sealed = {0};
  struct lzr_layout taken;
  struct lzr_claim *claim = NULL;
  lzr_addr address;
  lzr_error *error = lay_out(layout, remote->setup.facts.page_size, &sealed);

  if (error)
    return error;
  taken = window_layout(remote, layout, &sealed);
  error = lzr_claim_take(&remote->claims, &taken, sizeof(struct piece), &claim);
  if (error)
    return error;
  address = claim->allocation.address[LZR_PROT_CODE];
  if (!is_19(remote))
    seal((struct piece *)claim, address, sealed.size);
  else if (sealed.size)
    error = reserve_sealed(remote, &sealed, (struct piece *)claim, &address);
  place((struct piece *)claim, layout, &sealed, address);
  if (error)
    lzr_stock_release(tpc, &claim->allocation);
  else
    *allocation = &claim->allocation;
  return error;
}

/* ---- Committing ---- */

static bool is_in_data(const lzr_allocation *allocation,
                       const struct lzr_segment *segment) {
  return lzr_allocation_find(allocation, segment->address,
                             segment->byte_count + segment->zero_count) ==
         LZR_PROT_DATA;
}

static void pack_zeros(struct lzr_writer *writer, uint64_t count) {
  static const uint8_t zeros[4096];

  for (; count && !writer->failed;
       count -= count < sizeof zeros ? count : sizeof zeros)
    lzr_pack_raw(writer, zeros, count < sizeof zeros ? count : sizeof zeros);
}

/* Writes zeros, too, unless nothing was ever written to the data. */
static void pack_data(struct lzr_writer *writer, const struct lzr_claim *claim,
                      const struct lzr_segment *segment) {
  uint64_t zeros = claim->fresh[LZR_PROT_DATA] ? 0 : segment->zero_count;

  lzr_pack_u64(writer, segment->address);
  lzr_pack_u64(writer, segment->byte_count + zeros);
  lzr_pack_raw(writer, segment->bytes, segment->byte_count);
  pack_zeros(writer, zeros);
}

static uint64_t count_data(const struct lzr_claim *claim,
                           const struct lzr_commit *commit) {
  uint64_t count = 0;

  for (size_t i = 0; i < commit->segment_count; i++)
    count += is_in_data(&claim->allocation, &commit->segments[i]);
  return count;
}

static void pack_all_data(struct lzr_writer *writer,
                          const struct lzr_claim *claim,
                          const struct lzr_commit *commit) {
  lzr_pack_u64(writer, count_data(claim, commit));
  for (size_t i = 0; i < commit->segment_count; i++)
    if (is_in_data(&claim->allocation, &commit->segments[i]))
      pack_data(writer, claim, &commit->segments[i]);
}

static lzr_error *write_data(struct lzr_remote *remote,
                             const struct lzr_claim *claim,
                             const struct lzr_commit *commit) {
  struct lzr_writer writer = {0};

  if (count_data(claim, commit) == 0)
    return NULL;
  pack_all_data(&writer, claim, commit);
  return lzr_remote_call_void(remote, remote->services[LZR_STOCK_WRITE_BUFFERS],
                              &writer, "writing data");
}

/* The bytes of the sealed piece, up to the last one that a segment contains;
   zeros follow. */
static uint8_t *gather(const struct piece *piece,
                       const struct lzr_commit *commit, uint64_t *size) {
  const lzr_allocation *allocation = &piece->claim.allocation;
  uint8_t *bytes;

  *size = 0;
  for (size_t i = 0; i < commit->segment_count; i++) {
    const struct lzr_segment *segment = &commit->segments[i];

    if (segment->byte_count && !is_in_data(allocation, segment))
      *size =
          larger(*size, segment->address + segment->byte_count - piece->sealed);
  }
  bytes = calloc(1, *size + 1);
  for (size_t i = 0; bytes && i < commit->segment_count; i++) {
    const struct lzr_segment *segment = &commit->segments[i];

    if (segment->byte_count && !is_in_data(allocation, segment))
      memcpy(bytes + (segment->address - piece->sealed), segment->bytes,
             segment->byte_count);
  }
  return bytes;
}

/* Adds an action for the executor to run: a function and its packed arguments.
   Takes the arguments. */
static void pack_call(struct lzr_writer *writer, lzr_addr function,
                      struct lzr_writer *arguments) {
  lzr_pack_u64(writer, function);
  lzr_pack_bytes(writer, arguments->bytes, arguments->size);
  writer->failed |= arguments->failed;
  lzr_writer_fini(arguments);
}

static void pack_no_call(struct lzr_writer *writer) {
  lzr_pack_u64(writer, 0);
  lzr_pack_u64(writer, 0);
}

static void pack_range(struct lzr_writer *writer,
                       const struct lzr_action *action) {
  lzr_pack_u64(writer, action->address);
  lzr_pack_u64(writer, action->address + action->size);
}

static void pack_action(struct lzr_remote *remote, struct lzr_writer *writer,
                        const struct lzr_action *action) {
  struct lzr_writer arguments = {0}, undo = {0};

  pack_range(&arguments, action);
  if (action->kind == LZR_ACTION_EH_FRAMES) {
    pack_range(&undo, action);
    pack_call(writer, remote->services[LZR_STOCK_REGISTER_FRAMES], &arguments);
    pack_call(writer, remote->services[LZR_STOCK_DEREGISTER_FRAMES], &undo);
  } else {
    lzr_pack_bool(&arguments, true);
    pack_call(writer, remote->services[LZR_STOCK_SHOW_OBJECT], &arguments);
    pack_no_call(writer);
  }
}

static void pack_stores(struct lzr_writer *writer,
                        const struct lzr_commit *commit) {
  lzr_pack_u64(writer, commit->store_count);
  for (size_t i = 0; i < commit->store_count; i++) {
    lzr_pack_u64(writer, commit->stores[i].address);
    lzr_pack_u64(writer, sizeof(uint64_t));
    lzr_pack_u64(writer, commit->stores[i].value);
  }
}

/* Adds everything that a commit does, in the commit's order. With the copier,
   which is lazyrun's code in the executor, data and pointer stores are actions
   as well. */
static void pack_actions(struct lzr_remote *remote, struct lzr_writer *writer,
                         const struct piece *piece,
                         const struct lzr_commit *commit, lzr_addr copier) {
  bool has_data = copier && count_data(&piece->claim, commit) != 0;
  bool has_stores = copier && commit->store_count != 0;
  struct lzr_writer data = {0}, stores = {0};

  lzr_pack_u64(writer, has_data + commit->action_count + has_stores);
  if (has_data) {
    pack_all_data(&data, &piece->claim, commit);
    pack_call(writer, copier, &data);
    pack_no_call(writer);
  }
  for (size_t i = 0; i < commit->action_count; i++)
    pack_action(remote, writer, &commit->actions[i]);
  if (has_stores) {
    pack_stores(&stores, commit);
    pack_call(writer, copier, &stores);
    pack_no_call(writer);
  }
}

/* Packs the request: one segment, and actions. */
static lzr_error *pack_request(struct lzr_remote *remote,
                               struct lzr_writer *writer,
                               const struct piece *piece,
                               const struct lzr_commit *commit,
                               lzr_addr copier) {
  uint64_t size;
  uint8_t *bytes = gather(piece, commit, &size);

  if (!bytes)
    return lzr_out_of_memory();
  lzr_pack_u64(writer, remote->services[LZR_STOCK_MEMORY]);
  lzr_pack_u64(writer, 1);
  lzr_pack_u8(writer, GROUP_READ | GROUP_EXECUTE);
  lzr_pack_u64(writer, piece->sealed);
  lzr_pack_u64(writer, piece->sealed_size);
  lzr_pack_bytes(writer, bytes, size);
  pack_actions(remote, writer, piece, commit, copier);
  free(bytes);
  return NULL;
}

static lzr_error *initialize(struct lzr_remote *remote, struct piece *piece,
                             const struct lzr_commit *commit, lzr_addr copier) {
  lzr_addr service = remote->services[LZR_STOCK_INITIALIZE];
  struct lzr_writer writer = {0};
  lzr_error *error = pack_request(remote, &writer, piece, commit, copier);
  uint64_t key;

  if (error) {
    lzr_writer_fini(&writer);
    return error;
  }
  if (is_19(remote))
    return lzr_remote_call_error(remote, service, &writer, "a commit");
  error =
      lzr_remote_call_expected_u64(remote, service, &writer, "a commit", &key);
  if (!error && key != piece->sealed)
    error = lzr_error_create(
        LZR_ERROR_FORMAT, "a commit at 0x%llx is answered with 0x%llx",
        (unsigned long long)piece->sealed, (unsigned long long)key);
  return error;
}

/* ---- Actions by direct calls ----

   These serve commits without a sealed piece. / */

static lzr_error *call_action(struct lzr_remote *remote, lzr_addr function,
                              const struct lzr_action *action) {
  struct lzr_writer writer = {0};

  pack_range(&writer, action);
  if (action->kind == LZR_ACTION_DEBUG_OBJECT)
    lzr_pack_bool(&writer, true);
  return lzr_remote_call_error(remote, function, &writer, "an action");
}

static lzr_error *register_frames(struct lzr_remote *remote,
                                  struct piece *piece,
                                  const struct lzr_action *action) {
  struct lzr_action *grown =
      lzr_array_grow(piece->frames, piece->frame_count, sizeof *grown);
  lzr_error *error;

  if (!grown)
    return lzr_out_of_memory();
  piece->frames = grown;
  error =
      call_action(remote, remote->services[LZR_STOCK_REGISTER_FRAMES], action);
  if (!error)
    grown[piece->frame_count++] = *action;
  return error;
}

static void deregister_frames(struct lzr_remote *remote, struct piece *piece) {
  while (piece->frame_count)
    lzr_error_destroy(call_action(remote,
                                  remote->services[LZR_STOCK_DEREGISTER_FRAMES],
                                  &piece->frames[--piece->frame_count]));
  free(piece->frames);
  piece->frames = NULL;
}

static lzr_error *act(struct lzr_remote *remote, struct piece *piece,
                      const struct lzr_commit *commit) {
  lzr_error *error = NULL;

  for (size_t i = 0; i < commit->action_count && !error; i++)
    error = commit->actions[i].kind == LZR_ACTION_EH_FRAMES
                ? register_frames(remote, piece, &commit->actions[i])
                : call_action(remote, remote->services[LZR_STOCK_SHOW_OBJECT],
                              &commit->actions[i]);
  if (error)
    deregister_frames(remote, piece);
  return error;
}

/* Checks everything before anything is done. */
static lzr_error *check_actions(struct lzr_remote *remote, struct piece *piece,
                                const struct lzr_commit *commit) {
  for (size_t i = 0; i < commit->action_count; i++) {
    lzr_action_kind kind = commit->actions[i].kind;

    if (kind == LZR_ACTION_TLS)
      return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                              "LLVM's executor has no thread-local variables "
                              "for compiled code; lazyrun-executor has");
    if (kind != LZR_ACTION_DEBUG_OBJECT)
      continue;
    if (!remote->services[LZR_STOCK_SHOW_OBJECT])
      return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                              "this executor of LLVM has no service that shows "
                              "code to a debugger");
    piece->shown = true;
  }
  return NULL;
}

lzr_error *lzr_stock_put_pointers(struct lzr_remote *remote,
                                  const struct lzr_pointer_store *stores,
                                  size_t count) {
  struct lzr_writer writer = {0};

  lzr_pack_u64(&writer, count);
  for (size_t i = 0; i < count; i++) {
    lzr_pack_u64(&writer, stores[i].address);
    lzr_pack_u64(&writer, stores[i].value);
  }
  return lzr_remote_call_void(remote,
                              remote->services[LZR_STOCK_WRITE_POINTERS],
                              &writer, "a pointer store");
}

lzr_error *lzr_stock_commit(lzr_tpc *tpc, lzr_allocation *allocation,
                            const struct lzr_commit *commit) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct piece *piece = piece_of(allocation);
  lzr_addr copier = piece->sealed ? remote->stock->copier : 0;
  lzr_error *error = check_actions(remote, piece, commit);

  if (!error)
    error = lzr_claim_begin_commit(&remote->claims, &piece->claim, commit);
  if (!error && !copier)
    error = write_data(remote, &piece->claim, commit);
  if (!error && piece->sealed) {
    piece->initialized = true;
    error = initialize(remote, piece, commit, copier);
  } else if (!error) {
    error = act(remote, piece, commit);
  }
  if (!error && !copier && commit->store_count)
    error = lzr_stock_put_pointers(remote, commit->stores, commit->store_count);
  return error;
}

/* ---- Releasing ---- */

/* Undoes the actions; the piece is not used again (see the top of this
   file). */
static void release_22(struct lzr_remote *remote, struct piece *piece) {
  struct lzr_range **range = &piece->claim.range[LZR_PROT_CODE];

  if (!piece->initialized)
    return;
  if (remote->services[LZR_STOCK_DEINITIALIZE])
    lzr_error_destroy(
        end_memory(remote, LZR_STOCK_DEINITIALIZE, piece->sealed));
  free(*range);
  *range = NULL;
}

/* Keeps memory that a debugger may be reading. */
static void release_19(struct lzr_remote *remote, struct piece *piece) {
  if (piece->sealed && !piece->shown)
    lzr_error_destroy(end_memory(remote, LZR_STOCK_RELEASE, piece->sealed));
}

void lzr_stock_release(lzr_tpc *tpc, lzr_allocation *allocation) {
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct piece *piece = piece_of(allocation);

  deregister_frames(remote, piece);
  if (is_19(remote))
    release_19(remote, piece);
  else
    release_22(remote, piece);
  lzr_claim_give(&remote->claims, &piece->claim);
}

void lzr_stock_forget_memory(struct lzr_remote *remote) {
  for (struct lzr_claim *claim = remote->claims.first; claim;
       claim = claim->next) {
    free(((struct piece *)claim)->frames);
    ((struct piece *)claim)->frames = NULL;
  }
}

/* ---- Code and constants ---- */

static bool overlaps(lzr_addr start, uint64_t length, lzr_addr address,
                     uint64_t size) {
  return length && (address - start < length || start - address < size);
}

bool lzr_stock_is_sealed(struct lzr_remote *remote, lzr_addr address,
                         uint64_t size) {
  struct lzr_claims *claims = &remote->claims;
  bool sealed = overlaps(claims->window[LZR_PROT_CODE].start,
                         claims->window[LZR_PROT_CODE].size, address, size);

  pthread_mutex_lock(&claims->lock);
  for (struct lzr_claim *claim = claims->first; claim && !sealed;
       claim = claim->next) {
    const struct piece *piece = (const struct piece *)claim;

    sealed = piece->sealed &&
             overlaps(piece->sealed, piece->sealed_size, address, size);
  }
  pthread_mutex_unlock(&claims->lock);
  return sealed;
}
