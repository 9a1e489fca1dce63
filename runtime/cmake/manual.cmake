# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Manual pages and completions, from templates in runtime/tool/manual/ and from what
# the programs say themselves for --help.
set(manual ${PROJECT_BINARY_DIR}/manual)
set(folder ${PROJECT_SOURCE_DIR}/runtime/tool/manual)
file(MAKE_DIRECTORY ${manual})

# result: where it goes; form: see options.awk; target: the program; template.
function(lzr_add_manual result form target template)
  set(output ${manual}/${result})
  set(convert "awk -v form=${form} -v program=lazyrun -v version=${PROJECT_VERSION} -f options.awk")
  add_custom_command(OUTPUT ${output} DEPENDS ${target} ${folder}/options.awk ${folder}/${template}
    COMMAND bash -c "set -o pipefail && '$<TARGET_FILE:${target}>' --help | ${convert} - ${template} >'${output}'"
    WORKING_DIRECTORY ${folder} VERBATIM)
  set(outputs ${outputs} ${output} PARENT_SCOPE)
endfunction()

set(outputs)
lzr_add_manual(lazyrun.1 man lazyrun-tool lazyrun.1.in)
lzr_add_manual(lazyrun-executor.1 man lazyrun-executor lazyrun-executor.1.in)
lzr_add_manual(lazyrun.3 man lazyrun-tool lazyrun.3.in)
lzr_add_manual(lazyrun.bash bash lazyrun-tool completion.bash.in)
lzr_add_manual(_lazyrun zsh lazyrun-tool completion.zsh.in)
lzr_add_manual(lazyrun.fish fish lazyrun-tool completion.fish.in)
configure_file(${folder}/lazyrun-report.1.in ${manual}/lazyrun-report.1 @ONLY)
add_custom_target(manual ALL DEPENDS ${outputs})

if(LZR_INSTALL)
  install(FILES ${manual}/lazyrun.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tool)
  if(TARGET lazyrun-report)
    install(FILES ${manual}/lazyrun-report.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tool)
  endif()
  install(FILES ${manual}/lazyrun-executor.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT executor)
  install(FILES ${manual}/lazyrun.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 COMPONENT dev)
  install(FILES ${manual}/lazyrun.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
          RENAME lazyrun COMPONENT tool)
  install(FILES ${manual}/_lazyrun DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT tool)
  install(FILES ${manual}/lazyrun.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
          COMPONENT tool)
endif()
