/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Archives as ar and llvm-ar make them, and damaged ones. */
#include <criterion/criterion.h>

#include "runtime/module/archive_index.h"
#include "tests/object_world.h"
#include "tests/resolve_image.h"

TestSuite(archive, .fini = remove_objects, .timeout = 120);

static const struct lzr_arch *arch(void) {
  return lzr_arch_for_triple("x86_64");
}

/* Making them. */

static const char *const ars[] = {"ar", LZR_LLVM_BIN "/llvm-ar"};

/* Members one.o, a_name_longer_than_sixteen_bytes.o and three.o, in the folder
   that object_folder is. */
static void make_members(const char *compiler) {
  static const char *const texts[][2] = {
      {"one", "int one = 1; int both(void) { return 1; }\n"},
      {"a_name_longer_than_sixteen_bytes",
       "int two(void) { return 2; }\n"
       "static int hidden(void) { return 3; } int (*p)(void) = hidden;\n"},
      {"three", "int common[4]; int both(void) { return 3; }\n"
                "extern int elsewhere; int *where = &elsewhere;\n"}};
  for (size_t i = 0; i < 3; i++) {
    char name[64];
    snprintf(name, sizeof name, "%s.c", texts[i][0]);
    write_text(path_of(name), texts[i][1]);
    cr_assert(run_command("cd %s && %s -fcommon -c %s.c -o %s.o", object_folder,
                          compiler, texts[i][0], texts[i][0]));
  }
}

static const char *make_archive(const char *ar, const char *flags,
                                const char *members) {
  const char *path = path_of("lib.a");
  cr_assert(run_command("cd %s && rm -f lib.a && %s %s lib.a %s", object_folder,
                        ar, flags, members));
  return path;
}

#define ALL "one.o a_name_longer_than_sixteen_bytes.o three.o"

/* Looking at them. */

static lzr_archive *open_archive(const char *path,
                                 const struct lzr_archive_options *options) {
  const struct lzr_archive_options plain = {.arch = arch()};
  size_t size;
  uint8_t *bytes = read_file(path, &size);
  lzr_archive *archive;
  must(lzr_archive_open(path, bytes, size, options ? options : &plain,
                        &archive));
  return archive;
}

/* The number of the member that defines name, or -1. */
static int defines(lzr_archive *archive, const char *name) {
  bool found;
  size_t member;
  must(lzr_archive_find(archive, name, &found, &member));
  return found ? (int)member : -1;
}

static const char *const members[] = {
    "one.o", "a_name_longer_than_sixteen_bytes.o", "three.o"};

static void expect_member(lzr_archive *archive, size_t index,
                          const char *name) {
  char whole[80];
  snprintf(whole, sizeof whole, "lib.a(%s)", name);
  cr_expect(strstr(lzr_archive_member_name(archive, index), whole), "%s",
            lzr_archive_member_name(archive, index));
}

static void expect_contents(lzr_archive *archive) {
  cr_assert_eq(lzr_archive_member_count(archive), 3);
  for (size_t i = 0; i < 3; i++) {
    size_t size, file_size;
    uint8_t *bytes, *file = read_file(path_of(members[i]), &file_size);
    must(lzr_archive_read_member(archive, i, &bytes, &size));
    cr_assert_eq(size, file_size);
    cr_expect_eq(memcmp(bytes, file, size), 0);
    free(bytes);
    free(file);
  }
}

static void expect_names(lzr_archive *archive) {
  cr_expect_eq(defines(archive, "one"), 0);
  cr_expect_eq(defines(archive, "two"), 1);
  cr_expect_eq(defines(archive, "common"), 2);
  cr_expect_eq(defines(archive, "both"), 0);
  cr_expect_eq(defines(archive, "where"), 2);
  cr_expect_eq(defines(archive, "hidden"), -1);
  cr_expect_eq(defines(archive, "elsewhere"), -1);
  cr_expect_eq(defines(archive, ""), -1);
}

static void expect_all(const char *path) {
  lzr_archive *archive = open_archive(path, NULL);
  for (size_t i = 0; i < 3; i++)
    expect_member(archive, i, members[i]);
  expect_contents(archive);
  expect_names(archive);
  lzr_archive_close(archive);
}

Test(archive, of_every_maker_with_and_without_an_index) {
  make_members("gcc");
  for (size_t i = 0; i < 2; i++) {
    expect_all(make_archive(ars[i], "rcs", ALL));
    expect_all(make_archive(ars[i], "rcS", ALL));
    expect_all(make_archive(ars[i], "rcsT", ALL));
    expect_all(make_archive(ars[i], "rcST", ALL));
  }
  expect_all(make_archive(ars[1], "--format=bsd rcs", ALL));
  expect_all(make_archive(ars[1], "--format=darwin rcs", ALL));
  expect_all(make_archive(ars[1], "--format=bsd rcS", ALL));
}

Test(archive, with_a_64_bit_index) {
  make_members("gcc");
  expect_all(
      make_archive("SYM64_THRESHOLD=1 " LZR_LLVM_BIN "/llvm-ar", "rcs", ALL));
}

