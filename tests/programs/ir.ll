; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What C does not say: unnamed globals and functions, tables of differences,
; indirect branches, selects between functions, aggregates with
; constant expressions, aliases into the middle of data.
;> 42
;> unnamed
;> 3 7
;> -1
;> 20
;> 30

@format = private unnamed_addr constant [7 x i8] c"%d %d\0A\00"
@one = private unnamed_addr constant [4 x i8] c"%d\0A\00"
@0 = private constant [8 x i8] c"unnamed\00"
@1 = internal global i32 41

; Distances from the table to its targets, as compilers make them for switches
; and virtual tables that need no relocation.
@relative = internal constant [2 x i32] [
  i32 trunc (i64 sub (i64 ptrtoint (ptr @three to i64), i64 ptrtoint (ptr @relative to i64)) to i32),
  i32 trunc (i64 sub (i64 ptrtoint (ptr @seven to i64), i64 ptrtoint (ptr getelementptr (i8, ptr @relative, i64 4) to i64)) to i32)]
@three = internal constant i32 3
@seven = internal constant i32 7

@numbers = global [4 x i32] [i32 10, i32 20, i32 30, i32 40]
@second = alias i32, getelementptr ([4 x i32], ptr @numbers, i64 0, i64 1)
@pairs = internal constant [2 x { ptr, ptr }] [
  { ptr, ptr } { ptr @2, ptr getelementptr ([4 x i32], ptr @numbers, i64 0, i64 2) },
  { ptr, ptr } { ptr @load_relative, ptr @second }]

declare i32 @puts(ptr)
declare i32 @printf(ptr, ...)

define internal i32 @2() {
  %old = load i32, ptr @1
  %new = add i32 %old, 1
  store i32 %new, ptr @1
  ret i32 %new
}

define i32 @load_relative(i64 %index) {
  %entry = getelementptr i32, ptr @relative, i64 %index
  %distance = load i32, ptr %entry
  %wide = sext i32 %distance to i64
  %target = getelementptr i8, ptr %entry, i64 %wide
  %value = load i32, ptr %target
  ret i32 %value
}

define i32 @jump(i1 %which) {
entry:
  %target = select i1 %which, ptr blockaddress(@jump, %yes), ptr blockaddress(@jump, %no)
  indirectbr ptr %target, [label %yes, label %no]
yes:
  ret i32 1
no:
  ret i32 -1
}

define i32 @main() {
  %f = load ptr, ptr @pairs
  %a = call i32 %f()
  call i32 (ptr, ...) @printf(ptr @one, i32 %a)
  call i32 @puts(ptr @0)
  %b = call i32 @load_relative(i64 0)
  %c = call i32 @load_relative(i64 1)
  call i32 (ptr, ...) @printf(ptr @format, i32 %b, i32 %c)
  %d = call i32 @jump(i1 false)
  call i32 (ptr, ...) @printf(ptr @one, i32 %d)
  %e = load i32, ptr @second
  call i32 (ptr, ...) @printf(ptr @one, i32 %e)
  %field = getelementptr { ptr, ptr }, ptr @pairs, i64 0, i32 1
  %p = load ptr, ptr %field
  %g = load i32, ptr %p
  call i32 (ptr, ...) @printf(ptr @one, i32 %g)
  ret i32 0
}
