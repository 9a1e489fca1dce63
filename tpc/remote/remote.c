/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/remote.h"

#include <stdlib.h>
#include <unistd.h>

#include "tpc/remote.h"
#include "tpc/remote/callees.h"
#include "tpc/remote/ending.h"
#include "tpc/wire/forward.h"

/* How long a child may take to end, in milliseconds. */
enum { CHILD_TIMEOUT = 1000 };

const struct lzr_target_facts *lzr_remote_facts(const lzr_tpc *tpc) {
  return &lzr_remote_of(tpc)->setup.facts;
}

const char *lzr_remote_peer(const lzr_tpc *tpc) {
  return lzr_remote_of(tpc)->peer;
}

void lzr_remote_stand_before(const lzr_tpc *tpc) {
  const struct lzr_remote *remote = lzr_remote_of(tpc);

  if (remote->has_child)
    lzr_forward_signals(remote->child.id);
}

/* Ends the connection first, because the child waits for its end. */
void lzr_remote_close(lzr_tpc *tpc) {
  struct lzr_remote *remote = lzr_remote_of(tpc);

  if (remote->connection)
    lzr_connection_end(remote->connection, NULL);
  lzr_forks_stop(&remote->forks);
  lzr_heartbeat_join(remote);
  lzr_connection_destroy(remote->connection);
  lzr_forward_signals(0);
  if (remote->has_child)
    lzr_child_end(&remote->child, CHILD_TIMEOUT);
  if (remote->fini_kind)
    remote->fini_kind(remote);
  if (remote->has_claims)
    lzr_claims_fini(&remote->claims);
  lzr_remote_free_callees(remote);
  lzr_setup_fini(&remote->setup);
  lzr_news_fini(&remote->news);
  lzr_posted_fini(&remote->posted);
  lzr_forks_fini(&remote->forks);
  pthread_mutex_destroy(&remote->callees_lock);
  close(remote->stop);
  free(remote);
}
