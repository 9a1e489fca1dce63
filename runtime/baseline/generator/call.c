/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls. In this order: values that are needed after the call go to their
 * slots; arguments on the stack are stored; those that are in registers move to
 * theirs, all at once; the others are loaded; the call.
 */
#include "runtime/baseline/generator/access.h"
#include "runtime/baseline/generator/frame.h"
#include "runtime/baseline/generator/operations.h"

/* An argument in a register, or the address of the callee. */
struct move {
  uint32_t value;
  uint32_t passing;
  uint8_t to;
  uint8_t from; /* LZR_GEN_NONE: it is not in a register, or has been moved */
  uint8_t part; /* of an aggregate */
};

/* Registers with arguments, for the result's address, and for the callee's. */
enum { MOVES = 8 + 8 + 1 + 1 };

struct outgoing_call {
  lzr_gen_instruction i;
  struct lzr_gen_abi abi;
  struct move moves[MOVES];
  size_t count;
};

static const struct lzr_ir_item *argument(const struct lzr_gen *g,
                                          lzr_gen_instruction i, uint32_t k) {
  return &g->ir->items[i->list + k];
}

static bool is_direct(const struct lzr_gen *g, uint32_t callee) {
  const struct lzr_ir_value *v = lzr_gen_value(g, callee);
  return v->kind == LZR_IR_SYMBOL && v->number == 0 &&
         g->ir->symbols[v->origin].function;
}

/* What is needed afterwards. */

static void count_uses(struct lzr_gen *g, lzr_gen_instruction i, int by) {
  lzr_gen_home(g, i->a)->uses += (uint32_t)by;
  for (uint32_t k = 0; k < i->count; k++)
    lzr_gen_home(g, argument(g, i, k)->value)->uses += (uint32_t)by;
}

static void store_what_lives(struct lzr_gen *g, lzr_gen_instruction i) {
  count_uses(g, i, -1);
  for (unsigned reg = 0; reg < LZR_GEN_REGISTERS; reg++)
    if (g->held[reg] && lzr_gen_home(g, g->held[reg])->uses)
      lzr_gen_store(g, g->held[reg]);
  count_uses(g, i, 1);
}

/* Arguments on the stack. */

static void copy_by_value(struct lzr_gen *g, uint32_t value, uint32_t passing,
                          struct lzr_gen_memory to) {
  uint32_t size = g->ir->layouts[passing >> LZR_IR_LAYOUT_SHIFT].size;
  lzr_gen_copy_bytes(g, to, lzr_gen_address(g, value), size);
}

static void store_number(struct lzr_gen *g, uint32_t value, uint32_t passing,
                         struct lzr_gen_memory to) {
  struct lzr_ir_type type = lzr_gen_value(g, value)->type;
  if (lzr_gen_is_floating_type(type)) {
    lzr_gen_write(g, type, lzr_gen_use(g, value), to);
    return;
  }
  bool is_signed = passing & LZR_IR_PASS_SIGN_EXTENDED;
  unsigned reg = lzr_gen_extended(g, value, is_signed, 8);
  g->target->store(g, 8, reg, to);
}

static void pass_on_stack(struct lzr_gen *g, const struct lzr_ir_item *item,
                          uint32_t offset) {
  struct lzr_gen_memory to = lzr_gen_at(g->target->stack, (int32_t)offset);
  if (lzr_gen_value(g, item->value)->type.class == LZR_IR_AGGREGATE)
    lzr_gen_write_value(g, item->value, to);
  else if (item->number & LZR_IR_PASS_BY_VALUE)
    copy_by_value(g, item->value, item->number, to);
  else
    store_number(g, item->value, item->number, to);
  lzr_gen_end_instruction(g);
}

/* Assignment. */

static void add_move(struct outgoing_call *call, uint32_t value,
                     uint32_t passing, uint8_t to) {
  call->moves[call->count++] =
      (struct move){value, passing, to, LZR_GEN_NONE, 0};
}

static void add_moves(const struct lzr_gen *g, struct outgoing_call *call,
                      const struct lzr_ir_item *item, uint8_t to) {
  struct lzr_ir_type type = lzr_gen_value(g, item->value)->type;
  unsigned count = type.class == LZR_IR_AGGREGATE
                       ? g->ir->layouts[type.layout].part_count
                       : 1;
  for (unsigned k = 0; k < count; k++) {
    add_move(call, item->value, lzr_gen_passing(g, type, item->number),
             (uint8_t)(to + k));
    call->moves[call->count - 1].part = (uint8_t)k;
  }
}

static void assign(struct lzr_gen *g, struct outgoing_call *call) {
  lzr_gen_instruction i = call->i;
  for (uint32_t k = 0; k < i->count; k++) {
    const struct lzr_ir_item *item = argument(g, i, k);
    if (!lzr_gen_check_argument(g, item->value, item->number))
      return;
    struct lzr_gen_passed passed = g->target->pass(
        &call->abi, g->ir, lzr_gen_value(g, item->value)->type, item->number);
    if (call->abi.stack > LZR_GEN_STACK_LIMIT) {
      lzr_ir_refuse(g->ir, "large arguments");
      return;
    }
    if (passed.reg == LZR_GEN_NONE)
      pass_on_stack(g, item, passed.offset);
    else
      add_moves(g, call, item, passed.reg);
  }
  if (!is_direct(g, i->a))
    add_move(call, i->a, 0, g->target->callee);
  uint32_t outgoing = (call->abi.stack + 15) & ~15u;
  if (outgoing > g->outgoing)
    g->outgoing = outgoing;
}

/* Moves between registers. */

