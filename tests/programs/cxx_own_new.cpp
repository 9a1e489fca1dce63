/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The program brings its own operator new and delete: the C++ library calls
   them too, for strings, streams, containers and what it does behind the
   scenes. */
//! libs: -lstdc++
//! no-sanitizer: it has its own operators too
//! no-stock-executor: it cannot bind libraries' calls to the program's operators
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

static std::atomic<long> alive, foreign;

struct header {
  std::size_t mark;
  std::size_t unused;
};

static void *take(std::size_t size) {
  auto *block = static_cast<header *>(std::malloc(size + sizeof(header)));
  if (!block)
    throw std::bad_alloc();
  block->mark = 0xa11faced;
  alive++;
  return block + 1;
}
static void drop(void *p) {
  if (!p)
    return;
  header *block = static_cast<header *>(p) - 1;
  if (block->mark != 0xa11faced) {
    foreign++;
    return;
  }
  block->mark = 0;
  alive--;
  std::free(block);
}

void *operator new(std::size_t size) {
  return take(size);
}
void operator delete(void *p) noexcept {
  drop(p);
}
void operator delete(void *p, std::size_t) noexcept {
  drop(p);
}

/* Made in the library's own code, given back in the program's and vice versa.
 */
static std::string by_stream(int n) {
  std::ostringstream out;
  for (int i = 0; i < n; i++)
    out << i << ' ';
  return out.str();
}

static std::string grown = "a string too long to be kept within the object";

int main() {
  long before = alive;
  {
    std::string text = by_stream(100);
    std::printf("%zu %d\n", text.size(), alive > before);
    text.append(1000, '.');
    std::string copy(text);
    copy.replace(0, 10, "something longer than what was there");
    std::printf("%zu\n", copy.size());
    std::vector<std::string> all(20, copy);
    std::unique_ptr<int[]> numbers(new int[100]);
    std::function<int()> f = [all] { return (int)all.size(); };
    std::printf("%d\n", f());
  }
  std::printf("%ld\n", alive - before);

  std::thread([] {
    std::string text = by_stream(10);
    text.pop_back();
    std::printf("%s\n", text.c_str());
  }).join();
  std::printf("%ld\n", alive - before);

  try {
    throw std::bad_alloc();
  } catch (const std::exception &e) {
    std::printf("%s\n", e.what());
  }
  grown += grown;
  std::printf("%zu, %ld foreign\n", grown.size(), foreign.load());
  std::atexit([] { std::printf("at exit %ld foreign\n", foreign.load()); });
}
//> 290 1
//> 1316
//> 20
//> 0
//> 0 1 2 3 4 5 6 7 8 9
//> 0
//> std::bad_alloc
//> 92, 0 foreign
//> at exit 0 foreign
