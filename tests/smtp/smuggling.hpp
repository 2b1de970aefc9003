// smuggling.hpp - what some servers take for the end of a message, and ours must not.
#pragma once
#include <string>
#include <vector>

namespace mxlab::smtp {

/// Every way to write something like CRLF "." CRLF with a bare CR, a bare LF or a NUL in it.
inline std::vector<std::string> smuggling_forms(const std::vector<std::string>& dots) {
  using namespace std::string_literals;
  std::vector<std::string> forms;
  const std::vector<std::string> ends{"\n", "\r", "\r\n", "\r\r\n", "\n\r", "\0\r\n"s, "\r\0\n"s};
  for (const std::string& before : ends)
    for (const std::string& dot : dots)
      for (const std::string& after : ends) {
        std::string form = before + dot + after;
        if (form.find("\r\n.\r\n") == std::string::npos) forms.push_back(std::move(form));
      }
  return forms;
}

inline std::vector<std::string> smuggling_forms() {
  using namespace std::string_literals;
  return smuggling_forms({"."s, "\0."s, ".\0"s});
}

}  // namespace mxlab::smtp
