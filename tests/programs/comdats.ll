; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Comdats of two modules: of those with one name the first module's is taken
; with all that belongs to it; linkonce, weak and available_externally
; definitions.
;! modules: other.ll

$group = comdat any
$same = comdat any

@format = private constant [10 x i8] c"%d %d %d\0A\00"
@group_value = linkonce_odr global i32 1, comdat($group)
@same_value = linkonce_odr constant i32 7, comdat($same)
@weak_value = weak global i32 5

declare i32 @printf(ptr, ...)
declare i32 @group_of_other()
declare ptr @same_of_other()
declare i32 @add_one_of_other(i32)

define linkonce_odr i32 @group() comdat($group) {
  %value = load i32, ptr @group_value
  ret i32 %value
}

define linkonce i32 @add_one(i32 %x) {
  %y = add i32 %x, 1
  ret i32 %y
}

; Its definition is that of the other module; this one may only be inlined.
define available_externally i32 @elsewhere(i32 %x) {
  %y = add i32 %x, 40
  ret i32 %y
}

define i32 @main() {
  %group = call i32 @group()
  %other_group = call i32 @group_of_other()
  %weak = load i32, ptr @weak_value
  call i32 (ptr, ...) @printf(ptr @format, i32 %group, i32 %other_group, i32 %weak)
  %same = call ptr @same_of_other()
  %is_same = icmp eq ptr %same, @same_value
  %number = zext i1 %is_same to i32
  %one = call i32 @add_one(i32 1)
  %other_one = call i32 @add_one_of_other(i32 1)
  call i32 (ptr, ...) @printf(ptr @format, i32 %number, i32 %one, i32 %other_one)
  %far = call i32 @elsewhere(i32 2)
  call i32 (ptr, ...) @printf(ptr @format, i32 %far, i32 0, i32 0)
  ret i32 0
}
;> 1 1 5
;> 1 2 2
;> 42 0 0
