/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The environment of an executor that a shell starts. A shell drops variables
 * whose names are not valid in a shell, and gives a few others values of its
 * own. So these variables are also sent as variables of lazyrun's, and the
 * executor restores them (tpc/executor/environment.c).
 */
#ifndef LZR_REMOTE_ENVIRONMENT_H
#define LZR_REMOTE_ENVIRONMENT_H

/* Makes the environment for a shell: environment itself, and copies of the
   variables that the shell must not change. variable, "NAME=VALUE", is added
   unless it is NULL. End it with lzr_environment_free(); NULL without
   memory. */
char **lzr_environment_for_shell(char **environment, const char *variable);
/* The same without a shell. */
char **lzr_environment_with(char **environment, const char *variable);
void lzr_environment_free(char **environment);

#endif
