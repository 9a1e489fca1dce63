/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Programs that find the rest of themselves in archives. */
#include <pthread.h>

#include "tests/object_world.h"
#include "tests/runtime_support.h"

TestSuite(archive_search, .init = remove_objects, .fini = remove_objects,
          .timeout = 120);

#define CLANG LZR_LLVM_BIN "/clang"
#define LLVM_AR LZR_LLVM_BIN "/llvm-ar"

static const char *const compilers[] = {
    "gcc -fPIC", "gcc -fPIC -ffunction-sections", CLANG " -O1 -emit-llvm"};
static const char *const ars[] = {"ar rcs",        "ar rcS",
                                  "ar rcsT",       LLVM_AR " rcs",
                                  LLVM_AR " rcsT", LLVM_AR " --format=bsd rcs"};
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct member {
  const char *name, *text;
};

/* Each of these becomes NAME.o. */
static void compile_members(const char *compiler, const struct member *members,
                            size_t count) {
  char file[64];
  for (size_t i = 0; i < count; i++) {
    snprintf(file, sizeof file, "%s.c", members[i].name);
    write_text(path_of(file), members[i].text);
    cr_assert(run_command("cd %s && %s -w -c %s -o %s.o", object_folder,
                          compiler, file, members[i].name));
  }
}

/* Returns the path of an archive of them. */
static const char *archive_members(const char *archive, const char *ar,
                                   const struct member *members, size_t count) {
  char names[256] = "";
  for (size_t i = 0; i < count; i++)
    snprintf(names + strlen(names), sizeof names - strlen(names), " %s.o",
             members[i].name);
  cr_assert(run_command("cd %s && rm -f %s && %s %s %s", object_folder, archive,
                        ar, archive, names));
  return path_of(archive);
}

static const char *make_archive(const char *archive, const char *compiler,
                                const char *ar, const struct member *members,
                                size_t count) {
  compile_members(compiler, members, count);
  return archive_members(archive, ar, members, count);
}
#define ARCHIVE(compiler, ar, members)                                         \
  make_archive("lib.a", compiler, ar, members, COUNT(members))

static int notes[16];
static int note_count;

static int note(int x) {
  notes[note_count++ % 16] = x;
  return x;
}

/* A session whose main library has note() and searches this archive. */
static lzr_session *open_searching(const char *path) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  succeed(lzr_library_define(library, "note", address_of(note)));
  succeed(lzr_library_search_archive(library, path));
  note_count = 0;
  return session;
}

static const struct member chain[] = {
    {"unused", "int note(int); int other(void) { return 9; }\n"
               "__attribute__((constructor)) void u(void) { note(9); }\n"
               "__attribute__((destructor)) void v(void) { note(19); }\n"},
    {"one", "int two(int), note(int); int one(int x) { return two(x) + 1; }\n"
            "__attribute__((constructor)) static void c(void) { note(1); }\n"},
    {"two", "int three, note(int); int two(int x) { return x * 2 + three; }\n"
            "__attribute__((constructor)) static void c(void) { note(2); }\n"
            "__attribute__((destructor)) static void d(void) { note(12); }\n"}};

static const char caller[] = "declare i32 @one(i32)\n"
                             "define i32 @caller(i32 %x) {\n"
                             "  %r = call i32 @one(i32 %x)\n"
                             "  ret i32 %r\n"
                             "}\n";

/* ---- Members that are needed --------------------------------------------- */

Test(archive_search, adds_members_that_are_needed_and_no_other) {
  for (size_t c = 0; c < COUNT(compilers); c++) {
    compile_members(compilers[c], chain, COUNT(chain));
    for (size_t a = 0; a < COUNT(ars); a++) {
      lzr_session *session =
          open_searching(archive_members("lib.a", ars[a], chain, COUNT(chain)));
      add_text(lzr_session_main_library(session), "caller.ll", caller);
      cr_expect_eq(count(session).functions_defined, 1);
      cr_expect_eq(call_named(session, "caller", 20), 41, "%s by %s",
                   compilers[c], ars[a]);
      cr_expect_eq(count(session).functions_defined, 6,
                   "caller, one, two, c, c and d: %s by %s", compilers[c],
                   ars[a]);
      lzr_session_destroy(session);
    }
  }
}

