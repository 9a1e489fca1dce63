/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/crash.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "tpc/base/cpu.h"
#include "tpc/executor/forked.h"
#include "tpc/tpc.h"
#include "tpc/wire/last_words.h"
#include "tpc/wire/little_endian.h"
#include "tpc/wire/services.h"

enum {
  MAX_FRAMES = 48,
  MAX_WHERE = 256,       /* bytes for the text of one frame */
  STACK_SIZE = 64 << 10, /* the unwinder takes some */
  SEND_TIMEOUT = 500,    /* ms */
  GIVE_UP = 2            /* seconds for all: the unwinder has locks */
};

static const int crashes[] = {SIGSEGV, SIGBUS,  SIGILL,
                              SIGFPE,  SIGTRAP, SIGABRT};
enum { CRASHES = sizeof crashes / sizeof *crashes };

static lzr_connection *connection;
static atomic_bool watching;

/* ---- The message ---- */

/* The report, as described in services.h. It is static because a handler cannot
   allocate memory, and only one thread ever writes it. */
static struct {
  uint8_t bytes[20 + MAX_FRAMES * (17 + MAX_WHERE)];
  size_t size;
  uint64_t frames;
} message;

enum { FRAMES_AT = 12 }; /* where their number is */

static void put(unsigned size, uint64_t value) {
  lzr_store_le(message.bytes + message.size, size, value);
  message.size += size;
}

/* The dynamic linker's description of an address; "" if it has none. A return
   address belongs to the call before it. */
static void describe(uintptr_t address, bool is_return, char where[MAX_WHERE]) {
  Dl_info info;

  *where = '\0';
  if (!dladdr((void *)(address - is_return), &info) || !info.dli_fname)
    return;
  if (info.dli_sname)
    snprintf(where, MAX_WHERE, "%s+0x%zx in %s", info.dli_sname,
             (size_t)(address - (uintptr_t)info.dli_saddr), info.dli_fname);
  else
    snprintf(where, MAX_WHERE, "%s+0x%zx", info.dli_fname,
             (size_t)(address - (uintptr_t)info.dli_fbase));
}

static void put_frame(uintptr_t address, bool is_return) {
  char where[MAX_WHERE];
  size_t length;

  describe(address, is_return, where);
  length = strlen(where);
  put(8, address);
  put(1, is_return);
  put(8, length);
  memcpy(message.bytes + message.size, where, length);
  message.size += length;
  lzr_store_le(message.bytes + FRAMES_AT, 8, ++message.frames);
}

/* ---- Where the crash was ---- */

struct frame_walk {
  uintptr_t start; /* where the signal arrived; the frames before it are the
                      handler's */
  bool started;
};

/* The linker's symbols for the bounds of this program's code. */
extern const char __executable_start[], etext[];

/* Whether a frame is the executor's own and so tells the user nothing, unless
   the crash happened in it. */
static bool is_ours(uintptr_t address) {
  return message.frames > 0 && address >= (uintptr_t)__executable_start &&
         address < (uintptr_t)etext;
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data) {
  struct frame_walk *walk = data;
  int before_instruction;
  uintptr_t address = _Unwind_GetIPInfo(context, &before_instruction);

  if (address == walk->start)
    walk->started = true;
  if (walk->started && address && !is_ours(address))
    put_frame(address, message.frames > 0 && !before_instruction);
  return message.frames < MAX_FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* The unwinder reads the instructions of a frame that has no unwind
   information. */
static bool can_read(uintptr_t address) {
  uint64_t word;
  struct iovec local = {&word, 1}, remote = {(void *)address, 1};

  return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1 ||
         errno != EFAULT;
}

static void put_frames(const siginfo_t *info, const ucontext_t *context) {
  struct frame_walk walk = {.start = lzr_cpu_crash_address(context)};

  put(8, 0);
  if (can_read(walk.start))
    _Unwind_Backtrace(visit, &walk);
  if (message.frames > 0)
    return;
  put_frame(walk.start, false);
  if (info->si_signo == SIGSEGV && (uintptr_t)info->si_addr == walk.start)
    put_frame(lzr_cpu_crash_caller(context), true);
}

static void send_report(const siginfo_t *info, const ucontext_t *context) {
  bool has_address = info->si_signo == SIGSEGV || info->si_signo == SIGBUS;

  put(4, (uint32_t)info->si_signo);
  put(8, has_address ? (uintptr_t)info->si_addr : 0);
  put_frames(info, context);
  lzr_connection_last_words(connection, LZR_TAG_CRASH, message.bytes,
                            message.size, SEND_TIMEOUT);
}

/* ---- The handler ---- */

static volatile sig_atomic_t crash_number;
static atomic_bool crashed;

bool lzr_crash_has_begun(void) {
  return atomic_load(&crashed);
}

static _Noreturn void die(int number) {
  sigset_t set;

  signal(number, SIG_DFL);
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  raise(number);
  _exit(128 + number);
}

static void give_up(int alarm_number) {
  (void)alarm_number;
  die(crash_number);
}

/* The report may wait for a lock that the program's crash has left locked. */
static void limit_time(void) {
  struct itimerval timer = {.it_value.tv_sec = GIVE_UP};
  sigset_t set;

  signal(SIGALRM, give_up);
  setitimer(ITIMER_REAL, &timer, NULL);
  sigemptyset(&set);
  sigaddset(&set, SIGALRM);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void crash(int number, siginfo_t *info, void *context) {
  if (lzr_is_forked_child())
    die(number);
  if (atomic_exchange(&crashed, true))
    for (;;) /* another thread is reporting, and will end the process */
      pause();
  crash_number = number;
  limit_time();
  send_report(info, context);
  die(number);
}

/* ---- Watching ---- */

void lzr_crash_init(lzr_connection *watched) {
  connection = watched;
}

static void watch(int number) {
  struct sigaction action = {.sa_sigaction = crash,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK};
  struct sigaction present;

  sigfillset(&action.sa_mask);
  if (sigaction(number, NULL, &present) == 0 && present.sa_handler == SIG_DFL)
    sigaction(number, &action, NULL);
}

void lzr_crash_watch(void) {
  if (atomic_load_explicit(&watching, memory_order_relaxed) ||
      atomic_exchange(&watching, true))
    return;
  lzr_tpc_hide_handler((uintptr_t)crash);
  for (size_t i = 0; i < CRASHES; i++)
    watch(crashes[i]);
}

/* ---- Stacks ---- */

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* a thread's stack for crashes; owned by it */
static bool key_made;

static void drop_stack(void *stack) {
  stack_t none = {.ss_flags = SS_DISABLE};

  sigaltstack(&none, NULL);
  free(stack);
}

static void make_key(void) {
  key_made = pthread_key_create(&key, drop_stack) == 0;
}

static bool has_stack(void) {
  stack_t present;

  return sigaltstack(NULL, &present) != 0 || !(present.ss_flags & SS_DISABLE);
}

void lzr_crash_prepare_thread(void) {
  stack_t stack = {.ss_size = STACK_SIZE};

  pthread_once(&key_once, make_key);
  if (!atomic_load(&watching) || !key_made || has_stack())
    return;
  stack.ss_sp = malloc(stack.ss_size);
  if (!stack.ss_sp)
    return;
  if (pthread_setspecific(key, stack.ss_sp) != 0 ||
      sigaltstack(&stack, NULL) != 0)
    free(stack.ss_sp);
  else
    lzr_tpc_hide_signal_stack((uintptr_t)stack.ss_sp);
}
