/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Linked code that runs, in this process. */
#include <pthread.h>

#include "runtime/link/link.h"
#include "tests/link_objects.h"
#include "tests/resolve_image.h"

static lzr_tpc *tpc;

static void open_tpc(void) {
  cr_assert(!lzr_tpc_create_self(&tpc));
}

static void close_tpc(void) {
  lzr_tpc_close(tpc);
}

TestSuite(link_run, .init = open_tpc, .fini = close_tpc, .timeout = 60);

/* Names: one earlier image, then this process. */

static bool find_in_image(const lzr_image *image, struct lzr_query *query) {
  struct lzr_image_symbol symbol;
  if (!image || !lzr_image_find_symbol(image, query->name, &symbol))
    return false;
  if (query->tls) {
    query->tls_module = lzr_image_tls_template(image);
    query->tls_offset = symbol.address;
  } else {
    query->address = query->body = symbol.address;
  }
  return true;
}

static lzr_error *find_in_process(struct lzr_query *query) {
  if (strcmp(query->name, "__tls_get_addr") == 0) {
    query->address = lzr_tpc_facts(tpc)->tls_get_addr;
    query->found = true;
    return NULL;
  }
  struct lzr_name name = {.name = query->name};
  lzr_error *error = lzr_tpc_lookup(tpc, 0, &name, 1);
  query->address = name.address;
  query->found = name.address != 0;
  return error;
}

static lzr_error *find_names(void *earlier, struct lzr_query *queries,
                             size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (queries[i].defined)
      continue;
    queries[i].found = find_in_image(earlier, &queries[i]);
    lzr_error *error = queries[i].found ? NULL : find_in_process(&queries[i]);
    if (error)
      return error;
  }
  return NULL;
}

static void must(lzr_error *error) {
  cr_assert(!error, "%s", lzr_error_message(error));
}

static lzr_image *load_ir(const char *ir, lzr_image *earlier) {
  const char *triple = lzr_tpc_facts(tpc)->triple;
  struct file file = compile(triple, ir);
  lzr_object *object;
  lzr_image *image;
  must(lzr_object_parse(lzr_arch_for_triple(triple), "test", file.bytes,
                        file.size, &object));
  must(lzr_image_place(tpc, object, &image));
  must(resolve_image(image, &(struct name_resolver){find_names, earlier, 0}));
  must(lzr_image_commit(image, NULL, 0));
  free(file.bytes);
  return image;
}

static void *function(const lzr_image *image, const char *name) {
  struct lzr_image_symbol symbol;
  cr_assert(lzr_image_find_symbol(image, name, &symbol), "%s", name);
  return (void *)(uintptr_t)symbol.address;
}

static int call(const lzr_image *image, const char *name, int argument) {
  return ((int (*)(int))function(image, name))(argument);
}

/* The tests. */

Test(link_run, code_reads_constants_writes_data_and_calls_itself) {
  lzr_image *image =
      load_ir("@table = constant [3 x i32] [i32 7, i32 11, i32 13]\n"
              "@total = global i32 100\n"
              "@zero = global i32 0\n"
              "define i32 @add(i32 %i) {\n"
              "  %p = getelementptr [3 x i32], ptr @table, i32 0, i32 %i\n"
              "  %v = load i32, ptr %p\n"
              "  %t = load i32, ptr @total\n"
              "  %z = load i32, ptr @zero\n"
              "  %s = add i32 %t, %v\n"
              "  %r = add i32 %s, %z\n"
              "  store i32 %r, ptr @total\n"
              "  ret i32 %r\n"
              "}\n"
              "define i32 @twice(i32 %i) {\n"
              "  %a = call i32 @add(i32 %i)\n"
              "  %b = call i32 @add(i32 %i)\n"
              "  ret i32 %b\n"
              "}\n",
              NULL);
  cr_expect_eq(call(image, "add", 2), 113);
  cr_expect_eq(call(image, "twice", 1), 135);
  lzr_image_release(image);
}

Test(link_run, images_use_each_other_and_the_process) {
  lzr_image *first = load_ir("@word = global [6 x i8] c\"hello\\00\"\n"
                             "define i32 @one(i32 %i) {\n"
                             "  %r = add i32 %i, 1\n"
                             "  ret i32 %r\n"
                             "}\n",
                             NULL);
  lzr_image *second = load_ir("@word = external global [6 x i8]\n"
                              "@pointer = global ptr @one\n"
                              "declare i32 @one(i32)\n"
                              "declare i64 @strlen(ptr)\n"
                              "define i32 @sum(i32 %i) {\n"
                              "  %l = call i64 @strlen(ptr @word)\n"
                              "  %n = trunc i64 %l to i32\n"
                              "  %p = load ptr, ptr @pointer\n"
                              "  %a = call i32 %p(i32 %n)\n"
                              "  %b = call i32 @one(i32 %i)\n"
                              "  %r = add i32 %a, %b\n"
                              "  ret i32 %r\n"
                              "}\n",
                              first);
  cr_expect_eq(call(second, "sum", 10), 17);
  lzr_image_release(second);
  lzr_image_release(first);
}