static bool is_source(const struct outgoing_call *call, unsigned reg) {
  for (size_t k = 0; k < call->count; k++)
    if (call->moves[k].from == reg)
      return true;
  return false;
}

/* Does those moves that overwrite nothing which another one still needs. */
static bool move_some(struct lzr_gen *g, struct outgoing_call *call) {
  bool moved = false;
  for (size_t k = 0; k < call->count; k++) {
    struct move *move = &call->moves[k];
    if (move->from == LZR_GEN_NONE)
      continue;
    uint8_t from = move->from;
    move->from = LZR_GEN_NONE;
    if (from != move->to && is_source(call, move->to)) {
      move->from = from;
      continue;
    }
    if (from != move->to)
      g->target->copy(g, move->to, from);
    moved = true;
  }
  return moved;
}

/* All that are left are in circles. */
static bool turn_circle(struct lzr_gen *g, struct outgoing_call *call) {
  size_t k = 0;
  while (k < call->count && call->moves[k].from == LZR_GEN_NONE)
    k++;
  if (k == call->count)
    return false;
  uint8_t from = call->moves[k].from, to = call->moves[k].to;
  g->target->exchange(g, from, to);
  call->moves[k].from = LZR_GEN_NONE;
  for (size_t n = 0; n < call->count; n++) {
    struct move *other = &call->moves[n];
    if (other->from == to)
      other->from = from;
    else if (other->from == from)
      other->from = to;
  }
  return true;
}

static void move_registers(struct lzr_gen *g, struct outgoing_call *call,
                           bool moved[MOVES]) {
  for (size_t k = 0; k < call->count; k++) {
    int8_t reg = lzr_gen_home(g, call->moves[k].value)->reg;
    moved[k] = reg >= 0;
    if (moved[k])
      call->moves[k].from = (uint8_t)reg;
  }
  while (move_some(g, call) || turn_circle(g, call))
    ;
}

static void load_argument(struct lzr_gen *g, const struct move *move) {
  const struct lzr_ir_value *v = lzr_gen_value(g, move->value);
  if (v->type.class != LZR_IR_AGGREGATE) {
    lzr_gen_load_into(g, move->value, move->to);
  } else if (v->kind == LZR_IR_CONSTANT) {
    g->target->zero(g, move->to);
  } else {
    const struct lzr_ir_layout *layout = &g->ir->layouts[v->type.layout];
    int32_t offset = (int32_t)layout->parts[move->part].offset;
    g->target->load(g, lzr_gen_slot_size(layout->parts[move->part].type),
                    move->to,
                    lzr_gen_frame(g, lzr_gen_slot(g, move->value) + offset));
  }
}

/* Loads what is left, with two registers for help. */
static void load_rest(struct lzr_gen *g, const struct outgoing_call *call,
                      const bool moved[MOVES]) {
  lzr_gen_forget_registers(g);
  g->locked = (g->target->general | g->target->floating) & ~g->target->helpers;
  for (size_t k = 0; k < call->count; k++) {
    const struct move *move = &call->moves[k];
    if (!moved[k])
      load_argument(g, move);
    if (move->passing & (LZR_IR_PASS_ZERO_EXTENDED | LZR_IR_PASS_SIGN_EXTENDED))
      g->target->extend(g, move->to, lzr_gen_value(g, move->value)->type.bits,
                        move->passing & LZR_IR_PASS_SIGN_EXTENDED,
                        lzr_gen_wide(lzr_gen_value(g, move->value)->type.bits));
  }
}

/* The call and its result. */

static void emit(struct lzr_gen *g, const struct outgoing_call *call) {
  uint32_t callee = call->i->a;
  g->target->call(g, is_direct(g, callee) ? lzr_gen_value(g, callee) : NULL,
                  &call->abi, call->i->sub);
}

static void store_parts(struct lzr_gen *g, uint32_t result,
                        struct lzr_gen_results results) {
  const struct lzr_ir_layout *layout =
      &g->ir->layouts[lzr_gen_value(g, result)->type.layout];
  int32_t slot = lzr_gen_slot(g, result);
  for (unsigned k = 0; k < layout->part_count; k++)
    lzr_gen_write(g, layout->parts[k].type, results.regs[k],
                  lzr_gen_frame(g, slot + (int32_t)layout->parts[k].offset));
  lzr_gen_define_stored(g, result);
}

static void take_result(struct lzr_gen *g, uint32_t result) {
  struct lzr_ir_type type = lzr_gen_value(g, result)->type;
  if (!lzr_gen_check_result(g, type))
    return;
  struct lzr_gen_results results = g->target->find_results(g->ir, type);
  if (type.class == LZR_IR_AGGREGATE) {
    store_parts(g, result, results);
    return;
  }
  g->locked |= LZR_GEN_BIT(results.regs[0]);
  lzr_gen_define(g, result, results.regs[0]);
}

void lzr_gen_generate_call_at(struct lzr_gen *g, lzr_gen_instruction i,
                              uint32_t *start, uint32_t *end) {
  struct outgoing_call call = {.i = i};
  bool moved[MOVES];
  store_what_lives(g, i);
  assign(g, &call);
  move_registers(g, &call, moved);
  load_rest(g, &call, moved);
  *start = (uint32_t)g->code->size;
  emit(g, &call);
  *end = (uint32_t)g->code->size;
  lzr_gen_forget_registers(g);
  for (uint32_t k = 0; k < i->count; k++)
    lzr_gen_done(g, argument(g, i, k)->value);
  lzr_gen_done(g, i->a);
  if (i->result)
    take_result(g, i->result);
}

void lzr_gen_generate_call(struct lzr_gen *g, lzr_gen_instruction i) {
  uint32_t start, end;
  lzr_gen_generate_call_at(g, i, &start, &end);
}
