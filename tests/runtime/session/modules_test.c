/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Files of every kind: what runs, and the sentence for what does not. */
#include "tests/object_world.h"
#include "tests/runtime_support.h"

TestSuite(modules, .fini = remove_objects, .timeout = 120);

#define CLANG LZR_LLVM_BIN "/clang"

static const char answer_text[] = "static int kept = 40;\n"
                                  "static int two(void) { return 2; }\n"
                                  "int answer(void) { return kept + two(); }\n";
static const char bare_text[] = "int answer(void) { return 42; }\n";

/* Makes a file "made" from answer.c by commands of the shell, in which $CLANG
   is clang. Returns its path. */
static const char *make_file(const char *text, const char *commands) {
  write_text(path_of("answer.c"), text);
  cr_assert(run_command("cd %s && CLANG=%s && rm -f made && { %s; }",
                        object_folder, CLANG, commands),
            "%s", commands);
  return path_of("made");
}

/* ---- What runs ----------------------------------------------------------- */

static const char *const kinds[] = {
    "$CLANG -emit-llvm -c answer.c -o made",
    "$CLANG -O2 -emit-llvm -c answer.c -o made",
    "$CLANG -flto=thin -c answer.c -o made",
    "$CLANG -emit-llvm -S answer.c -o made",
    "gcc -fPIC -c answer.c -o made",
    "gcc -fPIC -ffunction-sections -c answer.c -o made",
    "$CLANG -fPIC -c answer.c -o made",
    "gcc -flto -ffat-lto-objects -fPIC -c answer.c -o made",
    "$CLANG -fembed-bitcode -fPIC -c answer.c -o made",
    "$CLANG -flto -ffat-lto-objects -fPIC -c answer.c -o made",
    "gcc -fPIC -c answer.c -o one.o && ld -r one.o -o made",
    /* behind a line that says what runs it */
    "$CLANG -emit-llvm -c answer.c -o b && "
    "{ echo '#!/usr/bin/env lazyrun'; cat b; } >made",
    "$CLANG -emit-llvm -S answer.c -o b && "
    "{ echo '#!/usr/bin/env lazyrun'; cat b; } >made",
    "gcc -fPIC -c answer.c -o b && "
    "{ echo '#!/usr/bin/env lazyrun'; cat b; } >made",
};
enum { KINDS = sizeof kinds / sizeof *kinds };

Test(modules, of_every_kind_are_added_from_files) {
  for (int i = 0; i < KINDS; i++) {
    lzr_session *session = open_session(NULL);
    succeed(lzr_library_add_file(lzr_session_main_library(session),
                                 make_file(answer_text, kinds[i])));
    cr_expect_eq(call_named(session, "answer", 0), 42, "%s", kinds[i]);
    lzr_session_destroy(session);
  }
}

Test(modules, of_every_kind_keep_nothing_of_the_bytes_they_are_added_from) {
  for (int i = 0; i < KINDS; i++) {
    lzr_session *session = open_session(NULL);
    size_t size;
    uint8_t *bytes = read_file(make_file(answer_text, kinds[i]), &size);
    succeed(lzr_library_add_bytes(lzr_session_main_library(session), "made",
                                  (char *)bytes, size));
    memset(bytes, 0xff, size);
    free(bytes);
    cr_expect_eq(call_named(session, "answer", 0), 42, "%s", kinds[i]);
    lzr_session_destroy(session);
  }
}

Test(modules, of_several_kinds_call_each_other) {
  static const char odd[] =
      "int even(int); int odd(int x) { return x ? even(x - 1) : 0; }\n";
  static const char even[] =
      "int odd(int); int even(int x) { return x ? odd(x - 1) : 1; }\n";
  for (int i = 0; i < KINDS; i++) {
    lzr_session *session = open_session(NULL);
    lzr_library *library = lzr_session_main_library(session);
    succeed(lzr_library_add_file(library, make_file(odd, kinds[i])));
    succeed(
        lzr_library_add_file(library, make_file(even, kinds[KINDS - 1 - i])));
    cr_expect_eq(call_named(session, "odd", 7), 1, "%s", kinds[i]);
    cr_expect_eq(call_named(session, "even", 7), 0, "%s", kinds[i]);
    lzr_session_destroy(session);
  }
}

/* ---- What does not ------------------------------------------------------- */