Test(link_run, exceptions_pass_through_linked_code) {
  lzr_image *first =
      load_ir("@_ZTIi = external constant ptr\n"
              "declare ptr @__cxa_allocate_exception(i64)\n"
              "declare void @__cxa_throw(ptr, ptr, ptr)\n"
              "define i32 @throws(i32 %i) {\n"
              "  %e = call ptr @__cxa_allocate_exception(i64 4)\n"
              "  store i32 %i, ptr %e\n"
              "  call void @__cxa_throw(ptr %e, ptr @_ZTIi, ptr null)\n"
              "  unreachable\n"
              "}\n",
              NULL);
  lzr_image *second = load_ir(
      "declare i32 @throws(i32)\n"
      "declare i32 @__gxx_personality_v0(...)\n"
      "declare ptr @__cxa_begin_catch(ptr)\n"
      "declare void @__cxa_end_catch()\n"
      "define i32 @catches(i32 %i) personality ptr @__gxx_personality_v0 {\n"
      "  %r = invoke i32 @throws(i32 %i) to label %none unwind label %some\n"
      "none:\n"
      "  ret i32 0\n"
      "some:\n"
      "  %x = landingpad { ptr, i32 } catch ptr null\n"
      "  %e = extractvalue { ptr, i32 } %x, 0\n"
      "  %p = call ptr @__cxa_begin_catch(ptr %e)\n"
      "  %v = load i32, ptr %p\n"
      "  call void @__cxa_end_catch()\n"
      "  ret i32 %v\n"
      "}\n",
      first);
  cr_expect_eq(call(second, "catches", 42), 42);
  lzr_image_release(second);
  lzr_image_release(first);
}

Test(link_run, initializers_can_be_run) {
  lzr_image *image =
      load_ir("@value = global i32 1\n"
              "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "
              "[{ i32, ptr, ptr } { i32 101, ptr @setup, ptr null }]\n"
              "define internal void @setup() {\n"
              "  store i32 5, ptr @value\n"
              "  ret void\n"
              "}\n"
              "define i32 @get(i32 %i) {\n"
              "  %v = load i32, ptr @value\n"
              "  ret i32 %v\n"
              "}\n",
              NULL);
  const struct lzr_array_entry *entries;
  cr_assert_eq(lzr_image_initializers(image, &entries), 1);
  must(lzr_tpc_run_void(tpc, entries[0].function));
  cr_expect_eq(call(image, "get", 0), 5);
  lzr_image_release(image);
}

#ifdef __x86_64__ /* elsewhere TLS takes descriptors */

static void *call_count(void *data) {
  lzr_image *image = data;
  call(image, "count", 1);
  return (void *)(uintptr_t)call(image, "count", 1);
}

Test(link_run, each_thread_has_its_own_thread_locals) {
  lzr_image *first = load_ir("@counter = thread_local global i32 40\n", NULL);
  lzr_image *second =
      load_ir("@counter = external thread_local global i32\n"
              "@other = thread_local global i32 0\n"
              "define i32 @count(i32 %i) {\n"
              "  %p = call ptr @llvm.threadlocal.address(ptr @counter)\n"
              "  %q = call ptr @llvm.threadlocal.address(ptr @other)\n"
              "  %v = load i32, ptr %p\n"
              "  %r = add i32 %v, %i\n"
              "  store i32 %r, ptr %p\n"
              "  %o = load i32, ptr %q\n"
              "  store i32 9, ptr %q\n"
              "  %s = add i32 %r, %o\n"
              "  ret i32 %s\n"
              "}\n",
              first);
  cr_expect_eq(call(second, "count", 1), 41);
  pthread_t thread;
  void *result;
  pthread_create(&thread, NULL, call_count, second);
  pthread_join(thread, &result);
  cr_expect_eq((uintptr_t)result, 42 + 9);
  cr_expect_eq(call(second, "count", 1), 42 + 9);
  lzr_image_release(second);
  lzr_image_release(first);
}

/* A call that heals when the slot is stored to. */

static lzr_error *answer_with_slot(void *data, struct lzr_query *queries,
                                   size_t count) {
  struct lzr_query *answer = data;
  for (size_t i = 0; i < count; i++) {
    queries[i].address = answer->address;
    queries[i].slot = answer->slot;
    queries[i].found = true;
  }
  return NULL;
}

Test(link_run, a_call_through_the_slot_follows_it) {
  lzr_image *functions = load_ir("@slot = global ptr null\n"
                                 "define i32 @old(i32 %i) {\n ret i32 1\n}\n"
                                 "define i32 @new(i32 %i) {\n ret i32 2\n}\n",
                                 NULL);
  lzr_addr slot = (uintptr_t)function(functions, "slot");
  struct lzr_query answer = {.address = (uintptr_t)function(functions, "old"),
                             .slot = slot};
  struct file file =
      compile(lzr_tpc_facts(tpc)->triple, "declare i32 @lazy(i32) nonlazybind\n"
                                          "define i32 @f(i32 %i) {\n"
                                          "  %r = call i32 @lazy(i32 %i)\n"
                                          "  %s = add i32 %r, 10\n"
                                          "  ret i32 %s\n"
                                          "}\n");
  lzr_object *object;
  lzr_image *image;
  must(lzr_object_parse(lzr_arch_for_triple("x86_64"), "test", file.bytes,
                        file.size, &object));
  must(lzr_image_place(tpc, object, &image));
  must(resolve_image(image,
                     &(struct name_resolver){answer_with_slot, &answer, 0}));
  struct lzr_pointer_store store = {slot, answer.address};
  must(lzr_image_commit(image, &store, 1));
  free(file.bytes);
  cr_expect_eq(call(image, "f", 0), 11);
  store.value = (uintptr_t)function(functions, "new");
  must(lzr_tpc_store_pointers(tpc, &store, 1));
  cr_expect_eq(call(image, "f", 0), 12);
  lzr_image_release(image);
  lzr_image_release(functions);
}

#endif
