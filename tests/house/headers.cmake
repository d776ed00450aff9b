# weft_headers: every header of src/ compiled alone and twice, so that each brings what it needs of ours
# and guards itself. That it brings what it needs of the standard library, of fmt and of Boost is seen by
# the house rule headers-bring-their-names: reading those again for every header took ten times as long
# as all the rest. Not part of the default build; `./dev test headers` runs it.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/src/*.h)
set(units "")
foreach(header ${headers})
  string(REGEX REPLACE "[/.]" "_" name ${header})
  set(unit ${CMAKE_BINARY_DIR}/headers/${name}.cc)
  set(text "#include \"${header}\"\n#include \"${header}\"  // a second time\n")
  file(CONFIGURE OUTPUT ${unit} CONTENT "${text}" @ONLY)
  list(APPEND units ${unit})
endforeach()
if(units)
  add_library(weft_headers OBJECT EXCLUDE_FROM_ALL ${units})
  target_include_directories(weft_headers PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(weft_headers PRIVATE weft_vendors)
  weft_use_precompiled(weft_headers weft_pch)
  if(TARGET GTest::gtest)
    target_link_libraries(weft_headers PRIVATE GTest::gtest)  # headers that end in _for_test.h
  endif()
endif()
