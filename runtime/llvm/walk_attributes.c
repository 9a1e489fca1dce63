/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Attributes, and whatever else about a function or a call says how to compile
 * it. What is not named here is not known to be harmless.
 */
#include <llvm-c/Core.h>
#include <string.h>

#include "runtime/llvm/source_private.h"
#include "runtime/llvm/walk_private.h"

/* Attributes that only tell an optimizer what it may assume. */
static const char *const harmless_of_parameter[] = {
    "noundef",         "nonnull",
    "nocapture",       "captures",
    "readonly",        "readnone",
    "writeonly",       "noalias",
    "dereferenceable", "dereferenceable_or_null",
    "returned",        "immarg",
    "nofree",          "noext",
    "range",           "nofpclass",
    "writable",        "dead_on_unwind",
    "dead_on_return",  "initializes",
    "allocalign",      "allocptr"};

/* Those of functions may also say what baseline code is like anyway: it is not
   optimized, uses no red zone, has unwind records and a frame pointer, and
   calls through the GOT. */
static const char *const harmless_of_function[] = {"noinline",
                                                   "alwaysinline",
                                                   "inlinehint",
                                                   "optnone",
                                                   "optsize",
                                                   "minsize",
                                                   "optdebug",
                                                   "cold",
                                                   "hot",
                                                   "norecurse",
                                                   "nounwind",
                                                   "noreturn",
                                                   "willreturn",
                                                   "mustprogress",
                                                   "nofree",
                                                   "nosync",
                                                   "nocallback",
                                                   "memory",
                                                   "readnone",
                                                   "readonly",
                                                   "argmemonly",
                                                   "uwtable",
                                                   "noredzone",
                                                   "nonlazybind",
                                                   "allocsize",
                                                   "allockind",
                                                   "nobuiltin",
                                                   "builtin",
                                                   "nomerge",
                                                   "noduplicate",
                                                   "convergent",
                                                   "speculatable",
                                                   "null_pointer_is_valid",
                                                   "nodivergencesource",
                                                   "nocreateundeforpoison",
                                                   "norecurse"};

