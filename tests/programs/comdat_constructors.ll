; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Constructors in comdat groups that two modules have: one of each group runs.
$once = comdat any
$group = comdat any

@text.first = private constant [6 x i8] c"first\00"
@text.own = private constant [4 x i8] c"own\00"
@text.group = private constant [6 x i8] c"group\00"

@llvm.global_ctors = appending global [3 x { i32, ptr, ptr }] [
  { i32, ptr, ptr } { i32 100, ptr @once, ptr @once },
  { i32, ptr, ptr } { i32 200, ptr @group, ptr @group },
  { i32, ptr, ptr } { i32 300, ptr @own, ptr null }]

declare i32 @puts(ptr)

define internal void @once() comdat {
  %r = call i32 @puts(ptr @text.first)
  ret void
}
define linkonce_odr void @group() comdat {
  %r = call i32 @puts(ptr @text.group)
  ret void
}
define internal void @own() {
  %r = call i32 @puts(ptr @text.own)
  ret void
}
define i32 @main() {
  ret i32 0
}
;! modules: other.ll
;! variants: native-O0 native-O2 O0-at-O0 O0-at-O2 O2-at-O0 O2-at-O2 eager threads no-pic
;> first
;> group
;> own
;> other's own