Test(archive_search, runs_constructors_of_what_the_program_needs) {
  for (size_t c = 0; c < COUNT(compilers); c++) {
    lzr_session *session =
        open_searching(ARCHIVE(compilers[c], "ar rcs", chain));
    lzr_library *library = lzr_session_main_library(session);
    add_text(library, "caller.ll", caller);
    succeed(lzr_library_initialize(library));
    cr_expect_eq(note_count, 2, "%s: %d notes", compilers[c], note_count);
    cr_expect_eq(notes[0] + notes[1], 3);
    succeed(lzr_library_initialize(library));
    cr_expect_eq(note_count, 2, "once");
    lzr_session_destroy(session);
    cr_expect_eq(note_count, 3);
    cr_expect_eq(notes[2], 12, "the destructor at exit");
  }
}

Test(archive_search, runs_constructors_of_members_added_since) {
  lzr_session *session = open_searching(ARCHIVE(compilers[0], "ar rcs", chain));
  lzr_library *library = lzr_session_main_library(session);
  succeed(lzr_library_initialize(library));
  cr_expect_eq(note_count, 0);
  cr_expect_eq(call_named(session, "other", 0), 9);
  succeed(lzr_library_initialize(library));
  cr_expect_eq(note_count, 1);
  cr_expect_eq(notes[0], 9);
  lzr_session_destroy(session);
}

Test(archive_search, brings_data_of_members) {
  static const struct member data[] = {
      {"table", "extern int value; int *table[] = {&value};\n"},
      {"value", "int value = 7;\n"}};
  for (size_t c = 0; c < COUNT(compilers); c++) {
    lzr_session *session =
        open_searching(ARCHIVE(compilers[c], "ar rcs", data));
    cr_expect_eq(**(int **)(uintptr_t)find(session, "table"), 7);
    lzr_session_destroy(session);
  }
}

/* ---- Which definition ---------------------------------------------------- */

static const struct member first[] = {
    {"f1", "int f(int x) { return 1; } int only_first(void) { return 11; }\n"},
    {"g1", "int g(int x) { return 2; }\n"}};
static const struct member second[] = {
    {"f2", "int f(int x) { return 3; } int only_second(void) { return 13; }\n"},
    {"f3", "int f(int x) { return 4; }\n"},
    {"abs", "int abs(int x) { return 55; }\n"}};

static const char *second_archive(void) {
  return make_archive("lib2.a", compilers[2], "ar rcs", second, COUNT(second));
}

Test(archive_search, goes_through_archives_in_order_before_the_process) {
  lzr_session *session = open_searching(ARCHIVE(compilers[0], "ar rcs", first));
  succeed(lzr_library_search_archive(lzr_session_main_library(session),
                                     second_archive()));
  cr_expect_eq(call_named(session, "f", 0), 1);
  cr_expect_eq(call_named(session, "g", 0), 2);
  cr_expect_eq(call_named(session, "abs", -5), 55);
  cr_expect_eq(call_named(session, "toupper", 'a'), 'A');
  lzr_session_destroy(session);
}

Test(archive_search, takes_the_first_of_two_members_that_define_a_name) {
  compile_members(compilers[0], second, COUNT(second));
  for (size_t a = 0; a < COUNT(ars); a++) {
    lzr_session *session =
        open_searching(archive_members("lib.a", ars[a], second, COUNT(second)));
    cr_expect_eq(call_named(session, "f", 0), 3, "%s", ars[a]);
    lzr_session_destroy(session);
  }
}

Test(archive_search, leaves_what_the_program_defines_to_it) {
  static const char *const linkages[] = {"", "weak", "hidden"};
  const char *path = ARCHIVE(compilers[0], "ar rcs", first);
  for (size_t i = 0; i < COUNT(linkages); i++) {
    char text[80];
    lzr_session *session = open_searching(path);
    lzr_library *library = lzr_session_main_library(session);
    snprintf(text, sizeof text, "define %s i32 @f() {\n  ret i32 77\n}\n",
             linkages[i]);
    add_text(library, "f.ll", text);
    cr_expect_eq(call_named(session, "f", 0), 77);
    cr_expect_eq(count(session).functions_defined, 1);
    lzr_session_destroy(session);
  }
}

