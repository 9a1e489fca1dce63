# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Debian packages, a package for each component of install.cmake:
# `cmake --workflow --preset package`.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The lazyrun authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENTS_ALL runtime dev tool passes executor)

# The library's package has the soname in its name, so that two can be installed.
set(library liblazyrun${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${library})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME liblazyrun-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${library} (= ${PROJECT_VERSION}), libffi-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS llvm-${LZR_LLVM}-dev) # for the static library
set(CPACK_DEBIAN_TOOL_PACKAGE_NAME lazyrun)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_TOOL_PACKAGE_RECOMMENDS lazyrun-executor)
set(CPACK_DEBIAN_TOOL_PACKAGE_SUGGESTS lazyrun-passes)
set(CPACK_DEBIAN_PASSES_PACKAGE_NAME lazyrun-passes)
set(CPACK_DEBIAN_PASSES_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PASSES_PACKAGE_DEPENDS "lazyrun (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_EXECUTOR_PACKAGE_NAME lazyrun-executor)
set(CPACK_DEBIAN_EXECUTOR_PACKAGE_SECTION devel)

foreach(component ${CPACK_COMPONENTS_ALL})
  string(TOUPPER ${component} upper)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME}
          RENAME copyright COMPONENT ${component})
endforeach()
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "The shared library, which programs load that are linked with lazyrun.")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Headers, static libraries, documents and examples, for programs that use lazyrun.")
set(CPACK_COMPONENT_TOOL_DESCRIPTION "The program that runs LLVM bitcode and object files.")
set(CPACK_COMPONENT_PASSES_DESCRIPTION "What lazyrun needs for its option --passes: the same program with LLVM's shared library.")
set(CPACK_COMPONENT_EXECUTOR_DESCRIPTION "The process, without a compiler, in which lazyrun can run programs.")
include(CPack)
