/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "sharing.h"

void library_set(int value) {
  Single::get().value = value;
  Single::member = value + 1;
  counter += value;
  Registry<int>::number += value;
  local += value;
}
void *library_address() {
  return &Single::get();
}
int library_ask(const Shape *shape) {
  return shape->sides();
}
Shape *library_make() {
  return new Square;
}
void library_throw() {
  throw Failure("from the library");
}
void library_call(void (*function)()) {
  try {
    function();
  } catch (const Failure &) {
    std::puts("library saw it");
    std::fflush(stdout);
    throw;
  }
}