static const struct {
  const char *commands;
  lzr_error_kind kind;
  const char *sentence[2];
} refused[] = {
    {"gcc -DMAIN answer.c -o made",
     LZR_ERROR_FORMAT,
     {"an executable", "to an object file"}},
    {"gcc -DMAIN -no-pie -static answer.c -o made",
     LZR_ERROR_FORMAT,
     {"an executable", "to an object file"}},
    {"gcc -shared -fPIC answer.c -o made",
     LZR_ERROR_FORMAT,
     {"a shared library", "loaded with -l"}},
    {"cp answer.c made",
     LZR_ERROR_FORMAT,
     {"source text, probably of C", "clang -emit-llvm -c"}},
    {"gcc -S answer.c -o made",
     LZR_ERROR_FORMAT,
     {"assembly text", "clang -c"}},
    {"printf '#!/bin/sh\\necho 42\\n' >made",
     LZR_ERROR_FORMAT,
     {"a script for another interpreter", "object files"}},
    {"{ echo '#!/bin/sh'; cat answer.c; } >made",
     LZR_ERROR_FORMAT,
     {"a script for another interpreter", "object files"}},
    {"printf '#!/usr/bin/lazyrun\\n' >made",
     LZR_ERROR_FORMAT,
     {"a script", "object files"}},
    {"echo 'GROUP ( libc.so.6 )' >made",
     LZR_ERROR_FORMAT,
     {"a linker script", "the files that it names"}},
    {"echo some words >made", LZR_ERROR_FORMAT, {"neither bitcode", "ELF"}},
    {": >made", LZR_ERROR_FORMAT, {"an empty file", "file"}},
    {"gcc -c answer.c -o b.o && ar rc made b.o",
     LZR_ERROR_FORMAT,
     {"an archive", "--extra-archive"}},
    {"gcc -c answer.c -o b.o && ar rcT made b.o",
     LZR_ERROR_FORMAT,
     {"an archive", "lzr_library_search_archive()"}},
    {"$CLANG --target=riscv64-linux-gnu -emit-llvm -c answer.c -o made",
     LZR_ERROR_FORMAT,
     {"riscv64", ""}},
    {"$CLANG -m32 -c answer.c -o made",
     LZR_ERROR_FORMAT,
     {"not a 64-bit ELF file", ""}},
    {"echo 'struct A { virtual int f() { return 1; } virtual ~A() {} };"
     "int g(A *a) { return a->f(); } A *h() { return new A; }' >a.cc && "
     "$CLANG -flto=thin -fvisibility=hidden -fsanitize=cfi -c a.cc -o made",
     LZR_ERROR_UNSUPPORTED,
     {"2 modules in one bitcode file", "compile with -flto, or without"}},
};

static const char refused_text[] = "int answer(void) { return 42; }\n"
                                   "#ifdef MAIN\n"
                                   "int main(void) { return answer(); }\n"
                                   "#endif\n";

Test(modules, of_no_kind_are_refused_by_a_sentence_that_names_the_file) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    const char *path = make_file(refused_text, refused[i].commands);
    fail_with(lzr_library_add_file(library, path), refused[i].kind,
              (const char *[]){path, refused[i].sentence[0],
                               refused[i].sentence[1], NULL});
  }
  succeed(lzr_library_add_file(library, make_file(bare_text, kinds[0])));
  cr_expect_eq(call_named(session, "answer", 0), 42, "none left its names");
  lzr_session_destroy(session);
}

/* Wherever a file was cut: refused by its name, or whole enough to be right. */
Test(modules, that_are_damaged_are_refused_or_run) {
  static const int whole[] = {0, 3, 4};
  lzr_session *session = open_session(NULL);
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
    size_t size;
    uint8_t *bytes = read_file(make_file(bare_text, kinds[whole[i]]), &size);
    for (size_t cut = 0; cut < size; cut += 1 + size / 50) {
      lzr_library *library = make_library(session, "cut");
      lzr_error *error =
          lzr_library_add_bytes(library, "cut.o", (char *)bytes, cut);
      lzr_addr address;
      if (!error && !(error = lzr_library_lookup(library, "answer", &address)))
        cr_expect_eq(call(address, 0), 42, "%s, cut at %zu", kinds[whole[i]],
                     cut);
      else
        cr_expect(strstr(lzr_error_message(error), "cut.o") ||
                      strstr(lzr_error_message(error), "'answer'"),
                  "%s", lzr_error_message(error));
      lzr_error_destroy(error);
    }
    free(bytes);
  }
  lzr_session_destroy(session);
}
