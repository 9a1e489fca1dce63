/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Does not walk through the table it adds to. */
struct entry {
  void *place;
  int number;
};
#define ENTRY static struct entry __attribute__((section("table"), used))

int other_table(int x) {
  ENTRY fifth = {&&out, 10};
  ENTRY sixth = {&&on, 20};
  goto *(x ? fifth.place : sixth.place);
on:
  return x;
out:
  return x + 10;
}
