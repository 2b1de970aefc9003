#include "relay/ctl/client.hpp"

#include <fmt/format.h>

namespace mxlab::ctl {
namespace {

// For the next piece of an answer: the relay may have much to do, its disk too.
constexpr world::Duration kPatience = std::chrono::minutes(2);

/// Records become the elements of a JSON array, each on its line.
class Printer {
 public:
  Printer(Output& output, bool json, bool single) : output_(output), array_(json && !single) {}

  void print(const control::AnswerRecord& record, std::string_view bytes) {
    if (const auto* text = std::get_if<control::TextRecord>(&record))
      output_.out(text->text + "\n");
    else if (const auto* object = std::get_if<control::JsonRecord>(&record))
      print_object(object->json);
    else
      output_.out(bytes);
  }
  void finish(bool good) {
    if (array_ && good) output_.out(count_ == 0 ? "[]\n" : "\n]\n");
  }

 private:
  void print_object(const std::string& json) {
    if (!array_) return output_.out(json + "\n");
    output_.out((count_++ == 0 ? "[\n" : ",\n") + json);
  }

  Output& output_;
  bool array_;
  std::size_t count_ = 0;
};

}  // namespace

awaitable<control::LastRecord> Client::ask(control::Request request, Each each) {
  co_await channel_.write_line(control::encode(request), kPatience);
  for (;;) {
    auto line = co_await channel_.read_line(kPatience);
    if (!line) throw control::FrameError("mxrelayd has ended the connection");
    auto record = control::decode_answer(*line);
    if (auto* last = std::get_if<control::LastRecord>(&record)) co_return std::move(*last);
    std::string bytes;
    if (const auto* run = std::get_if<control::BytesRecord>(&record))
      bytes = co_await channel_.read_bytes(run->count, kPatience);
    each(record, bytes);
  }
}

awaitable<std::unique_ptr<Client>> connect(world::World& world, std::string path) {
  std::error_code trouble;
  try {
    auto stream = co_await world.network.connect_local(path);
    co_return std::make_unique<Client>(world, std::move(stream));
  } catch (const std::system_error& error) {
    trouble = error.code();
  }
  if (trouble == std::errc::no_such_file_or_directory || trouble == std::errc::connection_refused)
    co_return nullptr;
  if (trouble == std::errc::permission_denied)
    throw std::system_error(trouble,
                            path + ": only root, mxrelayd's own user and its group may do that");
  throw std::system_error(trouble, path);
}

awaitable<int> ask_and_print(Client& client, control::Request request, bool single,
                             Output& output) {
  Printer printer(output, request.json, single);
  const auto last = co_await client.ask(
      std::move(request), [&printer](const control::AnswerRecord& record, std::string_view bytes) {
        printer.print(record, bytes);
      });
  printer.finish(last.status == 0);
  if (!last.error.empty()) output.err(fmt::format("mxrelayctl: {}\n", last.error));
  co_return last.status;
}

}  // namespace mxlab::ctl
