/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which CPU a session compiles for: the target's own, unless its options name
 * another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/session/cpu.h"
#include "runtime/session/cpu_names.h"
#include "tpc/base/memory.h"

/* The session keeps the string; returns false when memory is out. */
static bool keep(lzr_session *session, char *string) {
  lzr_symbols_lock(&session->symbols);
  bool kept = lzr_symbols_keep(&session->symbols, string);
  lzr_symbols_unlock(&session->symbols);
  return kept;
}

/* Joins two lists of CPU features; the session keeps the result. */
static lzr_error *join(lzr_session *session, const char *first,
                       const char *second, const char **joined) {
  if (!first || !first[0] || !second || !second[0]) {
    *joined = first && first[0] ? first : second ? second : "";
    return NULL;
  }
  char *both;
  if (asprintf(&both, "%s,%s", first, second) < 0 || !keep(session, both))
    return lzr_out_of_memory();
  *joined = both;
  return NULL;
}

/* For this process, asks LLVM, which knows the CPU best. */
static lzr_error *ask_llvm(lzr_session *session, const char **cpu,
                           const char **features) {
  char *found_cpu, *found_features;
  lzr_error *error = lzr_compiler_host_cpu(&found_cpu, &found_features);
  if (error)
    return error;
  bool kept = keep(session, found_cpu);
  if (!keep(session, found_features) || !kept)
    return lzr_out_of_memory();
  *cpu = found_cpu;
  *features = found_features;
  return NULL;
}

/* Copies what the target says, without the names that LLVM does not know. */
static lzr_error *believe(lzr_session *session,
                          const struct lzr_target_facts *facts,
                          const char **cpu, const char **features) {
  char *known_cpu = strdup(facts->cpu),
       *known_features = strdup(facts->features ? facts->features : "");
  bool kept = keep(session, known_cpu);
  if (!keep(session, known_features) || !kept)
    return lzr_out_of_memory();
  if (session->arch)
    lzr_cpu_names_drop_unknown(session->arch, known_cpu, known_features);
  *cpu = known_cpu;
  *features = known_features;
  return NULL;
}

static lzr_error *ask_target(lzr_session *session, const char **cpu,
                             const char **features) {
  const struct lzr_target_facts *facts = lzr_tpc_facts(session->tpc);
  if (facts->this_process && !facts->cpu[0])
    return ask_llvm(session, cpu, features);
  return believe(session, facts, cpu, features);
}

static bool is_listed(const char *features, const char *name) {
  size_t length = strlen(name);
  for (; *features; features += strcspn(features, ",")) {
    features += *features == ',';
    if (*features == '+' && strncmp(features + 1, name, length) == 0 &&
        (features[1 + length] == ',' || !features[1 + length]))
      return true;
  }
  return false;
}

/* Says what a module's code would find if it asked the CPU when it runs. */
static lzr_error *answer(lzr_session *session, const char *features,
                         const char **answers) {
  const struct lzr_arch *arch = session->arch;
  *answers = NULL;
  if (!arch || !arch->asking_feature)
    return NULL;
  bool has = is_listed(features, arch->asked_feature);
  char *made;
  if (asprintf(&made, "-%s%s%s", arch->asking_feature, has ? ",+" : "",
               has ? arch->asked_feature : "") < 0 ||
      !keep(session, made))
    return lzr_out_of_memory();
  *answers = made;
  return NULL;
}

lzr_error *lzr_session_check_cpu(const lzr_session *session) {
  const struct lzr_session_options *options = &session->options;
  return session->arch ? lzr_cpu_names_check(session->arch, options->cpu,
                                             options->features)
                       : NULL;
}

/* A CPU that a function names is what its author wants, as in LLVM's own tools.
   It ranks above what the target is, and below what the options say. */
lzr_error *lzr_session_choose_cpu(lzr_session *session,
                                  struct lzr_compiler_options *compiler) {
  const char *features = "", *given = session->options.features, *answers;
  lzr_error *error = NULL;
  compiler->cpu = compiler->named_cpu = session->options.cpu;
  if (!compiler->cpu)
    error = ask_target(session, &compiler->cpu, &features);
  if (!error)
    error = join(session, features, given, &compiler->features);
  if (!error)
    error = answer(session, compiler->features, &answers);
  if (!error)
    error = join(session, answers, given, &compiler->named_features);
  return error;
}
