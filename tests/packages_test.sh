#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The Debian packages install and work on a Debian 12 that has nothing else: makes
# one, installs them there by apt, runs a program, and builds a client.
#
#   packages_test.sh SOURCE_DIR FOLDER_OF_PACKAGES
#
# Needs mmdebstrap, the network, and the right to change the root folder; says
# SKIPPED (status 77) where it lacks one of them.
set -u

source=$1 packages=$2
folder=$(mktemp -d) || exit 2
root=$folder/root
trap 'umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$folder"' EXIT

fail() {
  echo "FAILED: $*"
  exit 1
}
skip() {
  echo "SKIPPED: $*"
  exit 77
}

command -v mmdebstrap >/dev/null || skip 'mmdebstrap is not installed'
chroot / true 2>/dev/null || skip 'the root folder cannot be changed'
cp /etc/apt/sources.list.d/debian.sources "$folder/" 2>/dev/null ||
  cp /etc/apt/sources.list "$folder/debian.list" || skip 'apt has no sources'
mmdebstrap --variant=apt bookworm "$root" "$folder"/debian.* >"$folder/log" 2>&1 ||
  skip "no Debian could be made: $(tail -n 1 "$folder/log")"
mount -t proc proc "$root/proc" 2>/dev/null || skip 'nothing can be mounted'

inside() {
  chroot "$root" "$@" >"$folder/log" 2>&1 ||
    fail "$* ended with $?: $(tail -n 5 "$folder/log")"
}
cp "$packages"/*.deb "$root/root" || fail 'there are no packages'
echo 'int sum(int a, int b) { return a + b; } int main(void) { return sum(2, 40); }' |
  clang-22 -O0 -emit-llvm -xc -c - -o "$root/root/sum.bc" || exit 2
cp "$source/runtime/examples/embed.c" "$root/root" || exit 2

chroot "$root" apt-get -o APT::Update::Error-Mode=any update >"$folder/log" 2>&1 ||
  skip "apt finds no packages there: $(tail -n 1 "$folder/log")"
# The tool and the executor, without the library.
inside sh -c 'apt-get install -y --no-install-recommends /root/lazyrun_*.deb /root/lazyrun-executor_*.deb'
inside sh -c 'lazyrun /root/sum.bc; test $? = 42'
inside sh -c 'lazyrun --oop-launch /root/sum.bc; test $? = 42'
# The library, and a client of it.
inside sh -c 'apt-get install -y --no-install-recommends /root/liblazyrun*.deb gcc libc6-dev pkg-config'
inside sh -c 'cc /root/embed.c -o /root/embed $(pkg-config --cflags --libs lazyrun)'
inside sh -c 'test "$(/root/embed /root/sum.bc)" = "sum(2, 40) = 42"'
# All go again.
inside sh -c 'apt-get purge -y lazyrun lazyrun-executor "liblazyrun*"'
inside sh -c '! find /usr -name "*lazyrun*" | grep .'
