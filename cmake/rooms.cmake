# weft_add_rooms(FILE): one static library weft_<room> and one unit-test binary weft_<room>_test for
# each room of FILE that exists under src/. A line reads `room: room room ...`; `api/kit` becomes
# weft_api_kit. Files ending in _test.cc are the tests, main.cc is left to its executable.

function(weft_room_target room out)
  string(REPLACE "/" "_" name ${room})
  set(${out} weft_${name} PARENT_SCOPE)
endfunction()

# One precompiled header for all rooms and one for all tests. It is named with <>, so that what is
# compiled holds no path of this clone and the compiler cache finds it from every other one.
function(weft_add_precompiled target header)  # and further vendors
  if(WEFT_PCH)
    add_library(${target} OBJECT ${CMAKE_SOURCE_DIR}/cmake/empty.cc)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake)
    target_link_libraries(${target} PRIVATE weft_vendors ${ARGN})
    target_precompile_headers(${target} PRIVATE <${header}>)
  endif()
endfunction()

function(weft_use_precompiled target from)
  if(WEFT_PCH)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()

# WEFT_UNITY is how many files at most are compiled as one (0: each alone). Then the headers that the
# files of a room share are read once for the batch, which halves the work of a build from nothing. The
# files are dealt out evenly, so that no batch is left with the last one or two. What must stand alone
# sets SKIP_UNITY_BUILD_INCLUSION.
function(weft_use_unity target files)
  if(NOT WEFT_UNITY)
    return()
  endif()
  list(LENGTH files count)
  math(EXPR batches "(${count} + ${WEFT_UNITY} - 1) / ${WEFT_UNITY}")
  math(EXPR size "(${count} + ${batches} - 1) / ${batches}")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
  # g++ takes only the main file for one that nobody else includes, and warns of every type with a
  # member of an anonymous namespace outside it.
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  # A batch fills more memory than g++ tidies up lightly: collect garbage from 512 MB on only.
  target_compile_options(${target} PRIVATE --param=ggc-min-heapsize=524288)
endfunction()

function(weft_add_room room deps)
  set(dir ${CMAKE_SOURCE_DIR}/src/${room})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cc ${dir}/policies/*.cc ${dir}/checks/*.cc
       ${dir}/algorithms/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(NOT sources)
    return()
  endif()
  weft_room_target(${room} target)
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC weft_vendors)
  weft_use_precompiled(${target} weft_pch)
  weft_use_unity(${target} "${sources}")
  foreach(dep ${deps})
    weft_room_target(${dep} dep_target)
    if(TARGET ${dep_target})
      target_link_libraries(${target} PUBLIC ${dep_target})
    endif()
  endforeach()
  if(WEFT_TESTS AND tests)
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gtest_main GTest::gmock)
    weft_use_precompiled(${target}_test weft_test_pch)
    weft_use_unity(${target}_test "${tests}")
    set_property(GLOBAL APPEND PROPERTY WEFT_UNIT_TESTS ${target}_test)
  endif()
endfunction()

function(weft_add_rooms file)
  weft_add_precompiled(weft_pch pch.h)
  if(WEFT_TESTS)
    weft_add_precompiled(weft_test_pch test_pch.h GTest::gtest_main GTest::gmock)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} lines)
  foreach(line ${lines})
    if(line MATCHES "^([a-z/_0-9]+):(.*)$")
      set(room ${CMAKE_MATCH_1})
      separate_arguments(deps UNIX_COMMAND "${CMAKE_MATCH_2}")
      if(IS_DIRECTORY ${CMAKE_SOURCE_DIR}/src/${room})
        weft_add_room(${room} "${deps}")
      endif()
    endif()
  endforeach()
endfunction()
