// The trace header that we add, and counting those that are there.
#include "relay/delivery/received.hpp"

#include <gtest/gtest.h>

namespace mxlab::delivery {
namespace {

const world::TimePoint kAt{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                           std::chrono::seconds(7 * 3600 + 33 * 60 + 37)};

Trace trace() {
  Trace trace;
  trace.helo = "client.example";
  trace.peer_name = "host.example";
  trace.peer_address = "192.0.2.1";
  trace.host = "mx2.example.org";
  trace.protocol = "ESMTP";
  trace.id = "0000002a";
  trace.at = kAt;
  return trace;
}

TEST(Received, DatesAreThoseOfTheStandardInUtc) {
  EXPECT_EQ(date_text(kAt), "Sun, 22 Nov 2026 07:33:37 +0000 (UTC)");
  EXPECT_EQ(date_text(world::TimePoint{}), "Thu, 01 Jan 1970 00:00:00 +0000 (UTC)");
  EXPECT_EQ(date_text(world::TimePoint{} - std::chrono::seconds(1)),
            "Wed, 31 Dec 1969 23:59:59 +0000 (UTC)");
}

TEST(Received, TellsWhoHandedWhatToWhom) {
  EXPECT_EQ(received_header(trace()),
            "Received: from client.example (host.example [192.0.2.1])\r\n"
            "\tby mx2.example.org (mxrelayd) with ESMTP id 0000002a;\r\n"
            "\tSun, 22 Nov 2026 07:33:37 +0000 (UTC)\r\n");
}

// D7
TEST(Received, NamesTlsAndASingleRecipient) {
  Trace all = trace();
  all.protocol = "ESMTPS";
  all.tls = "TLSv1.3:TLS_AES_256_GCM_SHA384:256";
  all.recipient = "bob@example.org";
  EXPECT_EQ(received_header(all),
            "Received: from client.example (host.example [192.0.2.1])\r\n"
            "\tby mx2.example.org (mxrelayd) with ESMTPS id 0000002a"
            " (TLSv1.3:TLS_AES_256_GCM_SHA384:256)\r\n"
            "\tfor <bob@example.org>;\r\n"
            "\tSun, 22 Nov 2026 07:33:37 +0000 (UTC)\r\n");
}

TEST(Received, AdmitsWhatItDoesNotKnow) {
  Trace bare = trace();
  bare.helo.clear();
  bare.peer_name.clear();
  EXPECT_TRUE(
      received_header(bare).starts_with("Received: from localhost (<unknown> [192.0.2.1])"));
}

TEST(Received, WritesAnIpv6AddressAsALiteral) {
  Trace six = trace();
  six.peer_address = "2001:db8::1";
  EXPECT_NE(received_header(six).find("(host.example [IPv6:2001:db8::1])"), std::string::npos);
}

std::size_t hops_of(std::string_view text, std::size_t piece) {
  HopCounter counter;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    counter.feed(text.substr(0, piece));
  return counter.hops();
}

TEST(HopCounter, CountsReceivedHeadersHoweverTheBytesArrive) {
  const std::string text =
      "Received: one\r\n"
      "X-Received: not this\r\n"
      "RECEIVED:two\r\n"
      "Subject: Received: not this\r\n"
      " Received: nor a folded line\r\n"
      "received: three\r\n"
      "\r\n"
      "Received: the body says\r\n";
  for (std::size_t piece : {1u, 2u, 7u, 4096u}) EXPECT_EQ(hops_of(text, piece), 3u) << piece;
}

TEST(HopCounter, AMessageWithoutHeadersHasNone) {
  EXPECT_EQ(hops_of("\r\nReceived: body\r\n", 4096), 0u);
  EXPECT_EQ(hops_of("Received", 4096), 0u) << "a line that never ends is no header";
}

}  // namespace
}  // namespace mxlab::delivery
