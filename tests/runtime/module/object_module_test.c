/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Objects as compilers make them, linked a group at a time, and run. */
#include <dlfcn.h>

#include "tests/object_world.h"

/* C++ programs find its library in the process. */
static void start(void) {
  cr_assert(dlopen("libstdc++.so.6", RTLD_NOW | RTLD_GLOBAL));
  world_open();
}

static void finish(void) {
  world_close();
  remove_objects();
}

TestSuite(object_run, .init = start, .fini = finish, .timeout = 250);

/* Every compiler with every way to divide a file into sections. */
static const char *const compilers[] = {
    "gcc -O0 -fPIC",
    "gcc -O2 -fPIC",
    "gcc -O2 -fPIC -ffunction-sections -fdata-sections",
    "gcc -O2 -fPIE -ffunction-sections",
    "gcc -Os -fPIE",
    LZR_LLVM_BIN "/clang -O0 -fPIC",
    LZR_LLVM_BIN "/clang -O2 -fPIC",
    LZR_LLVM_BIN "/clang -O2 -fPIC -ffunction-sections -fdata-sections",
    LZR_LLVM_BIN "/clang -O2 -fPIE -ffunction-sections",
};

enum { COMPILERS = sizeof compilers / sizeof *compilers };

/* For each of them, entry(argument) must give expected. */
/* GCC's code for executables reaches for a library's data directly, which is
   not always near enough. */
static bool reaches_far(size_t compiler, const char *suffix) {
  return strcmp(suffix, "cc") == 0 && strstr(compilers[compiler], "gcc") &&
         strstr(compilers[compiler], "-fPIE");
}

static void runs(const char *suffix, const char *text, const char *entry,
                 int argument, int expected) {
  for (size_t i = 0; i < COMPILERS; i++) {
    if (reaches_far(i, suffix))
      continue;
    world_compile(compilers[i], suffix, text);
    int result = world_call(entry, argument);
    cr_expect_eq(result, expected, "%s: %d", compilers[i], result);
    world_close();
    world_open();
  }
}

Test(object_run, data_constants_strings_and_calls) {
  runs(
      "c",
      "#include <string.h>\n"
      "#include <stdio.h>\n"
      "int table[] = {1, 2, 3, 4};\n"
      "static int zero, total = 100;\n"
      "static const char *const words[] = {\"one\", \"three\", \"eleven\"};\n"
      "int *middle = &table[2];\n"
      "__attribute__((noinline)) static int add(int n) { return total += n; }\n"
      "__attribute__((noinline)) static double half(int n) {\n"
      "  return n * 0.5 + 0.25; }\n"
      "__attribute__((noinline)) static int length(int i) {\n"
      "  return (int)strlen(words[i]); }\n"
      "int test(int n) {\n"
      "  char text[32];\n"
      "  add(*middle); zero++;\n"
      "  snprintf(text, sizeof text, \"%d-%s\", n, words[1]);\n"
      "  return add(n) + zero + length(2) + (int)(half(n) * 4) +\n"
      "         (int)strlen(text);\n"
      "}\n",
      "test", 10, 100 + 3 + 10 + 1 + 6 + 21 + 8);
}

Test(object_run, tables_of_switches_and_labels) {
  runs("c",
       "volatile int sink;\n"
       "__attribute__((noinline)) static int choose(int n) {\n"
       "  switch (n) {\n"
       "  case 0: sink = 5; return 7;\n"
       "  case 1: return sink + 100;\n"
       "  case 2: sink++; return 31;\n"
       "  case 3: sink += 2; return sink * 3;\n"
       "  case 4: sink ^= 9; return 55;\n"
       "  case 5: return sink - 4;\n"
       "  case 6: sink = 77; return 1;\n"
       "  case 7: sink -= 3; return 90;\n"
       "  default: return -1;\n"
       "  }\n"
       "}\n"
       "__attribute__((noinline)) static int jump(const char *code) {\n"
       "  static const void *const labels[] = {&&add, &&twice, &&end};\n"
       "  int value = 1;\n"
       "  goto *labels[(int)*code++];\n"
       "add: value += 3; goto *labels[(int)*code++];\n"
       "twice: value *= 2; goto *labels[(int)*code++];\n"
       "end: return value;\n"
       "}\n"
       "int test(int n) {\n"
       "  int sum = 0;\n"
       "  for (int i = -1; i < 9; i++) sum = sum * 3 + choose(i);\n"
       "  return sum + n * jump(\"\\0\\1\\0\\1\\2\");\n"
       "}\n",
       "test", 1000, 288962 + 22 * 1000);
}

