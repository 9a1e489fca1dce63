/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See registers.h. x16 and x17 are the only registers not filled. */
	.arch armv8-a+sve
	.text

	.macro function name
	.globl \name
	.type \name, %function
	.balign 16
\name:
	.cfi_startproc
	hint #34 /* bti c */
	.endm

	.macro end name
	.cfi_endproc
	.size \name, . - \name
	.endm

	/* 176 bytes: what C wants kept. */
	.macro enter
	stp x29, x30, [sp, #-176]!
	.cfi_def_cfa_offset 176
	.cfi_offset 29, -176
	.cfi_offset 30, -168
	mov x29, sp
	.cfi_def_cfa_register 29
	stp x19, x20, [sp, #16]
	stp x21, x22, [sp, #32]
	stp x23, x24, [sp, #48]
	stp x25, x26, [sp, #64]
	stp x27, x28, [sp, #80]
	stp d8, d9, [sp, #96]
	stp d10, d11, [sp, #112]
	stp d12, d13, [sp, #128]
	stp d14, d15, [sp, #144]
	.endm

	.macro leave
	ldp x19, x20, [sp, #16]
	ldp x21, x22, [sp, #32]
	ldp x23, x24, [sp, #48]
	ldp x25, x26, [sp, #64]
	ldp x27, x28, [sp, #80]
	ldp d8, d9, [sp, #96]
	ldp d10, d11, [sp, #112]
	ldp d12, d13, [sp, #128]
	ldp d14, d15, [sp, #144]
	ldp x29, x30, [sp], #176
	.cfi_def_cfa 31, 0
	ret
	.endm

	function call_with_registers
	enter
	mov x16, x0
	mov x17, x1
	mov x0, sp
	str x0, [x16, #208]
	add x0, x16, #216
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ldr q\i, [x0], #16
	.endr
	ldp x19, x20, [x16, #128]
	ldp x21, x22, [x16, #144]
	ldp x23, x24, [x16, #160]
	ldp x25, x26, [x16, #176]
	ldp x27, x28, [x16, #192]
	ldp x0, x1, [x16, #0]
	ldp x2, x3, [x16, #16]
	ldp x4, x5, [x16, #32]
	ldp x6, x7, [x16, #48]
	ldp x8, x9, [x16, #64]
	ldp x10, x11, [x16, #80]
	ldp x12, x13, [x16, #96]
	ldp x14, x15, [x16, #112]
	blr x17
	leave
	end call_with_registers

	function see_registers
	adrp x16, seen
	add x16, x16, :lo12:seen
	stp x0, x1, [x16, #0]
	stp x2, x3, [x16, #16]
	stp x4, x5, [x16, #32]
	stp x6, x7, [x16, #48]
	stp x8, x9, [x16, #64]
	stp x10, x11, [x16, #80]
	stp x12, x13, [x16, #96]
	stp x14, x15, [x16, #112]
	stp x19, x20, [x16, #128]
	stp x21, x22, [x16, #144]
	stp x23, x24, [x16, #160]
	stp x25, x26, [x16, #176]
	stp x27, x28, [x16, #192]
	mov x17, sp
	str x17, [x16, #208]
	add x16, x16, #216
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str q\i, [x16], #16
	.endr
	ret
	end see_registers

	function call_with_sve
	enter
	mov x17, x1
	mov x2, #8192
	add x2, x0, x2
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	ldr p\i, [x2, #\i, mul vl]
	.endr
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ldr z\i, [x0, #\i, mul vl]
	.endr
	blr x17
	leave
	end call_with_sve

	function see_sve
	adrp x16, sve_seen
	add x16, x16, :lo12:sve_seen
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str z\i, [x16, #\i, mul vl]
	.endr
	mov x17, #8192
	add x16, x16, x17
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	str p\i, [x16, #\i, mul vl]
	.endr
	ret
	end see_sve

	/* As LLVM's code reaches a thread-local variable; then on to see_registers
	   or see_sve, whose caller has filled x2-x15. */
	.macro descriptor_then next
	stp x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset 29, -16
	.cfi_offset 30, -8
	mov x16, #1016
	mov x17, #1017
	mov x18, #1018
	adrp x0, descriptor
	add x0, x0, :lo12:descriptor
	ldr x1, [x0]
	blr x1
	ldp x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore 29
	.cfi_restore 30
	adrp x1, seen_after
	add x1, x1, :lo12:seen_after
	stp x16, x17, [x1]
	str x18, [x1, #16]
	b \next
	.endm

	function use_descriptor
	descriptor_then see_registers
	end use_descriptor

	function use_descriptor_sve
	descriptor_then see_sve
	end use_descriptor_sve

	function sve_bytes
	rdvl x0, #1
	ret
	end sve_bytes

	/* d8-d15 are C's to keep: their upper halves go, through a copy. */
	function spoil_registers
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	mov x\i, #-1
	.endr
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi v\i\().16b, #0xee
	.endr
	.irp i, 8, 9, 10, 11, 12, 13, 14, 15
	fmov d\i, d\i
	.endr
	ret
	end spoil_registers

	function spoil_sve
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	pfalse p\i\().b
	.endr
	.irp i, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	mov z\i\().b, #0x55
	.endr
	.irp i, 8, 9, 10, 11, 12, 13, 14, 15
	fmov d\i, d\i
	.endr
	ret
	end spoil_sve

	.bss
	.balign 16
	.globl seen, sve_seen, descriptor, seen_after
descriptor:
	.zero 32
seen_after:
	.zero 24
	.balign 16
seen:
	.zero 728
sve_seen:
	.zero 8704
	.section .note.GNU-stack, "", %progbits
