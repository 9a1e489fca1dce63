/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Unwind information: what is registered is used, what is malformed is
   refused. */
#include <unwind.h>

#include "tests/tpc_support.h"

TestSuite(tpc_unwind, .init = open_tpc, .fini = close_tpc);

enum { CODE_SIZE = 16, CIE_SIZE = 24, FDE_SIZE = 28 };
enum { SECTION_SIZE = CIE_SIZE + FDE_SIZE + 4 };

/* void f(void (*g)(void)) { g(); } with a frame pointer. */
#ifdef __x86_64__
static const uint8_t code[CODE_SIZE] = {
    0x55,             /* push %rbp */
    0x48, 0x89, 0xe5, /* mov %rsp,%rbp */
    0xff, 0xd7,       /* call *%rdi */
    0x5d,             /* pop %rbp */
    0xc3,             /* ret */
};
#else
static const uint32_t code[CODE_SIZE / 4] = {
    0xa9bf7bfd, /* stp x29,x30,[sp,#-16]! */
    0xd63f0000, /* blr x0 */
    0xa8c17bfd, /* ldp x29,x30,[sp],#16 */
    0xd65f03c0, /* ret */
};
#endif

/* A CIE "zR" with pcrel sdata4, an FDE, and the zero word. */
static void write_section(uint8_t section[SECTION_SIZE]) {
#ifdef __x86_64__
  static const uint8_t bytes[SECTION_SIZE] = {
      20,   0,         0,  0,    0,    0, 0,    0,    1,  'z',  'R', 0, 1,
      0x78, 16,        1,  0x1b, 0x0c, 7, 8, /* DW_CFA_def_cfa
                                                rsp+8 */
      0x90, 1,                               /* DW_CFA_offset ra, cfa-8 */
      0,    0,         24, 0,    0,    0, 28,   0,    0,  0,    0,   0, 0,
      0,    CODE_SIZE, 0,  0,    0,    0, 0x41, 0x0e, 16, 0x86, 2, /* after
                                                                      push: cfa
                                                                      = rsp+16,
                                                                      rbp at
                                                                      cfa-16 */
      0x43, 0x0d,      6, /* after mov: cfa = rbp+16 */
      0,    0,         0,
  };
#else
  static const uint8_t bytes[SECTION_SIZE] = {
      20,   0,  0,    0,  0,    0,         0,    0,  1,  'z', 'R',
      0,    4,  0x78, 30, 1,    0x1b,      0x0c, 31, 0, /* DW_CFA_def_cfa sp+0
                                                         */
      0,    0,  0,    0,  24,   0,         0,    0,  28, 0,   0,
      0,    0,  0,    0,  0,    CODE_SIZE, 0,    0,  0,  0,   0x41,
      0x0e, 16, 0x9d, 2,  0x9e, 1, /* x29, x30 at cfa-16, cfa-8 */
      0,    0,  0,    0,
  };
#endif
  memcpy(section, bytes, SECTION_SIZE);
}

static lzr_error *commit_section(lzr_allocation *allocation,
                                 uint8_t section[SECTION_SIZE], uint64_t size) {
  lzr_addr start = allocation->address[LZR_PROT_CODE];
  lzr_addr frames = allocation->address[LZR_PROT_CONST];
  struct lzr_segment segments[] = {{start, code, CODE_SIZE, 0},
                                   {frames, section, SECTION_SIZE, 0}};
  struct lzr_action action = {LZR_ACTION_EH_FRAMES, frames, size};
  struct lzr_commit commit = {segments, 2, &action, 1, NULL, 0, NULL};

  return lzr_tpc_commit(tpc, allocation, &commit);
}

static lzr_allocation *reserve_unit(void) {
  return reserve(CODE_SIZE, SECTION_SIZE, 0);
}

/* Points the FDE at the allocation's code. */
static void relocate(uint8_t section[SECTION_SIZE],
                     const lzr_allocation *allocation) {
  int32_t distance =
      (int32_t)(allocation->address[LZR_PROT_CODE] -
                (allocation->address[LZR_PROT_CONST] + CIE_SIZE + 8));

  memcpy(section + CIE_SIZE + 8, &distance, sizeof distance);
}

