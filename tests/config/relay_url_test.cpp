// Relay URLs, TLS versions and the paths of local delivery: small languages within the language.
#include <gtest/gtest.h>

#include "relay/config/local_paths.hpp"
#include "relay/config/tls_versions.hpp"
#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

std::string fault(const std::string& url) {
  const auto parsed = parse_relay_url(url);
  const auto* text = std::get_if<std::string>(&parsed);
  return text ? *text : "";
}

TEST(RelayUrl, EachProtocolHasItsSafetyAndItsPort) {
  struct Case {
    const char* text;
    RelayUrl url;
  };
  const RelayUrl plain{RelayProtocol::kSmtp, RelayTls::kOpportunistic, "", "a.b", 25};
  for (const Case& c :
       {Case{"a.b", plain}, Case{"smtp://a.b", plain}, Case{"SMTP://a.b/", plain},
        Case{"smtp://a.b:25/", plain},
        Case{"smtp+tls://a.b", {RelayProtocol::kSmtp, RelayTls::kVerified, "", "a.b", 25}},
        Case{"smtp+notls://a.b:1", {RelayProtocol::kSmtp, RelayTls::kNever, "", "a.b", 1}},
        Case{"lmtp://a.b:24", {RelayProtocol::kLmtp, RelayTls::kNever, "", "a.b", 24}},
        Case{"smtps://a.b", {RelayProtocol::kSmtps, RelayTls::kVerified, "", "a.b", 465}},
        Case{"smtps://me@a.b:587", {RelayProtocol::kSmtps, RelayTls::kVerified, "me", "a.b", 587}},
        Case{"smtp+tls://x.y@[2001:DB8:0::1]:65535",
             {RelayProtocol::kSmtp, RelayTls::kVerified, "x.y", "2001:db8::1", 65535}},
        Case{"[ipv6:::1]", {RelayProtocol::kSmtp, RelayTls::kOpportunistic, "", "::1", 25}},
        Case{"192.0.2.1", {RelayProtocol::kSmtp, RelayTls::kOpportunistic, "", "192.0.2.1", 25}}}) {
    const auto parsed = parse_relay_url(c.text);
    ASSERT_TRUE(std::holds_alternative<RelayUrl>(parsed)) << c.text << ": " << fault(c.text);
    EXPECT_EQ(std::get<RelayUrl>(parsed), c.url) << c.text;
  }
}

TEST(RelayUrl, PasswordsNeverTravelInTheClear) {
  for (const char* url : {"me@a.b", "smtp://me@a.b", "smtp+notls://me@a.b", "lmtp://me@a.b:24"})
    EXPECT_EQ(fault(url),
              "a log-in needs smtp+tls:// or smtps://: passwords must not travel in the clear")
        << url;
}

TEST(RelayUrl, WhatIsWrongIsSaid) {
  struct Case {
    std::string url, fault;
  };
  for (const Case& c :
       {Case{"", "the host is missing"}, Case{"smtp://", "the host is missing"},
        Case{"http://a.b",
             "unknown protocol \"http\": it may be smtp, smtp+tls, smtp+notls, lmtp or smtps"},
        Case{"smtps://@a.b", "the label before @ is empty"},
        Case{"smtps://" + std::string(64, 'x') + "@a.b", "the label before @ is too long"},
        Case{"lmtp://a.b", "lmtp:// needs a port: lmtp://host:24"},
        Case{"smtp://::1", "an IPv6 address is written in brackets: [2001:db8::1]"},
        Case{"smtp://[::1", "the [ before the address is never closed"},
        Case{"smtp://[a.b]", "not an address: \"a.b\""},
        Case{"smtp://[::1/64]", "not an address: \"::1/64\""},
        Case{"smtp://192.0.2.300", "not an address: \"192.0.2.300\""},
        Case{"smtp://a b", "not a valid host name: \"a b\""},
        Case{"smtp://a.b:0", "not a port: \":0\"; a number from 1 to 65535 follows a colon"},
        Case{"smtp://a.b:65536",
             "not a port: \":65536\"; a number from 1 to 65535 follows a colon"},
        Case{"smtp://a.b:", "not a port: \":\"; a number from 1 to 65535 follows a colon"},
        Case{"smtp://a.b:25x", "not a port: \":25x\"; a number from 1 to 65535 follows a colon"},
        Case{"smtp://[::1]25", "not a port: \"25\"; a number from 1 to 65535 follows a colon"},
        Case{std::string(1024, 'a'), "the URL is too long"}})
    EXPECT_EQ(fault(c.url), c.fault) << c.url;
}

TEST(TlsVersions, NamesAddUpAndExclamationMarksTakeAway) {
  struct Case {
    const char* text;
    TlsVersions versions;
  };
  for (const Case& c :
       {Case{"tlsv1.2", {false, false, true, false}},
        Case{"TLSv1.2,TLSv1.3", {false, false, true, true}},
        Case{"tlsv1.3:tlsv1.0", {true, false, false, true}},
        Case{"secure", {false, false, true, true}},
        Case{"all, !tlsv1.0", {false, true, true, true}},
        Case{"!tlsv1.3", {true, true, true, false}}, Case{"tlsv1", {true, true, true, true}}}) {
    const auto versions = parse_tls_versions(c.text);
    ASSERT_TRUE(versions) << c.text;
    EXPECT_EQ(*versions, c.versions) << c.text;
  }
  for (const char* text : {"", "sslv3", "tlsv1.4", "tlsv1.2,,tlsv1.3", "tlsv1.2,!tlsv1.2", "!"})
    EXPECT_FALSE(parse_tls_versions(text)) << text;
}

TEST(LocalPaths, HostAndPort) {
  EXPECT_EQ(parse_host_and_port("localhost:24"), (HostAndPort{"localhost", 24}));
  EXPECT_EQ(parse_host_and_port("127.0.0.1:24"), (HostAndPort{"127.0.0.1", 24}));
  EXPECT_EQ(parse_host_and_port("[::1]:24"), (HostAndPort{"::1", 24}));
  for (const char* text : {"", ":24", "localhost", "localhost:", "localhost:x", "localhost:0",
                           "localhost:65536", "::1:24", "[::1]", "[x]:24", "1.2.3:24", "a b:24"})
    EXPECT_FALSE(parse_host_and_port(text)) << text;
  EXPECT_EQ(lmtp_destination_fault("/run/dovecot/lmtp"), "");
  EXPECT_EQ(lmtp_destination_fault("/" + std::string(200, 'x')),
            "the path of the socket is too long");
}

TEST(LocalPaths, MaildirsAreAbsoluteOrUnderHomeAndTheirSpecifiersAreKnown) {
  for (const char* path :
       {"/var/mail/x", "~/Maildir", "%{user.directory}/m", "/m/%{dest.domain}/%{dest.user}",
        "/m/%{rcpt.domain[0:-4]}", "/m/%{rcpt.domain[8:]}", "/m/%{rcpt[-3:]:uppercase}",
        "/m/%{rcpt:lowercase|strip}", "/m/%{mbox.from:raw}", "/m/100%"})
    EXPECT_EQ(maildir_path_fault(path), "") << path;
  for (const char* path : {"", "Mail", "~joe/Mail", "%{dest.user}/m", "/m/..", "/../m", "/m/%{}",
                           "/m/%{dest.user[}", "/m/%{dest.user[:]}", "/m/%{dest.user]}",
                           "/m/%{dest.user:}", "/m/%{dest.user:raw|}", "/m/%{mda}"})
    EXPECT_NE(maildir_path_fault(path), "") << path;
}

}  // namespace
}  // namespace mxlab::config
