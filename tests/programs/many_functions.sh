# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Prints a program with twenty thousand functions, of which fifty run: each calls
# another one anywhere in the module.
echo '#include <stdio.h>'
echo 'typedef int function(int);'
printf 'function f%d;\n' {0..19999}
for ((i = 0; i < 20000; i++)); do
  echo "int f$i(int n) { return n > 1 ? f$(((i * 7 + 1) % 20000))(n - 1) + 1 : $i; }"
done
cat <<'TAIL'
int main(void) {
  int at = 3;
  for (int i = 1; i < 50; i++)
    at = (at * 7 + 1) % 20000;
  printf("%d\n", f3(50) - at);
  return 0;
}
//! variants: native-O0 O0-at-O0 O0-at-O2 threads debug
//> 49
TAIL
