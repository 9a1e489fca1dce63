/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Finds out how an executor ended: from the operating system for a child, and
   from the executor's own report for one that is no child. Also reads crash
   reports. */
#include "tpc/remote/ending.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tpc/base/clock.h"
#include "tpc/remote/remote.h"
#include "tpc/wire/pack.h"
#include "tpc/wire/services.h"

enum {
  NEWS_TIMEOUT = 1000, /* milliseconds */
  MAX_FRAMES = 64,
  MAX_WHERE = 512, /* bytes */
  FRAME_SIZE = 8 + 1 + 8
};

void lzr_news_init(struct lzr_news *news) {
  pthread_mutex_init(&news->lock, NULL);
  lzr_condition_init(&news->changed);
}

void lzr_news_renew(struct lzr_news *news) {
  *news = (struct lzr_news){0};
  lzr_news_init(news);
}

static void free_frames(struct lzr_frame *frames, size_t count) {
  for (size_t i = 0; i < count; i++)
    free(frames[i].where);
  free(frames);
}

void lzr_news_fini(struct lzr_news *news) {
  free_frames((struct lzr_frame *)news->crash.frames, news->crash.frame_count);
  lzr_error_destroy(news->refusal);
  pthread_cond_destroy(&news->changed);
  pthread_mutex_destroy(&news->lock);
}

/* ---- What the executor says ---- */

/* Reads a string that may be shown on a terminal; never NULL on success. */
static char *read_where(struct lzr_reader *reader) {
  size_t size;
  const uint8_t *bytes = lzr_unpack_bytes(reader, &size);
  char *where;

  if (size > MAX_WHERE)
    size = MAX_WHERE;
  where = calloc(1, size + 1);
  for (size_t i = 0; where && i < size; i++)
    where[i] = bytes[i] < ' ' || bytes[i] == 0x7f ? '?' : (char)bytes[i];
  return where;
}

static bool read_frame(struct lzr_reader *reader, struct lzr_frame *frame) {
  frame->address = lzr_unpack_u64(reader);
  frame->is_return = lzr_unpack_bool(reader);
  frame->where = read_where(reader);
  return frame->where && !reader->failed;
}

/* Keeps as many frames as are wanted and can be read. */
static struct lzr_frame *read_frames(struct lzr_reader *reader, size_t *count) {
  size_t most = lzr_unpack_count(reader, FRAME_SIZE);
  struct lzr_frame *frames;

  *count = 0;
  if (most > MAX_FRAMES)
    most = MAX_FRAMES;
  frames = calloc(most + 1, sizeof *frames);
  while (frames && *count < most && read_frame(reader, &frames[*count]))
    ++*count;
  if (frames && *count < most)
    free(frames[*count].where);
  return frames;
}

static bool is_signal(uint32_t number) {
  return number > 0 && number < NSIG;
}

void lzr_remote_serve_crash(struct lzr_remote *remote, struct lzr_call *call) {
  struct lzr_ending crash = {.kind = LZR_ENDING_SIGNALLED};
  struct lzr_news *news = &remote->news;
  struct lzr_reader reader;
  struct lzr_frame *frames;
  bool fine;

  lzr_reader_init(&reader, call->bytes, call->size);
  crash.status = (int)lzr_unpack_u32(&reader);
  crash.fault = lzr_unpack_u64(&reader);
  fine = !reader.failed && is_signal((uint32_t)crash.status);
  frames = read_frames(&reader, &crash.frame_count);
  crash.frames = frames;
  pthread_mutex_lock(&news->lock);
  if (fine && !news->crashed && !news->final) {
    news->crashed = true;
    news->crash = crash;
    frames = NULL;
  }
  pthread_mutex_unlock(&news->lock);
  if (frames)
    free_frames(frames, crash.frame_count);
  lzr_call_drop(call);
}

void lzr_remote_serve_ending(struct lzr_remote *remote, struct lzr_call *call) {
  struct lzr_news *news = &remote->news;
  struct lzr_reader reader;
  bool signalled;
  uint32_t status;

  lzr_reader_init(&reader, call->bytes, call->size);
  signalled = lzr_unpack_bool(&reader);
  status = lzr_unpack_u32(&reader);
  if (signalled && !is_signal(status))
    reader.failed = true;
  pthread_mutex_lock(&news->lock);
  if (!reader.failed && !news->told) {
    news->told = true;
    news->tale = (struct lzr_ending){.kind = signalled ? LZR_ENDING_SIGNALLED
                                                       : LZR_ENDING_EXITED,
                                     .status = (int)(status & 0xff)};
  }
  pthread_mutex_unlock(&news->lock);
  lzr_call_answer(call, NULL, 0);
}

