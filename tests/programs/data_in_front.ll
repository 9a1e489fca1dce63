; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Data in front of functions, which whoever has a function's address reads; one
; function is only mentioned by data, and one is weak.
@format = private constant [16 x i8] c"%d %d %d %d %d\0A\00"
@pointers = global [3 x ptr] [ptr @first, ptr @second, ptr @named]
@other_name = alias i32 (), ptr @named

declare i32 @printf(ptr, ...)

define i32 @first() prefix i32 111 {
  ret i32 7
}
define internal i32 @second() prefix { i32, i32 } { i32 1, i32 222 } {
  %r = call i32 @first()
  ret i32 %r
}
define weak i32 @named() prefix i64 sub (i64 ptrtoint (ptr @pointers to i64), i64 ptrtoint (ptr @named to i64)) {
  ret i32 9
}
; A function that calls it in its own unit, and another that takes its address.
define i32 @in_front_of(ptr %function) {
  %where = getelementptr i32, ptr %function, i64 -1
  %value = load i32, ptr %where
  ret i32 %value
}
define i32 @same(ptr %name) {
  %where = getelementptr ptr, ptr %name, i64 -1
  %distance = load i64, ptr %where
  %value = getelementptr i8, ptr %name, i64 %distance
  %same = icmp eq ptr %value, @pointers
  %number = zext i1 %same to i32
  ret i32 %number
}
define i32 @main() {
  %a = call i32 @in_front_of(ptr @first)
  %at = getelementptr [3 x ptr], ptr @pointers, i64 0, i64 1
  %second = load ptr, ptr %at
  %b = call i32 @in_front_of(ptr %second)
  %c = call i32 %second()
  %d = call i32 @same(ptr @other_name)
  %e = call i32 @named()
  call i32 (ptr, ...) @printf(ptr @format, i32 %a, i32 %b, i32 %c, i32 %d, i32 %e)
  ret i32 0
}
;> 111 222 7 1 9