Test(archive, thin_ones_name_files_beside_them) {
  make_members("gcc");
  cr_assert(run_command("cd %s && mkdir -p sub/deeper && mv one.o sub/deeper "
                        "&& rm -f lib.a && ar rcsT lib.a sub/deeper/one.o",
                        object_folder));
  lzr_archive *archive = open_archive(path_of("lib.a"), NULL);
  cr_expect(
      strstr(lzr_archive_member_name(archive, 0), "lib.a(sub/deeper/one.o)"));
  uint8_t *bytes;
  size_t size;
  must(lzr_archive_read_member(archive, 0, &bytes, &size));
  cr_expect_eq(memcmp(bytes,
                      "\x7f"
                      "ELF",
                      4),
               0);
  free(bytes);
  cr_assert(run_command("rm -r %s/sub", object_folder));
  lzr_error *error = lzr_archive_read_member(archive, 0, &bytes, &size);
  cr_assert(error);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_FILE);
  cr_expect(strstr(lzr_error_message(error), "lib.a(sub/deeper/one.o): "));
  lzr_error_destroy(error);
  lzr_archive_close(archive);
}

Test(archive, thin_ones_of_archives) {
  make_members("gcc");
  for (size_t i = 0; i < 2; i++) {
    cr_assert(run_command("cd %s && rm -f inner.a lib.a && %s rcs inner.a " ALL
                          " && ar rcsT lib.a inner.a",
                          object_folder, ars[i]));
    lzr_archive *archive = open_archive(path_of("lib.a"), NULL);
    for (size_t member = 0; member < 3; member++)
      expect_member(archive, member, "inner.a");
    expect_contents(archive);
    expect_names(archive);
    lzr_archive_close(archive);
  }
}

static lzr_error *read_one(void *data, const char *path, uint8_t **bytes,
                           size_t *size) {
  cr_expect_str_eq(path, path_of("one.o"));
  cr_expect_eq(data, &object_folder);
  *bytes = (uint8_t *)strdup("hello");
  *size = 5;
  return NULL;
}

Test(archive, reads_files_through_its_user) {
  make_members("gcc");
  make_archive("ar", "rcsT", "one.o");
  struct lzr_archive_options options = {
      .arch = arch(), .read_file = read_one, .data = &object_folder};
  lzr_archive *archive = open_archive(path_of("lib.a"), &options);
  uint8_t *bytes;
  size_t size;
  must(lzr_archive_read_member(archive, 0, &bytes, &size));
  cr_expect_eq(size, 5);
  cr_expect_eq(memcmp(bytes, "hello", 5), 0);
  free(bytes);
  lzr_archive_close(archive);
}

static lzr_error *list_names(void *data, const char *name, const uint8_t *bytes,
                             size_t size,
                             lzr_error *(*add)(void *adder, const char *name),
                             void *adder) {
  int *calls = data;
  ++*calls;
  cr_expect(strstr(name, "lib.a(two.bc)"), "%s", name);
  cr_expect_eq(memcmp(bytes, "BC\xc0\xde", 4), 0);
  cr_expect_gt(size, 4);
  return add(adder, "from_bitcode");
}

Test(archive, asks_its_user_about_bitcode_that_the_index_leaves_out) {
  make_members("gcc");
  write_text(path_of("two.c"), "int two;\n");
  cr_assert(run_command("cd %s && " LZR_LLVM_BIN
                        "/clang -emit-llvm -c two.c -o two.bc",
                        object_folder));
  int calls = 0;
  struct lzr_archive_options options = {
      .arch = arch(), .list_bitcode = list_names, .data = &calls};
  lzr_archive *archive =
      open_archive(make_archive("ar", "rcS", "one.o two.bc"), &options);
  cr_expect_eq(defines(archive, "from_bitcode"), 1);
  cr_expect_eq(defines(archive, "one"), 0);
  cr_expect_eq(calls, 1);
  lzr_archive_close(archive);
  archive = open_archive(make_archive(ars[1], "rcs", "one.o two.bc"), &options);
  cr_expect_eq(defines(archive, "two"), 1);
  cr_expect_eq(calls, 1);
  lzr_archive_close(archive);
}

Test(archive, an_empty_one_has_no_members) {
  uint8_t *bytes = (uint8_t *)strdup("!<arch>\n");
  lzr_archive *archive;
  must(lzr_archive_open("x.a", bytes, 8,
                        &(struct lzr_archive_options){.arch = arch()},
                        &archive));
  cr_expect_eq(lzr_archive_member_count(archive), 0);
  cr_expect_eq(defines(archive, "x"), -1);
  lzr_archive_close(archive);
}

/* Damaged ones. */

