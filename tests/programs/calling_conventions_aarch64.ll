; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; First calls by conventions other than C's: registers that C may change are
; live or carry arguments in them.
;! arch: aarch64
;> 55 31 21 7
;> 78 100

@format = private unnamed_addr constant [13 x i8] c"%d %d %d %d\0A\00"
@two = private unnamed_addr constant [9 x i8] c"%ld %ld\0A\00"
declare i32 @printf(ptr, ...)

define fastcc i32 @fast(i32 %a, i32 %b, i32 %c, i32 %d, i32 %e, i32 %f, i32 %g, i32 %h, i32 %i, i32 %j) noinline {
  %1 = add i32 %a, %b
  %2 = add i32 %1, %c
  %3 = add i32 %2, %d
  %4 = add i32 %3, %e
  %5 = add i32 %4, %f
  %6 = add i32 %5, %g
  %7 = add i32 %6, %h
  %8 = add i32 %7, %i
  %9 = add i32 %8, %j
  ret i32 %9
}

; It may change nothing but what it returns: its callers keep values in every
; register while it runs.
define preserve_allcc i32 @cold(i32 %x) noinline {
  ret i32 %x
}
define preserve_mostcc i32 @keeps_most(i32 %x) noinline {
  ret i32 %x
}
define i32 @nested(ptr nest %environment, i32 %x) noinline {
  %captured = load i32, ptr %environment
  %sum = add i32 %captured, %x
  ret i32 %sum
}
define swiftcc i64 @swift(i64 %x, ptr swiftself %self) noinline {
  %field = load i64, ptr %self
  %sum = add i64 %field, %x
  ret i64 %sum
}
define preserve_nonecc i64 @keeps_none(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g, i64 %h, i64 %i, i64 %j, i64 %k, i64 %l) noinline {
  %1 = add i64 %a, %b
  %2 = add i64 %1, %c
  %3 = add i64 %2, %d
  %4 = add i64 %3, %e
  %5 = add i64 %4, %f
  %6 = add i64 %5, %g
  %7 = add i64 %6, %h
  %8 = add i64 %7, %i
  %9 = add i64 %8, %j
  %10 = add i64 %9, %k
  %11 = add i64 %10, %l
  ret i64 %11
}

; Ten values live across each call.
define i32 @around(ptr %numbers) noinline {
  %p1 = getelementptr i32, ptr %numbers, i64 1
  %p2 = getelementptr i32, ptr %numbers, i64 2
  %p3 = getelementptr i32, ptr %numbers, i64 3
  %p4 = getelementptr i32, ptr %numbers, i64 4
  %a = load i32, ptr %numbers
  %b = load i32, ptr %p1
  %c = load i32, ptr %p2
  %d = load i32, ptr %p3
  %e = load i32, ptr %p4
  %r = call preserve_allcc i32 @cold(i32 %a)
  %s = call preserve_mostcc i32 @keeps_most(i32 %b)
  %1 = add i32 %a, %b
  %2 = add i32 %1, %c
  %3 = add i32 %2, %d
  %4 = add i32 %3, %e
  %5 = add i32 %4, %r
  %6 = add i32 %5, %s
  %p5 = getelementptr i32, ptr %p1, i64 4
  store i32 %6, ptr %p5
  ret i32 %6
}

define i32 @main() {
  %numbers = alloca [6 x i32]
  store [6 x i32] [i32 10, i32 6, i32 1, i32 -2, i32 0, i32 0], ptr %numbers
  %captured = alloca i32
  store i32 20, ptr %captured
  %self = alloca i64
  store i64 99, ptr %self
  %a = call fastcc i32 @fast(i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10)
  %b = call i32 @around(ptr %numbers)
  %c = call i32 @nested(ptr nest %captured, i32 1)
  %d = call preserve_mostcc i32 @keeps_most(i32 7)
  call i32 (ptr, ...) @printf(ptr @format, i32 %a, i32 %b, i32 %c, i32 %d)
  %e = call preserve_nonecc i64 @keeps_none(i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i64 9, i64 10, i64 11, i64 12)
  %f = call swiftcc i64 @swift(i64 1, ptr swiftself %self)
  call i32 (ptr, ...) @printf(ptr @two, i64 %e, i64 %f)
  ret i32 0
}
