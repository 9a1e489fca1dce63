/*
 * AArch64, as Linux describes it in the auxiliary vector
 * (Documentation/arch/arm64/elf_hwcaps.rst).
 */
#include "stubs/self.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

const char lzr_self_machine[] = "aarch64-unknown";
const uint8_t lzr_self_trap = 0; /* udf #0 */
const unsigned lzr_self_code_mib = 128;

/* The plain load in a stub orders nothing after it, either. */
const bool lzr_self_fetches_ahead = true;

const struct lzr_self_relocs lzr_self_relocs = {.word = R_AARCH64_ABS64,
                                                .got = R_AARCH64_GLOB_DAT,
                                                .plt = R_AARCH64_JUMP_SLOT};

/* yield does nothing on most cores; isb waits until the pipeline is empty. */
void lzr_self_relax(void) {
  __asm__ volatile("isb");
}

uintptr_t lzr_self_crash_address(const ucontext_t *context) {
  return context->uc_mcontext.pc;
}

uintptr_t lzr_self_crash_caller(const ucontext_t *context) {
  return context->uc_mcontext.regs[30];
}

/* ---- Floating-point environment -------------------------------------------
 */

static void read_fenv(fenv_t *environment) {
  uint64_t control, status;

  __asm__ volatile("mrs %0, fpcr\n\tmrs %1, fpsr"
                   : "=r"(control), "=r"(status));
  environment->__fpcr = (unsigned)control;
  environment->__fpsr = (unsigned)status;
}

/* Writing them is slow, reading them is not. */
static void change_fenv(const fenv_t *from, const fenv_t *to) {
  if (from->__fpcr != to->__fpcr)
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)to->__fpcr));
  if (from->__fpsr != to->__fpsr)
    __asm__ volatile("msr fpsr, %0" : : "r"((uint64_t)to->__fpsr));
}

void lzr_self_hold_fenv(fenv_t *held) {
  static const fenv_t usual = {0};

  read_fenv(held);
  change_fenv(held, &usual);
}

void lzr_self_restore_fenv(const fenv_t *held) {
  fenv_t current;

  read_fenv(&current);
  change_fenv(&current, held);
}

/* ---- Registers and features -----------------------------------------------
 */

#define BIT(n) (UINT64_C(1) << (n))
#define SVE BIT(22)

struct lzr_save_area lzr_self_save_area(void) {
  bool sve = getauxval(AT_HWCAP) & SVE;

  return (struct lzr_save_area){sve ? LZR_SAVE_SVE : LZR_SAVE_NEON, 0, 0};
}

/* Those that make a difference to generated code. LLVM has one name for some
   pairs of bits. */
static const struct feature {
  uint64_t first, second; /* bits of AT_HWCAP and of AT_HWCAP2, all needed */
  const char *name;
} features[] = {
    {BIT(3) | BIT(4), 0, "aes"},
    {BIT(5) | BIT(6), 0, "sha2"},
    {BIT(7), 0, "crc"},
    {BIT(8), 0, "lse"},
    {BIT(9) | BIT(10), 0, "fullfp16"},
    {BIT(12), 0, "rdm"},
    {BIT(13), 0, "jsconv"},
    {BIT(14), 0, "complxnum"},
    {BIT(15), 0, "rcpc"},
    {BIT(17) | BIT(21), 0, "sha3"},
    {BIT(18) | BIT(19), 0, "sm4"},
    {BIT(20), 0, "dotprod"},
    {SVE, 0, "sve"},
    {BIT(23), 0, "fp16fml"},
    {BIT(25), 0, "lse2"},
    {BIT(26), 0, "rcpc-immo"},
    {BIT(27), 0, "flagm"},
    {BIT(29), 0, "sb"},
    {0, BIT(1), "sve2"},
    {0, BIT(7), "altnzcv"},
    {0, BIT(8), "fptoint"},
    {0, BIT(10), "f32mm"},
    {0, BIT(11), "f64mm"},
    {0, BIT(13), "i8mm"},
    {0, BIT(14), "bf16"},
    {0, BIT(16), "rand"},
    {0, BIT(34), "cssc"},
    {0, BIT(43), "mops"},
};

static bool has_feature(const struct feature *feature) {
  return (getauxval(AT_HWCAP) & feature->first) == feature->first &&
         (getauxval(AT_HWCAP2) & feature->second) == feature->second;
}

enum { COUNT = sizeof features / sizeof *features, LONGEST = 24 };

const char *lzr_self_cpu_features(void) {
  static char list[COUNT * LONGEST];
  char *end = list;

  for (size_t i = 0; i < COUNT; i++)
    if (has_feature(&features[i])) {
      end = stpcpy(end, end == list ? "+" : ",+");
      end = stpcpy(end, features[i].name);
    }
  return list;
}
