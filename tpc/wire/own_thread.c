#include "tpc/wire/own_thread.h"

_Thread_local bool lzr_own_thread;
