# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The CPUs, and features of CPUs, that LLVM knows, for runtime/session/cpu_names.c. LLVM
# ignores a name that it does not know, and its C interface does not tell which it
# knows; llc lists them.
find_program(LLC llc PATHS ${LLVM_bindir} NO_DEFAULT_PATH NO_CACHE)
if(NOT LLC)
  message(FATAL_ERROR "There is no llc in ${LLVM_bindir}: install llvm-${LZR_LLVM}")
endif()

# Sets result to the names of one list in llc's help ("  name - what it is") as a C
# string, each with a 0 at its end.
function(lzr_quote_names help list result)
  string(REGEX MATCH "Available ${list} for this target:\n\n(  [^\n]+\n)+" part "${help}")
  string(REGEX MATCHALL "\n  [^ \n]+ +- " lines "\n${part}")
  if(NOT lines)
    message(FATAL_ERROR "${LLC} lists no ${list}")
  endif()
  list(TRANSFORM lines REPLACE "\n  ([^ ]+) +- " "\n    \"\\1\\\\0\"")
  list(JOIN lines "" lines)
  set(${result} "${lines}" PARENT_SCOPE)
endfunction()

set(text "/* Made by runtime/cmake/cpu_names.cmake. */\n")
foreach(arch ${LZR_architectures})
  execute_process(COMMAND ${LLC} -mtriple=${arch} -mcpu=help INPUT_FILE /dev/null
                  OUTPUT_QUIET ERROR_VARIABLE help COMMAND_ERROR_IS_FATAL ANY)
  lzr_quote_names("${help}" CPUs cpus)
  lzr_quote_names("${help}" features features)
  string(APPEND text "LZR_CPU_NAMES(${arch},${cpus},${features})\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/cpu_names.inc CONTENT "${text}" @ONLY)
