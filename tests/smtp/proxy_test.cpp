// The PROXY protocol, version 2: who really connected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/smtp/proxy_header.hpp"
#include "tests/smtp/raw_client.hpp"

namespace mxlab::smtp {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string kInet4 =
    "\xcb\x00\x71\x07\xc0\x00\x02\x19\x9c\x40\x00\x19"s;  // 203.0.113.7:40000

std::string header(char order, char family, const std::string& addresses) {
  const auto size = addresses.size();
  return kSignature + order + family + static_cast<char>(size >> 8) +
         static_cast<char>(size & 0xff) + addresses;
}

std::string inet6() {
  std::string bytes = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x07";
  bytes += "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x19";
  return bytes + "\x9c\x40\x00\x19"s;
}

TEST(ProxyHeader, TellsBothAddresses) {
  const auto four = parse_proxy_header(header(0x21, 0x11, kInet4));
  ASSERT_TRUE(four && four->source && four->destination);
  EXPECT_EQ(to_string(*four->source), "203.0.113.7:40000");
  EXPECT_EQ(to_string(*four->destination), "192.0.2.25:25");
  const auto six = parse_proxy_header(header(0x21, 0x21, inet6()));
  ASSERT_TRUE(six && six->source);
  EXPECT_EQ(to_string(*six->source), "[2001:db8::7]:40000");
  EXPECT_EQ(to_string(*six->destination), "[2001:db8::19]:25");
  const auto extended = parse_proxy_header(header(0x21, 0x11,
                                                  kInet4 + "\x03\x00\x04"
                                                           "abcd"s));
  ASSERT_TRUE(extended) << "what follows the addresses is skipped";
  EXPECT_EQ(to_string(*extended->source), "203.0.113.7:40000");
}

TEST(ProxyHeader, LocalAndUnknownFamiliesTellNothing) {
  for (const std::string& text :
       {header(0x20, 0x00, ""), header(0x20, 0x11, kInet4), header(0x21, 0x00, "junk"),
        header(0x21, 0x31, std::string(216, 'x'))}) {
    const auto told = parse_proxy_header(text);
    ASSERT_TRUE(told);
    EXPECT_FALSE(told->source);
  }
}

TEST(ProxyHeader, WhatIsNotOneIsRefused) {
  const std::string good = header(0x21, 0x11, kInet4);
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(parse_proxy_header(good.substr(0, size))) << size;
  EXPECT_FALSE(parse_proxy_header(good + "x"));
  EXPECT_FALSE(parse_proxy_header(header(0x11, 0x11, kInet4))) << "version 1";
  EXPECT_FALSE(parse_proxy_header(header(0x22, 0x11, kInet4))) << "no such command";
  EXPECT_FALSE(parse_proxy_header(header(0x21, 0x12, kInet4))) << "datagrams";
  EXPECT_FALSE(parse_proxy_header(header(0x21, 0x41, kInet4))) << "no such family";
  EXPECT_FALSE(parse_proxy_header(header(0x21, 0x11, kInet4.substr(1)))) << "too short for IPv4";
  EXPECT_FALSE(parse_proxy_header(header(0x21, 0x21, kInet4))) << "too short for IPv6";
  EXPECT_FALSE(proxy_length(header(0x21, 0x11, std::string(5000, 'x')).substr(0, 16)))
      << "too long";
  EXPECT_FALSE(parse_proxy_header("PROXY TCP4 203.0.113.7 192.0.2.25 40000 25\r\n"));
}

struct Proxied : Lab {
  Proxied() {
    server_options.proxy_v2 = true;
    boot_server();
  }
};

TEST(Proxy, TheAnnouncedClientIsTheClient) {
  Proxied lab;
  const Seen seen = lab.talk({say(header(0x21, 0x11, kInet4) + "EHLO x\r\nQUIT\r\n")});
  EXPECT_THAT(seen.text, testing::HasSubstr("Hello x [203.0.113.7], pleased"));
  EXPECT_EQ(to_string(lab.inbox.peer), "203.0.113.7:40000");
  EXPECT_EQ(to_string(lab.inbox.local), "192.0.2.25:25");
}

TEST(Proxy, AHeaderMayComeInPieces) {
  Proxied lab;
  const std::string all = header(0x21, 0x21, inet6());
  Script script;
  for (char c : all) {
    script.push_back(say(std::string(1, c)));
    script.push_back(pause_for(10ms));
  }
  script.push_back(await("220 "));
  script.push_back(say("QUIT\r\n"));
  EXPECT_THAT(lab.talk(script).text, testing::EndsWith("221 2.0.0 Bye\r\n"));
  EXPECT_EQ(to_string(lab.inbox.peer), "[2001:db8::7]:40000");
}

TEST(Proxy, ALocalConnectionIsTheProxysOwn) {
  Proxied lab;
  EXPECT_THAT(lab.talk({say(header(0x20, 0x00, "") + "QUIT\r\n")}).text,
              testing::StartsWith("220 "));
  EXPECT_EQ(lab.inbox.peer.address.to_string(), "192.0.2.10");
}

TEST(Proxy, WithoutAHeaderNobodyIsServed) {
  for (const std::string& text :
       {"EHLO somebody.example.org\r\n"s, header(0x11, 0x11, kInet4), header(0x21, 0x11, "short"),
        "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"s}) {
    Proxied lab;
    const Seen seen = lab.talk({say(text)});
    EXPECT_EQ(seen.text, "");
    EXPECT_TRUE(seen.closed);
    EXPECT_THAT(lab.inbox.ends, ElementsAre("io-error: no PROXY header"));
  }
}

TEST(Proxy, AHeaderThatDoesNotComeIsNotWaitedForLong) {
  Proxied lab;
  const Seen seen = lab.talk({say(header(0x21, 0x11, kInet4).substr(0, 10))});
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(seen.at), 5s);
  EXPECT_TRUE(seen.closed);
}

TEST(Proxy, ImplicitTlsComesBehindTheHeader) {
  Lab lab;
  lab.use_tls();
  lab.server_options.proxy_v2 = lab.server_options.implicit_tls = true;
  lab.boot_server();
  std::string banner;
  lab.run_client([&](World& world) -> awaitable<void> {
    RawClient client(world, co_await world.network.connect(lab.endpoint()));
    // In one segment with the first bytes of the handshake, if the proxy likes.
    client.connection().put_body(header(0x21, 0x11, kInet4));
    co_await client.connection().flush(client.connection().after(9s));
    co_await client.handshake(lab.client_options.tls);
    banner = co_await client.reply();
  });
  EXPECT_EQ(banner, "220 mx.test ESMTP");
}

}  // namespace
}  // namespace mxlab::smtp
