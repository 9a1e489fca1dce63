/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a session writes for people to read: the files of a dump, and the tool's
   trace lines. */
#include <dirent.h>
#include <errno.h>

#include "tests/runtime_support.h"

static const char module[] = "@total = global i32 5\n"
                             "define i32 @sum(i32 %first_value) {\n"
                             "entry_block:\n"
                             "  %old = load i32, ptr @total\n"
                             "  %grown = add i32 %old, %first_value\n"
                             "  store i32 %grown, ptr @total\n"
                             "  ret i32 %grown\n"
                             "}\n"
                             "define i32 @unused() {\n"
                             "  ret i32 0\n"
                             "}\n";

static char folder[64];

static void open_folder(void) {
  make_folder(folder);
}

static void close_folder(void) {
  remove_folder(folder);
}

TestSuite(dump, .init = open_folder, .fini = close_folder);

static lzr_session *open_dumping(const char *directory) {
  struct lzr_session_options options = session_options();
  options.dump_directory = directory;
  lzr_session *session = open_session(&options);
  add_text(lzr_session_main_library(session), "sum.ll", module);
  return session;
}

/* Files. */

static int count_files(const char *directory, const char *part) {
  DIR *dir = opendir(directory);
  cr_assert_not_null(dir, "%s: %s", directory, strerror(errno));
  int found = 0;
  for (struct dirent *entry; (entry = readdir(dir));)
    found += entry->d_name[0] != '.' && strstr(entry->d_name, part) != NULL;
  closedir(dir);
  return found;
}

/* The bytes of the only file whose name ends like this, with a 0 behind; to be
   freed. */
static char *read_file(const char *directory, const char *end) {
  char command[256];
  snprintf(command, sizeof command, "cat %s/*%s", directory, end);
  FILE *file = popen(command, "r");
  char *bytes = calloc(1, 1 << 16);
  cr_assert_neq(fread(bytes, 1, (1 << 16) - 1, file), 0, "no file *%s", end);
  pclose(file);
  return bytes;
}

static void expect_in_file(const char *end, const char *words) {
  char *text = read_file(folder, end);
  cr_expect_not_null(strstr(text, words), "'%s' is not in *%s:\n%s", words, end,
                     text);
  free(text);
}

Test(dump, writes_nothing_before_something_is_compiled) {
  lzr_session *session = open_dumping(folder);
  find(session, "sum");
  cr_expect_eq(count_files(folder, ""), 0);
  lzr_session_destroy(session);
}

Test(dump, writes_ir_object_and_disassembly_of_each_unit) {
  lzr_session *session = open_dumping(folder);
  cr_expect_eq(call_named(session, "sum", 2), 7);
  lzr_session_destroy(session);
  cr_expect_eq(count_files(folder, "-sum."), 3);
  cr_expect_eq(count_files(folder, ""), 6,
               "those of the function and the data");
  expect_in_file("-sum.ll", "define i32 @sum(");
  expect_in_file("-sum.o", "\x7f"
                           "ELF");
  expect_in_file("-sum.s", "ret");
}

Test(dump, keeps_the_names_of_values_and_blocks) {
  lzr_session *session = open_dumping(folder);
  call_named(session, "sum", 2);
  lzr_session_destroy(session);
  expect_in_file("-sum.ll", "first_value");
  expect_in_file("-sum.ll", "entry_block:");
}

static struct lzr_function_info find_code(lzr_session *session,
                                          const char *name) {
  struct lzr_function_info *functions, found = {0};
  size_t count;
  succeed(lzr_session_list_functions(session, &functions, &count));
  for (size_t i = 0; i < count; i++)
    if (strcmp(functions[i].name, name) == 0)
      found = functions[i];
  free(functions);
  cr_assert(found.address, "%s has not been compiled", name);
  return found;
}

Test(dump, disassembles_the_code_at_its_address_after_relocation) {
  char start[32];
  lzr_session *session = open_dumping(folder);
  succeed(lzr_library_compile(lzr_session_main_library(session), false));
  struct lzr_function_info sum = find_code(session, "sum");
  snprintf(start, sizeof start, "%llx:", (unsigned long long)sum.address);
  lzr_session_destroy(session);
  expect_in_file(".s", start);
}

