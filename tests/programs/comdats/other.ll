; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
$group = comdat any
$same = comdat any

@group_value = linkonce_odr global i32 1, comdat($group)
@only_here = linkonce_odr global i32 3, comdat($group)
@same_value = linkonce_odr constant i32 7, comdat($same)
@weak_value = weak global i32 6

define linkonce_odr i32 @group() comdat($group) {
  %value = load i32, ptr @group_value
  ret i32 %value
}

define i32 @group_of_other() {
  %value = call i32 @group()
  ret i32 %value
}

define ptr @same_of_other() {
  ret ptr @same_value
}

define linkonce i32 @add_one(i32 %x) {
  %y = add i32 %x, 1
  ret i32 %y
}

define i32 @add_one_of_other(i32 %x) {
  %y = call i32 @add_one(i32 %x)
  ret i32 %y
}

define i32 @elsewhere(i32 %x) {
  %y = add i32 %x, 40
  ret i32 %y
}
