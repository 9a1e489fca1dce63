# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Reads what a program prints for --help and writes its options in another form:
#
#   lazyrun --help | awk -v form=FORM -v program=lazyrun -f options.awk [TEMPLATE]
#
# FORM is man (entries of a manual page), bash, zsh or fish (completion). A line
# "@OPTIONS@" of TEMPLATE is where they go; the other lines are copied.
#
# An option's line is indented by two; what it does follows behind two or more
# spaces. Lines that are indented further belong to it. A line that ends with a
# colon begins a section.

FILENAME == "" || FILENAME == "-" { read_help($0); next }
/^@OPTIONS@$/ { write_all(); next }
{ gsub(/@VERSION@/, version); gsub(/@DATE@/, date); print }

function read_help(line,    text, gap) {
  if (line ~ /^  [^ ]/) {
    text = substr(line, 3)
    gap = match(text, /  +/)
    words[++count] = gap ? substr(text, 1, gap - 1) : text
    says[count] = gap ? substr(text, gap + RLENGTH) : ""
    open = 1
  } else if (line ~ /^   +/ && open) {
    sub(/^ +/, "", line)
    says[count] = says[count] (says[count] == "" ? "" : " ") line
  } else {
    open = 0
    if (line ~ /:$/ && line !~ /^[Uu]sage/) {
      words[++count] = ""
      says[count] = substr(line, 1, length(line) - 1)
    }
  }
}

function write_all(    i) {
  for (i = 1; i <= count; i++)
    if (form == "man")
      write_entry(words[i], says[i])
    else
      write_options(words[i], says[i])
}

# ---- Manual pages ----

function quoted(text) { # for troff
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/'/, "\\(aq", text)
  return text
}

# Capital letters behind = or a comma stand for something.
function marked(text,    out) {
  text = quoted(text)
  while (match(text, /[A-Z][A-Z]+/)) {
    out = out substr(text, 1, RSTART - 1) "\\fI" substr(text, RSTART, RLENGTH) "\\fB"
    text = substr(text, RSTART + RLENGTH)
  }
  return "\\fB" out text "\\fR"
}

function write_entry(option, does) {
  if (option == "") {
    print ".SS " quoted(does)
    return
  }
  print ".TP"
  print marked(option)
  if (does != "")
    print quoted(does)
}

# ---- Completion ----

# Options of one line are separated by commas or spaces.
function write_options(option, does,    parts, i, n) {
  n = split(option, parts, /,? /)
  for (i = 1; i <= n; i++)
    if (parts[i] ~ /^-/)
      write_option(parts[i], does)
}

function write_option(option, does,    name, value) {
  sub(/\[.*/, "", option) # --oop-launch[=COMMAND]: the value is optional
  name = option
  value = ""
  if (match(option, /=/)) {
    name = substr(option, 1, RSTART - 1)
    value = substr(option, RSTART + 1)
  } else if (option ~ /^-[lL][A-Z]+$/) {
    name = substr(option, 1, 2)
    value = substr(option, 3)
  }
  gsub(/'/, "", value) # one of blanks and quotes is cut at its first blank
  if (form == "bash")
    printf "  '%s'\n", name (value != "" && name ~ /^--/ ? "=" : "")
  else if (form == "zsh")
    printf "  '%s%s[%s]%s' \\\n", name, value == "" ? "" : name ~ /^--/ ? "=-" : "-", \
      for_zsh(does), value == "" ? "" : ":" value ":" zsh_action(value)
  else if (form == "fish")
    printf "complete -c %s %s%s -d '%s'\n", program, fish_name(name), \
      value == "" ? "" : value ~ /^(FILE|DIR|LIB)$/ ? " -r -F" : " -x", for_fish(does)
}

function zsh_action(value) {
  return value ~ /^(FILE|LIB)$/ ? "_files" : value == "DIR" ? "_files -/" : " "
}

function for_zsh(text) {
  gsub(/'/, "'\\''", text)
  gsub(/\[|\]|:/, "\\\\&", text)
  return text
}

function for_fish(text) {
  gsub(/['\\]/, "\\\\&", text)
  return text
}

function fish_name(name) {
  return name ~ /^--/ ? "-l " substr(name, 3) : length(name) == 2 ? "-s " substr(name, 2) : "-o " substr(name, 2)
}
