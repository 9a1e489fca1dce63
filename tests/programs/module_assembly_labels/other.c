int twice(int x);

__asm__(".text\n"
        "twice:\n"
        "  lea 1000(%rdi), %eax\n"
        "  ret\n");

int call_other(int x) {
  return twice(x);
}
