/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "shared.h"

int count_in_other() {
  return count();
}
int *counter_in_other() {
  return &counter;
}
int (*twice_in_other())(int) {
  return &twice<int>;
}
const void *type_in_other() {
  return &typeid(Shared);
}
