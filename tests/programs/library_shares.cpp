/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What C++ has once in a program is there once in the program and its
   library: inline variables, static variables of inline functions, static
   members of templates, types, exceptions. */
//! no-stock-executor: it has no thread-local variables
//! shared: sharing.cpp
//! libs: -lsharing
#include <cstdio>
#include <stdexcept>
#include <typeinfo>

#include "library_shares/sharing.h"

struct Mine : Shape {
  int sides() const override {
    return 5;
  }
};

int main() {
  library_set(5);
  std::printf("%d %d %d %d %d\n", Single::get().value, Single::member, counter,
              Registry<int>::number, local);
  std::printf("%d\n", library_address() == &Single::get());
  std::printf("%d\n", constructed);
  Single::get().value = 9;
  Mine mine;
  std::printf("%d\n", library_ask(&mine));
  Shape *shape = library_make();
  std::printf("%d %d\n", dynamic_cast<Square *>(shape) != nullptr,
              typeid(*shape) == typeid(Square));
  try {
    library_throw();
  } catch (const Failure &failure) {
    std::printf("%s\n", failure.what());
  }
  try {
    library_call([] { throw Failure("from the program"); });
  } catch (const std::runtime_error &failure) {
    std::printf("%s\n", failure.what());
  }
  delete shape;
  return 0;
}
//> 5 6 5 105 8
//> 1
//> 1
//> 5
//> 1 1
//> from the library
//> library saw it
//> from the program
//> ~ 9
