/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Draws a trace as SVG: a row of bars for each thread, with what lies in a bar
 * below it, as in a flame chart; and below the threads, how much memory was
 * filled.
 */
#ifndef LZR_REPORT_DRAW_H
#define LZR_REPORT_DRAW_H

#include <stdio.h>

#include "runtime/report/trace.h"

void draw(const struct trace *trace, FILE *file);

#endif
