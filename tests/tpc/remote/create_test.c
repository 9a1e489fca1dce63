/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The ways to an executor of lazyrun's: a command whose standard input and
   output are the connection, and sockets. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tpc_support.h"
#include "tpc/remote.h"

TestSuite(remote_reach, .timeout = 30);

static lzr_error *create(struct lzr_remote_options options) {
  options.size = sizeof options;
  return lzr_tpc_create_remote(&options, &tpc);
}

static lzr_addr look_up(const char *name) {
  struct lzr_name wanted = {.name = name, .required = true};

  expect_fine(lzr_tpc_lookup(tpc, 0, &wanted, 1));
  return wanted.address;
}

static lzr_error *try_call(const char *name, lzr_type type, lzr_value argument,
                           int *result) {
  struct lzr_signature signature = {LZR_TYPE_I32, &type, 1, 1};
  lzr_value value = {.i = 0};
  lzr_error *error =
      lzr_tpc_call(tpc, look_up(name), &signature, &argument, &value);

  *result = (int)value.i;
  return error;
}

static int call(const char *name, lzr_type type, lzr_value argument) {
  int result;

  expect_fine(try_call(name, type, argument, &result));
  return result;
}

/* ---- Standard streams as messages ---------------------------------------- */

static void command(void) {
  setenv("ASAN_OPTIONS", "handle_segv=0", 1); /* the executor's own handler */
  expect_fine(
      create((struct lzr_remote_options){.command = LZR_EXECUTOR " stdio"}));
}

/* Makes this process' standard descriptor one end of a pipe, and returns the
   other end. */
static int replace(int descriptor) {
  int ends[2], own = descriptor == STDIN_FILENO ? 0 : 1;

  cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
  cr_assert_eq(dup2(ends[own], descriptor), descriptor);
  close(ends[own]);
  return ends[!own];
}

static lzr_addr commit_string(const char *string) {
  lzr_allocation *unit = reserve(0, 0, strlen(string) + 1);

  expect_fine(commit_bytes(unit, unit->address[LZR_PROT_DATA], string,
                           strlen(string) + 1, 0));
  return unit->address[LZR_PROT_DATA];
}

static void expect_bytes(int descriptor, const char *expected) {
  char bytes[64] = "";
  size_t size = 0;
  ssize_t more;

  while (size < strlen(expected) &&
         (more = read(descriptor, bytes + size, sizeof bytes - 1 - size)) > 0)
    size += (size_t)more;
  cr_expect_str_eq(bytes, expected);
}

Test(remote_reach, brings_what_a_program_prints) {
  int out = replace(STDOUT_FILENO);

  command();
  cr_expect_geq(
      call("puts", LZR_TYPE_PTR, (lzr_value){.ptr = commit_string("printed")}),
      0);
  lzr_tpc_exit(tpc, 4);
  expect_bytes(out, "printed\n");
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_EXITED);
  cr_expect_eq(lzr_tpc_ending(tpc)->status, 4);
  lzr_tpc_close(tpc);
}

Test(remote_reach, brings_what_a_program_complains_about) {
  int out = replace(STDERR_FILENO);

  command();
  call("perror", LZR_TYPE_PTR, (lzr_value){.ptr = commit_string("complaint")});
  lzr_tpc_exit(tpc, 0);
  expect_bytes(out, "complaint: Success\n");
  lzr_tpc_close(tpc);
}

/* read(0, data, 100) in the target. */
static int64_t read_there(lzr_addr data) {
  static const lzr_type types[] = {LZR_TYPE_I32, LZR_TYPE_PTR, LZR_TYPE_I64};
  struct lzr_signature signature = {LZR_TYPE_I64, types, 3, 3};
  lzr_value arguments[] = {{.i = STDIN_FILENO}, {.ptr = data}, {.i = 100}};
  lzr_value result = {.i = 0};

  expect_fine(
      lzr_tpc_call(tpc, look_up("read"), &signature, arguments, &result));
  return result.i;
}

Test(remote_reach, brings_a_program_its_input) {
  int in = replace(STDIN_FILENO);
  char zeros[100] = "";
  lzr_allocation *unit = NULL;

  command();
  unit = reserve(0, 0, 100);
  expect_fine(commit_bytes(unit, unit->address[LZR_PROT_DATA], zeros, 100, 0));
  cr_assert_eq(write(in, "typed", 5), 5);
  cr_expect_eq(read_there(unit->address[LZR_PROT_DATA]), 5);
  expect_fine(
      lzr_tpc_read(tpc, unit->address[LZR_PROT_DATA], zeros, sizeof zeros));
  cr_expect_str_eq(zeros, "typed");
  close(in);
  cr_expect_eq(read_there(unit->address[LZR_PROT_DATA]), 0);
  lzr_tpc_close(tpc);
}

/* Nobody types anything; a thread that waits for input is released. */
Test(remote_reach, ends_while_input_is_awaited) {
  struct lzr_signature signature = {.result = LZR_TYPE_I32};
  int in = replace(STDIN_FILENO);
  lzr_value value;

  command();
  call("alarm", LZR_TYPE_I32, (lzr_value){.i = 1});
  expect_error(lzr_tpc_call(tpc, look_up("getchar"), &signature, NULL, &value),
               LZR_ERROR_CLOSED, "ended");
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_SIGNALLED);
  cr_expect_eq(lzr_tpc_ending(tpc)->status, SIGALRM);
  lzr_tpc_close(tpc);
  close(in);
}

