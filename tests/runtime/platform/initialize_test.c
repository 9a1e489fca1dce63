/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The order of constructors and destructors, of IR and of object files. */
#include "tests/object_world.h"
#include "tests/runtime_support.h"

TestSuite(initialize, .fini = remove_objects, .timeout = 60);

static int notes[32];
static int note_count;

static int note(int x) {
  notes[note_count++ % 32] = x;
  return x;
}

static void expect_notes(int expected_count, const int *expected) {
  cr_expect_eq(note_count, expected_count, "%d notes", note_count);
  for (int i = 0; i < expected_count && i < note_count; i++)
    cr_expect_eq(notes[i], expected[i], "note %d is %d", i, notes[i]);
  note_count = 0;
}
#define EXPECT_NOTES(...)                                                      \
  expect_notes(sizeof((int[]){__VA_ARGS__}) / sizeof(int),                     \
               (const int[]){__VA_ARGS__})

static lzr_session *open_noting(void) {
  lzr_session *session = open_session(NULL);
  succeed(lzr_library_define(lzr_session_main_library(session), "note",
                             address_of(note)));
  return session;
}

/* C of a constructor or destructor of a priority that notes a number. */
#define CONSTRUCTS(priority, number)                                           \
  "__attribute__((constructor(" #priority "))) static void c" #number          \
  "(void) { note(" #number "); }\n"
#define DESTRUCTS(priority, number)                                            \
  "__attribute__((destructor(" #priority "))) static void d" #number           \
  "(void) { note(" #number "); }\n"

#define BITCODE LZR_LLVM_BIN "/clang -emit-llvm"
static const char *const compilers[] = {BITCODE, "gcc -fPIC",
                                        "gcc -fPIC -ffunction-sections",
                                        LZR_LLVM_BIN "/clang -fPIC"};
enum { COMPILERS = sizeof compilers / sizeof *compilers };

static void add_c(lzr_library *library, const char *compiler,
                  const char *text) {
  char whole[2048];
  snprintf(whole, sizeof whole, "int note(int);\n%s", text);
  succeed(lzr_library_add_file(library, compile_text(compiler, "c", whole)));
}

/* ---- Order --------------------------------------------------------------- */

Test(initialize, goes_by_priority_across_modules_of_every_kind) {
  for (int i = 0; i < COMPILERS; i++)
    for (int j = 0; j < COMPILERS; j++) {
      lzr_session *session = open_noting();
      lzr_library *library = lzr_session_main_library(session);
      add_c(library, compilers[i],
            CONSTRUCTS(300, 3) CONSTRUCTS(200, 2) CONSTRUCTS(65535, 5)
                DESTRUCTS(300, 13) DESTRUCTS(200, 12));
      add_c(library, compilers[j],
            CONSTRUCTS(250, 25) CONSTRUCTS(65535, 6) CONSTRUCTS(101, 1)
                DESTRUCTS(250, 125));
      succeed(lzr_library_initialize(library));
      EXPECT_NOTES(1, 2, 25, 3, 5, 6);
      lzr_session_destroy(session);
      EXPECT_NOTES(13, 125, 12);
    }
}

Test(initialize, keeps_the_order_of_modules_and_of_entries) {
  for (int i = 0; i < COMPILERS; i++) {
    lzr_session *session = open_noting();
    lzr_library *library = lzr_session_main_library(session);
    add_c(library, compilers[i], CONSTRUCTS(500, 1) CONSTRUCTS(500, 2));
    add_c(library, compilers[i], CONSTRUCTS(500, 3) CONSTRUCTS(500, 4));
    succeed(lzr_library_initialize(library));
    EXPECT_NOTES(1, 2, 3, 4);
    lzr_session_destroy(session);
  }
}

/* Handlers of a constructor run before destructors, as in a native program. */
Test(initialize, runs_destructors_after_what_the_program_registers) {
  for (int i = 0; i < COMPILERS; i++) {
    lzr_session *session = open_noting();
    lzr_library *library = lzr_session_main_library(session);
    add_c(library, compilers[i],
          "int atexit(void (*)(void));\n"
          "static void handler(void) { note(9); }\n"
          "__attribute__((constructor)) static void c(void) {\n"
          "  atexit(handler); note(1);\n"
          "}\n" DESTRUCTS(200, 8));
    succeed(lzr_library_initialize(library));
    EXPECT_NOTES(1);
    lzr_session_destroy(session);
    EXPECT_NOTES(9, 8);
  }
}

Test(initialize, is_for_one_library_and_once) {
  lzr_session *session = open_noting();
  lzr_library *library = lzr_session_main_library(session);
  lzr_library *other = make_library(session, "other");
  succeed(lzr_library_search_library(other, library));
  add_c(library, compilers[0], CONSTRUCTS(200, 1));
  add_c(other, compilers[0], CONSTRUCTS(200, 2));
  for (int i = 0; i < 2; i++)
    succeed(lzr_library_initialize(library));
  EXPECT_NOTES(1);
  for (int i = 0; i < 2; i++)
    succeed(lzr_library_initialize(other));
  EXPECT_NOTES(2);
  add_c(library, compilers[1], CONSTRUCTS(200, 3));
  succeed(lzr_library_initialize(other));
  cr_expect_eq(note_count, 0);
  succeed(lzr_library_initialize(library));
  EXPECT_NOTES(3);
  lzr_session_destroy(session);
}

/* ---- Definitions that prevail -------------------------------------------- */

