/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/session/cpu_names.h"

#include <stdbool.h>
#include <string.h>

/* Each name ends with a 0, and a list with an empty name. */
#define LZR_CPU_NAMES(arch, cpus, features) {#arch, cpus, features},

static const struct {
  const char *arch, *cpus, *features;
} known[] = {
#include "cpu_names.inc"
};
enum { KNOWN = sizeof known / sizeof known[0] };

static bool is_listed(const char *list, const char *name, size_t length) {
  for (; *list; list += strlen(list) + 1)
    if (strlen(list) == length && memcmp(list, name, length) == 0)
      return true;
  return false;
}

static lzr_error *refuse(const struct lzr_arch *arch, const char *what,
                         const char *name, size_t length) {
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "LLVM knows no %s '%.*s' of %s (llc -mtriple=%s "
                          "-mcpu=help lists those that it knows)",
                          what, (int)length, name, arch->name, arch->name);
}

static lzr_error *check_feature(const struct lzr_arch *arch, const char *list,
                                const char *name, size_t length) {
  if (*name != '+' && *name != '-')
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "the CPU feature '%.*s' has no + or - in front",
                            (int)length, name);
  return is_listed(list, name + 1, length - 1)
             ? NULL
             : refuse(arch, "CPU feature", name + 1, length - 1);
}

/* LLVM skips empty names between commas. */
static lzr_error *check_features(const struct lzr_arch *arch, const char *list,
                                 const char *features) {
  lzr_error *error = NULL;
  while (!error && *(features += strspn(features, ","))) {
    size_t length = strcspn(features, ",");
    error = check_feature(arch, list, features, length);
    features += length;
  }
  return error;
}

/* Returns the index in known, or KNOWN. */
static size_t find(const struct lzr_arch *arch) {
  size_t i = 0;
  while (i < KNOWN && strcmp(known[i].arch, arch->name) != 0)
    i++;
  return i;
}

void lzr_cpu_names_drop_unknown(const struct lzr_arch *arch, char *cpu,
                                char *features) {
  size_t i = find(arch);
  if (i == KNOWN)
    return;
  if (!is_listed(known[i].cpus, cpu, strlen(cpu)))
    *cpu = '\0';
  char *end = features;
  for (const char *at = features; *(at += strspn(at, ","));) {
    size_t length = strcspn(at, ",");
    if ((*at == '+' || *at == '-') &&
        is_listed(known[i].features, at + 1, length - 1)) {
      if (end > features)
        *end++ = ',';
      memmove(end, at, length);
      end += length;
    }
    at += length;
  }
  *end = '\0';
}

lzr_error *lzr_cpu_names_check(const struct lzr_arch *arch, const char *cpu,
                               const char *features) {
  size_t i = find(arch);
  if (i == KNOWN)
    return NULL;
  if (cpu && *cpu && !is_listed(known[i].cpus, cpu, strlen(cpu)))
    return refuse(arch, "CPU", cpu, strlen(cpu));
  return features ? check_features(arch, known[i].features, features) : NULL;
}
