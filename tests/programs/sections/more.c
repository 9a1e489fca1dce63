struct command {
  const char *name;
  int (*run)(int);
};

static int square(int x) {
  return x * x;
}
__attribute__((section("commands"), used,
               aligned(8))) static const struct command third = {"square",
                                                                 square};