#define KEYED(linkage, value)                                                  \
  "$inline_variable = comdat any\n"                                            \
  "@inline_variable = " linkage " global i32 " value ", comdat\n"              \
  "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "             \
  "[{ i32, ptr, ptr } { i32 65535, ptr @init, ptr @inline_variable }]\n"       \
  "declare i32 @note(i32)\n"                                                   \
  "define internal void @init() comdat($inline_variable) {\n"                  \
  "  call i32 @note(i32 " value ")\n"                                          \
  "  ret void\n"                                                               \
  "}\n"

Test(initialize, constructs_a_variable_of_several_modules_once) {
  lzr_session *session = open_noting();
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "one.ll", KEYED("linkonce_odr", "1"));
  add_text(library, "two.ll", KEYED("linkonce_odr", "2"));
  succeed(lzr_library_initialize(library));
  EXPECT_NOTES(1);
  add_text(library, "three.ll", KEYED("linkonce_odr", "3"));
  succeed(lzr_library_initialize(library));
  cr_expect_eq(note_count, 0);
  lzr_session_destroy(session);
}

Test(initialize, constructs_the_variable_that_prevails) {
  lzr_session *session = open_noting();
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "one.ll", KEYED("linkonce_odr", "1"));
  add_text(library, "two.ll", "@inline_variable = global i32 7\n");
  succeed(lzr_library_initialize(library));
  cr_expect_eq(note_count, 0, "the strong one has no constructor");
  lzr_session_destroy(session);
}

/* ---- Arguments ----------------------------------------------------------- */

Test(initialize, hands_the_arguments_of_main_to_constructors) {
  static const char *const argv[] = {"program", "first", "second", NULL};
  for (int i = 0; i < COMPILERS; i++) {
    lzr_session *session = open_noting();
    int status = 0;
    add_c(lzr_session_main_library(session), compilers[i],
          "extern char **environ;\n"
          "__attribute__((constructor)) static void c(int argc, char **argv,"
          " char **envp) {\n"
          "  note(argc); note(argv[2][0]); note(argv[3] == 0);\n"
          "  note(envp == environ);\n"
          "}\n"
          "int main(int argc, char **argv) { return argc + note(50); }\n");
    succeed(lzr_session_run_main(session, "main", 3, argv, &status));
    cr_expect_eq(status, 53);
    EXPECT_NOTES(3, 's', 1, 1, 50);
    lzr_session_destroy(session);
  }
}

/* ---- Failures ------------------------------------------------------------ */

Test(initialize, stops_at_a_constructor_that_is_nowhere_and_names_it) {
  lzr_session *session = open_noting();
  lzr_library *library = lzr_session_main_library(session);
  add_c(library, BITCODE, CONSTRUCTS(200, 1) CONSTRUCTS(400, 4));
  add_text(library, "bad.ll",
           "declare void @nowhere()\n"
           "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "
           "[{ i32, ptr, ptr } { i32 300, ptr @nowhere, ptr null }]\n");
  FAILS(lzr_library_initialize(library), SYMBOL,
        "bad.ll: constructor 'nowhere'", "'nowhere' is not defined");
  EXPECT_NOTES(1);
  succeed(lzr_library_initialize(library));
  cr_expect_eq(note_count, 0, "none of them is run a second time");
  lzr_session_destroy(session);
}

Test(initialize, runs_nothing_if_a_destructor_is_nowhere) {
  lzr_session *session = open_noting();
  lzr_library *library = lzr_session_main_library(session);
  add_c(library, BITCODE, CONSTRUCTS(200, 1));
  add_text(library, "bad.ll",
           "declare void @nowhere()\n"
           "@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] "
           "[{ i32, ptr, ptr } { i32 300, ptr @nowhere, ptr null }]\n");
  FAILS(lzr_library_initialize(library), SYMBOL, "'nowhere' is not defined");
  cr_expect_eq(note_count, 0);
  lzr_session_destroy(session);
}

/* A module's own section of constructors lies with its data. */
#define SECTION(number)                                                        \
  "static void s" #number "(void) { note(" #number "); }\n"                    \
  "__attribute__((section(\".init_array\"), used))\n"                          \
  "static void (*const in_array" #number ")(void) = s" #number ";\n"

Test(initialize, runs_sections_of_constructors_among_the_others) {
  for (int i = 0; i < COMPILERS; i++) {
    lzr_session *session = open_noting();
    lzr_library *library = lzr_session_main_library(session);
    add_c(library, compilers[i], CONSTRUCTS(400, 1) SECTION(2) SECTION(3));
    succeed(lzr_library_initialize(library));
    EXPECT_NOTES(1, 2, 3);
    lzr_session_destroy(session);
  }
}

Test(initialize, runs_sections_of_destructors_backwards) {
  for (int i = 0; i < COMPILERS; i++) {
    lzr_session *session = open_noting();
    lzr_library *library = lzr_session_main_library(session);
    add_c(library, compilers[i],
          "static void a(void) { note(1); }\n"
          "static void b(void) { note(2); }\n"
          "__attribute__((section(\".fini_array\"), used))\n"
          "static void (*const in_array[2])(void) = {a, b};\n");
    succeed(lzr_library_initialize(library));
    cr_expect_eq(note_count, 0);
    lzr_session_destroy(session);
    EXPECT_NOTES(2, 1);
  }
}

Test(initialize, runs_nothing_if_a_section_of_constructors_cannot_be_linked) {
  lzr_session *session = open_noting();
  lzr_library *library = lzr_session_main_library(session);
  add_c(library, BITCODE, CONSTRUCTS(200, 1));
  add_c(library, BITCODE,
        "extern int nowhere_at_all; int *bad = &nowhere_at_all;\n" SECTION(2));
  FAILS(lzr_library_initialize(library), SYMBOL, "nowhere_at_all");
  cr_expect_eq(note_count, 0);
  lzr_session_destroy(session);
}
