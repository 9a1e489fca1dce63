#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes records of what psql prints for one query that is explained several
times: the first plan, nanoseconds of processor time, further plans, and
nanoseconds again."""
import json
import statistics
import sys

mode, row, column = sys.argv[1:]
text, values = sys.stdin.read().strip(), []
while text:
    value, end = json.JSONDecoder().raw_decode(text)
    values.append(value)
    text = text[end:].lstrip()
if len(values) < 4:
    sys.exit("psql printed no plans")
first, before, after = values[0][0], values[1], values[-1]
plans = [value[0] for value in values[2:-1]]


def record(name, value):
    print("sample", f"postgresql-{mode}-{name}", row, column, f"{value:.4f}", sep="\t")


def median(get):
    return statistics.median(get(plan) for plan in plans)


record("emission", median(lambda plan: plan["JIT"]["Timing"]["Emission"]))
record("jit", median(lambda plan: plan["JIT"]["Timing"]["Total"]))
record("query", median(lambda plan: plan["Execution Time"]))
record("first", first["Execution Time"])
record("processor", (after - before) / 1e6 / len(plans))