/* As head does to a program in a pipeline. */
Test(remote_reach, ends_by_sigpipe_when_nobody_reads, .signal = SIGPIPE) {
  signal(SIGPIPE, SIG_DFL);
  close(replace(STDOUT_FILENO));
  command();
  call("puts", LZR_TYPE_PTR, (lzr_value){.ptr = commit_string("lost")});
  lzr_tpc_exit(tpc, 0);
}

/* It may ask for a password, or wait for a machine. */
Test(remote_reach, waits_for_a_command_longer_than_for_a_child,
     .timeout = 120) {
  expect_fine(create((struct lzr_remote_options){
      .command = "sh -c 'sleep 11; exec " LZR_EXECUTOR " stdio'"}));
  lzr_tpc_exit(tpc, 0);
}

/* The executor is gone without a word, as when ssh breaks: what the command
   ends with is not the program's status. */
Test(remote_reach, does_not_know_how_a_command_ended_the_program) {
  expect_fine(create((struct lzr_remote_options){
      .command = "sh -c '" LZR_EXECUTOR " stdio; exit 5'"}));
  kill(call("getppid", LZR_TYPE_I32, (lzr_value){.i = 0}), SIGKILL);
  while (lzr_tpc_ending(tpc)->kind == LZR_ENDING_RUNNING)
    usleep(1000);
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_LOST);
  lzr_tpc_close(tpc);
}

Test(remote_reach, tells_the_signal_behind_a_command) {
  int result;

  command();
  expect_error(
      try_call("raise", LZR_TYPE_I32, (lzr_value){.i = SIGSEGV}, &result),
      LZR_ERROR_CLOSED, "ended");
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_SIGNALLED);
  cr_expect_eq(lzr_tpc_ending(tpc)->status, SIGSEGV);
  lzr_tpc_close(tpc);
}

/* ---- Sockets ------------------------------------------------------------- */

/* Starts an executor and waits until it listens; for TCP, at a port that the
   system chose. */
static void listen_with(const char *arguments, char *line, size_t size) {
  int ends[2];
  pid_t id;
  ssize_t length;

  cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
  id = fork();
  if (id == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing */
    dup2(ends[1], STDERR_FILENO);
    execl("/bin/sh", "sh", "-c", arguments, NULL);
    _exit(127);
  }
  close(ends[1]);
  length = read(ends[0], line, size - 1);
  line[length > 0 ? length : 0] = '\0';
}

static void expect_use(const char *connect, const char *secret) {
  int status;

  expect_fine(create(
      (struct lzr_remote_options){.connect = connect,
                                  .secret = secret,
                                  .secret_size = secret ? strlen(secret) : 0}));
  cr_expect_eq(call("abs", LZR_TYPE_I32, (lzr_value){.i = -3}), 3);
  lzr_tpc_exit(tpc, 6);
  cr_expect_eq(lzr_tpc_ending(tpc)->kind, LZR_ENDING_EXITED, "as it says");
  cr_expect_eq(lzr_tpc_ending(tpc)->status, 6);
  lzr_tpc_close(tpc);
  wait(&status);
  cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 6);
}

Test(remote_reach, connects_to_a_unix_socket) {
  char folder[] = "/tmp/lzr-socket-XXXXXX", words[256], address[128];
  char line[256];

  cr_assert_not_null(mkdtemp(folder));
  snprintf(address, sizeof address, "unix:connect=%s/s", folder);
  snprintf(words, sizeof words, "exec %s unix:listen=%s/s", LZR_EXECUTOR,
           folder);
  listen_with(words, line, sizeof line);
  expect_use(address, NULL);
  cr_expect_eq(rmdir(folder), 0, "the socket is removed");
}

#define SECRET "0123456789abcdef"

/* "... HOST:PORT" at the end of the line says where it listens. */
static void listen_on_tcp(char *address, size_t size) {
  char line[512], *end;

  listen_with("LAZYRUN_SECRET=" SECRET " exec " LZR_EXECUTOR
              " --wait=3 tcp:listen=127.0.0.1:0",
              line, sizeof line);
  end = strstr(line, "127.0.0.1:");
  cr_assert_not_null(end, "'%s'", line);
  end[strcspn(end, "\n ")] = '\0';
  snprintf(address, size, "tcp:connect=%s", end);
}

Test(remote_reach, connects_over_tcp_with_the_secret) {
  char address[128];

  listen_on_tcp(address, sizeof address);
  expect_use(address, SECRET);
}

Test(remote_reach, is_refused_over_tcp_with_another_secret) {
  char address[128];

  listen_on_tcp(address, sizeof address);
  expect_error(create((struct lzr_remote_options){.connect = address,
                                                  .secret = "fedcba9876543210",
                                                  .secret_size = 16}),
               LZR_ERROR_TARGET, "secret");
  wait(NULL);
}

Test(remote_reach, is_refused_where_nobody_listens) {
  expect_error(create((struct lzr_remote_options){
                   .connect = "unix:connect=/no/such/socket"}),
               LZR_ERROR_TARGET, "/no/such/socket");
}
