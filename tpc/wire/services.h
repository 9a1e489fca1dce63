/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The services that lazyrun's executor offers beyond LLVM's, and the tags that
 * lazyrun's controller answers. tpc/PROTOCOL.md describes the whole protocol.
 * Names are bootstrap symbols of the Setup message; types are those of the
 * packing (pack.h), Error and Expected those of result.h.
 *
 * The key "lazyrun" of the Setup message's bootstrap map holds
 *     u32 version, string cpu, string features, u32 pointer_size,
 *     bool big_endian, u32 save form, u32 save mask, u32 save size,
 *     u64 tls_get_addr, u64 return_zero,
 *     three times (u64 start, u64 size): the parts of the window, by lzr_prot
 * so that the controller knows everything once it has the Setup message. Triple
 * and page size are where LLVM has them.
 */
#ifndef LZR_WIRE_SERVICES_H
#define LZR_WIRE_SERVICES_H

#define LZR_SETUP_KEY "lazyrun"
enum { LZR_SETUP_VERSION = 3 };

/* ---- Of the executor ----

   The quick services come first. The executor serves them in the order of
   arrival, so the controller need not await the answer to one that it posts.
   / */

/* Error(allocation: three times (u64 address, u64 size), by lzr_prot, size 0
         for none;
         seq of segments (u64 address, bytes, u64 zero_count);
         seq of actions (u8 kind, u64 address, u64 size);
         seq of stores (u64 address, u64 value))
   The controller hands out the window's addresses; the executor checks that
   they are free. */
#define LZR_SERVICE_COMMIT "lazyrun_commit"
/* Error(u64: the lowest lzr_prot's address of an allocation) */
#define LZR_SERVICE_RELEASE "lazyrun_release"
/* Expected<bytes>(u64 address, u64 size) */
#define LZR_SERVICE_READ "lazyrun_read"
/* Error(u64 address, bytes) */
#define LZR_SERVICE_WRITE "lazyrun_write"
/* Error(seq of (u64 address, u64 value)) */
#define LZR_SERVICE_STORE_POINTERS "lazyrun_store_pointers"
/* Expected<u64 context>(u64 tag): code that calls
   (*(uint64_t (**)(void *, uint64_t))context)(context, index) calls tag in the
   controller: u64(u64 index) */
#define LZR_SERVICE_ADD_HANDLER "lazyrun_add_handler"
/* Expected<u64 function>(u64 tag, u8 result, bytes: parameters, by lzr_type):
   a C function of that type that calls tag in the controller:
   Expected<u64 value>(seq of u64 values) */
#define LZR_SERVICE_ADD_FUNCTION "lazyrun_add_function"

/* Expected<u64 handle>(string path) */
#define LZR_SERVICE_OPEN_LIBRARY "lazyrun_open_library"
/* Expected<seq of (u64 address, u64 tls_module, u64 tls_offset)>(u64 handle,
         seq of (string name, bool required, bool thread_local_storage)) */
#define LZR_SERVICE_LOOKUP "lazyrun_lookup"
/* Error(seq of (string name, u64 address, u64 size, bool is_function)) */
#define LZR_SERVICE_SHOW "lazyrun_show"

/* The program services: they run on the executor's main thread when it is idle,
   else on a thread of the connection. */
/* Expected<u32 status>(u64 function, seq of string) */
#define LZR_SERVICE_RUN_MAIN "lazyrun_run_main"
/* Error(u64 function) */
#define LZR_SERVICE_RUN_VOID "lazyrun_run_void"
/* Expected<u64 value>(u64 function, u8 result, bytes: parameters,
         u64 fixed_count, seq of u64 values) */
#define LZR_SERVICE_CALL "lazyrun_call"
/* Calls exit(status), u32. No answer comes, because the executor ends. */
#define LZR_SERVICE_EXIT "lazyrun_exit"

/* ---- Of the controller ----
 *
 * Tags below LZR_TAG_FIRST_FREE are fixed; those of handlers and functions are
 * the controller's choice, from there on.
 */
enum {
  /* Called by an executor whose standard input and output are the
     connection. */
  LZR_TAG_OUTPUT = 0x6c7a7201, /* (u32 0 or errno, bool: whether output may fail
     there for lack of room)(u8 descriptor: 1 or 2, bytes). An empty answer
     says nothing of it. */
  LZR_TAG_INPUT = 0x6c7a7202,  /* bytes(u64 most); none at the end */

  /* Reports that the program crashed. The executor awaits no answer. void(u32
     signal, u64 fault address, seq of (u64 address, bool is_return, string:
     where, as far as the executor knows)), innermost first */
  LZR_TAG_CRASH = 0x6c7a7203,
  /* The last message of a relay, the process that stands before an executor
     that listens, connects, or has the connection as its stdio. It reports how
     the executor ended. void(bool signalled, u32 exit status or signal) */
  LZR_TAG_ENDING = 0x6c7a7204,
  /* The program is about to fork: Error(). Two sockets have been sent by the
     channel: the child's connection, and its channel. The other ends are the
     child's. */
  LZR_TAG_FORK = 0x6c7a7205,
  LZR_TAG_FORKED = 0x6c7a7206, /* it has forked, or could not: void() */
  LZR_TAG_FIRST_FREE = 0x6c7a7300
};

/* Prefixes of variables in the environment of an executor that a shell starts;
   a number follows each. The value is an entry to restore, or the name of a
   variable to remove. */
#define LZR_VARIABLE_SET "LAZYRUN_VARIABLE_"
#define LZR_VARIABLE_UNSET "LAZYRUN_NO_VARIABLE_"
/* A variable of an executor on the controller's machine: the descriptor number
   of its end of a channel (channel.h). */
#define LZR_VARIABLE_CHANNEL "LAZYRUN_CHANNEL"

#endif
