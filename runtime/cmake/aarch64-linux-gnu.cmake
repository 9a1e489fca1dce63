# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Building for AArch64 Linux elsewhere, with the packages of Debian: its cross
# compiler, libraries of arm64 installed beside this machine's own (dpkg
# --add-architecture arm64), and qemu-user to run what was built.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)

# Debian has a libc to link with, in /usr/aarch64-linux-gnu, and arm64's own. With
# qemu-aarch64 -L /usr/aarch64-linux-gnu the dynamic loader is the first one's, and
# hangs in the second's libc, which it would prefer; its own is in /lib.
set(CMAKE_EXE_LINKER_FLAGS_INIT -Wl,-rpath,/lib)

# Headers and libraries of the other architecture, never this machine's.
set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
