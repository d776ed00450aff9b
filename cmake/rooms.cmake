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

# The sources of a target as they are compiled: each alone, or with WEFT_UNITY in batches of at most so
# many. A batch reads the headers that its files share once, which halves the work of a build from
# nothing. The files are dealt out evenly, so that no batch is left with the last one or two. CMake's own
# UNITY_BUILD names absolute paths, with which the compiler cache finds nothing from another clone.
function(weft_batches target files out)
  if(NOT WEFT_UNITY)
    set(${out} ${files} PARENT_SCOPE)
    return()
  endif()
  list(LENGTH files count)
  math(EXPR batches "(${count} + ${WEFT_UNITY} - 1) / ${WEFT_UNITY}")
  math(EXPR size "(${count} + ${batches} - 1) / ${batches}")
  set(sources "")
  set(text "")
  set(filled 0)
  foreach(file ${files})
    file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR}/src ${file})
    string(APPEND text "#include \"${name}\"\n")
    math(EXPR filled "${filled} + 1")
    math(EXPR full "${filled} % ${size}")
    if(full EQUAL 0 OR filled EQUAL count)
      set(batch ${CMAKE_BINARY_DIR}/batches/${target}_${filled}.cc)
      file(CONFIGURE OUTPUT ${batch} CONTENT "${text}" @ONLY)
      list(APPEND sources ${batch})
      set(text "")
    endif()
  endforeach()
  # g++ takes only the main file for one that nobody else includes, and warns of every type with a
  # member of an anonymous namespace outside it. And a batch fills more memory than g++ tidies up
  # lightly: collect garbage from 512 MB on only.
  set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS
                              "-Wno-subobject-linkage;--param=ggc-min-heapsize=524288")
  set(${out} ${sources} PARENT_SCOPE)
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
  weft_batches(${target} "${sources}" batches)
  add_library(${target} STATIC ${batches})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC weft_vendors)
  weft_use_precompiled(${target} weft_pch)
  foreach(dep ${deps})
    weft_room_target(${dep} dep_target)
    if(TARGET ${dep_target})
      target_link_libraries(${target} PUBLIC ${dep_target})
    endif()
  endforeach()
  if(WEFT_TESTS AND tests)
    weft_batches(${target}_test "${tests}" batches)
    add_executable(${target}_test ${batches})
    target_link_libraries(${target}_test PRIVATE ${target} GTest::gtest_main GTest::gmock)
    weft_use_precompiled(${target}_test weft_test_pch)
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
