/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// An exception that nobody catches ends the program as it does natively; what
// was printed before is not lost.
//! exit: 134
//! stderr: terminate called after throwing an instance of 'std::runtime_error'
//! stderr: what\(\): +nobody catches this
#include <cstdio>
#include <stdexcept>

static void fail() {
  throw std::runtime_error("nobody catches this");
}

int main() {
  std::puts("before");
  std::fflush(stdout);
  fail();
}
//> before
