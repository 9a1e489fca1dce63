/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Divides whole programs into a unit for each group, compiles every unit,
 * links the objects with the system's linker and runs the result. Together the
 * units must define and mention everything that the program does, each thing
 * once. The programs are those of tests/programs, which say what they print.
 */
#include <criterion/parameterized.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/llvm/codegen.h"
#include "tests/unit_fixture.h"

#ifdef __aarch64__
#define HOST AARCH64
#else
#define HOST X86_64
#endif

/* Values, not pointers: Criterion copies them to another process. */
struct parameters {
  char program[32];
  char flags[16]; /* for the bitcode */
  int level;      /* of code generation */
  bool debug_info;
};

struct work {
  char directory[32];
  char expected[4096], flags[256], libraries[256];
  int status;
  const char *compiler;
};

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...) {
  char command[2048];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(command, sizeof command, format, arguments);
  va_end(arguments);
  cr_assert(length > 0 && (size_t)length < sizeof command);
  int status = system(command);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The directives in the program's source. */

static void read_directive(struct work *work, const char *line) {
  if (strncmp(line, "//>", 3) == 0) {
    strcat(work->expected, line + 3 + (line[3] == ' '));
    return;
  }
  sscanf(line, "//! exit: %d", &work->status);
  sscanf(line, "//! flags: %255[^\n]", work->flags);
  sscanf(line, "//! libs: %255[^\n]", work->libraries);
}

static void read_program(struct work *work, const char *path) {
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file, "%s", path);
  char line[512];
  while (fgets(line, sizeof line, file)) {
    cr_assert_lt(strlen(work->expected) + strlen(line), sizeof work->expected);
    read_directive(work, line);
  }
  fclose(file);
}

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "r");
  cr_assert_not_null(file, "%s", path);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*size);
  cr_assert_eq(fread(bytes, 1, *size, file), *size);
  fclose(file);
  return bytes;
}

/* Apart. */

static void write_object(const struct work *work, uint32_t group,
                         LLVMMemoryBufferRef object) {
  char path[64];
  snprintf(path, sizeof path, "%s/%u.o", work->directory, group);
  FILE *file = fopen(path, "w");
  cr_assert_not_null(file);
  fwrite(LLVMGetBufferStart(object), 1, LLVMGetBufferSize(object), file);
  cr_assert_eq(fclose(file), 0);
}

static void compile_groups(const struct work *work, lzr_source *source,
                           int level) {
  struct lzr_codegen_options options = {HOST, "", "", level};
  lzr_codegen *codegen;
  succeed(lzr_codegen_create(&options, &codegen));
  for (uint32_t group = 0; group < lzr_source_group_count(source); group++) {
    LLVMModuleRef unit;
    LLVMMemoryBufferRef object;
    succeed(lzr_source_extract(source, &group, 1, NULL, NULL, &unit));
    bool fatal = false;
    succeed(lzr_codegen_compile(codegen, unit, &object, &fatal));
    write_object(work, group, object);
    LLVMDisposeMemoryBuffer(object);
    LLVMDisposeModule(unit);
  }
  lzr_codegen_destroy(codegen);
}

static void write_init_list(FILE *file, const char *attribute,
                            struct lzr_init_list list) {
  const struct lzr_init_entry *entries = list.entries;
  for (size_t i = 0; i < list.count; i++) {
    fprintf(file, "void %s%zu(void) __asm__(\"%s\");\n", attribute, i,
            entries[i].function);
    fprintf(file, "__attribute__((%s", attribute);
    if (entries[i].priority != 65535)
      fprintf(file, "(%u)", entries[i].priority);
    fprintf(file, ")) static void call_%s%zu(void) { %s%zu(); }\n", attribute,
            i, attribute, i);
  }
}

/* Units do not list constructors; a session calls them. So does this file. */
static void write_init_lists(const struct work *work,
                             const lzr_source *source) {
  char path[64];
  snprintf(path, sizeof path, "%s/constructors.c", work->directory);
  FILE *file = fopen(path, "w");
  cr_assert_not_null(file);
  write_init_list(file, "constructor", lzr_source_constructors(source));
  write_init_list(file, "destructor", lzr_source_destructors(source));
  cr_assert_eq(fclose(file), 0);
}

