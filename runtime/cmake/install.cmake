# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What `cmake --install` puts where, in five components: runtime (the shared
# library), dev, tool, passes (for the tool) and executor.
install(TARGETS lazyrun-shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime
        NAMELINK_COMPONENT dev)
install(TARGETS lazyrun-llvm-module LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/${LZR_LLVM_FOLDER} COMPONENT runtime)
install(TARGETS lazyrun-wire lazyrun-target lazyrun-indirection lazyrun
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(TARGETS lazyrun-executor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT executor)
if(TARGET lazyrun-tool)
  install(TARGETS lazyrun-tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tool)
endif()
if(TARGET lazyrun-report)
  install(TARGETS lazyrun-report RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tool)
endif()
if(TARGET lazyrun-passes)
  install(TARGETS lazyrun-passes RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT passes)
endif()

foreach(header ${LZR_HEADERS})
  lzr_header_path(path ${header})
  cmake_path(GET path PARENT_PATH folder)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder} COMPONENT dev)
endforeach()

install(FILES LICENSE README.md runtime/CHANGELOG.md runtime/TOUR.md runtime/RECIPES.md
        runtime/HOW-A-CALL-BECOMES-CODE.md tpc/PROTOCOL.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT dev)
install(DIRECTORY runtime/examples indirection/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
        COMPONENT dev PATTERN CMakeLists.txt EXCLUDE)

# The package is found wherever it was installed or moved to.
file(RELATIVE_PATH pc_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(runtime/cmake/lazyrun.pc.in lazyrun.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lazyrun.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lazyrun)
configure_package_config_file(runtime/cmake/lazyrunConfig.cmake.in
  ${PROJECT_BINARY_DIR}/lazyrunConfig.cmake INSTALL_DESTINATION ${config_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lazyrunConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lazyrunConfig.cmake
              ${PROJECT_BINARY_DIR}/lazyrunConfigVersion.cmake
        DESTINATION ${config_dir} COMPONENT dev)