Test(dump, numbers_files_like_descriptions) {
  char name[32];
  lzr_session *session = open_dumping(folder);
  succeed(lzr_library_compile(lzr_session_main_library(session), false));
  snprintf(name, sizeof name, "%04u-", find_code(session, "sum").unit);
  cr_expect_eq(count_files(folder, name), 3);
  lzr_session_destroy(session);
}

Test(dump, makes_its_folder) {
  char inner[80];
  snprintf(inner, sizeof inner, "%s/inner", folder);
  lzr_session *session = open_dumping(inner);
  cr_expect_eq(call_named(session, "sum", 2), 7);
  lzr_session_destroy(session);
  cr_expect_eq(count_files(inner, "-sum."), 3);
}

static void expect_refused(const char *directory) {
  struct lzr_session_options options = session_options();
  lzr_session *session;
  options.dump_directory = directory;
  FAILS(lzr_session_create(NULL, &options, &session), FILE, directory);
}

Test(dump, refuses_a_folder_that_cannot_be) {
  char path[80];
  snprintf(path, sizeof path, "%s/missing/inner", folder);
  expect_refused(path);
  snprintf(path, sizeof path, "%s/file", folder);
  fclose(fopen(path, "w"));
  expect_refused(path);
}

Test(dump, fails_a_first_call_whose_files_cannot_be_written) {
  char inner[80];
  snprintf(inner, sizeof inner, "%s/inner", folder);
  lzr_session *session = open_dumping(inner);
  cr_assert_eq(rmdir(inner), 0);
  cr_expect_eq(call_named(session, "sum", 2), 0);
  FAILS(lzr_session_take_failure(session), FILE, inner, "cannot write");
  lzr_session_destroy(session);
}

Test(dump, gives_any_function_a_file_of_its_own_in_the_folder) {
  struct lzr_session_options options = session_options();
  options.dump_directory = folder;
  lzr_session *session = open_session(&options);
  add_text(lzr_session_main_library(session), "strange.ll",
           "define i32 @\"../../up and\\09away\"() {\n"
           "  ret i32 8\n"
           "}\n");
  cr_expect_eq(call_named(session, "../../up and\taway", 0), 8);
  lzr_session_destroy(session);
  cr_expect_eq(count_files(folder, "up_and_away"), 3);
}

/* The trace. */

/* What the tool says on standard error, to be freed. */
static char *trace(const char *topics) {
  char command[512];
  snprintf(command, sizeof command, "%s/main.ll", folder);
  FILE *file = fopen(command, "w");
  fprintf(file,
          "%sdefine i32 @main() {\n"
          "  %%r = call i32 @sum(i32 -5)\n"
          "  ret i32 %%r\n"
          "}\n",
          module);
  fclose(file);
  snprintf(command, sizeof command,
           "LZR_TRACE=%s ASAN_OPTIONS=detect_leaks=0 '%s' %s/main.ll 2>&1",
           topics, LZR_TOOL, folder);
  file = popen(command, "r");
  char *said = calloc(1, 1 << 16);
  size_t size = fread(said, 1, (1 << 16) - 1, file);
  cr_expect_eq(pclose(file), 0);
  said[size] = '\0';
  return said;
}

static void expect_lines(const char *topics, const char *start,
                         const char *word) {
  char *said = trace(topics);
  cr_expect_not_null(strstr(said, word), "no '%s' in:\n%s", word, said);
  for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
    cr_expect_eq(strncmp(line, start, strlen(start)), 0, "%s", line);
  free(said);
}

Test(dump, traces_the_topics_of_the_environment_and_no_other) {
  char *said = trace("");
  cr_expect_str_empty(said);
  free(said);
  said = trace("nonsense,,");
  cr_expect_str_eq(said, "lzr: LZR_TRACE: 'nonsense' is no topic: lazy, "
                         "compile, link, commit, all\n");
  free(said);
  expect_lines("lazy", "lzr lazy: ", "main");
  expect_lines("compile", "lzr compile: ", "unit");
  expect_lines("link", "lzr link: ", "total");
}

Test(dump, traces_several_topics_at_once) {
  char *said = trace("compile,lazy");
  cr_expect_not_null(strstr(said, "lzr compile: "));
  cr_expect_not_null(strstr(said, "lzr lazy: "));
  free(said);
  said = trace("all");
  cr_expect_not_null(strstr(said, "lzr link: "));
  free(said);
}
