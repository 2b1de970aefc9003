#include "sim/live/mta_mail.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <sys/stat.h>

#include "relay/smtp/ascii.hpp"
#include "sim/live/mta_book.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kAdded{"Return-Path", "Delivered-To", "X-Original-To",
                                                 "Envelope-to"};

world::TimePoint modified(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return world::TimePoint(std::chrono::seconds(status.st_mtim.tv_sec) +
                          std::chrono::nanoseconds(status.st_mtim.tv_nsec));
}

}  // namespace

Delivered read_delivered(const std::string& file_text, std::string_view mailbox_header) {
  Delivered message;
  std::istringstream lines(file_text);
  bool added = true;
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find(": "));
    const auto is_name = [&](auto header) { return smtp::equals_ignoring_case(name, header); };
    added = added && std::any_of(kAdded.begin(), kAdded.end(), is_name);
    if (!added) {
      message.text += line + "\r\n";
      continue;
    }
    const std::string value = bare(std::string_view(line).substr(name.size() + 2));
    if (is_name("Return-Path")) message.sender = value;
    if (is_name(mailbox_header)) message.mailbox = value;
  }
  return message;
}

std::vector<Delivered> MtaMail::all() {
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(new_, missing)) {
    auto [at, is_new] = read_.try_emplace(entry.path().filename());
    if (!is_new) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    at->second = read_delivered(text.str(), mailbox_header_);
    at->second.at = modified(entry.path());
  }
  std::vector<Delivered> mail;
  for (const auto& [name, message] : read_) mail.push_back(message);
  std::stable_sort(mail.begin(), mail.end(),
                   [](const Delivered& a, const Delivered& b) { return a.at < b.at; });
  return mail;
}

}  // namespace mxlab::sim::live