static lzr_addr unit_code;
static unsigned frames_after;
static bool seen;

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data) {
  uint64_t address = _Unwind_GetIP(context);

  (void)data;
  frames_after += seen;
  seen |= address - unit_code < CODE_SIZE;
  return _URC_NO_REASON;
}

static void look_back(void) {
  seen = false;
  frames_after = 0;
  _Unwind_Backtrace(visit, NULL);
}

static void call_through(lzr_addr function) {
  void (*through)(void (*)(void)) =
      (void (*)(void (*)(void)))(uintptr_t)function;

  through(look_back);
}

Test(tpc_unwind, passes_through_a_registered_frame_and_no_other) {
  lzr_allocation *unit = reserve_unit(), *bare = reserve_unit();
  uint8_t section[SECTION_SIZE];

  write_section(section);
  relocate(section, unit);
  expect_fine(commit_section(unit, section, SECTION_SIZE));
  expect_fine(
      commit_bytes(bare, bare->address[LZR_PROT_CODE], code, CODE_SIZE, 0));
  unit_code = unit->address[LZR_PROT_CODE];
  call_through(unit_code);
  cr_expect(seen);
  cr_expect_gt(frames_after, 1);
  unit_code = bare->address[LZR_PROT_CODE];
  call_through(unit_code);
  cr_expect_eq(frames_after, 0);
  lzr_tpc_release(tpc, unit);
  lzr_tpc_release(tpc, bare);
}

/* The registry keeps nothing of a released unit: the same addresses are
   registered over and over, with something else in between. */
Test(tpc_unwind, forgets_released_frames) {
  for (int i = 0; i < 50; i++) {
    lzr_allocation *unit = reserve_unit();
    uint8_t section[SECTION_SIZE];

    write_section(section);
    relocate(section, unit);
    expect_fine(commit_section(unit, section, SECTION_SIZE));
    unit_code = unit->address[LZR_PROT_CODE];
    call_through(unit_code);
    cr_assert_gt(frames_after, 1);
    lzr_tpc_release(tpc, unit);
    unit = reserve_unit();
    expect_fine(commit_bytes(unit, unit_code, code, CODE_SIZE, 0));
    call_through(unit_code);
    cr_assert_eq(frames_after, 0);
    lzr_tpc_release(tpc, unit);
  }
}

Test(tpc_unwind, accepts_an_empty_section) {
  lzr_allocation *unit = reserve_unit();
  uint8_t section[SECTION_SIZE] = {0};

  expect_fine(commit_section(unit, section, 4));
  lzr_tpc_release(tpc, unit);
}

/* ---- Refusals
 * ---------------------------------------------------------------- */

static lzr_error *commit_changed(unsigned at, const void *bytes, unsigned count,
                                 uint64_t size) {
  lzr_allocation *unit = reserve_unit();
  uint8_t section[SECTION_SIZE];
  lzr_error *error;

  write_section(section);
  relocate(section, unit);
  memcpy(section + at, bytes, count);
  error = commit_section(unit, section, size);
  lzr_tpc_release(tpc, unit);
  return error;
}

static void refuse(unsigned at, const void *bytes, unsigned count) {
  expect_error(commit_changed(at, bytes, count, SECTION_SIZE), LZR_ERROR_FORMAT,
               "unwind information");
}