static void take_apart(const struct work *work,
                       const struct parameters *parameters) {
  char path[64];
  snprintf(path, sizeof path, "%s/program.bc", work->directory);
  size_t size;
  char *bytes = read_file(path, &size);
  struct lzr_source_options options = source_options(HOST);
  options.debug_info = parameters->debug_info;
  lzr_source *source;
  succeed(lzr_source_open(path, bytes, size, &options, &source));
  compile_groups(work, source, parameters->level);
  write_init_lists(work, source);
  lzr_source_close(source);
  free(bytes);
}

/* And together again. */

static void check_output(const struct work *work) {
  int status = run("%s/program > %s/output", work->directory, work->directory);
  cr_expect_eq(status, work->status, "it exited with %d", status);
  char path[64];
  snprintf(path, sizeof path, "%s/output", work->directory);
  size_t size;
  char *output = read_file(path, &size);
  cr_expect_eq(size, strlen(work->expected));
  cr_expect_eq(memcmp(output, work->expected, size), 0, "it printed:\n%.*s",
               (int)size, output);
  free(output);
}

static int remove_entry(const char *path, const struct stat *status, int flag,
                        struct FTW *walk) {
  (void)status;
  (void)flag;
  (void)walk;
  return remove(path);
}

static const struct parameters cases[] = {
    {"aliases.c", "-O0", 0, false},
    {"aliases.c", "-O2", 2, false},
    {"computed_goto.c", "-O0", 0, false},
    {"computed_goto.c", "-O2", 0, false},
    {"constructors.c", "-O2", 0, false},
    {"data.c", "-O0", 0, false},
    {"data.c", "-O2 -fno-pic", 2, false},
    {"function_pointers.c", "-O2", 2, false},
    {"ifuncs.c", "-O0", 0, false},
    {"module_assembly.c", "-O0", 0, false},
    {"nonlocal_jumps.c", "-O2", 2, false},
    {"structs_by_value.c", "-O0", 0, false},
    {"tail_calls.c", "-O2", 2, false},
    {"threads.c", "-O2", 0, false},
    {"variadic.c", "-O0 -g", 0, true},
    {"weak.c", "-O0", 2, false},
    {"wide_numbers.c", "-O2", 0, false},
    {"cxx_exceptions.cpp", "-O0 -g", 0, true},
    {"cxx_exceptions.cpp", "-O2 -g", 2, true},
    {"cxx_library.cpp", "-O2", 0, false},
    {"cxx_rtti.cpp", "-O0", 0, false},
    {"cxx_statics.cpp", "-O0", 0, false},
    {"cxx_thread_local.cpp", "-O2", 2, false},
};

ParameterizedTestParameters(unit_relink, program_runs_as_before) {
  return cr_make_param_array(struct parameters, (struct parameters *)cases,
                             sizeof cases / sizeof cases[0], NULL);
}

ParameterizedTest(struct parameters *parameters, unit_relink,
                  program_runs_as_before) {
  struct work work = {.directory = "/tmp/unit_relink.XXXXXX"};
  cr_assert_not_null(mkdtemp(work.directory));
  char path[512];
  snprintf(path, sizeof path, "%s/programs/%s", LZR_TEST_SOURCE_DIR,
           parameters->program);
  read_program(&work, path);
  work.compiler = strstr(parameters->program, ".cpp") ? LZR_LLVM_BIN
                      "/clang --driver-mode=g++"
                                                      : LZR_LLVM_BIN "/clang";
  cr_assert_eq(run("%s %s %s -c -emit-llvm %s -o %s/program.bc", work.compiler,
                   parameters->flags, work.flags, path, work.directory),
               0);
  take_apart(&work, parameters);
  cr_assert_eq(run("%s -x c %s/constructors.c -x none %s/*.o %s -lm -pthread "
                   "-o %s/program",
                   work.compiler, work.directory, work.directory,
                   work.libraries, work.directory),
               0);
  check_output(&work);
  nftw(work.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
