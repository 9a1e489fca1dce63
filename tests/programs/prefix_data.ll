; Data that a function carries in front of its first instruction is found
; through the function's address.
;> 5 6

@format = private unnamed_addr constant [7 x i8] c"%d %d\0A\00"
@pointer = global ptr @with_prefix
declare i32 @printf(ptr, ...)

define i32 @with_prefix() prefix i32 5 {
  ret i32 6
}

define i32 @main() {
  %f = load volatile ptr, ptr @pointer
  %before = getelementptr i32, ptr %f, i64 -1
  %prefix = load i32, ptr %before
  %result = call i32 %f()
  call i32 (ptr, ...) @printf(ptr @format, i32 %prefix, i32 %result)
  ret i32 0
}
