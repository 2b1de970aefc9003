#include "relay/sendmail/hand_in.hpp"

#include <fmt/format.h>

namespace mxlab::sendmail {
namespace {
using namespace std::chrono_literals;

constexpr world::Duration kPatience = 300s;  // the relay may have to sync a slow disk

/// Sends the letter; false when the relay no longer listens: its answer says why.
awaitable<bool> write_letter(control::Channel& channel, const Parcel& parcel) try {
  co_await channel.write_line(control::encode(parcel.request), kPatience);
  co_await channel.write_body(parcel.head, kPatience);
  while (auto piece = parcel.letter.read_body()) co_await channel.write_body(*piece, kPatience);
  co_await channel.end_body(kPatience);
  co_return true;
} catch (const std::system_error&) {
  co_return false;
}

std::string not_running(const std::string& socket, const std::error_code& error) {
  if (error == std::errc::permission_denied)
    return fmt::format("no right to use {}: {}", socket, error.message());
  return fmt::format("mxrelayd doesn't seem to be running ({}: {}); the message was not sent",
                     socket, error.message());
}

}  // namespace

Outcome outcome_of(const control::Submitted& answer) {
  constexpr int kAccepted = 250, kPaused = 421, kNoSuchUser = 550, kBadData = 552, kSyntax = 501,
                kBadAddress = 553, kBadParameter = 555;
  if (answer.code == kAccepted) return {kOk, answer.text};
  // The words of OpenSMTPD's own sendmail.
  if (answer.code == kPaused) return {kTemporary, "server disallowed submission request"};
  const std::string text = fmt::format("{} {}", answer.code, answer.text);
  if (answer.code >= 400 && answer.code < 500) return {kTemporary, text};
  switch (answer.code) {
    case kNoSuchUser:
      return {kNoUser, text};
    case kBadData:
    case kBadAddress:
      return {kDataError, text};
    case kSyntax:
    case kBadParameter:
      return {kUsage, text};
    default:
      return {kUnavailable, text};
  }
}

awaitable<Outcome> hand_in(world::World& world, std::string socket, Parcel parcel) {
  std::unique_ptr<world::Stream> stream;
  try {
    stream = co_await world.network.connect_local(socket);
  } catch (const std::system_error& error) {
    co_return Outcome{kTemporary, not_running(socket, error.code())};
  }
  control::Channel channel(world, std::move(stream));
  const bool complete = co_await write_letter(channel, parcel);
  try {
    if (auto line = co_await channel.read_line(kPatience)) {
      Outcome outcome = outcome_of(control::decode_submitted(*line));
      // Whatever it says: what it has not got as a whole it cannot have taken.
      if (!complete && outcome.exit == kOk) outcome = {kTemporary, "the message was cut off"};
      co_return outcome;
    }
  } catch (const std::exception& error) {
    co_return Outcome{kTemporary, fmt::format("mxrelayd gave no answer: {}", error.what())};
  }
  co_return Outcome{kTemporary, "mxrelayd has closed the connection without an answer"};
}

}  // namespace mxlab::sendmail
