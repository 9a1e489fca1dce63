#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Names that would make up lines of lazyrun's, or that a terminal would obey, in
# each kind of message: every line that arrives begins as lazyrun's do, and has no
# control character.
#
#   names_test.sh LAZYRUN EXECUTOR LLVM_BIN
set -u

lazyrun=$1
executor=$2
clang=$3/clang
llvm=$3
# shellcheck source=checks.sh
source "$(dirname "$0")/checks.sh"

unset LAZYRUN_SECRET

# A line feed, a carriage return, ESC, DEL, "ESC [" as U+009B and as a byte, a line
# separator, bytes that are not UTF-8, a tab.
evil=$'e\nlazyrun: forged\r\e[2J\x7f\xc2\x9b1m\x9b2m\xe2\x80\xa8\xff\xc0\x8a\tz'
ir='e\0Alazyrun: forged\0D\1B[2J\7F\C2\9B1m\9B2m\E2\80\A8\FF\C0\8A\09z' # in LLVM's assembly
begins='^(lazyrun(-executor)?: |lzr( [a-z]+)?: |  #[0-9])'
escaped='e\\x0alazyrun: forged\\x0d\\x1b\[2J\\x7f\\xc2\\x9b1m\\x9b2m\\xe2\\x80\\xa8\\xff\\xc0\\x8a\\x09z'

# Whether standard error has lines of lazyrun's and nothing that a terminal obeys.
is_clean() {
  [ -s err ] || return 1
  ! LC_ALL=C grep -avqE "$begins" err && ! grep -aq '^lazyrun: forged' err &&
    ! tr -d '\n' <err | LC_ALL=C grep -aq '[[:cntrl:]]' &&
    iconv -f UTF-8 -t UTF-16 err >/dev/null 2>&1
}

refuses() { # what is checked, a command: says the name, and nothing else
  local what=$1
  shift
  run "$@"
  check "$what: fails" fails
  check "$what: lines" is_clean
  check "$what: the name" says "$escaped"
}

# What does not say the name as it is, but might: a part of it, or the name that
# somebody else has escaped.
is_clean_of() {
  local what=$1
  shift
  run "$@"
  check "$what: fails" fails
  check "$what: lines" is_clean
}

ways=(-O0 --oop-launch "--oop-command='$executor' stdio")

# ---- Symbols --------------------------------------------------------------------

cat >missing.ll <<END
declare i32 @"$ir"()
define i32 @main() {
  %r = call i32 @"$ir"()
  ret i32 %r
}
END
cat >needs.ll <<END
@"$ir" = external global i32
define i32 @"at $ir"() {
  %r = load i32, ptr @"$ir"
  ret i32 %r
}
define i32 @main() {
  %r = call i32 @"at $ir"()
  ret i32 %r
}
END
for way in "${ways[@]}" --eager --check; do
  refuses "$way: a function that is nowhere" "$lazyrun" "$way" missing.ll
  refuses "$way: a variable that is nowhere" "$lazyrun" "$way" needs.ll
done
"$llvm/llvm-as" missing.ll -o "$evil.bc" || exit 2
refuses 'a module of that name' "$lazyrun" "$evil.bc"
refuses 'a module of that name, compiled at once' "$lazyrun" --check "$evil.bc"

echo "define i32 @\"$ir\"() { ret i32 1 }" >twice.ll
cp twice.ll again.ll
refuses 'two definitions of a function' "$lazyrun" --extra-module=again.ll --extra-module=twice.ll missing.ll
refuses 'an entry that is nowhere' "$lazyrun" "--entry-function=$evil" missing.ll
refuses 'a function to call that is nowhere' "$lazyrun" "--call=i32 $evil()" missing.ll

# ---- LLVM's own words -----------------------------------------------------------

