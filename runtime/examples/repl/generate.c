/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "generate.h"

#include <stdio.h>
#include <string.h>

struct generator {
  LLVMModuleRef module;
  LLVMBuilderRef builder;
  LLVMTypeRef number;
  LLVMValueRef function;
};

void name_function(const char *name, char symbol[MAX_SYMBOL]) {
  if (*name)
    snprintf(symbol, MAX_SYMBOL, "%s.def", name);
  else
    snprintf(symbol, MAX_SYMBOL, "line.now");
}

/* double (double, double, ...) */
static LLVMTypeRef type_of(const struct generator *generator, unsigned count) {
  LLVMTypeRef parameters[MAX_PARAMETERS];
  for (unsigned i = 0; i < count; i++)
    parameters[i] = generator->number;
  return LLVMFunctionType(generator->number, parameters, count, 0);
}

/* Expressions. */

static LLVMValueRef generate_node(struct generator *generator,
                                  const struct node *node);

/* The module's declaration of one of the calculator's functions. */
static LLVMValueRef find_function(struct generator *generator, const char *name,
                                  unsigned parameter_count) {
  char symbol[MAX_SYMBOL];
  name_function(name, symbol);
  LLVMValueRef function = LLVMGetNamedFunction(generator->module, symbol);
  return function ? function
                  : LLVMAddFunction(generator->module, symbol,
                                    type_of(generator, parameter_count));
}

static LLVMValueRef generate_call(struct generator *generator,
                                  const struct node *node) {
  LLVMValueRef arguments[MAX_PARAMETERS];
  for (unsigned i = 0; i < node->child_count; i++)
    arguments[i] = generate_node(generator, node->children[i]);
  return LLVMBuildCall2(generator->builder,
                        type_of(generator, node->child_count),
                        find_function(generator, node->name, node->child_count),
                        arguments, node->child_count, "");
}

static LLVMBasicBlockRef append_block(struct generator *generator,
                                      const char *name) {
  return LLVMAppendBasicBlockInContext(LLVMGetModuleContext(generator->module),
                                       generator->function, name);
}

/* A branch: from its first block to the block in which branches meet. *end is
   the block in which its value is known, because an expression may have several
   blocks itself. */
static LLVMValueRef generate_branch(struct generator *generator,
                                    const struct node *node,
                                    LLVMBasicBlockRef start,
                                    LLVMBasicBlockRef meeting,
                                    LLVMBasicBlockRef *end) {
  LLVMPositionBuilderAtEnd(generator->builder, start);
  LLVMValueRef value = generate_node(generator, node);
  *end = LLVMGetInsertBlock(generator->builder);
  LLVMBuildBr(generator->builder, meeting);
  return value;
}

/* NaN counts as true, like everything that is not 0. */
static LLVMValueRef generate_if(struct generator *generator,
                                const struct node *node) {
  LLVMBuilderRef builder = generator->builder;
  LLVMValueRef condition = generate_node(generator, node->children[0]);
  LLVMBasicBlockRef starts[] = {append_block(generator, "then"),
                                append_block(generator, "else")},
                    meeting = append_block(generator, "meeting"), ends[2];
  LLVMValueRef values[2];
  LLVMBuildCondBr(builder,
                  LLVMBuildFCmp(builder, LLVMRealUNE, condition,
                                LLVMConstReal(generator->number, 0), ""),
                  starts[0], starts[1]);
  for (int i = 0; i < 2; i++)
    values[i] = generate_branch(generator, node->children[1 + i], starts[i],
                                meeting, &ends[i]);
  LLVMPositionBuilderAtEnd(builder, meeting);
  LLVMValueRef result = LLVMBuildPhi(builder, generator->number, "");
  LLVMAddIncoming(result, values, ends, 2);
  return result;
}

static LLVMValueRef generate_comparison(struct generator *generator,
                                        const char *name, LLVMValueRef left,
                                        LLVMValueRef right) {
  static const struct {
    const char *name;
    LLVMRealPredicate predicate;
  } comparisons[] = {{"<", LLVMRealOLT},  {"<=", LLVMRealOLE},
                     {">", LLVMRealOGT},  {">=", LLVMRealOGE},
                     {"==", LLVMRealOEQ}, {"!=", LLVMRealUNE}};
  int i = 0;
  while (strcmp(comparisons[i].name, name) != 0)
    i++;
  LLVMValueRef truth = LLVMBuildFCmp(generator->builder,
                                     comparisons[i].predicate, left, right, "");
  return LLVMBuildUIToFP(generator->builder, truth, generator->number, "");
}

static LLVMValueRef generate_operator(struct generator *generator,
                                      const struct node *node) {
  LLVMBuilderRef builder = generator->builder;
  LLVMValueRef left = generate_node(generator, node->children[0]);
  if (node->child_count == 1)
    return LLVMBuildFNeg(builder, left, "");
  LLVMValueRef right = generate_node(generator, node->children[1]);
  switch (node->name[0]) {
  case '+':
    return LLVMBuildFAdd(builder, left, right, "");
  case '-':
    return LLVMBuildFSub(builder, left, right, "");
  case '*':
    return LLVMBuildFMul(builder, left, right, "");
  case '/':
    return LLVMBuildFDiv(builder, left, right, "");
  default:
    return generate_comparison(generator, node->name, left, right);
  }
}

static LLVMValueRef generate_node(struct generator *generator,
                                  const struct node *node) {
  switch (node->kind) {
  case NODE_NUMBER:
    return LLVMConstReal(generator->number, node->number);
  case NODE_PARAMETER:
    return LLVMGetParam(generator->function, node->parameter);
  case NODE_CALL:
    return generate_call(generator, node);
  case NODE_IF:
    return generate_if(generator, node);
  case NODE_OPERATOR:
    break;
  }
  return generate_operator(generator, node);
}

/* Functions. */

/* A function of C's is called by a function of our own, so that it, too, is
   looked for only when it is called. */
static LLVMValueRef generate_c_call(struct generator *generator,
                                    const struct function *function) {
  LLVMTypeRef type = type_of(generator, function->parameter_count);
  LLVMValueRef arguments[MAX_PARAMETERS];
  LLVMGetParams(generator->function, arguments);
  return LLVMBuildCall2(
      generator->builder, type,
      LLVMAddFunction(generator->module, function->name, type), arguments,
      function->parameter_count, "");
}

LLVMModuleRef generate(LLVMContextRef context,
                       const struct function *function) {
  char symbol[MAX_SYMBOL];
  name_function(function->name, symbol);
  struct generator generator = {
      .module = LLVMModuleCreateWithNameInContext(symbol, context),
      .builder = LLVMCreateBuilderInContext(context),
      .number = LLVMDoubleTypeInContext(context)};
  generator.function =
      find_function(&generator, function->name, function->parameter_count);
  LLVMPositionBuilderAtEnd(generator.builder,
                           append_block(&generator, "entry"));
  LLVMBuildRet(generator.builder,
               function->body ? generate_node(&generator, function->body)
                              : generate_c_call(&generator, function));
  LLVMDisposeBuilder(generator.builder);
  return generator.module;
}
