// preload.hpp - libraries of the lab's that go into all programs of a machine, as they are.
//
// By /etc/ld.so.preload of that root directory: it also reaches what daemons start anew, with an
// environment of their own.
#pragma once
#include <filesystem>
#include <string>

namespace mxlab::sim::live {

/// Where the machine calls it `path`, below the root directory that its programs have.
std::filesystem::path below(const std::filesystem::path& root, const char* path);

/// Writes a file there. Throws std::system_error.
void write_below(const std::filesystem::path& root, const char* path, const std::string& text,
                 unsigned mode);

/// Programs that begin from now on with this root directory load the library first. Throws
/// std::system_error.
void preload(const std::filesystem::path& root, const std::filesystem::path& library);

}  // namespace mxlab::sim::live
