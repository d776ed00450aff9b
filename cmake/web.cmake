# weft_embed_web(TARGET): puts the pages of web/ into TARGET as the table of web/pages_assets.h.
# WEFT_UI says where they come from:
#   npm       built here (node and npm needed); npm ci only when the lock file changed, vite only when a source did
#   prebuilt  web/dist/.embedded as `npm run build` left it: no node, no network
#   off       an empty table
set_property(CACHE WEFT_UI PROPERTY STRINGS npm prebuilt off)
set(WEFT_WEB_DIR ${CMAKE_SOURCE_DIR}/web)
if(NOT WEFT_UI STREQUAL "off")
  enable_language(ASM) # .incbin: no compiler has to read the pages
endif()

# Rules that make the three files of the table in `out` from the sources of web/.
function(weft_web_rules out)
  find_program(WEFT_NODE node)
  find_program(WEFT_NPM npm)
  if(NOT WEFT_NODE OR NOT WEFT_NPM)
    message(FATAL_ERROR "the pages need node and npm (apt-get install nodejs npm); "
                        "or take -DWEFT_UI=prebuilt, or -DWEFT_UI=off for none")
  endif()
  set(web ${WEFT_WEB_DIR})
  set(installed ${web}/node_modules/.weft-installed)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/*)
  list(FILTER sources EXCLUDE REGEX "\\.test\\.ts$")

  # Several build directories share node_modules: one installs, the others wait and find it done.
  add_custom_command(
    OUTPUT ${installed}
    DEPENDS ${web}/package-lock.json ${web}/tools/install.mjs
    COMMAND flock ${web}/package-lock.json ${WEFT_NODE} ${web}/tools/install.mjs
    WORKING_DIRECTORY ${web}
    COMMENT "web: npm ci"
    VERBATIM)
  add_custom_command(
    OUTPUT ${out}/pages_assets.cc ${out}/pages_blob.S ${out}/pages.bin
    DEPENDS ${installed} ${sources} ${web}/index.html ${web}/consul.html ${web}/vite.config.ts ${web}/svelte.config.js
            ${web}/tsconfig.json ${web}/tools/notices.mjs ${web}/embed.mjs
    COMMAND ${WEFT_NODE} ${web}/node_modules/vite/bin/vite.js build --logLevel warn --emptyOutDir
            --outDir ${out}/dist
    COMMAND ${WEFT_NODE} ${web}/node_modules/vite/bin/vite.js build --mode consul --logLevel warn
            --outDir ${out}/dist
    COMMAND ${WEFT_NODE} ${web}/embed.mjs ${out}/dist ${out}
    WORKING_DIRECTORY ${web}
    COMMENT "web: pages"
    VERBATIM)
endfunction()

function(weft_embed_web target)
  set(out ${CMAKE_BINARY_DIR}/web)
  if(WEFT_UI STREQUAL "npm")
    weft_web_rules(${out})
  elseif(WEFT_UI STREQUAL "prebuilt")
    set(out ${WEFT_WEB_DIR}/dist/.embedded)
    if(NOT EXISTS ${out}/pages.bin)
      message(FATAL_ERROR "WEFT_UI=prebuilt: ${out} is missing; `npm run build` in web/ makes it")
    endif()
  elseif(WEFT_UI STREQUAL "off")
    file(CONFIGURE OUTPUT ${out}/pages_assets.cc CONTENT
[[#include "web/pages_assets.h"
std::span<const weft::web::Page> weft::web::pages() { return {}; }
]])
    target_sources(${target} PRIVATE ${out}/pages_assets.cc)
  else()
    message(FATAL_ERROR "WEFT_UI is npm, prebuilt or off, not ${WEFT_UI}")
  endif()
  if(NOT WEFT_UI STREQUAL "off")
    target_sources(${target} PRIVATE ${out}/pages_assets.cc ${out}/pages_blob.S)
    set_source_files_properties(${out}/pages_blob.S PROPERTIES OBJECT_DEPENDS ${out}/pages.bin
                                COMPILE_OPTIONS "-Wa,-I${out}")
  endif()
  set_source_files_properties(${out}/pages_assets.cc PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
endfunction()
