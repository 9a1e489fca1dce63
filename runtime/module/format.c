/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/module/format.h"

#include <elf.h>
#include <endian.h>
#include <string.h>

/* Some bytes of a file that is looked at. */
struct view {
  const uint8_t *bytes;
  size_t size;
};

static struct view skip(struct view view, size_t count) {
  return (struct view){view.bytes + count, view.size - count};
}

static bool starts_with(struct view view, const char *bytes, size_t count) {
  return view.size >= count && memcmp(view.bytes, bytes, count) == 0;
}

/* A string literal, without its terminator. */
#define STARTS_WITH(view, literal)                                             \
  starts_with(view, literal, sizeof literal - 1)

/* ELF. */

static uint64_t load(struct view view, uint64_t offset, unsigned size) {
  uint64_t value = 0;
  if (offset > view.size || size > view.size - offset)
    return 0;
  for (unsigned i = size; i-- > 0;)
    value = value << 8 | view.bytes[offset + i];
  return value;
}

/* The first program header of that type: its place in the file and size. */
static bool find_segment(struct view file, uint32_t type, uint64_t *offset,
                         uint64_t *size) {
  uint64_t headers = load(file, offsetof(Elf64_Ehdr, e_phoff), 8);
  uint64_t count = load(file, offsetof(Elf64_Ehdr, e_phnum), 2);
  for (uint64_t i = 0; i < count; i++) {
    uint64_t at = headers + i * sizeof(Elf64_Phdr);
    if (load(file, at, 4) != type)
      continue;
    *offset = load(file, at + offsetof(Elf64_Phdr, p_offset), 8);
    *size = load(file, at + offsetof(Elf64_Phdr, p_filesz), 8);
    return *offset <= file.size && *size <= file.size - *offset;
  }
  return false;
}

/* Position-independent executables are shared libraries with a mark. */
static bool is_executable(struct view file) {
  uint64_t offset, size;
  bool has_dynamic = find_segment(file, PT_DYNAMIC, &offset, &size);
  for (uint64_t at = 0; has_dynamic && at + sizeof(Elf64_Dyn) <= size;
       at += sizeof(Elf64_Dyn))
    if (load(file, offset + at, 8) == DT_FLAGS_1)
      return load(file, offset + at + 8, 8) & DF_1_PIE;
  return !has_dynamic && find_segment(file, PT_INTERP, &offset, &size);
}

static enum lzr_format recognize_elf(struct view file) {
  bool is_big = file.size > EI_DATA && file.bytes[EI_DATA] == ELFDATA2MSB;
  uint64_t type = load(file, offsetof(Elf64_Ehdr, e_type), 2);
  switch (is_big ? type >> 8 | (type & 0xff) << 8 : type) {
  case ET_EXEC:
    return LZR_FORMAT_EXECUTABLE;
  case ET_DYN:
    return is_executable(file) ? LZR_FORMAT_EXECUTABLE
                               : LZR_FORMAT_SHARED_LIBRARY;
  case ET_CORE:
    return LZR_FORMAT_CORE;
  default: /* the reader of objects will say what is wrong with this one */
    return LZR_FORMAT_OBJECT;
  }
}

/* Other files of bytes. */

