/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// A program that uses much of the standard library: containers, algorithms,
// streams, regular expressions, closures.
//! flags: -std=c++17
//! variants: native-O0 native-O2 O0-at-O0 O2-at-O2 eager debug threads O1-at-O0 O1-at-O2 O2-g-at-O2 O2-g-debug
#include <algorithm>
#include <functional>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <sstream>
#include <unordered_map>
#include <variant>
#include <vector>

static std::map<std::string, int> count_words(const std::string &text) {
  std::map<std::string, int> counts;
  std::istringstream stream(text);
  for (std::string word; stream >> word;)
    counts[word]++;
  return counts;
}

static std::string swap_names(const std::string &name) {
  return std::regex_replace(name, std::regex("(\\w+), (\\w+)"), "$2 $1");
}

static std::function<int(int)> adder(int by) {
  return [by](int x) { return x + by; };
}

static std::string describe(const std::variant<int, std::string> &value) {
  return std::visit(
      [](const auto &v) {
        std::ostringstream stream;
        stream << "<" << v << ">";
        return stream.str();
      },
      value);
}

int main() {
  for (const auto &[word, count] : count_words("a rose is a rose is a rose"))
    std::cout << " " << word << "=" << count;
  std::cout << "\n" << swap_names("Lovelace, Ada") << "\n";
  std::vector<int> numbers(10);
  std::iota(numbers.begin(), numbers.end(), 1);
  std::transform(numbers.begin(), numbers.end(), numbers.begin(), adder(5));
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  std::cout << numbers.front() << " " << numbers.back() << " "
            << std::accumulate(numbers.begin(), numbers.end(), 0) << "\n";
  std::unordered_map<std::string, std::shared_ptr<int>> pointers;
  pointers["x"] = std::make_shared<int>(3);
  auto copy = pointers["x"];
  std::cout << *copy << " " << copy.use_count() << "\n";
  std::cout << describe(7) << describe("text") << "\n";
  std::cout << std::hex << std::setfill('0') << std::setw(6) << 48879 << " "
            << std::fixed << std::setprecision(3) << 3.14159 << std::endl;
  try {
    std::vector<int>().at(1);
  } catch (const std::out_of_range &) {
    std::cerr << "out of range\n";
  }
}
//! stderr: ^out of range$
//>  a=3 is=2 rose=3
//> Ada Lovelace
//> 15 6 105
//> 3 2
//> <7><text>
//> 00beef 3.142
