/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <cstdio>
#include <stdexcept>

inline int constructed;

struct Single {
  int value = 0;
  Single() {
    constructed++;
  }
  ~Single() {
    std::printf("~ %d\n", value);
  }
  static Single &get() {
    static Single single;
    return single;
  }
  static inline int member = 7;
};
inline int counter = 0;
template <class T> struct Registry {
  static int number;
};
template <class T> int Registry<T>::number = 100;
inline thread_local int local = 3;

struct Shape {
  virtual ~Shape() {
  }
  virtual int sides() const = 0;
};
struct Square : Shape {
  int sides() const override {
    return 4;
  }
};
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void library_set(int value);
void *library_address();
int library_ask(const Shape *shape);
Shape *library_make();
void library_throw();
void library_call(void (*function)());
