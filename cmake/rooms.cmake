# mxlab_room(FOLDER LINKS …): the folder's sources as a static library, named after its path.
# main.cpp is left to mxlab_program; a folder without sources yet is an interface library.
function(mxlab_room folder)
  cmake_parse_arguments(ROOM "" "" "LINKS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${ROOM_LINKS})
    return()
  endif()
  # A program may bear its room's name; only the library's target name then differs.
  add_library(${name} STATIC ${sources})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME room_${name})
  target_link_libraries(${name} PUBLIC ${ROOM_LINKS})
  mxlab_precompile(${name})
endfunction()

# One precompiled header for all rooms: the seam, which nearly every file includes.
function(mxlab_precompile target)
  if(target STREQUAL relay_world)
    target_precompile_headers(${target} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp)
  else()
    target_precompile_headers(${target} REUSE_FROM relay_world)
  endif()
endfunction()

# mxlab_program(NAME SOURCE FILE LINKS …): an executable, left out while its source is missing.
function(mxlab_program name)
  cmake_parse_arguments(PROGRAM "" "SOURCE" "LINKS" ${ARGN})
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${PROGRAM_SOURCE})
    return()
  endif()
  add_executable(program_${name} ${PROGRAM_SOURCE})
  set_target_properties(program_${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY
                                                                      ${CMAKE_BINARY_DIR}/bin)
  target_link_libraries(program_${name} PRIVATE ${PROGRAM_LINKS} CLI11::CLI11)
  target_compile_definitions(program_${name} PRIVATE MXLAB_VERSION="${PROJECT_VERSION}")
  mxlab_precompile(program_${name})
endfunction()

# mxlab_preload(NAME SOURCE FILE): a library beside the programs that is loaded into other people's
# programs as well, so it brings along nothing: no C++ library, no sanitizer, no counters.
function(mxlab_preload name source)
  add_library(${name} MODULE ${source})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE -fno-exceptions -fno-rtti -Wall -Wextra -Wconversion -Werror)
  target_link_options(${name} PRIVATE -nostdlib++)
endfunction()
