/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/llvm_request.h"

#include <stdlib.h>

#include "tpc/base/memory.h"

static lzr_error *unpack_segment(struct lzr_reader *reader, bool has_contents,
                                 struct lzr_region_segment *segment) {
  uint8_t group = lzr_unpack_u8(reader);

  segment->address = lzr_unpack_u64(reader);
  segment->size = lzr_unpack_u64(reader);
  if (has_contents)
    segment->bytes = lzr_unpack_bytes(reader, &segment->byte_count);
  return lzr_region_protection(group, &segment->protection);
}

lzr_error *lzr_region_request_unpack(struct lzr_reader *reader,
                                     bool has_contents,
                                     struct lzr_region_request *request) {
  size_t minimum = 1 + (has_contents ? 3 : 2) * sizeof(uint64_t);
  lzr_error *error = NULL;

  *request =
      (struct lzr_region_request){.count = lzr_unpack_count(reader, minimum)};
  request->segments =
      calloc(request->count ? request->count : 1, sizeof *request->segments);
  if (!request->segments)
    return lzr_out_of_memory();
  for (size_t i = 0; i < request->count && !error; i++)
    error = unpack_segment(reader, has_contents, &request->segments[i]);
  if (error)
    return error;
  lzr_action_pairs_unpack(reader, &request->pairs);
  return lzr_wrapper_check(reader);
}

void lzr_region_request_fini(struct lzr_region_request *request) {
  free(request->segments);
  lzr_action_pairs_fini(&request->pairs);
}

static lzr_error *
act_on_all(struct lzr_regions *regions, struct lzr_reader *reader, size_t count,
           lzr_error *(*act)(struct lzr_regions *regions, lzr_addr address)) {
  lzr_addr *addresses = calloc(count ? count : 1, sizeof *addresses);
  lzr_error *error = NULL;

  if (!addresses)
    return lzr_out_of_memory();
  for (size_t i = 0; i < count; i++)
    addresses[i] = lzr_unpack_u64(reader);
  for (size_t i = count; i-- > 0;)
    error = lzr_error_join(error, act(regions, addresses[i]));
  free(addresses);
  return error;
}

struct lzr_wrapper_result lzr_regions_for_each(
    struct lzr_regions *regions, const char *arguments, size_t size,
    lzr_error *(*act)(struct lzr_regions *regions, lzr_addr address)) {
  struct lzr_reader reader;
  lzr_error *error;
  size_t count;

  lzr_reader_init(&reader, arguments, size);
  lzr_unpack_u64(&reader);
  count = lzr_unpack_count(&reader, sizeof(uint64_t));
  error = lzr_wrapper_check(&reader);
  if (!error)
    error = act_on_all(regions, &reader, count, act);
  return lzr_wrapper_error(error);
}
