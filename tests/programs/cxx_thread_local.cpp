/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Thread-local objects are made at their first use in each thread and destroyed
// when it ends.
//! no-stock-executor: it has no thread-local variables
#include <cstdio>
#include <string>
#include <thread>

struct Local {
  std::string text;
  Local() : text("fresh") {
    std::puts("made");
  }
  ~Local() {
    std::printf("destroyed: %s\n", text.c_str());
  }
};

static thread_local Local local;
thread_local int number = 5;

static void use(const char *text) {
  std::printf("%s %d\n", local.text.c_str(), number++);
  local.text = text;
}

int main() {
  use("main");
  std::thread([] {
    use("thread");
    use("thread again");
  }).join();
  use("main at its end");
}
//> made
//> fresh 5
//> made
//> fresh 5
//> thread 6
//> destroyed: thread again
//> main 6
//> destroyed: main at its end