void lzr_remote_ended(void *data, const lzr_error *reason) {
  struct lzr_remote *remote = data;
  struct lzr_news *news = &remote->news;
  uint64_t one = 1;

  (void)reason;
  while (write(remote->stop, &one, sizeof one) < 0 && errno == EINTR)
    ;
  pthread_mutex_lock(&news->lock);
  news->closed = true;
  pthread_cond_broadcast(&news->changed);
  pthread_mutex_unlock(&news->lock);
}

/* ---- Waiting ---- */

bool lzr_remote_wait(struct lzr_remote *remote, int timeout) {
  struct lzr_news *news = &remote->news;
  struct timespec end = lzr_time_after((uint64_t)timeout * LZR_MILLISECOND);
  bool closed;

  pthread_mutex_lock(&news->lock);
  while (!news->closed &&
         pthread_cond_timedwait(&news->changed, &news->lock, &end) != ETIMEDOUT)
    ;
  closed = news->closed;
  pthread_mutex_unlock(&news->lock);
  return closed;
}

/* ---- The verdict ---- */

static struct lzr_ending ending_of_child(const struct lzr_child *child) {
  int status = child->status;

  if (!child->has_status)
    return (struct lzr_ending){.kind = LZR_ENDING_LOST};
  if (WIFSIGNALED(status))
    return (struct lzr_ending){.kind = LZR_ENDING_SIGNALLED,
                               .status = WTERMSIG(status)};
  return (struct lzr_ending){.kind = LZR_ENDING_EXITED,
                             .status = WEXITSTATUS(status)};
}

/* An error that only says that the connection was cut off adds nothing to the
   ending. */
static const char *find_reason(struct lzr_remote *remote) {
  const lzr_error *reason = remote->news.refusal;

  if (!reason)
    reason = lzr_connection_reason(remote->connection);
  return reason && lzr_error_get_kind(reason) != LZR_ERROR_CLOSED
             ? lzr_error_message(reason)
             : NULL;
}

/* A shell command that reaches an executor elsewhere (ssh) has a status of its
   own, which says nothing about the program: only the executor's report does,
   unless it is LLVM's, which makes none. For a local child, the operating
   system's report takes precedence. How a child of the program has ended
   concerns its parent alone, unless it has crashed. */
static struct lzr_ending judge(struct lzr_remote *remote) {
  struct lzr_news *news = &remote->news;
  struct lzr_ending ending = {.kind = LZR_ENDING_LOST};

  if (news->told && (remote->carries_stdio || !remote->has_child))
    ending = news->tale;
  else if (remote->has_child && (!remote->carries_stdio || remote->stock) &&
           lzr_child_wait(&remote->child, NEWS_TIMEOUT))
    ending = ending_of_child(&remote->child);
  if (news->crashed && ending.kind == LZR_ENDING_LOST)
    ending = (struct lzr_ending){.kind = LZR_ENDING_SIGNALLED,
                                 .status = news->crash.status};
  if (news->crashed && ending.kind == LZR_ENDING_SIGNALLED &&
      ending.status == news->crash.status)
    ending = news->crash;
  ending.reason = find_reason(remote);
  if (remote->forks.is_copy && ending.kind == LZR_ENDING_LOST && !ending.reason)
    ending = (struct lzr_ending){.kind = LZR_ENDING_EXITED};
  return ending;
}

const struct lzr_ending *lzr_remote_ending(lzr_tpc *tpc) {
  static const struct lzr_ending running = {.kind = LZR_ENDING_RUNNING};
  struct lzr_remote *remote = lzr_remote_of(tpc);
  struct lzr_news *news = &remote->news;
  const struct lzr_ending *ending = &running;

  if (lzr_connection_has_ended(remote->connection))
    lzr_remote_wait(remote, NEWS_TIMEOUT);
  pthread_mutex_lock(&news->lock);
  if (news->closed) {
    if (!news->final)
      news->ending = judge(remote);
    news->final = true;
    ending = &news->ending;
  }
  pthread_mutex_unlock(&news->lock);
  return ending;
}

void lzr_remote_finish(struct lzr_remote *remote) {
  if (!lzr_remote_wait(remote, NEWS_TIMEOUT))
    lzr_connection_end(remote->connection, NULL);
  lzr_remote_ending(&remote->tpc);
}

/* A fault that the executor itself reports (TARGET) makes it end in its own
   way: if it carries the program's output, it sends that first. */
void lzr_remote_reject(struct lzr_remote *remote, lzr_error *error) {
  struct lzr_news *news = &remote->news;

  if (!error)
    return;
  pthread_mutex_lock(&news->lock);
  if (!news->refusal)
    news->refusal = lzr_error_copy(error);
  pthread_mutex_unlock(&news->lock);
  if (remote->carries_stdio && lzr_error_get_kind(error) == LZR_ERROR_TARGET)
    lzr_error_destroy(error);
  else
    lzr_connection_end(remote->connection, error);
}
