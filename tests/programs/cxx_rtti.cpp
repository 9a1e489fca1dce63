/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
// Virtual functions, several and virtual bases, dynamic_cast, typeid, and
// pointers to members.
#include <cstdio>
#include <memory>
#include <typeinfo>

struct Shape {
  virtual ~Shape() {
    std::puts("~Shape");
  }
  virtual const char *name() const {
    return "shape";
  }
  virtual Shape *clone() const = 0;
};
struct Named {
  int id = 9;
  virtual int number() const {
    return id;
  }
  virtual ~Named() = default;
};
struct Circle : Shape, Named {
  const char *name() const override {
    return "circle";
  }
  Circle *clone() const override {
    return new Circle(*this);
  }
  int number() const override {
    return id + 1;
  }
};
struct Root {
  int value = 1;
  virtual int get() const {
    return value;
  }
};
struct Left : virtual Root {
  int get() const override {
    return value * 2;
  }
};
struct Right : virtual Root {
  int other() const {
    return value + 100;
  }
};
struct Both : Left, Right {
  Both() {
    value = 21;
  }
};

static const char *kind(Shape *shape) {
  if (dynamic_cast<Circle *>(shape))
    return typeid(*shape) == typeid(Circle) ? "Circle" : "derived";
  return "other";
}

static int bad_cast(Root &root) {
  struct Unrelated : Root {};
  try {
    return dynamic_cast<Unrelated &>(root).value;
  } catch (const std::bad_cast &) {
    return -1;
  }
}

int main() {
  std::unique_ptr<Shape> shape(new Circle);
  std::unique_ptr<Shape> copy(shape->clone());
  Named *named = dynamic_cast<Named *>(copy.get());
  std::printf("%s %s %d\n", kind(copy.get()), copy->name(), named->number());
  Both both;
  Root &root = both;
  std::printf("%d %d %d\n", root.get(), both.other(), bad_cast(root));
  int (Root::*member)() const = &Root::get;
  int Root::*field = &Root::value;
  std::printf("%d %d\n", (root.*member)(), root.*field);
}
//> Circle circle 10
//> 42 121 -1
//> 42 21
//> ~Shape
//> ~Shape