printf 'define i32 @"%s"() {\n  ret i32 0\n}\ndefine i32 @"%s"() {\n  ret i32 0\n}\n' "$evil" "$evil" >parse.ll
is_clean_of 'assembly that LLVM cannot parse' "$lazyrun" parse.ll
check 'says where' says 'parse.ll:[0-9]+:[0-9]+: error: '
printf 'define i32 @main() {\n  %%x = foo i32 0 ; %s\n}\n' "$evil" >parse.ll
is_clean_of 'a line that LLVM shows' "$lazyrun" parse.ll
cat >verify.ll <<END
define i32 @main() {
  %p = alloca i32
  store i32 %"$ir", ptr %p
  %"$ir" = load i32, ptr %p
  ret i32 %"$ir"
}
END
"$llvm/llvm-as" -disable-verify verify.ll -o verify.bc || exit 2
is_clean_of 'a body that makes no sense' "$lazyrun" verify.bc
cat >assembly.ll <<END
define i32 @"$ir"() {
  call void asm sideeffect "nonsense $ir", ""()
  ret i32 0
}
define i32 @main() {
  %r = call i32 @"$ir"()
  ret i32 %r
}
END
for way in "${ways[@]}" -O2 --eager; do
  is_clean_of "$way: assembly in a function" "$lazyrun" "$way" assembly.ll
done
printf 'module asm "nonsense %s"\ndefine i32 @main() {\n  ret i32 0\n}\n' "$ir" >module_assembly.ll
is_clean_of 'assembly of a module' "$lazyrun" --eager module_assembly.ll
printf 'target triple = "%s"\ndefine i32 @main() {\n  ret i32 0\n}\n' "$ir" >triple.ll
is_clean_of 'a target' "$lazyrun" triple.ll
printf 'target datalayout = "%s"\ndefine i32 @main() {\n  ret i32 0\n}\n' "$ir" >layout.ll
is_clean_of 'a data layout' "$lazyrun" layout.ll

# ---- Sections, objects, archives ------------------------------------------------

length=$(printf %s "$evil" | wc -c)
placeholder=$(printf "%${length}s" | tr ' ' x)
cat >section.c <<END
__asm__(".section $placeholder,\"axT\",@progbits\n.long 1\n.text");
int main(void) { return 0; }
END
"$clang" -c section.c -o section.o || exit 2
python3 - "$placeholder" "$evil" <<'END'
import os, sys
placeholder, name = map(os.fsencode, sys.argv[1:])
bytes = open('section.o', 'rb').read()
open('section.o', 'wb').write(bytes.replace(placeholder, name))
END
refuses 'a section' "$lazyrun" section.o
cat >checked.c <<'END'
static int add(int a, int b) { return a + b; }
int (*volatile operation)(int, int) = add;
int main(void) { return operation(1, 2); }
END
"$clang" -O1 -fPIC -fsanitize=kcfi -c checked.c -o "$evil.o" || exit 2
refuses 'an object of that name' "$lazyrun" "$evil.o"
echo 'extern int (*volatile operation)(int, int); int main(void) { return operation(1, 2); }' >uses.c
"$clang" -O0 -emit-llvm -c uses.c -o uses.bc || exit 2
sed -i 's/^int main(void)/int other(void)/' checked.c
"$clang" -O1 -fPIC -fsanitize=kcfi -c checked.c -o "$evil.o" || exit 2
"$llvm/llvm-ar" rcs --format=bsd plain.a "$evil.o" || exit 2
refuses 'a member of an archive' "$lazyrun" --extra-archive=plain.a uses.bc
printf '!<arch>\n%s' "$evil" >"$evil.a"
refuses 'an archive of that name' "$lazyrun" "--extra-archive=$evil.a" uses.bc

# ---- The command lines ----------------------------------------------------------

for option in --extra-module --extra-archive --dlopen --compile-threads --codegen --call --mcpu --mattr \
  --oop-connect --oop-secret-file --dump; do
  value=$evil
  [ $option != --dump ] || value=nowhere/$evil
  is_clean_of "$option" "$lazyrun" --oop-connect=tcp:connect=127.0.0.1:1 "$option=$value" missing.ll
  is_clean_of "$option, here" "$lazyrun" "$option=$value" missing.ll
done
refuses 'a file that is nowhere' "$lazyrun" "$evil"
refuses 'a library that is nowhere' "$lazyrun" "-l$evil" missing.ll
refuses 'an option' "$lazyrun" "--$evil"
printf 'int main(void) { return 0; }\n' >"$evil.c"
refuses 'a file of another kind' "$lazyrun" "$evil.c"
for words in "$evil" "--$evil" "--wait=$evil" "unix:connect=$evil" "filedescs=$evil"; do
  refuses "an executor's ${words%%"$evil"*}" "$executor" "$words"
