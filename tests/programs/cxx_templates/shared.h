/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#pragma once
#include <string>
#include <typeinfo>

inline int counter = 0;

inline int count() {
  static int calls = 0;
  counter++;
  return ++calls;
}

template <typename T> T twice(T value) {
  return value + value;
}

inline std::string operator""_s(const char *text, unsigned long size) {
  return std::string(text, size);
}

struct Shared {
  virtual ~Shared() {
  }
};

template <int N> struct Factorial {
  static constexpr int value = N * Factorial<N - 1>::value;
};
template <> struct Factorial<0> {
  static constexpr int value = 1;
};
