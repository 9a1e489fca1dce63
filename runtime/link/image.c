/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The way of an object into the target: place, resolve, commit.
 */
#include "runtime/link/image.h"

#include <assert.h>
#include <stdlib.h>

/* The image itself is the first allocation of its own arena. */
static struct lzr_image *create_image(lzr_tpc *tpc, lzr_object *object) {
  struct lzr_arena arena = {0};
  struct lzr_image *image = lzr_arena_alloc(&arena, 1, sizeof *image);
  if (!image)
    return NULL;
  image->arena = arena;
  image->tpc = tpc;
  image->object = object;
  return image;
}

lzr_error *lzr_image_place(lzr_tpc *tpc, lzr_object *object,
                           lzr_image **result) {
  *result = NULL;
  struct lzr_image *image = create_image(tpc, object);
  if (!image) {
    lzr_object_destroy(object);
    return lzr_out_of_memory();
  }
  lzr_error *error = lzr_image_lay_out(image);
  if (!error)
    error = lzr_image_list_exports(image);
  if (error) {
    error = lzr_error_wrap(error, "object '%s'", object->name);
    lzr_image_release(image);
    return error;
  }
  lzr_image_address_exports(image);
  *result = image;
  return NULL;
}

lzr_error *lzr_image_resolve(lzr_image *image, lzr_addr tls_descriptor) {
  assert(image->object && image->queries && !image->resolved);
  image->resolved = true;
  image->tls_descriptor = tls_descriptor;
  lzr_error *error = lzr_image_settle_names(image);
  if (!error)
    error = lzr_image_relocate(image);
  if (!error)
    error = lzr_object_check_unwind(image->object);
  if (error)
    return error;
  lzr_image_write_template(image);
  lzr_image_write_debug_files(image);
  lzr_image_write_profile(image);
  return lzr_image_list_init_arrays(image);
}

/* Commit. */

static size_t fill_segments(const struct lzr_image *image,
                            struct lzr_segment *segments) {
  size_t count = 0;
  for (int i = 0; i < LZR_PROT_COUNT; i++) {
    const struct lzr_segment_layout *segment = &image->segments[i];
    if (segment->size)
      segments[count++] =
          (struct lzr_segment){segment->address, segment->written,
                               segment->bytes, segment->size - segment->bytes};
  }
  return count;
}

/* The zero word that ends .eh_frame is in the segment, behind the section. */
static size_t fill_unwind_actions(const struct lzr_image *image,
                                  struct lzr_action *actions) {
  const struct lzr_object *object = image->object;
  size_t count = 0;
  for (uint32_t i = 1; i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    if (lzr_section_is_unwind(section))
      actions[count++] = (struct lzr_action){
          LZR_ACTION_EH_FRAMES, section->address, section->size + 4};
  }
  return count;
}

static size_t fill_actions(const struct lzr_image *image,
                           struct lzr_action *actions) {
  size_t count = fill_unwind_actions(image, actions);
  if (image->has_tls)
    actions[count++] =
        (struct lzr_action){LZR_ACTION_TLS, lzr_image_tls_template(image),
                            sizeof(struct lzr_tls_template)};
  for (size_t i = 0; i < image->debug_file_count; i++)
    actions[count++] = (struct lzr_action){
        LZR_ACTION_DEBUG_OBJECT,
        image->segments[LZR_PROT_CONST].address + image->debug_files[i].offset,
        image->debug_files[i].size};
  if (image->profile_size)
    actions[count++] = (struct lzr_action){
        image->object->profile,
        image->segments[LZR_PROT_CONST].address + image->profile_offset,
        image->profile_size};
  return count;
}

/* Frees what only linking needs. */
static void drop_object(struct lzr_image *image) {
  lzr_object_destroy(image->object);
  image->object = NULL;
  image->queries = NULL;
  image->debug_files = NULL;
  image->debug_file_count = 0;
  image->lines = NULL;
  image->line_count = 0;
  free(image->written);
  image->written = NULL;
  for (int i = 0; i < LZR_PROT_COUNT; i++)
    image->segments[i].written = NULL;
}

static lzr_error *write_fixed(const struct lzr_image *image) {
  const struct lzr_object *object = image->object;
  lzr_error *error = NULL;
  for (uint32_t i = 1; i < object->section_count && !error; i++) {
    const struct lzr_section *section = &object->sections[i];
    if (section->fixed && section->written)
      error = lzr_tpc_write(image->tpc, section->address, section->written,
                            section->size);
  }
  return error;
}

void lzr_image_name(lzr_image *image, const char *what) {
  image->what = what;
}

lzr_error *lzr_image_commit(lzr_image *image,
                            const struct lzr_pointer_store *stores,
                            size_t store_count) {
  assert(image->object && image->resolved);
  struct lzr_segment segments[LZR_PROT_COUNT];
  size_t most_actions = lzr_object_count_unwind(image->object) +
                        image->debug_file_count + 2; /* TLS, a profile */
  struct lzr_action *actions =
      lzr_arena_alloc(&image->object->arena, most_actions, sizeof *actions);
  if (!actions)
    return lzr_out_of_memory();
  struct lzr_commit commit = {
      .segments = segments,
      .segment_count = fill_segments(image, segments),
      .actions = actions,
      .action_count = fill_actions(image, actions),
      .stores = stores,
      .store_count = store_count,
      .what = image->what,
  };
  lzr_error *error = write_fixed(image);
  if (!error)
    error = lzr_tpc_commit(image->tpc, image->allocation, &commit);
  if (!error)
    drop_object(image);
  return error;
}

void lzr_image_release(lzr_image *image) {
  if (!image)
    return;
  lzr_tpc_release(image->tpc, image->allocation);
  drop_object(image);
  struct lzr_arena arena = image->arena;
  lzr_arena_fini(&arena);
}

/* Inspection. */

struct lzr_image_sizes lzr_image_get_sizes(const lzr_image *image) {
  return (struct lzr_image_sizes){
      .code = image->segments[LZR_PROT_CODE].size,
      .constants = image->segments[LZR_PROT_CONST].size,
      .data = image->segments[LZR_PROT_DATA].size +
              image->segments[LZR_PROT_LARGE].size +
              image->segments[LZR_PROT_FAR].size,
  };
}

const uint8_t *lzr_image_code(const lzr_image *image, lzr_addr *address,
                              size_t *size) {
  const struct lzr_segment_layout *code = &image->segments[LZR_PROT_CODE];
  *address = code->address;
  *size = code->written ? (size_t)code->bytes : 0;
  return code->written;
}

struct lzr_image_extent lzr_image_get_extent(const lzr_image *image) {
  const struct lzr_segment_layout *code = &image->segments[LZR_PROT_CODE];
  const struct lzr_segment_layout *constants = &image->segments[LZR_PROT_CONST];
  const struct lzr_segment_layout *data = &image->segments[LZR_PROT_DATA];
  return (struct lzr_image_extent){
      .code = code->size ? code->address : 0,
      .code_end = code->size ? code->address + code->size : 0,
      .constants = constants->size ? constants->address : 0,
      .data = data->size ? data->address : 0,
      .values_end = data->size ? data->address + data->bytes : 0,
      .data_end = data->size ? data->address + data->size : 0,
  };
}