Test(tpc_unwind, refuses_malformed_sections) {
  refuse(0, "\xff\xff\xff\xff", 4); /* a 64-bit length */
  refuse(0, "\x35\0\0\0", 4);       /* one byte too long */
  refuse(0, "\x03\0\0\0", 4);       /* too short for anything */
  refuse(8, "\x02", 1);             /* version */
  refuse(9, "yR", 2);               /* augmentation not sized */
  refuse(10, "Q", 1);               /* unknown augmentation */
  refuse(9, "zzzzzzzzzzzzzzz", 15); /* without an end */
  refuse(15, "\x09", 1);            /* augmentation longer than CIE */
  refuse(16, "\x9b", 1);            /* indirect */
  refuse(16, "\x3b", 1);            /* relative to data */
  refuse(16, "\x50", 1);            /* aligned */
  refuse(16, "\xff", 1);            /* omitted */
  refuse(12, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 12); /* LEB */
  refuse(CIE_SIZE + 4, "\x1d\0\0\0", 4);  /* before the section */
  refuse(CIE_SIZE + 4, "\x18\0\0\0", 4);  /* not at a CIE */
  refuse(CIE_SIZE + 4, "\x04\0\0\0", 4);  /* at the FDE itself */
  refuse(CIE_SIZE + 8, "\x01\0\0\0", 4);  /* code of somebody else */
  refuse(CIE_SIZE + 12, "\x11\0\0\0", 4); /* one byte too much code */
  refuse(CIE_SIZE + 12, "\xff\xff\xff\xff", 4);
  refuse(SECTION_SIZE - 4, "\x01\0\0\0", 4); /* no end */
}

Test(tpc_unwind, refuses_a_section_cut_short_anywhere) {
  for (uint64_t size = 0; size < SECTION_SIZE; size++)
    expect_error(commit_changed(0, "", 0, size), LZR_ERROR_FORMAT,
                 "unwind information");
}

Test(tpc_unwind, refuses_a_section_outside_the_allocation) {
  expect_error(commit_changed(0, "", 0, SECTION_SIZE + 1), LZR_ERROR_ARGUMENT,
               "not inside the allocation");
  expect_error(commit_changed(0, "", 0, UINT64_MAX), LZR_ERROR_ARGUMENT,
               "not inside the allocation");
}

/* Whatever single byte is changed, the result is refused or fine, but never
   ends the process. (The unwinder's instructions are not run here.) */
Test(tpc_unwind, survives_any_changed_byte) {
  unsigned refused = 0;

  for (unsigned at = 0; at < CIE_SIZE + 17; at++)
    for (unsigned value = 0; value < 256; value++) {
      uint8_t byte = (uint8_t)value;
      lzr_error *error = commit_changed(at, &byte, 1, SECTION_SIZE);

      refused += error != NULL;
      lzr_error_destroy(error);
    }
  cr_expect_gt(refused, 1000);
}

/* ---- All or nothing
 * ----------------------------------------------------------- */

Test(tpc_unwind, a_failed_action_undoes_those_before_it_and_stores_nothing) {
  lzr_allocation *unit = reserve(CODE_SIZE, SECTION_SIZE, 8);
  lzr_addr start = unit->address[LZR_PROT_CODE];
  lzr_addr frames = unit->address[LZR_PROT_CONST];
  uint8_t section[SECTION_SIZE];
  struct lzr_segment segments[] = {{start, code, CODE_SIZE, 0},
                                   {frames, section, SECTION_SIZE, 0}};
  struct lzr_action actions[] = {
      {LZR_ACTION_EH_FRAMES, frames, SECTION_SIZE},
      {LZR_ACTION_DEBUG_OBJECT, frames, SECTION_SIZE},
  };
  struct lzr_pointer_store store = {unit->address[LZR_PROT_DATA], 1};
  struct lzr_commit commit = {segments, 2, actions, 2, &store, 1, NULL};

  write_section(section);
  relocate(section, unit);
  expect_error(lzr_tpc_commit(tpc, unit, &commit), LZR_ERROR_FORMAT,
               "not an ELF file");
  cr_expect_eq(*(uint64_t *)pointer_to(store.address), 0);
  unit_code = start;
  call_through(start);
  cr_expect_eq(frames_after, 0);
  lzr_tpc_release(tpc, unit);
}

Test(tpc_unwind, refuses_an_unknown_action) {
  lzr_allocation *unit = reserve_unit();
  struct lzr_action action = {(lzr_action_kind)99, unit->address[LZR_PROT_CODE],
                              1};
  struct lzr_commit commit = {.actions = &action, .action_count = 1};

  expect_error(lzr_tpc_commit(tpc, unit, &commit), LZR_ERROR_ARGUMENT,
               "no action 99");
  lzr_tpc_release(tpc, unit);
}
