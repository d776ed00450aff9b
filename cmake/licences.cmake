# weft_embed_licences(TARGET): puts the licences of the libraries the binary is made of into TARGET,
# as library_licences() of api/pages/licences.h. The texts are the copyright files of the Debian
# packages on the building machine. Boost's (2 MB, every library of Boost) stays out: its licence
# asks for no notice in a binary.
set(WEFT_LICENCE_PACKAGES libc-ares-dev libc6-dev libcli11-dev libfmt-dev libnghttp2-dev libpq-dev libre2-dev
    libspdlog-dev libsqlite3-dev libssl-dev libstdc++-12-dev liburing-dev libxxhash-dev libyaml-cpp-dev zlib1g-dev)

function(weft_embed_licences target)
  set(out ${CMAKE_BINARY_DIR}/licences)
  set(text "")
  set(sources "")
  string(REPEAT "-" 78 rule)
  foreach(package ${WEFT_LICENCE_PACKAGES})
    set(file /usr/share/doc/${package}/copyright)
    if(EXISTS ${file})
      file(READ ${file} licence)
      string(STRIP "${licence}" licence)
      list(APPEND sources ${file})
    else()
      message(STATUS "no ${file}: /about/licenses will only name ${package}")
      set(licence "Its package names its licence; the machine that built this had no copy of it.")
    endif()
    # A literal of its own per package: none grows beyond what compilers take.
    string(APPEND text "    R\"licence(\n${rule}\n\n${package}\n\n${licence}\n)licence\"\n")
  endforeach()
  file(WRITE ${out}/licences.cc.new
    "// Made by cmake/licences.cmake.\n#include \"api/pages/licences.h\"\n\n"
    "std::string_view weft::api::pages::library_licences() {\n  return\n${text}      ;\n}\n")
  configure_file(${out}/licences.cc.new ${out}/licences.cc COPYONLY)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
  target_sources(${target} PRIVATE ${out}/licences.cc)
  set_source_files_properties(${out}/licences.cc PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endfunction()
