/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "shared.h"

int Derived::number() const {
  return value;
}

namespace {
struct Private {};
} // namespace

int throw_in_other(int kind) {
  static int number = 77;
  Guard guard("other");
  switch (kind) {
  case 1:
    throw Derived(10);
  case 2:
    throw Base();
  case 3:
    throw Pair<int, long>{5, 6};
  case 4:
    throw &number;
  case 5:
    throw Private();
  }
  return kind;
}

int call_and_catch(int (*function)(int), int argument) {
  try {
    Guard guard("catcher");
    return function(argument);
  } catch (const Pair<int, long> &pair) {
    return pair.first + static_cast<int>(pair.second);
  }
}

std::exception_ptr keep_in_other(int value) {
  Guard guard("keeper");
  try {
    throw Derived(value);
  } catch (...) {
    return std::current_exception();
  }
}

int kind_in_other(const Base &base) {
  return dynamic_cast<const Derived *>(&base) != nullptr;
}

const std::type_info &type_of_base() {
  return typeid(Base);
}

Base *make_in_other() {
  return new Derived(1);
}
