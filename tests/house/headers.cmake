# weft_headers: the headers that no source shows to stand alone, each compiled alone and twice. The others
# are the first include of their source, or of their test when they have none: the house rule
# sources-begin-with-their-header. That a header brings what it needs of the standard library, of fmt and of
# Boost is seen by headers-bring-their-names: reading those again for every header took ten times as long
# as all the rest. Not part of the default build; `./dev test headers` runs it.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.h)
set(units "")
foreach(header ${headers})
  string(REGEX REPLACE "\\.h$" "" stem ${header})
  if(EXISTS ${stem}.cc OR EXISTS ${stem}_test.cc)
    continue()
  endif()
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/src ${header})
  string(REGEX REPLACE "[/.]" "_" unit ${name})
  set(unit ${CMAKE_BINARY_DIR}/headers/${unit}.cc)
  set(text "#include \"${name}\"\n#include \"${name}\"  // a second time\n")
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
