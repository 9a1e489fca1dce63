/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* mlockall makes resident what there is, not what is only reserved for code and
   data to come; what comes later can be used all the same. */
//! variants: native-O0 native-O2 O0-at-O0 O2-at-O2 eager debug no-pic
//! no-sanitizer: its shadow memory is large
//! no-stock-executor: it can write to all of its reservation, which is then locked
//! no-emulator: the emulator's memory is locked as well
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static char later[3 << 20];

__attribute__((noinline)) static int use(int i) {
  later[i] = 1;
  return later[i] + later[sizeof later - 1];
}

static long resident(void) {
  long kib = 0;
  char line[256];
  FILE *status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status))
    if (!strncmp(line, "VmRSS:", 6))
      sscanf(line + 6, "%ld", &kib);
  fclose(status);
  return kib;
}

int main(int argc, char **argv) {
  int locked = mlockall(MCL_CURRENT | MCL_FUTURE); /* not everybody may */
  puts(resident() < 250000 ? "small" : "large");
  if (argc > 0)
    printf("%d\n", use(argc));
  puts(resident() < 250000 ? "small" : "large");
  if (locked == 0)
    munlockall();
  return 0;
}
//> small
//> 1
//> small
