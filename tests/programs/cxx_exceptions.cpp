/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Exceptions thrown in first calls: through several frames, through a C
// library, rethrown, carried to another thread; destructors run on the way.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

namespace {
struct Guard {
  const char *name;
  ~Guard() {
    std::printf("~%s ", name);
  }
};

struct Failure : std::runtime_error {
  int code;
  Failure(int code) : std::runtime_error("failure"), code(code) {
  }
};

int thrower(int kind) {
  Guard guard{"thrower"};
  switch (kind) {
  case 0:
    throw 42;
  case 1:
    throw std::string("text");
  case 2:
    throw Failure(7);
  case 3:
    throw std::out_of_range("range");
  }
  return kind;
}

int between(int kind) noexcept(false) {
  Guard guard{"between"};
  return thrower(kind) + 1;
}

std::string catcher(int kind) {
  try {
    return "value " + std::to_string(between(kind));
  } catch (int i) {
    return "int " + std::to_string(i);
  } catch (const std::string &s) {
    return "string " + s;
  } catch (const Failure &f) {
    return std::string(f.what()) + " " + std::to_string(f.code);
  } catch (const std::logic_error &e) {
    return std::string("logic ") + e.what();
  }
}

int compare(const void *, const void *) {
  throw Failure(8);
}

int through_qsort() {
  int numbers[] = {3, 1, 2};
  try {
    std::qsort(numbers, 3, sizeof *numbers, compare);
  } catch (const Failure &f) {
    return f.code;
  }
  return 0;
}

int rethrow(int kind) {
  try {
    return between(kind);
  } catch (...) {
    Guard guard{"rethrow"};
    throw;
  }
}

std::exception_ptr in_thread() {
  std::exception_ptr caught;
  std::thread([&] {
    try {
      rethrow(2);
    } catch (...) {
      caught = std::current_exception();
    }
  }).join();
  return caught;
}
} // namespace

int main() {
  for (int kind = 0; kind < 5; kind++)
    std::printf("%s\n", catcher(kind).c_str());
  std::printf("%d\n", through_qsort());
  try {
    std::rethrow_exception(in_thread());
  } catch (const std::exception &e) {
    std::printf("%s\n", e.what());
  }
}
//> ~thrower ~between int 42
//> ~thrower ~between string text
//> ~thrower ~between failure 7
//> ~thrower ~between logic range
//> ~thrower ~between value 5
//> 8
//> ~thrower ~between ~rethrow failure
