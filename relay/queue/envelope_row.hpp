// envelope_row.hpp - an envelope as a row: keys, columns, and the way there and back.
#pragma once
#include "relay/queue/database.hpp"
#include "relay/queue/envelope.hpp"

namespace mxlab::queue {

/// Keys carry the structure: message << 16 | number, for envelopes and for chunks.
inline constexpr int kNumberBits = 16;
inline constexpr std::uint32_t kMostNumbers = 1u << kNumberBits;  // in one message

inline std::int64_t row_key(MessageId message, std::uint32_t number = 0) {
  return std::int64_t{message} << kNumberBits | number;
}
inline std::int64_t row_key(EnvelopeId id) { return row_key(id.message(), id.number()); }
/// One past the last key of a message.
inline std::int64_t end_key(MessageId message) {
  return (std::int64_t{message} + 1) << kNumberBits;
}
EnvelopeId id_of_row(std::int64_t key);

inline std::int64_t to_row(TimePoint at) { return at.time_since_epoch().count(); }
inline TimePoint time_of_row(std::int64_t value) { return TimePoint(Duration(value)); }

/// The columns in the order in which bind_envelope and read_envelope go through them.
extern const char* const kEnvelopeColumns;
extern const char* const kEnvelopePlaceholders;  // "?,?,…", one for each

void bind_envelope(Statement& statement, const Envelope& envelope);
Envelope read_envelope(Rows& rows);

}  // namespace mxlab::queue