static void refuses(const char *text, size_t size, lzr_error_kind kind,
                    const char *part) {
  uint8_t *bytes = malloc(size);
  memcpy(bytes, text, size);
  lzr_archive *archive;
  lzr_error *error =
      lzr_archive_open("x.a", bytes, size,
                       &(struct lzr_archive_options){.arch = arch()}, &archive);
  if (!error) {
    bool found;
    size_t member;
    error = lzr_archive_find(archive, "x", &found, &member);
    lzr_archive_close(archive);
  }
  cr_assert(error, "expected \"%s\"", part);
  cr_expect_eq(lzr_error_get_kind(error), kind);
  cr_expect(strstr(lzr_error_message(error), part), "%s",
            lzr_error_message(error));
  cr_expect(strstr(lzr_error_message(error), "x.a"), "%s",
            lzr_error_message(error));
  lzr_error_destroy(error);
}

/* name is 16 bytes, size 10. */
#define MEMBER(name, size) name "0           0     0     644     " size "`\n"
#define REFUSES(text, kind, part) refuses(text, sizeof text - 1, kind, part)

Test(archive, refuses_what_is_wrong_by_a_sentence) {
  REFUSES("!<arxh>\n", LZR_ERROR_FORMAT, "not an archive");
  REFUSES("!<arch>\nshort", LZR_ERROR_FORMAT, "no whole header");
  REFUSES("!<arch>\n" MEMBER("a.o/            ", "x         "),
          LZR_ERROR_FORMAT, "no number");
  REFUSES("!<arch>\n" MEMBER("a.o/            ", "1         "),
          LZR_ERROR_FORMAT, "past the end");
  REFUSES("!<arch>\n" MEMBER("/12             ", "0         "),
          LZR_ERROR_FORMAT, "outside the table");
  REFUSES("!<arch>\n" MEMBER("/x              ", "0         "),
          LZR_ERROR_FORMAT, "no number");
  REFUSES("!<arch>\n" MEMBER("                ", "0         "),
          LZR_ERROR_FORMAT, "no name");
  REFUSES("!<arch>\n" MEMBER("#1/99           ", "2         ") "ab",
          LZR_ERROR_FORMAT, "longer than itself");
  REFUSES(
      "!<arch>\n" MEMBER("/               ", "8         ") "\0\0\0\2\0\0\0\0",
      LZR_ERROR_FORMAT, "shorter than it says");
  REFUSES("!<arch>\n" MEMBER("/               ",
                             "10        ") "\0\0\0\1\0\0\0\7x\0",
          LZR_ERROR_FORMAT, "where there is none");
  REFUSES(
      "!<arch>\n" MEMBER("/               ", "10        ") "\0\0\0\1\0\0\0\7xy",
      LZR_ERROR_FORMAT, "fewer names");
  REFUSES("!<arch>\n" MEMBER(
              "__.SYMDEF       ",
              "18        ") "\x08\0\0\0\x09\0\0\0\0\0\0\0\2\0\0\0x\0",
          LZR_ERROR_FORMAT, "outside its table");
}

Test(archive, does_not_follow_itself_for_ever) {
  make_members("gcc");
  cr_assert(run_command("cd %s && rm -f *.a && ar rcs a.a one.o && "
                        "ar rcsT lib.a a.a",
                        object_folder));
  size_t size;
  const char *path = path_of("lib.a");
  uint8_t *bytes = read_file(path, &size);
  uint8_t *name = memmem(bytes, size, "a.a", 3);
  cr_assert(name);
  char *origin = memchr((char *)name + 4, ':', size - 72);
  cr_assert(origin); /* the only member is at 68 of the inner archive */
  FILE *file = fopen(path, "wb");
  fwrite(bytes, 1, size, file);
  fclose(file);
  free(bytes);
  /* The inner archive becomes the thin one. */
  cr_assert(run_command("cd %s && cp lib.a a.a", object_folder));
  lzr_archive *archive = open_archive(path, NULL);
  uint8_t *member;
  for (size_t i = 0; i < lzr_archive_member_count(archive); i++) {
    lzr_error *error = lzr_archive_read_member(archive, i, &member, &size);
    cr_expect(error);
    lzr_error_destroy(error);
  }
  lzr_archive_close(archive);
}

Test(archive, survives_every_damaged_byte) {
  make_members("gcc");
  static const char *const flags[][2] = {
      {"ar", "rcs"},
      {"ar", "rcS"},
      {LZR_LLVM_BIN "/llvm-ar", "--format=bsd rcs"}};
  for (size_t i = 0; i < 3; i++) {
    size_t size;
    uint8_t *whole =
        read_file(make_archive(flags[i][0], flags[i][1], ALL), &size);
    for (size_t at = 0; at < size; at++) {
      uint8_t *bytes = malloc(size);
      memcpy(bytes, whole, size);
      bytes[at] ^= (uint8_t)(at % 3 ? 0xff : 0x11);
      lzr_archive *archive;
      lzr_error *error = lzr_archive_open(
          "x.a", bytes, size, &(struct lzr_archive_options){.arch = arch()},
          &archive);
      bool found;
      size_t member;
      if (!error)
        error = lzr_archive_find(archive, "two", &found, &member);
      lzr_error_destroy(error);
      lzr_archive_close(archive);
    }
    free(whole);
  }
}
