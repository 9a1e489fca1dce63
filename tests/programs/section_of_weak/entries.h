/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define MIXED __attribute__((section("mixed_tab"), used))
#define INLINE_TAB __attribute__((section("inline_tab"), used))

inline INLINE_TAB long once = 7;
