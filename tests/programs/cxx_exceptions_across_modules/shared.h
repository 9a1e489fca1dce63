/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#pragma once
#include <cstdio>
#include <exception>
#include <typeinfo>

struct Base {
  virtual ~Base() {
  }
  virtual int number() const {
    return 1;
  }
};

struct Derived : Base {
  int value;
  Derived(int value) : value(value) {
  }
  int number() const override;
};

template <typename A, typename B> struct Pair {
  A first;
  B second;
};

class Guard {
  const char *name;

public:
  Guard(const char *name) : name(name) {
    count()++;
  }
  ~Guard() {
    std::printf("~%s ", name);
  }
  static int &count() {
    static int made = 0;
    return made;
  }
};

int throw_in_other(int kind);
int call_and_catch(int (*function)(int), int argument);
std::exception_ptr keep_in_other(int value);
int kind_in_other(const Base &base);
const std::type_info &type_of_base();
Base *make_in_other();
