; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Aliases into the middle of a variable, and aliases of such aliases.
;! no-stock-executor: it has no thread-local variables for compiled code
%pair = type { i32, i32 }

@format = private constant [13 x i8] c"%d %d %d %d\0A\00"
@pair = global %pair { i32 1, i32 2 }
@table = internal global [4 x i32] [i32 1, i32 2, i32 3, i32 4]
@second = alias i32, getelementptr (%pair, ptr @pair, i32 0, i32 1)
@again = alias i32, ptr @second
@third = hidden alias i32, getelementptr ([4 x i32], ptr @table, i64 0, i64 2)
@fourth = alias i32, getelementptr (i32, ptr @third, i64 1)
@tls = thread_local global i32 5
@tls_name = thread_local alias i32, ptr @tls
@pointer = global ptr @fourth

declare i32 @printf(ptr, ...)
declare ptr @llvm.threadlocal.address.p0(ptr)

define void @first_two() {
  store i32 10, ptr @second
  %a = load i32, ptr getelementptr (%pair, ptr @pair, i32 0, i32 1)
  store i32 20, ptr @again
  %b = load i32, ptr getelementptr (%pair, ptr @pair, i32 0, i32 1)
  store i32 30, ptr @third
  %c = load i32, ptr getelementptr ([4 x i32], ptr @table, i64 0, i64 2)
  store i32 40, ptr getelementptr ([4 x i32], ptr @table, i64 0, i64 3)
  %d = load i32, ptr @fourth
  call i32 (ptr, ...) @printf(ptr @format, i32 %a, i32 %b, i32 %c, i32 %d)
  ret void
}

define void @last_two() {
  %where = load ptr, ptr @pointer
  store i32 50, ptr @fourth
  %a = load i32, ptr %where
  %same = icmp eq ptr %where, getelementptr ([4 x i32], ptr @table, i64 0, i64 3)
  %b = zext i1 %same to i32
  %name = call ptr @llvm.threadlocal.address.p0(ptr @tls_name)
  store i32 60, ptr %name
  %variable = call ptr @llvm.threadlocal.address.p0(ptr @tls)
  %c = load i32, ptr %variable
  %d = load i32, ptr @second
  call i32 (ptr, ...) @printf(ptr @format, i32 %a, i32 %b, i32 %c, i32 %d)
  ret void
}

define i32 @main() {
  call void @first_two()
  call void @last_two()
  ret i32 0
}
;> 10 20 30 40
;> 50 1 60 20