Test(object_run, a_function_has_one_address) {
  runs("c",
       "typedef int function(int);\n"
       "static int one(int n) { return n + 1; }\n"
       "int two(int n) { return n + 2; }\n"
       "extern int other_two(int n) __attribute__((alias(\"two\")));\n"
       "function *const pointers[] = {one, two};\n"
       "function *variable = one;\n"
       "__attribute__((noinline)) function *get_one(void) { return one; }\n"
       "__attribute__((noinline)) function *get_two(void) { return two; }\n"
       "int test(int n) {\n"
       "  function *volatile p = one, *volatile q = two;\n"
       "  if (p != get_one() || p != pointers[0] || p != variable) return 1;\n"
       "  if (q != get_two() || q != pointers[1] || q == p) return 2;\n"
       "  if (q != other_two) return 3;\n"
       "  return p(q(variable(pointers[1](other_two(n)))));\n"
       "}\n",
       "test", 100, 108);
}

Test(object_run, code_that_was_split_off_as_unlikely) {
  runs("c",
       "#include <stdlib.h>\n"
       "int count, calls;\n"
       "__attribute__((cold, noinline)) void complain(int n) { count += n; }\n"
       "__attribute__((noinline)) int work(int a, int b, int c, int d) {\n"
       "  int x = a * b, y = c * d, z = a + d;\n"
       "  calls++;\n"
       "  if (__builtin_expect(a == 3, 0)) {\n"
       "    complain(x + y);\n"
       "    x += z * 5; y -= count;\n"
       "  }\n"
       "  if (__builtin_expect(b == -1, 0)) { complain(9); abort(); }\n"
       "  return x * 100 + y * 10 + z;\n"
       "}\n"
       "int test(int n) {\n"
       "  return work(1, 2, 3, 4) + work(3, 2, 3, n);\n"
       "}\n",
       "test", 4, 200 + 120 + 5 + (6 + 35) * 100 + (12 - 18) * 10 + 7);
}

Test(object_run, aliases_weak_common_and_ifuncs) {
  runs("c",
       "__attribute__((common)) int shared[4];\n"
       "extern int nowhere(void) __attribute__((weak));\n"
       "__attribute__((weak)) int weak(int n) { return n * 2; }\n"
       "static int fast(int n) { return n + 40; }\n"
       "static int (*choose(void))(int) { return fast; }\n"
       "int chosen(int) __attribute__((ifunc(\"choose\")));\n"
       "static int hidden_chosen(int) __attribute__((ifunc(\"choose\")));\n"
       "int value __attribute__((visibility(\"hidden\"))) = 3;\n"
       "int test(int n) {\n"
       "  shared[2] = n;\n"
       "  return (nowhere ? 1000 : 0) + weak(shared[2]) + chosen(value) +\n"
       "         hidden_chosen(1);\n"
       "}\n",
       "test", 7, 14 + 43 + 41);
}

Test(object_run, sections_with_bounds) {
  runs("c",
       "#define ENTRY(n) __attribute__((section(\"entries\"), used)) \\\n"
       "  static int entry_##n = n;\n"
       "ENTRY(3) ENTRY(5) ENTRY(11)\n"
       "extern int __start_entries[], __stop_entries[];\n"
       "__attribute__((section(\"some_text\"), noinline)) int f(int n) {\n"
       "  return n + 1; }\n"
       "extern char __start_some_text[], __stop_some_text[];\n"
       "int test(int n) {\n"
       "  int sum = f(n);\n"
       "  for (int *p = __start_entries; p < __stop_entries; p++) sum += *p;\n"
       "  return sum + (__stop_some_text > __start_some_text) * 100;\n"
       "}\n",
       "test", 1, 2 + 19 + 100);
}

Test(object_run, exceptions_with_types_and_cleanups) {
  runs("cc",
       "#include <stdexcept>\n"
       "#include <string>\n"
       "static int cleaned;\n"
       "struct Guard { ~Guard() { cleaned += 10; } };\n"
       "struct Mine : std::runtime_error {\n"
       "  using std::runtime_error::runtime_error; };\n"
       "__attribute__((noinline)) static void thrower(int n) {\n"
       "  Guard guard;\n"
       "  if (n == 1) throw Mine(\"mine\");\n"
       "  if (n == 2) throw n;\n"
       "  if (n == 3) throw std::string(\"text\");\n"
       "}\n"
       "template <class T> inline int size_of(T value) {\n"
       "  return (int)value.size(); }\n"
       "extern \"C\" __attribute__((noinline)) int attempt(int n) {\n"
       "  try { thrower(n); }\n"
       "  catch (const std::exception &e) { return "
       "std::string(e.what()).size();\n"
       "  } catch (int i) { return 100 + i; }\n"
       "  catch (std::string &s) { return 1000 + size_of(s); }\n"
       "  return 0;\n"
       "}\n"
       "extern \"C\" int test(int n) {\n"
       "  int sum = 0;\n"
       "  for (int i = 0; i < n; i++) sum += attempt(i);\n"
       "  return sum * 100 + cleaned;\n"
       "}\n",
       "test", 4, (4 + 102 + 1004) * 100 + 40);
}

