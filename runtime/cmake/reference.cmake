# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# `reference`: an HTML reference of the public headers, in reference/html of the
# build folder.
find_program(DOXYGEN doxygen)
mark_as_advanced(DOXYGEN)
if(DOXYGEN)
  configure_file(runtime/cmake/Doxyfile.in Doxyfile @ONLY)
  set(command ${DOXYGEN} -q Doxyfile)
else()
  set(command ${CMAKE_COMMAND} -E echo "The reference is made by doxygen: apt-get install doxygen"
      COMMAND ${CMAKE_COMMAND} -E false)
endif()
add_custom_target(reference COMMAND ${command} WORKING_DIRECTORY ${PROJECT_BINARY_DIR} VERBATIM)
