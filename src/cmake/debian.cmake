# What Debian's policy wants beside the installed files: compressed man pages, a changelog and the licence under its name there.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(root ${CPACK_TEMPORARY_DIRECTORY}/usr)
set(own ${root}/share/doc/weft)
file(GLOB pages ${root}/share/man/man*/*.[17])
file(TIMESTAMP ${own}/CHANGELOG.md date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${own}/changelog
     "weft (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n  * See CHANGELOG.md beside this file.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
file(RENAME ${own}/LICENSE ${own}/copyright)
file(CREATE_LINK copyright ${own}/LICENSE SYMBOLIC)
execute_process(COMMAND gzip -9n ${pages} ${own}/changelog COMMAND_ERROR_IS_FATAL ANY)
