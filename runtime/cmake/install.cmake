# What `cmake --install` puts where. lazyrun.h and indirection.h go to the top
# of include/lazyrun/, so that the "tpc/..." they include is found beside them.
install(TARGETS lazyrun-wire lazyrun-target lazyrun ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS lazyrun-executor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(TARGET lazyrun-tool)
  install(TARGETS lazyrun-tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES runtime/lazyrun.h indirection/indirection.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lazyrun)
install(FILES tpc/error.h tpc/tpc.h tpc/remote.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lazyrun/tpc)
install(FILES LICENSE README.md runtime/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_file(runtime/cmake/lazyrun.pc.in lazyrun.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/lazyrun.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lazyrun)
configure_package_config_file(runtime/cmake/lazyrunConfig.cmake.in
  ${PROJECT_BINARY_DIR}/lazyrunConfig.cmake INSTALL_DESTINATION ${config_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lazyrunConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lazyrunConfig.cmake
              ${PROJECT_BINARY_DIR}/lazyrunConfigVersion.cmake
        DESTINATION ${config_dir})