static enum lzr_format recognize_bytes(struct view file) {
  static const struct {
    const char *magic;
    uint8_t size;
    uint8_t format;
  } magics[] = {
      {"BC\xc0\xde", 4, LZR_FORMAT_BITCODE},
      {"\xde\xc0\x17\x0b", 4, LZR_FORMAT_BITCODE},
      {"!<arch>\n", 8, LZR_FORMAT_ARCHIVE},
      {"!<thin>\n", 8, LZR_FORMAT_THIN_ARCHIVE},
      {"\xfe\xed\xfa\xce", 4, LZR_FORMAT_MACH_O},
      {"\xfe\xed\xfa\xcf", 4, LZR_FORMAT_MACH_O},
      {"\xce\xfa\xed\xfe", 4, LZR_FORMAT_MACH_O},
      {"\xcf\xfa\xed\xfe", 4, LZR_FORMAT_MACH_O},
      {"\0asm", 4, LZR_FORMAT_WASM},
      {"CPCH", 4, LZR_FORMAT_PRECOMPILED},
      {"gpch", 4, LZR_FORMAT_PRECOMPILED},
      {"MZ", 2, LZR_FORMAT_PE},
      {"\0\0\xff\xff", 4, LZR_FORMAT_COFF}, /* of many sections */
      {"\x64\x86", 2, LZR_FORMAT_COFF},     /* x86-64 */
      {"\x64\xaa", 2, LZR_FORMAT_COFF},     /* AArch64 */
      {"\x4c\x01", 2, LZR_FORMAT_COFF},     /* x86 */
  };
  if (STARTS_WITH(file, "\x7f"
                        "ELF"))
    return recognize_elf(file);
  /* The magic number is followed by the number of architectures, which are few,
     or by a version from 45 on. */
  if (STARTS_WITH(file, "\xca\xfe\xba\xbe") && file.size >= 8)
    return file.bytes[7] < 43 && file.bytes[6] == 0 ? LZR_FORMAT_MACH_O
                                                    : LZR_FORMAT_JAVA;
  for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
    if (starts_with(file, magics[i].magic, magics[i].size))
      return (enum lzr_format)magics[i].format;
  return LZR_FORMAT_UNKNOWN;
}

/* Text. */