Test(archive_search, names_both_files_of_a_name_defined_twice) {
  lzr_session *session = open_searching(second_archive());
  lzr_library *library = lzr_session_main_library(session);
  lzr_addr address;
  add_text(library, "f.ll", "define i32 @f() {\n  ret i32 77\n}\n");
  FAILS(lzr_library_lookup(library, "only_second", &address), SYMBOL, "'f'",
        "f.ll", "lib2.a(f2.o)");
  FAILS(lzr_library_lookup(library, "only_second", &address), SYMBOL,
        "'only_second' is not defined");
  cr_expect_eq(call_named(session, "f", 0), 77, "the library is as it was");
  cr_expect_eq(call_named(session, "abs", 0), 55);
  lzr_session_destroy(session);
}

/* Another library's search order is not followed. */
Test(archive_search, is_for_the_names_that_its_own_library_needs) {
  lzr_session *session = open_searching(ARCHIVE(compilers[0], "ar rcs", first));
  lzr_library *other = make_library(session, "other");
  lzr_addr address;
  succeed(lzr_library_search_library(other, lzr_session_main_library(session)));
  FAILS(lzr_library_lookup(other, "g", &address), SYMBOL, "'g'");
  cr_expect_eq(call_named(session, "g", 0), 2);
  cr_expect_eq(call_in(other, "g", 0), 2, "now it is the library's own");
  lzr_session_destroy(session);
}

/* ---- What is nowhere ----------------------------------------------------- */

Test(archive_search, says_what_is_nowhere_and_who_needs_it) {
  static const struct member lost[] = {
      {"lost", "int nowhere(int); int lost(int x) { return nowhere(x); }\n"}};
  struct failures failures = {0};
  for (size_t c = 0; c < COUNT(compilers); c++) {
    lzr_session *session = open_session_noting(&failures);
    lzr_library *library = lzr_session_main_library(session);
    lzr_addr address;
    succeed(lzr_library_search_archive(library,
                                       ARCHIVE(compilers[c], "ar rcs", lost)));
    FAILS(lzr_library_lookup(library, "absent", &address), SYMBOL,
          "'absent' is not defined");
    call_named(session, "lost", 0);
    cr_expect(strstr(failures.message, "lib.a(lost.o)") &&
                  strstr(failures.message, "'lost' calls 'nowhere'"),
              "%s", failures.message);
    lzr_session_destroy(session);
  }
  cr_expect_eq(failures.count, COUNT(compilers));
}

/* As linkers do: a weak reference needs nothing, but sees what others need. */
Test(archive_search, adds_nothing_for_a_weak_reference) {
  static const char weak[] = "int g(int) __attribute__((weak));\n"
                             "int has_g(void) { return g != 0; }\n";
  ARCHIVE(compilers[0], "ar rcs", first);
  for (size_t c = 0; c < COUNT(compilers); c++)
    for (int needed = 0; needed < 2; needed++) {
      lzr_session *session = open_searching(path_of("lib.a"));
      lzr_library *library = lzr_session_main_library(session);
      succeed(
          lzr_library_add_file(library, compile_text(compilers[c], "c", weak)));
      if (needed)
        add_text(library, "needs.ll",
                 "declare i32 @g(i32)\n"
                 "define i32 @needs_g(i32 %x) {\n"
                 "  %r = call i32 @g(i32 %x)\n"
                 "  ret i32 %r\n"
                 "}\n");
      succeed(lzr_library_initialize(library));
      cr_expect_eq(call_named(session, "has_g", 0), needed, "%s", compilers[c]);
      cr_expect_eq(count(session).functions_defined, needed ? 3 : 1);
      lzr_session_destroy(session);
    }
}

/* ---- Wrong archives ------------------------------------------------------ */

