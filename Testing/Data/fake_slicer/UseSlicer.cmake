option(BUILD_TESTING "As CTest has it" ON)

macro(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(MODULE "WITH_GENERIC_TESTS;WITH_SUBDIR" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  if(NOT MODULE_NAME OR MODULE_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "bad arguments: ${ARGN}")
  endif()
  foreach(file IN LISTS MODULE_SCRIPTS MODULE_RESOURCES)
    if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
      message(FATAL_ERROR "nonexistent file ${file}")
    endif()
    configure_file(${file} ${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}/${file} COPYONLY)
  endforeach()
  # As in CTK, the module's whole folder in the build tree is what is packaged.
  install(DIRECTORY ${CMAKE_BINARY_DIR}/${Slicer_QTSCRIPTEDMODULES_LIB_DIR}/
    DESTINATION ${Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR} COMPONENT RuntimeLibraries)
endmacro()

macro(slicer_add_python_unittest)
  cmake_parse_arguments(UNITTEST "" "SCRIPT" "" ${ARGN})
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${UNITTEST_SCRIPT})
    message(FATAL_ERROR "nonexistent test ${UNITTEST_SCRIPT}")
  endif()
endmacro()