Test(object_run, classes_and_inline_functions_of_two_files) {
  static const char common[] =
      "#include <vector>\n"
      "#include <map>\n"
      "#include <string>\n"
      "struct Shape { virtual ~Shape() {} virtual int area() const = 0; };\n"
      "struct Square : Shape { int a; Square(int n) : a(n) {}\n"
      "  int area() const override { return a * a; } };\n"
      "inline int counter() { static int calls; return ++calls; }\n"
      "inline int shared = counter() + 40;\n"
      "template <class T> T twice(T v) { return v + v; }\n";
  for (size_t i = 0; i < COMPILERS; i++) {
    char text[2048], compiler[256];
    snprintf(compiler, sizeof compiler, "%s -std=c++17", compilers[i]);
    snprintf(text, sizeof text,
             "%sShape *make(int n) { counter(); return new Square(n); }\n"
             "int *where() { return &shared; }\n",
             common);
    world_compile(compiler, "cc", text);
    snprintf(text, sizeof text,
             "%sShape *make(int); int *where();\n"
             "extern \"C\" int test(int n) {\n"
             "  std::map<std::string, int> map; std::vector<Shape *> all;\n"
             "  for (int i = 0; i < n; i++) all.push_back(make(i));\n"
             "  for (auto *s : all) map[std::to_string(s->area())] += 1;\n"
             "  int sum = 0;\n"
             "  for (auto *s : all) { sum += s->area();\n"
             "    if (!dynamic_cast<Square *>(s)) return -1; delete s; }\n"
             "  if (where() != &shared) return -2;\n"
             "  return sum * 100 + twice((int)map.size()) + counter();\n"
             "}\n",
             common);
    world_compile(compiler, "cc", text);
    cr_expect_eq(world_call("test", 4), 1400 + 8 + 5, "%s", compiler);
    world_close();
    world_open();
  }
}

/* GCC keeps values in registers that it sees a local function leave alone. */
Test(object_run, first_calls_keep_every_register) {
  runs("c",
       "__attribute__((noinline)) static int leaf(int a) { return a + 1; }\n"
       "int g(int a, int b, int c, int d, int e, int f, int h, int i, int j,\n"
       "      int k, int l) {\n"
       "  int s = a * b, t = c * d, u = e * f, v = h * i, w = j * k;\n"
       "  int x = l * a, y = b * c, z = d * e, q = f * h;\n"
       "  int r = leaf(a);\n"
       "  return s + t + u + v + w + x + y + z + q + r;\n"
       "}\n"
       "int test(int n) { return g(n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11); }\n",
       "test", 1, 2 + 12 + 30 + 56 + 90 + 11 + 6 + 20 + 42 + 2);
}

#ifdef __x86_64__
Test(object_run, thread_locals_of_the_dynamic_models) {
  static const char text[] =
      "static __thread int a = 5, b = 6;\n"
      "__thread int c; extern __thread int d; __thread int d = 9;\n"
      "__attribute__((noinline)) int bump(int n) { a += n; b += a; c++;\n"
      "  return a + b + c + d; }\n"
      "int test(int n) { return bump(n) * 1000 + bump(n); }\n";
  for (size_t i = 0; i < COMPILERS; i++) {
    if (!strstr(compilers[i], "-fPIC"))
      continue;
    world_compile(compilers[i], "c", text);
    cr_expect_eq(world_call("test", 1),
                 (6 + 12 + 1 + 9) * 1000 + 7 + 19 + 2 + 9, "%s", compilers[i]);
    world_close();
    world_open();
  }
}
#endif

Test(object_run, functions_of_equal_names_after_a_partial_link) {
  static const char first[] =
      "static int n = 1; static int f(int x) { return x + n; }\n"
      "int one(int x) { int (*volatile p)(int) = f; n += 10; return p(x); }\n";
  static const char second[] =
      "static int n = 2; static int f(int x) { return x * n; }\n"
      "int one(int); int (*table[])(int) = {f};\n"
      "int test(int x) { int (*volatile p)(int) = f;\n"
      "  if (p != table[0]) return -1;\n"
      "  n++; return p(x) * 1000 + one(x); }\n";
  for (size_t i = 0; i < COMPILERS; i++) {
    const char *a = compile_text(compilers[i], "c", first);
    const char *b = compile_text(compilers[i], "c", second);
    const char *both = path_of("both.o");
    cr_assert(run_command("ld -r %s %s -o %s", a, b, both));
    world_add(open_object(lzr_tpc_facts(world.tpc)->triple, both));
    cr_expect_eq(world_call("test", 5), 15 * 1000 + 16, "%s", compilers[i]);
    world_close();
    world_open();
  }
}