done
refuses "an executor's --secret-file" "$executor" "--secret-file=$evil" tcp:listen=127.0.0.1:0
LZR_TRACE=$evil run "$lazyrun" missing.ll
check 'topics of traces' is_clean

# ---- Traces, statistics, crashes -------------------------------------------------

cat >crash.ll <<END
define i32 @"$ir"(ptr %p) {
  %r = load i32, ptr %p
  ret i32 %r
}
define i32 @main() {
  %r = call i32 @"$ir"(ptr null)
  ret i32 %r
}
END
for way in "${ways[@]}"; do
  LZR_TRACE=all run "$lazyrun" "$way" crash.ll
  check "$way: a crash" returns 139
  check "$way: a crash: lines" is_clean
  check "$way: a crash: its function" says "^  #0 .*$escaped"
  check "$way: traces" says "^lzr commit: .*$escaped"
done
cat >fallback.ll <<END
define i32 @"$ir"() "$ir" {
  ret i32 0
}
define i32 @main(i32 %c) "$ir" {
  %r = call i32 @"$ir"()
  ret i32 %r
}
END
run "$lazyrun" --stats fallback.ll
check 'statistics' is_clean
run "$lazyrun" --codegen=baseline --stats fallback.ll
check 'statistics of the baseline generator' is_clean
mkdir dumped
run "$lazyrun" --dump=dumped missing.ll
check 'file names of a dump' [ -z "$(find dumped -name '*[^A-Za-z0-9._$/-]*')" ]

# ---- What a peer says ------------------------------------------------------------

# An executor that introduces itself as the real one does, and then answers the
# first call, or says goodbye, with a sentence of its own; or a controller.
cat >peer.py <<'END_OF_PY'
import os, socket, struct, subprocess, sys
executor, what, sentence = sys.argv[1], sys.argv[2], os.fsencode(sys.argv[3])
text = struct.pack('<Q', len(sentence)) + sentence
def receive(stream):
    header = stream.read(32)
    if len(header) < 32:
        sys.exit(0)
    size, opcode, sequence, tag = struct.unpack('<QQQQ', header)
    return opcode, sequence, header + stream.read(size - 32)
def message(opcode, sequence, payload):
    return struct.pack('<QQQQ', 32 + len(payload), opcode, sequence, 0) + payload
if what == 'controller':
    ours, theirs = socket.socketpair()
    child = subprocess.Popen([executor, 'fd=%d' % theirs.fileno()], pass_fds=[theirs.fileno()])
    theirs.close()
    receive(ours.makefile('rb'))
    ours.sendall(message(1, 0, b'\1' + text))
    sys.exit(child.wait())
child = subprocess.Popen([executor, 'stdio'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
setup = receive(child.stdout)[2]
child.kill()
child.wait()
out = sys.stdout.buffer
out.write(setup)
if what == 'goodbye':
    out.write(message(1, 0, b'\1' + text))
out.flush()
while True:
    opcode, sequence, whole = receive(sys.stdin.buffer)
    if opcode == 3 and what != 'goodbye':
        out.write(message(2, sequence, (b'\1' if what == 'error' else b'\0') + text))
        out.flush()
END_OF_PY
cat >peer.sh <<'END'
exec python3 "$FOLDER/peer.py" "$EXECUTOR" "$WHAT" "$SENTENCE"
END
for what in goodbye error unexpected; do
  is_clean_of "an executor's $what" env FOLDER="$folder" EXECUTOR="$executor" WHAT=$what SENTENCE="$evil" \
    "$lazyrun" "--oop-command=sh '$folder/peer.sh'" missing.ll
  [ $what = error ] || check "an executor's $what: its words" says 'e; lazyrun: forged\\x0d\\x1b\[2J|e; lazyrun: forged; \\x1b\[2J'
done
is_clean_of "a controller's goodbye" python3 peer.py "$executor" controller "$evil"

finish