static const char *const harmless_strings[] = {
    "frame-pointer",
    "min-legal-vector-width",
    "no-trapping-math",
    "stack-protector-buffer-size",
    "target-cpu",
    "tune-cpu",
    "alloc-family",
    "alloc-variant-zeroed",
    "no-jump-tables",
    "disable-tail-calls",
    "less-precise-fpmad",
    "no-infs-fp-math",
    "no-nans-fp-math",
    "no-signed-zeros-fp-math",
    "unsafe-fp-math",
    "approx-func-fp-math",
    "correctly-rounded-divide-sqrt-fp-math"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_among(const char *const *names, size_t count, const char *name,
                     size_t length) {
  for (size_t i = 0; i < count; i++)
    if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
      return true;
  return false;
}

/* Kinds. */

static unsigned kind_of(const char *name) {
  unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
  return kind < LZR_WALK_ATTRIBUTE_KINDS ? kind : 0; /* 0 is none's */
}

static void set(struct lzr_walk *walk, const char *name,
                enum lzr_walk_attribute meaning) {
  walk->of_parameter[kind_of(name)] = (uint8_t)meaning;
}

void lzr_walk_find_attributes(struct lzr_walk *walk) {
  for (size_t i = 0; i < COUNT(harmless_of_parameter); i++)
    set(walk, harmless_of_parameter[i], LZR_ATTRIBUTE_HARMLESS);
  for (size_t i = 0; i < COUNT(harmless_of_function); i++)
    walk->of_function[kind_of(harmless_of_function[i])] = true;
  set(walk, "zeroext", LZR_ATTRIBUTE_ZERO_EXTENDED);
  set(walk, "signext", LZR_ATTRIBUTE_SIGN_EXTENDED);
  set(walk, "byval", LZR_ATTRIBUTE_BY_VALUE);
  set(walk, "sret", LZR_ATTRIBUTE_RESULT);
  set(walk, "align", LZR_ATTRIBUTE_ALIGN);
  set(walk, "alignstack", LZR_ATTRIBUTE_STACK_ALIGN);
  walk->of_parameter[0] = LZR_ATTRIBUTE_UNKNOWN;
  walk->of_function[0] = false;
  walk->returns_twice = kind_of("returns_twice");
}

static enum lzr_walk_attribute meaning_of(const struct lzr_walk *walk,
                                          LLVMAttributeRef attribute) {
  if (LLVMIsStringAttribute(attribute))
    return LZR_ATTRIBUTE_UNKNOWN;
  unsigned kind = LLVMGetEnumAttributeKind(attribute);
  return kind < LZR_WALK_ATTRIBUTE_KINDS ? walk->of_parameter[kind]
                                         : LZR_ATTRIBUTE_UNKNOWN;
}

/* Parameters and results. */

enum { LISTED = 64 };

/* The attributes of one place. */
struct attribute_list {
  LLVMAttributeRef attributes[LISTED];
  unsigned count;
};

static void list(struct lzr_walk *walk, LLVMValueRef function, unsigned index,
                 struct attribute_list *place) {
  unsigned count = LLVMGetAttributeCountAtIndex(function, index);
  if (place->count + count > LISTED) {
    lzr_ir_refuse(walk->ir, "many attributes");
    return;
  }
  if (count)
    LLVMGetAttributesAtIndex(function, index, place->attributes + place->count);
  place->count += count;
}

static void list_of_call(struct lzr_walk *walk, LLVMValueRef call,
                         unsigned index, struct attribute_list *place) {
  unsigned count = LLVMGetCallSiteAttributeCount(call, index);
  if (count > LISTED) {
    lzr_ir_refuse(walk->ir, "many attributes");
    return;
  }
  if (count)
    LLVMGetCallSiteAttributes(call, index, place->attributes);
  place->count = count;
}

static void refuse(struct lzr_walk *walk, LLVMAttributeRef attribute) {
  if (LLVMIsStringAttribute(attribute)) {
    unsigned length;
    lzr_ir_refuse_name(walk->ir, "attribute ",
                       LLVMGetStringAttributeKind(attribute, &length));
    return;
  }
  lzr_ir_refuse(walk->ir, "an attribute");
}

/* A copy lies where its type, or an attribute, says. */
static uint32_t by_value(struct lzr_walk *walk, LLVMTypeRef type,
                         uint64_t align) {
  enum { LIMIT = 1024, STACK_ALIGN = 16 };
  uint32_t number = lzr_walk_layout(walk, type);
  struct lzr_ir_layout *layout = &walk->ir->layouts[number];
  if (align)
    layout->align = (uint32_t)align;
  if (layout->size > LIMIT)
    lzr_ir_refuse(walk->ir, "a large argument by value");
  if (layout->align > STACK_ALIGN)
    lzr_ir_refuse(walk->ir, "an argument's alignment");
  return LZR_IR_PASS_BY_VALUE | number << LZR_IR_LAYOUT_SHIFT;
}

static uint32_t passing_of(struct lzr_walk *walk,
                           const struct attribute_list *place) {
  uint32_t passing = 0;
  uint64_t align = 0;
  LLVMTypeRef copied = NULL;
  for (unsigned i = 0; i < place->count; i++) {
    LLVMAttributeRef attribute = place->attributes[i];
    switch (meaning_of(walk, attribute)) {
    case LZR_ATTRIBUTE_HARMLESS:
      break;
    case LZR_ATTRIBUTE_ZERO_EXTENDED:
      passing |= LZR_IR_PASS_ZERO_EXTENDED;
      break;
    case LZR_ATTRIBUTE_SIGN_EXTENDED:
      passing |= LZR_IR_PASS_SIGN_EXTENDED;
      break;
    case LZR_ATTRIBUTE_RESULT:
      passing |= LZR_IR_PASS_RESULT;
      break;
    case LZR_ATTRIBUTE_BY_VALUE:
      copied = LLVMGetTypeAttributeValue(attribute);
      break;
    case LZR_ATTRIBUTE_ALIGN:
      align = LLVMGetEnumAttributeValue(attribute);
      break;
    case LZR_ATTRIBUTE_STACK_ALIGN: /* every argument has 8 */
      if (LLVMGetEnumAttributeValue(attribute) > 8)
        refuse(walk, attribute);
      break;
    default:
      refuse(walk, attribute);
    }
  }
  return copied ? passing | by_value(walk, copied, align) : passing;
}

uint32_t lzr_walk_passing(struct lzr_walk *walk, unsigned index) {
  struct attribute_list place = {.count = 0};
  list(walk, walk->function, index, &place);
  return passing_of(walk, &place);
}

/* LLVM looks at the callee's attributes too, if it knows the callee. */
uint32_t lzr_walk_call_passing(struct lzr_walk *walk, LLVMValueRef call,
                               unsigned index) {
  struct attribute_list place = {.count = 0};
  LLVMValueRef callee = LLVMGetCalledValue(call);
  list_of_call(walk, call, index, &place);
  if (LLVMGetValueKind(callee) == LLVMFunctionValueKind)
    list(walk, callee, index, &place);
  return passing_of(walk, &place);
}

/* Functions. */

static bool has_text(const char *text, unsigned length, const char *wanted) {
  return length == strlen(wanted) && memcmp(text, wanted, length) == 0;
}

/* Features that a CPU has besides those that baseline code uses change nothing;
   all but these might, such as soft-float. */
static bool is_known_feature(const char *name, size_t length) {
  static const char *const known[] = {"+64bit",
                                      "+adx",
                                      "+aes",
                                      "+avx",
                                      "+avx2",
                                      "+bmi",
                                      "+bmi2",
                                      "+clflushopt",
                                      "+clwb",
                                      "+clzero",
                                      "+cmov",
                                      "+crc32",
                                      "+cx16",
                                      "+cx8",
                                      "+f16c",
                                      "+fma",
                                      "+fsgsbase",
                                      "+fxsr",
                                      "+gfni",
                                      "+invpcid",
                                      "+lwp",
                                      "+lzcnt",
                                      "+mmx",
                                      "+movbe",
                                      "+mwaitx",
                                      "+pclmul",
                                      "+pku",
                                      "+popcnt",
                                      "+prfchw",
                                      "+rdpid",
                                      "+rdpru",
                                      "+rdrnd",
                                      "+rdseed",
                                      "+sahf",
                                      "+sha",
                                      "+sse",
                                      "+sse2",
                                      "+sse3",
                                      "+sse4.1",
                                      "+sse4.2",
                                      "+sse4a",
                                      "+ssse3",
                                      "+vaes",
                                      "+vpclmulqdq",
                                      "+wbnoinvd",
                                      "+x87",
                                      "+xsave",
                                      "+xsavec",
                                      "+xsaveopt",
                                      "+xsaves",
                                      "+fp-armv8",
                                      "+neon",
                                      "+outline-atomics",
                                      "+v8a",
                                      "-fmv",
                                      "+v8.1a",
                                      "+v8.2a",
                                      "+v8.3a",
                                      "+v8.4a",
                                      "+v8.5a",
                                      "+v9a",
                                      "+lse",
                                      "+crc",
                                      "+crypto",
                                      "+rdm",
                                      "+ras",
                                      "+dotprod",
                                      "+rcpc",
                                      "+fullfp16",
                                      "+aes",
                                      "+sha2",
                                      "+perfmon"};
  bool is_off_vector =
      length > 4 && (memcmp(name, "-avx", 4) == 0 ||
                     (length > 6 && memcmp(name, "-avx512", 6) == 0));
  return is_off_vector || is_among(known, COUNT(known), name, length);
}

static bool are_features_known(const char *text, size_t length) {
  while (length) {
    const char *comma = memchr(text, ',', length);
    size_t one = comma ? (size_t)(comma - text) : length;
    if (one && !is_known_feature(text, one))
      return false;
    one += comma != NULL;
    text += one;
    length -= one;
  }
  return true;
}

static bool is_harmless_string(LLVMAttributeRef attribute) {
  unsigned length, value_length;
  const char *name = LLVMGetStringAttributeKind(attribute, &length);
  const char *value = LLVMGetStringAttributeValue(attribute, &value_length);
  if (has_text(name, length, "target-features"))
    return are_features_known(value, value_length);
  return is_among(harmless_strings, COUNT(harmless_strings), name, length);
}

static void check_function_attributes(struct lzr_walk *walk,
                                      const struct attribute_list *place) {
  for (unsigned i = 0; i < place->count; i++) {
    LLVMAttributeRef attribute = place->attributes[i];
    bool harmless = false;
    if (LLVMIsStringAttribute(attribute)) {
      harmless = is_harmless_string(attribute);
    } else {
      unsigned kind = LLVMGetEnumAttributeKind(attribute);
      harmless = kind < LZR_WALK_ATTRIBUTE_KINDS && walk->of_function[kind];
    }
    if (!harmless)
      refuse(walk, attribute);
  }
}

/* Those of LLVM's own numbers that mean the C convention, unless the optimizer
   changes them together with all callers. */
static bool is_known_convention(unsigned convention) {
  return convention == LLVMCCallConv || convention == LLVMFastCallConv;
}

static void check_metadata(struct lzr_walk *walk) {
  static const char *const harmless[] = {"dbg", "prof", "type",
                                         "section_prefix"};
  size_t count;
  LLVMValueMetadataEntry *entries =
      LLVMGlobalCopyAllMetadata(walk->function, &count);
  for (unsigned i = 0; i < count; i++) {
    unsigned kind = LLVMValueMetadataEntriesGetKind(entries, i);
    bool is_harmless = false;
    for (size_t k = 0; k < COUNT(harmless); k++)
      is_harmless |=
          kind == LLVMGetMDKindIDInContext(walk->source->context, harmless[k],
                                           (unsigned)strlen(harmless[k]));
    if (!is_harmless)
      lzr_ir_refuse(walk->ir, "metadata of a function");
  }
  LLVMDisposeValueMetadataEntries(entries);
}

void lzr_walk_check_function(struct lzr_walk *walk) {
  enum { ALIGN_LIMIT = 16 };
  struct lzr_ir *ir = walk->ir;
  LLVMValueRef function = walk->function;
  struct attribute_list place = {.count = 0};
  if (!walk->module_known)
    lzr_ir_refuse(ir, "a module flag");
  list(walk, function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, &place);
  check_function_attributes(walk, &place);
  if (!is_known_convention(LLVMGetFunctionCallConv(function)))
    lzr_ir_refuse(ir, "a calling convention");
  if (*(LLVMGetSection(function) ? LLVMGetSection(function) : ""))
    lzr_ir_refuse(ir, "a section");
  if (LLVMGetAlignment(function) > ALIGN_LIMIT)
    lzr_ir_refuse(ir, "a function's alignment");
  if (LLVMHasPrefixData(function) || LLVMHasPrologueData(function) ||
      LLVMGetGC(function))
    lzr_ir_refuse(ir, "data in front of a function, or garbage collection");
  check_metadata(walk);
}

/* Calls. */

static void check_twice(struct lzr_walk *walk, LLVMValueRef call) {
  LLVMAttributeIndex index = (LLVMAttributeIndex)LLVMAttributeFunctionIndex;
  LLVMValueRef callee = LLVMGetCalledValue(call);
  if (LLVMGetCallSiteEnumAttribute(call, index, walk->returns_twice) ||
      (LLVMGetValueKind(callee) == LLVMFunctionValueKind &&
       LLVMGetEnumAttributeAtIndex(callee, index, walk->returns_twice)))
    lzr_ir_refuse(walk->ir, "a call that returns twice");
}

void lzr_walk_check_call(struct lzr_walk *walk, LLVMValueRef call) {
  struct attribute_list place = {.count = 0};
  list_of_call(walk, call, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
               &place);
  check_twice(walk, call);
  check_function_attributes(walk, &place);
  if (LLVMGetNumOperandBundles(call))
    lzr_ir_refuse(walk->ir, "an operand bundle");
  if (!is_known_convention(LLVMGetInstructionCallConv(call)))
    lzr_ir_refuse(walk->ir, "a calling convention");
}
