/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Exceptions, by LLVM and by the baseline generator. */
#include "tests/runtime/baseline/agreement.h"

#ifdef __x86_64__

#define DECLARATIONS                                                           \
  "@_ZTIi = external constant ptr\n@_ZTIl = external constant ptr\n"           \
  "declare i32 @__gxx_personality_v0(...)\n"                                   \
  "declare ptr @__cxa_allocate_exception(i64)\n"                               \
  "declare void @__cxa_throw(ptr, ptr, ptr)\n"                                 \
  "declare ptr @__cxa_begin_catch(ptr)\ndeclare void @__cxa_end_catch()\n"     \
  "declare i32 @llvm.eh.typeid.for.p0(ptr)\n"                                  \
  "define i64 @thrower(i64 %x) {\n"                                            \
  "  %o = and i64 %x, 3\n"                                                     \
  "  switch i64 %o, label %out [ i64 1, label %one i64 2, label %two ]\n"      \
  "one:\n  %p = call ptr @__cxa_allocate_exception(i64 8)\n"                   \
  "  store i64 %x, ptr %p\n"                                                   \
  "  call void @__cxa_throw(ptr %p, ptr @_ZTIl, ptr null)\n  unreachable\n"    \
  "two:\n  %q = call ptr @__cxa_allocate_exception(i64 4)\n"                   \
  "  store i32 77, ptr %q\n"                                                   \
  "  call void @__cxa_throw(ptr %q, ptr @_ZTIi, ptr null)\n  unreachable\n"    \
  "out:\n  %r = mul i64 %x, 3\n  ret i64 %r\n}\n"

/* A function in the middle cleans up; the caller tells types apart. */
Test(exceptions, are_cleaned_up_behind_and_caught) {
  agree(
      DECLARATIONS
      "@cleaned = internal global i64 0\n"
      "define i64 @middle(i64 %x) personality ptr @__gxx_personality_v0 {\n"
      "  %k = xor i64 %x, 5\n"
      "  %r = invoke i64 @thrower(i64 %x) to label %ok unwind label %pad\n"
      "ok:\n  %s = add i64 %r, %k\n  ret i64 %s\n"
      "pad:\n  %e = landingpad { ptr, i32 } cleanup\n"
      "  store i64 %k, ptr @cleaned\n  resume { ptr, i32 } %e\n}\n"
      "define i64 @f0(i64 %a, i64 %b) personality ptr @__gxx_personality_v0 {\n"
      "entry:\n  store i64 0, ptr @cleaned\n"
      "  %r = invoke i64 @middle(i64 %a) to label %ok unwind label %pad\n"
      "ok:\n  ret i64 %r\n"
      "pad:\n  %e = landingpad { ptr, i32 } catch ptr @_ZTIl catch ptr null\n"
      "  %p = extractvalue { ptr, i32 } %e, 0\n"
      "  %s = extractvalue { ptr, i32 } %e, 1\n"
      "  %l = call i32 @llvm.eh.typeid.for.p0(ptr @_ZTIl)\n"
      "  %o = call ptr @__cxa_begin_catch(ptr %p)\n"
      "  %is = icmp eq i32 %s, %l\n  br i1 %is, label %long, label %any\n"
      "long:\n  %x = load i64, ptr %o\n  call void @__cxa_end_catch()\n"
      "  %c = load i64, ptr @cleaned\n  %y = add i64 %x, %c\n"
      "  %z = xor i64 %y, %b\n  ret i64 %z\n"
      "any:\n  %i = load i32, ptr %o\n  call void @__cxa_end_catch()\n"
      "  %w = sext i32 %i to i64\n  %v = mul i64 %w, %b\n  ret i64 %v\n}\n",
      1);
}

/* A landing pad with phis, in a loop that goes on with what they were. */
Test(exceptions, leave_phis_alone_when_there_are_none) {
  agree(
      DECLARATIONS
      "define i64 @f0(i64 %a, i64 %b) personality ptr @__gxx_personality_v0 {\n"
      "entry:\n  br label %loop\n"
      "loop:\n  %i = phi i64 [ 0, %entry ], [ %j, %next ]\n"
      "  %s = phi i64 [ %b, %entry ], [ %t, %next ]\n"
      "  %x = add i64 %i, %a\n"
      "  %r = invoke i64 @thrower(i64 %x) to label %second unwind label %pad\n"
      "second:\n  %y = xor i64 %x, 2\n"
      "  %q = invoke i64 @thrower(i64 %y) to label %fine unwind label %pad\n"
      "fine:\n  %u = add i64 %s, %q\n  br label %next\n"
      "pad:\n  %k = phi i64 [ %i, %loop ], [ %r, %second ]\n"
      "  %m = phi i64 [ 100, %loop ], [ %s, %second ]\n"
      "  %e = landingpad { ptr, i32 } catch ptr null\n"
      "  %p = extractvalue { ptr, i32 } %e, 0\n"
      "  %o = call ptr @__cxa_begin_catch(ptr %p)\n"
      "  call void @__cxa_end_catch()\n"
      "  %n = mul i64 %k, 7\n  %v = add i64 %n, %m\n  br label %next\n"
      "next:\n  %t = phi i64 [ %u, %fine ], [ %v, %pad ]\n"
      "  %j = add i64 %i, 1\n  %c = icmp ult i64 %j, 9\n"
      "  br i1 %c, label %loop, label %out\n"
      "out:\n  ret i64 %t\n}\n",
      1);
}

/* What neither table can say goes to LLVM. */
Test(exceptions, with_filters_are_llvms) {
  static const char text[] = DECLARATIONS
      "define i64 @f0(i64 %a, i64 %b) personality ptr @__gxx_personality_v0 {\n"
      "  %r = invoke i64 @thrower(i64 %a) to label %ok unwind label %pad\n"
      "ok:\n  ret i64 %r\n"
      "pad:\n  %e = landingpad { ptr, i32 } filter [1 x ptr] [ptr @_ZTIi]\n"
      "  resume { ptr, i32 } %e\n}\n";
  lzr_session *session = open_generator(LZR_CODEGEN_BASELINE, text);
  struct lzr_fallback_info *list;
  size_t count;
  cr_expect_eq(find_binary(session, "f0")(4, 0), 12);
  succeed(lzr_session_list_fallbacks(session, &list, &count));
  cr_assert_eq(count, 1);
  cr_expect_str_eq(list[0].reason, "an exception filter");
  free(list);
  lzr_session_destroy(session);
}

#endif
