# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Writes the library of stubs.c in assembly: bodies, slots, and callers for each
# count and order of functions. All callers have the same random order.
function caller(kind, order, count, sites,    i, name) {
  name = kind "_" order "_" count
  print ".globl " name "\n.p2align 6\n" name ":"
  print "  xor %eax, %eax\n  sub $8, %rsp\n.p2align 4"
  if (name == "direct_sequential_1")
    print ".globl a_caller, first_site\n.set a_caller, " name "\nfirst_site:"
  for (i = 0; i < sites; i++) {
    if (kind == "direct")
      print "  call local" called[i]
    else if (kind == "plt")
      print "  call function" called[i] "@PLT"
    else
      print "  call *slots+" called[i] * 8 "(%rip)"
    print ".p2align 4"
  }
  print "  add $8, %rsp\n  ret"
  print ".globl " kind "_end_" order "_" count
  print kind "_end_" order "_" count ":"
}
function callers(order, count,    sites, i, k, swap) {
  sites = count < 64 ? 64 : count
  for (i = 0; i < sites; i++)
    called[i] = i % count
  for (i = sites - 1; order == "random" && i > 0; i--) {
    k = int(rand() * (i + 1))
    swap = called[i]
    called[i] = called[k]
    called[k] = swap
  }
  caller("direct", order, count, sites)
  caller("slot", order, count, sites)
  caller("plt", order, count, sites)
}
BEGIN {
  srand(1)
  print ".text\n.globl bodies\n.p2align 6\nbodies:"
  for (i = 0; i < 8192; i++)
    print ".globl function" i "\n.p2align 4\nlocal" i ":\nfunction" i ":\n  inc %rax\n  ret"
  for (c = split("1 64 1024 8192", counts); c > 0; c--) {
    callers("sequential", counts[c])
    callers("random", counts[c])
  }
  print ".data\n.p2align 6\nslots:"
  for (i = 0; i < 8192; i++)
    print ".quad local" i
  print ".section .note.GNU-stack,\"\",@progbits"
}