static bool is_space(uint8_t byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct view skip_space(struct view text) {
  while (text.size && is_space(*text.bytes))
    text = skip(text, 1);
  return text;
}

static struct view skip_line(struct view text) {
  const uint8_t *end = text.size ? memchr(text.bytes, '\n', text.size) : NULL;
  return skip(text, end ? (size_t)(end - text.bytes) + 1 : text.size);
}

static bool is_one_of(uint8_t byte, const char *bytes) {
  return byte && strchr(bytes, byte);
}

/* Whether the text begins with the word and something that is no part of it. */
static bool starts_with_word(struct view text, const char *word) {
  size_t length = strlen(word);
  return starts_with(text, word, length) && text.size > length &&
         (is_space(text.bytes[length]) ||
          is_one_of(text.bytes[length], "\"(:<={*&;["));
}

static bool starts_with_one(struct view text, const char *const *words) {
  for (; *words; words++)
    if (starts_with_word(text, *words))
      return true;
  return false;
}

static bool line_has(struct view text, char byte) {
  struct view rest = skip_line(text);
  return memchr(text.bytes, byte, (size_t)(rest.bytes - text.bytes)) != NULL;
}

/* The first line that is no comment tells whether the text is IR. */
static bool is_ir(struct view text) {
  static const char *const starts[] = {"source_filename", "target datalayout",
                                       "target triple",   "module asm",
                                       "attributes #",    NULL};
  bool has_comment = false;
  for (text = skip_space(text); text.size && *text.bytes == ';';
       text = skip_space(skip_line(text)))
    has_comment = true;
  if (text.size == 0)
    return has_comment;
  if (starts_with_word(text, "define") || starts_with_word(text, "declare"))
    return line_has(text, '@');
  if (is_one_of(*text.bytes, "@%$!^"))
    return line_has(text, '=');
  return starts_with_one(text, starts) || STARTS_WITH(text, "attributes #");
}

static bool is_c(struct view text) {
  static const char *const words[] = {
      "#include", "#define", "#if",       "#ifdef",   "#ifndef",   "#pragma",
      "#import",  "#undef",  "# include", "# define", "auto",      "bool",
      "char",     "class",   "const",     "double",   "enum",      "extern",
      "float",    "inline",  "int",       "long",     "namespace", "short",
      "signed",   "static",  "struct",    "template", "typedef",   "union",
      "unsigned", "using",   "void",      "volatile", NULL};
  text = skip_space(text);
  return STARTS_WITH(text, "//") || STARTS_WITH(text, "/*") ||
         STARTS_WITH(text, "# 1 \"") || STARTS_WITH(text, "#line ") ||
         starts_with_one(text, words);
}

static bool is_assembly(struct view text) {
  static const char *const directives[] = {
      ".arch", ".file",         ".text",       ".section", ".globl", ".global",
      ".data", ".intel_syntax", ".att_syntax", ".type",    NULL};
  for (text = skip_space(text); text.size && *text.bytes == '#';
       text = skip_space(skip_line(text)))
    ;
  return starts_with_one(text, directives) || STARTS_WITH(text, ".text\n");
}

static bool is_linker_script(struct view text) {
  text = skip_space(text);
  return STARTS_WITH(text, "/* GNU ld script") || STARTS_WITH(text, "GROUP") ||
         STARTS_WITH(text, "INPUT") || STARTS_WITH(text, "OUTPUT_FORMAT");
}

static bool is_blank(struct view text) {
  return skip_space(text).size == 0;
}

static enum lzr_format recognize_text(struct view text) {
  if (is_blank(text))
    return LZR_FORMAT_EMPTY;
  if (is_ir(text))
    return LZR_FORMAT_IR_TEXT;
  if (is_linker_script(text))
    return LZR_FORMAT_LINKER_SCRIPT;
  if (is_c(text))
    return LZR_FORMAT_C_SOURCE;
  return is_assembly(text) ? LZR_FORMAT_ASSEMBLY : LZR_FORMAT_UNKNOWN;
}

static enum lzr_format recognize(struct view file) {
  enum lzr_format format = recognize_bytes(file);
  return format == LZR_FORMAT_UNKNOWN ? recognize_text(file) : format;
}

static bool can_be_run(enum lzr_format format) {
  return format <= LZR_FORMAT_THIN_ARCHIVE;
}

enum lzr_format lzr_format_recognize(const uint8_t *bytes, size_t size,
                                     size_t *offset) {
  struct view file = {bytes, size};
  *offset = 0;
  if (!STARTS_WITH(file, "#!"))
    return recognize(file);
  struct view rest = skip_line(file);
  enum lzr_format format = recognize(rest);
  if (!can_be_run(format))
    return LZR_FORMAT_SCRIPT;
  *offset = (size_t)(rest.bytes - bytes);
  return format;
}

/* What to say. */

#define COMPILE "compile with 'clang -emit-llvm -c', or to an object file"

lzr_error *lzr_format_check(const char *name, enum lzr_format format) {
  static const char *const sentences[] = {
      [LZR_FORMAT_EMPTY] = "an empty file",
      [LZR_FORMAT_EXECUTABLE] =
          "an executable (ELF), which runs by itself; lazyrun runs bitcode and "
          "object files: " COMPILE " instead of linking",
      [LZR_FORMAT_SHARED_LIBRARY] =
          "a shared library (ELF), which is loaded with -l; lazyrun runs "
          "bitcode and object files: " COMPILE " instead of linking",
      [LZR_FORMAT_CORE] = "a core dump (ELF), not a program",
      [LZR_FORMAT_SCRIPT] =
          "a script for another interpreter; lazyrun runs bitcode and object "
          "files, in front of which there may be a '#!' line",
      [LZR_FORMAT_LINKER_SCRIPT] =
          "a linker script, not a library; give the files that it names",
      [LZR_FORMAT_C_SOURCE] = "source text, probably of C or C++; " COMPILE,
      [LZR_FORMAT_ASSEMBLY] =
          "assembly text for a processor; assemble it to an object file, with "
          "'clang -c'",
      [LZR_FORMAT_PRECOMPILED] =
          "a precompiled header or module, from which there is nothing to run",
      [LZR_FORMAT_MACH_O] = "a Mach-O file, for macOS; " COMPILE " for ELF",
      [LZR_FORMAT_COFF] = "a COFF object, for Windows; " COMPILE " for ELF",
      [LZR_FORMAT_PE] = "a program for Windows or DOS; " COMPILE " for ELF",
      [LZR_FORMAT_WASM] = "a WebAssembly module; " COMPILE " for ELF",
      [LZR_FORMAT_JAVA] = "a Java class; lazyrun runs LLVM's bitcode",
      [LZR_FORMAT_UNKNOWN] =
          "neither bitcode nor an ELF object, an archive or LLVM assembly",
  };
  if (can_be_run(format))
    return NULL;
  return lzr_error_create(LZR_ERROR_FORMAT, "%s: %s", name, sentences[format]);
}
