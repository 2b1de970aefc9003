#include "relay/ctl/offline.hpp"

#include <fmt/format.h>

#include "relay/commands.hpp"
#include "relay/control/objects.hpp"
#include "relay/ctl/spool.hpp"
#include "relay/show.hpp"

namespace mxlab::ctl {
namespace {

constexpr std::size_t kPage = 500;

int fail(Output& output, const std::string& sentence) {
  output.err("mxrelayctl: " + sentence + "\n");
  return 1;
}

int show_queue(Spool& spool, const control::Request& request, Output& output) {
  std::optional<queue::MessageId> message;
  if (!request.arguments.empty()) message = relay::selection_of(request.arguments.front())->message;
  queue::EnvelopeId after{};
  std::size_t count = 0;
  for (;;) {
    const auto page = spool.list(message, after, kPage);
    if (page.empty()) break;
    after = page.back().id;
    for (const queue::Envelope& envelope : page) {
      auto row = relay::queue_row_of(envelope);
      row.state = "offline";
      if (request.json)
        output.out((count++ == 0 ? "[\n" : ",\n") + control::queue_object(row));
      else
        output.out(control::queue_row(row) + "\n");
    }
  }
  if (request.json) output.out(count == 0 ? "[]\n" : "\n]\n");
  return 0;
}

int show_envelope(Spool& spool, const control::Request& request, Output& output) {
  const std::string& word = request.arguments.front();
  const auto envelope = spool.find(*relay::selection_of(word)->envelope);
  if (!envelope) return fail(output, word + ": no such envelope in the queue");
  output.out(request.json ? relay::envelope_object(*envelope) : relay::envelope_text(*envelope));
  output.out("\n");
  return 0;
}

int show_message(Spool& spool, const control::Request& request, Output& output) {
  const std::string& word = request.arguments.front();
  const auto which = *relay::selection_of(word);
  const auto id = which.message ? *which.message : which.envelope->message();
  for (std::uint32_t number = 0;; ++number) {
    const auto chunk = spool.read_chunk(id, number);
    if (chunk.empty() && number == 0) return fail(output, word + ": no such message in the queue");
    if (chunk.empty()) return 0;
    output.out(chunk);
  }
}

}  // namespace

bool works_offline(const std::string& command) {
  return command == "show queue" || command == "show envelope" || command == "show message";
}

int answer_offline(const std::string& directory, const control::Request& request, Output& output) {
  try {
    Spool spool(directory);
    int status = 0;
    if (request.command == "show queue")
      status = show_queue(spool, request, output);
    else if (request.command == "show envelope")
      status = show_envelope(spool, request, output);
    else
      status = show_message(spool, request, output);
    if (spool.still_stopped()) return status;
    return fail(output, "mxrelayd has started meanwhile: ask again");
  } catch (const std::system_error& error) {
    return fail(output, std::string("mxrelayd doesn't seem to be running, and ") + error.what());
  }
}

}  // namespace mxlab::ctl
