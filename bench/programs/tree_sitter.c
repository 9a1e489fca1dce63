/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A short workload for tree-sitter: parses a file of JavaScript, walks through
   the tree, runs a query over it, edits the text and parses again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_javascript(void);

static char *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "r");
  char *text = malloc(1 << 20);
  if (!file || !text) {
    perror(path);
    exit(1);
  }
  *size = fread(text, 1, 1 << 20, file);
  fclose(file);
  return text;
}

static void walk(TSTree *tree) {
  unsigned nodes = 0, named = 0, depth = 0, deepest = 0;
  TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
  for (;;) {
    nodes++;
    named += ts_node_is_named(ts_tree_cursor_current_node(&cursor));
    if (ts_tree_cursor_goto_first_child(&cursor)) {
      if (++depth > deepest)
        deepest = depth;
      continue;
    }
    while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
      if (!ts_tree_cursor_goto_parent(&cursor)) {
        printf("%u nodes, %u named, %u deep\n", nodes, named, deepest);
        ts_tree_cursor_delete(&cursor);
        return;
      }
      depth--;
    }
  }
}

static void run_query(TSTree *tree) {
  static const char text[] =
      "(call_expression function: (identifier) @called)"
      "(pair key: (property_identifier) @key value: (arrow_function))"
      "((string) @text)";
  uint32_t place, found[3] = {0};
  TSQueryError error;
  TSQuery *query = ts_query_new(tree_sitter_javascript(), text, strlen(text),
                                &place, &error);
  TSQueryCursor *cursor = ts_query_cursor_new();
  TSQueryMatch match;
  if (!query)
    exit(1);
  ts_query_cursor_exec(cursor, query, ts_tree_root_node(tree));
  while (ts_query_cursor_next_match(cursor, &match))
    found[match.pattern_index]++;
  printf("%u calls, %u functions, %u strings\n", found[0], found[1], found[2]);
  ts_query_cursor_delete(cursor);
  ts_query_delete(query);
}

/* Inserts a comment in front of the text, and parses it again. */
static TSTree *edit(TSParser *parser, TSTree *tree, char *text, size_t *size) {
  static const char comment[] = "/* new */ ";
  const uint32_t length = sizeof comment - 1;
  const TSInputEdit change = {.new_end_byte = length,
                              .new_end_point = {0, length}};
  memmove(text + length, text, *size);
  memcpy(text, comment, length);
  *size += length;
  ts_tree_edit(tree, &change);
  return ts_parser_parse_string(parser, tree, text, (uint32_t)*size);
}

int main(int argc, char **argv) {
  size_t size;
  char *text = read_file(argc > 1 ? argv[1] : "", &size);
  TSParser *parser = ts_parser_new();
  if (!ts_parser_set_language(parser, tree_sitter_javascript()))
    return 1;
  TSTree *tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)size);
  walk(tree);
  run_query(tree);
  TSTree *edited = edit(parser, tree, text, &size);
  walk(edited);
  char *first = ts_node_string(ts_node_child(ts_tree_root_node(edited), 1));
  printf("%zu characters: %.60s\n", strlen(first), first);
  free(first);
  ts_tree_delete(edited);
  ts_tree_delete(tree);
  ts_parser_delete(parser);
  free(text);
  return 0;
}
