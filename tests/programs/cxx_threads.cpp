/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Threads of the C++ library reach cold functions and a static object's
// initialization at once.
//! no-stock-executor: it has no thread-local variables
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

namespace {
std::atomic<int> constructed;

struct Once {
  int value;
  Once() : value(++constructed) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
};

int once() {
  static Once object;
  return object.value;
}

template <int N> int cold(int x) {
  return x + N;
}

std::mutex mutex;
std::condition_variable started;
bool go = false;

void run(int &result) {
  std::unique_lock<std::mutex> lock(mutex);
  started.wait(lock, [] { return go; });
  lock.unlock();
  result = cold<1>(cold<2>(cold<3>(cold<4>(once()))));
}
} // namespace

int main() {
  std::vector<std::thread> threads;
  int results[8] = {}, total = 0;
  for (int &result : results)
    threads.emplace_back(run, std::ref(result));
  {
    std::lock_guard<std::mutex> lock(mutex);
    go = true;
  }
  started.notify_all();
  for (std::thread &thread : threads)
    thread.join();
  for (int result : results)
    total += result;
  std::printf("%d %d\n", total, constructed.load());
  auto later = std::async(std::launch::async, [] { return cold<42>(0); });
  std::printf("%d\n", later.get());
}
//> 88 1
//> 42
