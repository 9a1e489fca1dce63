/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Coroutines: their parts are called through pointers in their frames.
//! flags: -std=c++20
#include <coroutine>
#include <cstdio>
#include <exception>

struct Generator {
  struct promise_type {
    int value;
    Generator get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() {
      return {};
    }
    std::suspend_always final_suspend() noexcept {
      return {};
    }
    std::suspend_always yield_value(int v) {
      value = v;
      return {};
    }
    void return_void() {
    }
    void unhandled_exception() {
      std::terminate();
    }
  };
  std::coroutine_handle<promise_type> handle;
  bool next() {
    handle.resume();
    return !handle.done();
  }
};

static Generator squares(int count) {
  for (int i = 1; i <= count; i++)
    co_yield i *i;
}

int main() {
  Generator generator = squares(5);
  while (generator.next())
    std::printf(" %d", generator.handle.promise().value);
  generator.handle.destroy();
  std::puts("");
}
//>  1 4 9 16 25
