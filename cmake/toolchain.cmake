# The compiler, the warnings, the libraries: one interface target, mxlab_options.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "GCC ${CMAKE_CXX_COMPILER_VERSION} destroys temporaries in co_await "
                      "statements twice. Use clang 16 (Debian package clang-16): "
                      "cmake --preset dev picks it.")
endif()

option(MXLAB_SANITIZE "Build with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(MXLAB_COVERAGE "Build with coverage counters for gcovr" OFF)
option(MXLAB_FUZZ "Build the libFuzzer targets" OFF)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(ldns REQUIRED IMPORTED_TARGET ldns)
pkg_check_modules(libsystemd REQUIRED IMPORTED_TARGET libsystemd)
pkg_check_modules(libseccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(libcap REQUIRED IMPORTED_TARGET libcap)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
# Its -pthread alone would not fit the precompiled header; Threads::Threads links what it needs.
set_target_properties(PkgConfig::re2 PROPERTIES INTERFACE_COMPILE_OPTIONS "")
add_library(re2::re2 ALIAS PkgConfig::re2)
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

add_library(mxlab_options INTERFACE)
target_include_directories(mxlab_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(mxlab_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
target_compile_definitions(
  mxlab_options INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_SEPARATE_COMPILATION
                          ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
target_link_libraries(mxlab_options INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads fmt::fmt)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_link_options(mxlab_options INTERFACE -fuse-ld=lld)
  target_compile_options(mxlab_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()
if(MXLAB_SANITIZE)
  target_compile_options(mxlab_options INTERFACE -fsanitize=address,undefined
                                                 -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mxlab_options INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(mxlab_options INTERFACE MXLAB_SANITIZED)
endif()
if(MXLAB_COVERAGE)
  target_compile_options(mxlab_options INTERFACE --coverage)
  target_link_options(mxlab_options INTERFACE --coverage)
endif()
if(MXLAB_FUZZ)
  target_compile_options(mxlab_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
