/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/channel.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct message {
  struct msghdr header;
  struct iovec byte; /* a message must not be empty */
  char unused;
  alignas(
      struct cmsghdr) char control[CMSG_SPACE(LZR_CHANNEL_MOST * sizeof(int))];
};

static void prepare(struct message *message, size_t count) {
  *message = (struct message){.byte = {&message->unused, 1}};
  message->header =
      (struct msghdr){.msg_iov = &message->byte,
                      .msg_iovlen = 1,
                      .msg_control = message->control,
                      .msg_controllen = CMSG_SPACE(count * sizeof(int))};
}

/* A message stays whole. */
lzr_error *lzr_channel_open(int ends[2]) {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
    return NULL;
  return lzr_error_create(LZR_ERROR_FILE, "no pair of sockets: %s",
                          strerror(errno));
}

lzr_error *lzr_channel_send(int channel, const int *descriptors, size_t count) {
  struct message message;
  struct cmsghdr *part;
  ssize_t sent;

  prepare(&message, count);
  part = CMSG_FIRSTHDR(&message.header);
  *part = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                           .cmsg_type = SCM_RIGHTS,
                           .cmsg_len = CMSG_LEN(count * sizeof(int))};
  memcpy(CMSG_DATA(part), descriptors, count * sizeof(int));
  do
    sent = sendmsg(channel, &message.header, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent >= 0 ? NULL
                   : lzr_error_create(LZR_ERROR_CLOSED,
                                      "cannot pass descriptors on: %s",
                                      strerror(errno));
}

/* Copies the descriptors of one part of a message behind the first *count. What
   is too much is closed, and counted. */
static void take_part(struct cmsghdr *part, int *descriptors, size_t most,
                      size_t *count) {
  size_t size = part->cmsg_len - CMSG_LEN(0);

  for (size_t at = 0; at + sizeof(int) <= size; at += sizeof(int)) {
    int descriptor;

    memcpy(&descriptor, CMSG_DATA(part) + at, sizeof descriptor);
    if (*count < most)
      descriptors[*count] = descriptor;
    else
      close(descriptor);
    ++*count;
  }
}

static size_t take_all(struct msghdr *header, int *descriptors, size_t most) {
  size_t count = 0;

  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part;
       part = CMSG_NXTHDR(header, part))
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
      take_part(part, descriptors, most, &count);
  return count;
}

lzr_error *lzr_channel_receive(int channel, int *descriptors, size_t count) {
  struct message message;
  size_t received;
  ssize_t size;

  prepare(&message, LZR_CHANNEL_MOST);
  do
    size = recvmsg(channel, &message.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (size < 0 && errno == EINTR);
  if (size < 0)
    return lzr_error_create(LZR_ERROR_FORMAT, "no descriptors have come: %s",
                            strerror(errno));
  received = take_all(&message.header, descriptors, count);
  if (received == count)
    return NULL;
  for (size_t i = 0; i < received && i < count; i++)
    close(descriptors[i]);
  return lzr_error_create(
      LZR_ERROR_FORMAT, "%zu descriptors have come, not %zu", received, count);
}
