; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
$once = comdat any
$group = comdat any

@text.first = private constant [6 x i8] c"never\00"
@text.own = private constant [12 x i8] c"other's own\00"

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
  %r = call i32 @puts(ptr @text.first)
  ret void
}
define internal void @own() {
  %r = call i32 @puts(ptr @text.own)
  ret void
}