Test(object_run, the_definition_that_prevails_is_used_everywhere) {
  for (size_t i = 0; i < COMPILERS; i++) {
    world_compile(
        compilers[i], "c",
        "__attribute__((weak)) int f(int n) { return n; }\n"
        "__attribute__((weak)) int v = 1;\n"
        "__attribute__((common)) int shared;\n"
        "int (*pointer)(int) = f;\n"
        "int test(int n) { return f(n) + v + pointer(n) + shared; }\n");
    world_compile(compilers[i], "c",
                  "int f(int n) { return n * 10; }\n"
                  "int v = 100; int shared = 1000;\n");
    cr_expect_eq(world_call("test", 3), 30 + 100 + 30 + 1000, "%s",
                 compilers[i]);
    world_close();
    world_open();
  }
}

static int run_init_list(struct world_module *module,
                         const struct lzr_init_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    struct lzr_query query = {.name = list->entries[i].function};
    struct world_symbol *symbol = world_find(module, list->entries[i].function);
    cr_assert(symbol, "%s", list->entries[i].function);
    must(world_answer_symbol(symbol, &query));
    ((void (*)(void))(uintptr_t)query.address)();
  }
  return (int)list->count;
}

Test(object_run, constructors_in_order_of_priority) {
  for (size_t i = 0; i < COMPILERS; i++) {
    struct world_module *module =
        world_compile(compilers[i], "c",
                      "volatile int digits;\n"
                      "#define DIGIT(name, how, n) __attribute__(how) \\\n"
                      "  static void name(void) { digits = digits * 10 + n; }\n"
                      "DIGIT(last, (constructor), 3)\n"
                      "DIGIT(second, (constructor(300)), 2)\n"
                      "DIGIT(first, (constructor(101)), 1)\n"
                      "DIGIT(end, (destructor), 4)\n"
                      "DIGIT(very_end, (destructor(200)), 5)\n"
                      "int test(int n) { return digits; }\n");
    int count = run_init_list(module, &module->module->constructors);
    cr_expect_eq(count, 3, "%s: %d", compilers[i], count);
    cr_expect_eq(world_call("test", 0), 123, "%s", compilers[i]);
    cr_expect_eq(module->module->destructors.count, 2);
    cr_expect_eq(module->module->destructors.entries[0].priority, 200);
    cr_expect_eq(module->module->destructors.entries[1].priority, 65535);
    world_close();
    world_open();
  }
}

Test(object_run, a_function_is_linked_when_it_is_called) {
  world_compile("gcc -O2 -ffunction-sections -fPIC", "c",
                "__attribute__((noinline)) int left(int n) { return n + 1; }\n"
                "__attribute__((noinline)) int right(int n) { return n + 2; }\n"
                "int test(int n) { int r = n < 0 ? left(n) : right(n);\n"
                "  return r * 2; }\n");
  cr_expect_eq(world.built, 0);
  cr_expect_eq(world_call("test", 1), 6);
  cr_expect_eq(world.built, 2);
  cr_expect_eq(world_call("test", -1), 0);
  cr_expect_eq(world.built, 3);
}

/* Built only: this machine need not be able to run them. */
Test(object_run, objects_of_a_cross_compiler_are_divided) {
  static const char *const options[] = {"-O0", "-O2 -fPIC -ffunction-sections",
                                        "-Os -ffunction-sections"};
  if (!run_command("command -v aarch64-linux-gnu-gcc >/dev/null"))
    cr_skip_test("there is no cross compiler");
  for (size_t i = 0; i < 3; i++) {
    char compiler[128];
    snprintf(compiler, sizeof compiler, "aarch64-linux-gnu-gcc %s", options[i]);
    struct world_module *module = world_add(open_object(
        "aarch64",
        compile_text(compiler, "c",
                     "#include <stdlib.h>\n"
                     "static int f(int n) { return n * 3; }\n"
                     "int (*p)(int) = f; static int s[4]; int c;\n"
                     "int g(int n) { switch (n) { case 0: return 5;\n"
                     "  case 1: abort(); case 2: c++; return 9;\n"
                     "  case 3: s[c] = 1; return 77; case 4: return f(c); }\n"
                     "  return p(n) + s[n & 3]; }\n"
                     "__attribute__((constructor)) void start(void) {\n"
                     "  c = 5; }\n")));
    cr_expect_eq(module->module->constructors.count, 1);
    cr_expect_gt(module->module->group_count, 1 + (i > 0));
    for (uint32_t group = 0; group < module->module->group_count; group++)
      lzr_object_destroy(world_build(module, group));
  }
}