static void refuse_search(lzr_error_kind kind, const char *path,
                          const char *words) {
  lzr_session *session = open_session(NULL);
  fail_with(lzr_library_search_archive(lzr_session_main_library(session), path),
            kind, (const char *[]){path, words, NULL});
  lzr_session_destroy(session);
}

Test(archive_search, refuses_what_is_no_archive) {
  const char *path = ARCHIVE(compilers[0], "ar rcs", first);
  refuse_search(LZR_ERROR_FORMAT, path_of("f1.o"), "not an archive");
  refuse_search(LZR_ERROR_FILE, path_of("missing.a"), "No such file");
  refuse_search(LZR_ERROR_FILE, object_folder, "directory");
  cr_assert(run_command("head -c 200 %s >%s/cut.a", path, object_folder));
  refuse_search(LZR_ERROR_FORMAT, path_of("cut.a"), "past the end");
}

/* Its members' errors, whose names the messages have. Each of these is bad.o
   in an archive whose index says that it defines "bad". */
static const struct {
  const char *replacement, *words; /* of bad.o, after the index was made */
  lzr_error_kind kind;
} damages[] = {
    {"rm bad.o", "cannot read", LZR_ERROR_FILE},
    {": >bad.o", "an empty file", LZR_ERROR_FORMAT},
    {"cp bad.c bad.o", "source text", LZR_ERROR_FORMAT},
    {"head -c 100 bad.o >b && mv b bad.o", "", LZR_ERROR_FORMAT},
    {CLANG " -w -emit-llvm -c bad.c -o b && head -c 100 b >bad.o", "",
     LZR_ERROR_FORMAT},
    {CLANG " --target=riscv64-linux-gnu -w -emit-llvm -c bad.c -o bad.o",
     "riscv64", LZR_ERROR_FORMAT},
    {"cp lib.a bad.o", "an archive", LZR_ERROR_FORMAT},
};

Test(archive_search, names_the_member_that_is_damaged) {
  static const struct member members[] = {
      {"good", "int good = 5;\n"}, {"bad", "int bad(void) { return 6; }\n"}};
  for (size_t i = 0; i < COUNT(damages); i++) {
    lzr_session *session =
        open_searching(ARCHIVE(compilers[0], "ar rcsT", members));
    lzr_library *library = lzr_session_main_library(session);
    lzr_addr address;
    cr_assert(
        run_command("cd %s && %s", object_folder, damages[i].replacement));
    fail_with(lzr_library_lookup(library, "bad", &address), damages[i].kind,
              (const char *[]){"lib.a(bad.o)", damages[i].words, NULL});
    cr_expect_eq(*(int *)(uintptr_t)find(session, "good"), 5);
    lzr_session_destroy(session);
  }
}

/* Members that an index leaves out, and that define nothing. */
Test(archive_search, passes_over_members_that_are_no_modules) {
  lzr_session *session;
  ARCHIVE(compilers[0], "ar rcs", first);
  cr_assert(run_command("cd %s && echo hello >readme.txt && rm -f lib.a && "
                        "ar rcS lib.a readme.txt f1.c f1.o",
                        object_folder));
  session = open_searching(path_of("lib.a"));
  cr_expect_eq(call_named(session, "f", 0), 1);
  lzr_session_destroy(session);
}

/* ---- Threads ------------------------------------------------------------- */

static void *call_one(void *data) {
  cr_expect_eq(call_named(data, "caller", 1), 3);
  return NULL;
}

Test(archive_search, adds_a_member_once_that_several_threads_need) {
  const char *path = ARCHIVE(compilers[2], "ar rcs", chain);
  for (int round = 0; round < 20; round++) {
    lzr_session *session = open_session_of_threads(4);
    lzr_library *library = lzr_session_main_library(session);
    pthread_t threads[4];
    succeed(lzr_library_define(library, "note", address_of(note)));
    succeed(lzr_library_search_archive(library, path));
    add_text(library, "caller.ll", caller);
    for (int i = 0; i < 4; i++)
      pthread_create(&threads[i], NULL, call_one, session);
    for (int i = 0; i < 4; i++)
      pthread_join(threads[i], NULL);
    cr_expect_eq(count(session).functions_defined, 6);
    lzr_session_destroy(session);
  }
}
