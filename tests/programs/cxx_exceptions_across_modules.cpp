/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Exceptions that one module throws and another catches: by their class, by a
// base, by a class that both modules have; casts and types of the other
// module's objects; one static local of an inline function.
//! modules: other.cpp
//! objects: -O2 -fPIC
#include "cxx_exceptions_across_modules/shared.h"
#include <cstdio>
#include <exception>

struct Here : Base {
  int number() const override {
    return 3;
  }
};

static int call(int kind) {
  Guard guard("here");
  return throw_in_other(kind);
}

static void catch_all_kinds(int kind) {
  try {
    std::printf("value %d\n", call(kind));
  } catch (const Derived &d) {
    std::printf("derived %d\n", d.number());
  } catch (const Base &b) {
    std::printf("base %d\n", b.number());
  } catch (const Pair<int, long> &pair) {
    std::printf("pair %d %ld\n", pair.first, pair.second);
  } catch (int *pointer) {
    std::printf("pointer %d\n", *pointer);
  } catch (...) {
    std::printf("anything\n");
  }
}

static int throws_back(int n) {
  Guard guard("callback");
  throw Pair<int, long>{n, 2L * n};
}

int main() {
  for (int kind = 0; kind < 6; kind++)
    catch_all_kinds(kind);
  std::printf("%d\n", call_and_catch(throws_back, 21));

  std::exception_ptr kept = keep_in_other(4);
  try {
    std::rethrow_exception(kept);
  } catch (Derived &d) {
    std::printf("kept %d\n", d.number());
  }

  Here here;
  std::printf("%d %d\n", kind_in_other(here), typeid(here) == type_of_base());
  Base *made = make_in_other();
  std::printf("%d %d\n", dynamic_cast<Derived *>(made) != nullptr,
              dynamic_cast<Here *>(made) == nullptr);
  delete made;
  std::printf("%d\n", Guard::count());
}
//> ~other ~here value 0
//> ~other ~here derived 10
//> ~other ~here base 1
//> ~other ~here pair 5 6
//> ~other ~here pointer 77
//> ~other ~here anything
//> ~callback ~catcher 63
//> ~keeper kept 4
//> 0 0
//> 1 1
//> 15
