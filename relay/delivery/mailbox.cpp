#include "relay/delivery/mailbox.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <system_error>

namespace mxlab::delivery {
namespace {

std::string with_lf(const std::string& body) {
  std::string text;
  text.reserve(body.size());
  for (std::size_t i = 0; i < body.size(); ++i)
    if (body[i] != '\r' || i + 1 == body.size() || body[i + 1] != '\n') text += body[i];
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

/// mbox(5), mboxrd: a line that begins with >*From and a blank gets one more ">".
std::string quote_from_lines(const std::string& text) {
  std::string quoted;
  quoted.reserve(text.size());
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    std::size_t word = std::min(text.find_first_not_of('>', begin), end);
    if (text.compare(word, 5, "From ") == 0) quoted += '>';
    quoted.append(text, begin, end - begin);
    begin = end;
  }
  return quoted;
}

std::string delivered_to(const LocalMessage& message) {
  return fmt::format("Delivered-To: {}\n", message.recipient);
}

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

std::string mbox_text(const LocalMessage& message) {
  return fmt::format("From {} {:%a %b %e %H:%M:%S %Y}\n{}{}\n",
                     message.sender.empty() ? "MAILER-DAEMON" : message.sender,
                     fmt::gmtime(static_cast<std::time_t>(world::epoch_seconds(message.at))),
                     delivered_to(message), quote_from_lines(with_lf(message.body)));
}

void append_to_mbox(world::Disk& disk, const std::string& path, const LocalMessage& message) {
  const bool existed = disk.exists(path);
  disk.make_durable_directory(parent_of(path));
  auto file = disk.open(path, world::OpenMode::kCreate);
  if (!file->try_lock())
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                            path + " is locked");
  const std::uint64_t size = file->size();
  try {
    file->write(size, mbox_text(message));
    file->sync();
    if (!existed) disk.sync_directory(parent_of(path));
  } catch (const std::system_error&) {
    file->truncate(size);
    throw;
  }
}

void deliver_to_maildir(world::Disk& disk, const std::string& directory, const std::string& name,
                        const LocalMessage& message) {
  for (const char* part : {"/tmp", "/new", "/cur"}) disk.make_durable_directory(directory + part);
  const std::string draft = directory + "/tmp/" + name;
  {
    auto file = disk.open(draft, world::OpenMode::kCreate);
    file->truncate(0);
    file->write(0, delivered_to(message) + with_lf(message.body));
    file->sync();
  }
  disk.rename(draft, directory + "/new/" + name);
  disk.sync_directory(directory + "/new");
}

}  // namespace mxlab::delivery
