#include "tpc/target/facts.h"

#include <unistd.h>

#include "tpc/target/tls.h"

#if defined(__x86_64__)

#include <cpuid.h>

#define ARCH "x86_64-pc"

/* State components that hold arguments in some calling convention: SSE, AVX,
   opmask, the upper halves of zmm0-15, zmm16-31, and APX's r16-r31. Not x87,
   which is empty at calls, and not what must not be put back (PKRU). */
static const uint32_t argument_components = 0xe6 | 1u << 19;

enum { LEGACY_SIZE = 512, LEGACY_AND_HEADER_SIZE = 576, XSAVE_LEAF = 0xd };

static uint32_t enabled_components(void) {
  uint32_t low, high;

  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static uint32_t round_up(uint32_t size) {
  return (size + 63) & ~UINT32_C(63);
}

/* Bytes of an xsave area (Intel SDM volume 1, 13.4): in the standard format
   each component has a place of its own; in xsavec's they follow each other,
   some at the next multiple of 64. */
static uint32_t area_size(uint32_t mask, bool compacted) {
  uint32_t end = LEGACY_AND_HEADER_SIZE;

  for (unsigned i = 2; i < 32; i++) {
    unsigned size, offset, flags, unused;

    if (!(mask & UINT32_C(1) << i) ||
        !__get_cpuid_count(XSAVE_LEAF, i, &size, &offset, &flags, &unused))
      continue;
    if (compacted)
      end = (flags & 2 ? round_up(end) : end) + size;
    else if (offset + size > end)
      end = offset + size;
  }
  return round_up(end);
}

static struct lzr_save_area find_save_area(void) {
  struct lzr_save_area area = {LZR_SAVE_FXSAVE, 0, LEGACY_SIZE};
  unsigned a, b, c, d;

  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
    return area;
  area.form = LZR_SAVE_XSAVE;
  if (__get_cpuid_count(XSAVE_LEAF, 1, &a, &b, &c, &d) && (a & bit_XSAVEC))
    area.form = LZR_SAVE_XSAVEC;
  area.mask = enabled_components() & argument_components;
  area.size = area_size(area.mask, area.form == LZR_SAVE_XSAVEC);
  return area;
}

#elif defined(__aarch64__)

#include <sys/auxv.h>

#define ARCH "aarch64-unknown"

#ifndef HWCAP_SVE
#define HWCAP_SVE (1 << 22)
#endif

static struct lzr_save_area find_save_area(void) {
  bool sve = getauxval(AT_HWCAP) & HWCAP_SVE;

  return (struct lzr_save_area){sve ? LZR_SAVE_SVE : LZR_SAVE_NEON, 0, 0};
}

#else
#error "no such target; see stubs/"
#endif

#ifdef __GLIBC__
#define TRIPLE ARCH "-linux-gnu"
#else
#define TRIPLE ARCH "-linux-musl"
#endif

static uint64_t return_zero(void) {
  return 0;
}

struct lzr_target_facts lzr_facts_of_self(void) {
  return (struct lzr_target_facts){
      .triple = TRIPLE,
      .cpu = "",
      .features = "",
      .this_process = true,
      .page_size = (uint32_t)sysconf(_SC_PAGESIZE),
      .pointer_size = sizeof(void *),
      .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
      .save_area = find_save_area(),
      .tls_get_addr = (uintptr_t)lzr_target_tls_get_addr,
      .return_zero = (uintptr_t)return_zero,
  };
}
