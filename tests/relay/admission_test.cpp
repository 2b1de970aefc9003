// Who is let in, who has to make room, and who is remembered for what.
#include "relay/admission.hpp"

#include <crypt.h>
#include <gtest/gtest.h>

#include "relay/from_header.hpp"
#include "relay/networks.hpp"
#include "relay/password.hpp"
#include "relay/strikes.hpp"

namespace mxlab::relay {
namespace {

using namespace std::chrono_literals;
using world::SteadyPoint;
using Answer = Admission::Answer;

world::Address address(const std::string& text) { return asio::ip::make_address(text); }
SteadyPoint at(world::Duration span) { return SteadyPoint(span); }

struct Visitor final : smtp::Guest {
  SteadyPoint silent_since() const override { return silent; }
  void dismiss(smtp::Farewell why) override { farewell = why; }
  SteadyPoint silent = SteadyPoint::max();
  std::optional<smtp::Farewell> farewell;
};

TEST(Networks, AnIpv6SiteCountsAsOneAndSoDoesAnIpv4Address) {
  EXPECT_EQ(network_of(address("2001:db8:1:2:3:4:5:6")), address("2001:db8:1:2::"));
  EXPECT_EQ(network_of(address("192.0.2.7")), address("192.0.2.7"));
  EXPECT_EQ(network_of(address("::ffff:192.0.2.7")), address("192.0.2.7"));
}

TEST(Admission, OneNetworkHasItsShareAndNoMore) {
  Admission admission({.sessions = 100, .per_network = 2});
  Visitor one, two, three;
  const auto first = admission.admit(address("2001:db8::1"), &one, at(0s));
  EXPECT_EQ(first.answer, Answer::kWelcome);
  EXPECT_EQ(admission.admit(address("2001:db8::2"), &two, at(0s)).answer, Answer::kWelcome);
  EXPECT_EQ(admission.admit(address("2001:db8::3"), &three, at(0s)).answer, Answer::kTooMany);
  EXPECT_EQ(admission.admit(address("2001:db8:0:1::3"), &three, at(0s)).answer, Answer::kWelcome)
      << "the next site";
  EXPECT_EQ(admission.admit(address("2001:db8::4"), &three, at(0s), true).answer, Answer::kWelcome)
      << "this host itself";
  admission.leave(first.ticket);
  EXPECT_EQ(admission.admit(address("2001:db8::3"), &three, at(0s)).answer, Answer::kWelcome);
}

TEST(Admission, WhoHasBeenSilentTheLongestMakesRoom) {
  Admission admission({.sessions = 3, .per_network = 10, .patience = 10s});
  Visitor busy, silent, more_silent, next, last;
  silent.silent = at(6s);
  more_silent.silent = at(5s);
  admission.admit(address("192.0.2.1"), &busy, at(0s));
  admission.admit(address("192.0.2.2"), &silent, at(0s));
  const auto gone = admission.admit(address("192.0.2.3"), &more_silent, at(0s));
  EXPECT_EQ(admission.admit(address("192.0.2.4"), &next, at(14s)).answer, Answer::kFull)
      << "nobody has been silent for ten seconds";
  EXPECT_EQ(admission.admit(address("192.0.2.4"), &next, at(15s)).answer, Answer::kWelcome);
  EXPECT_EQ(more_silent.farewell, smtp::Farewell::kCrowded);
  EXPECT_FALSE(silent.farewell);
  EXPECT_EQ(admission.admit(address("192.0.2.5"), &last, at(15s)).answer, Answer::kFull)
      << "nobody makes room twice";
  admission.leave(gone.ticket);
  EXPECT_EQ(admission.admit(address("192.0.2.5"), &last, at(15s)).answer, Answer::kFull)
      << "the place was given away when he was dismissed";
  EXPECT_EQ(admission.admit(address("192.0.2.5"), &last, at(16s)).answer, Answer::kWelcome);
  EXPECT_EQ(silent.farewell, smtp::Farewell::kCrowded);
  EXPECT_EQ(admission.dismissed(), 2u);
}

TEST(Admission, WhoComesOnceIsLetInBeforeThoseWhoAreMany) {
  Admission admission({.sessions = 4, .per_network = 10});
  Visitor crowd[3], other, once, again;
  for (Visitor& visitor : crowd) {
    visitor.silent = at(5s);
    admission.admit(address("192.0.2.1"), &visitor, at(5s));
  }
  admission.admit(address("192.0.2.2"), &other, at(5s));
  EXPECT_EQ(admission.admit(address("192.0.2.3"), &once, at(5s)).answer, Answer::kFull)
      << "a second's silence is the least";
  EXPECT_EQ(admission.admit(address("192.0.2.2"), &again, at(6s)).answer, Answer::kWelcome)
      << "one against three";
  EXPECT_TRUE(crowd[0].farewell);
  EXPECT_EQ(admission.admit(address("192.0.2.2"), &again, at(6s)).answer, Answer::kFull)
      << "two against three are no better";
  EXPECT_EQ(admission.admit(address("192.0.2.3"), &once, at(6s)).answer, Answer::kWelcome);
  EXPECT_TRUE(crowd[1].farewell);
}

TEST(Admission, WhenItClosesAllAreToldAndNobodyIsLetIn) {
  Admission admission;
  Visitor one, two, late;
  admission.admit(address("192.0.2.1"), &one, at(0s));
  admission.admit(address("192.0.2.2"), &two, at(0s));
  admission.close();
  EXPECT_EQ(one.farewell, smtp::Farewell::kClosing);
  EXPECT_EQ(two.farewell, smtp::Farewell::kClosing);
  EXPECT_EQ(admission.admit(address("192.0.2.3"), &late, at(0s)).answer, Answer::kClosing);
}

TEST(Admission, KeepsNothingOfWhoHasLeft) {
  Admission admission;
  Visitor visitor;
  for (int i = 0; i < 10'000; ++i) {
    const std::string from = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    admission.leave(admission.admit(address(from), &visitor, at(0s)).ticket);
  }
  EXPECT_EQ(admission.guests(), 0u);
  admission.leave(0);
  admission.leave(4711);
  EXPECT_EQ(Admission::limits_for(1).sessions, 1u);
  EXPECT_LT(Admission::limits_for(1000).sessions, 1000u) << "somebody must be left to say 421";
}

TEST(Strikes, AreCountedByNetworkAndForgottenInTime) {
  Strikes strikes({.memory = 15min, .networks = 10});
  EXPECT_EQ(strikes.add(address("2001:db8::1"), at(0s)), 1u);
  EXPECT_EQ(strikes.add(address("2001:db8::2"), at(10min)), 2u);
  EXPECT_EQ(strikes.count(address("2001:db8::3"), at(20min)), 2u);
  EXPECT_EQ(strikes.count(address("2001:db8:1::"), at(20min)), 0u);
  EXPECT_EQ(strikes.count(address("2001:db8::3"), at(26min)), 0u) << "quiet for long enough";
  EXPECT_EQ(strikes.add(address("2001:db8::3"), at(26min)), 1u);
  strikes.forgive(address("2001:db8::4"));
  EXPECT_EQ(strikes.count(address("2001:db8::1"), at(26min)), 0u);
}

TEST(Strikes, NeverRememberMoreThanTheyMay) {
  Strikes strikes({.memory = 1h, .networks = 100});
  strikes.add(address("192.0.2.1"), at(0s));
  for (int i = 0; i < 5000; ++i) {
    strikes.add(address("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250)), at(1s));
    strikes.add(address("192.0.2.1"), at(std::chrono::seconds(2 + i)));
  }
  EXPECT_LE(strikes.size(), 100u);
  EXPECT_EQ(strikes.count(address("192.0.2.1"), at(5000s)), 5001u)
      << "who does it most is not forgotten for others";
}

std::string crypt_of(const char* password, const char* setting) {
  const char* made = crypt(password, setting);
  return made == nullptr ? "*" : made;
}

TEST(Password, FitsTheHashesOfCrypt) {
  for (const char* setting : {"$6$salt$", "$5$salt$", "$1$salt$", "$y$j9T$abcdefgh$"}) {
    const std::string hash = crypt_of("secret", setting);
    ASSERT_NE(hash.front(), '*') << setting;
    EXPECT_TRUE(password_fits("secret", hash)) << setting;
    EXPECT_FALSE(password_fits("Secret", hash)) << setting;
    EXPECT_FALSE(password_fits("", hash)) << setting;
    EXPECT_FALSE(password_fits(std::string("secret\0x", 8), hash)) << setting;
    EXPECT_FALSE(password_fits("secret", hash + "x")) << setting;
    EXPECT_FALSE(password_fits("secret", hash.substr(0, hash.size() - 1))) << setting;
  }
}

TEST(Password, NothingFitsWhatIsNoHash) {
  for (const char* hash : {"", "*", "*0", "!", "x", "secret", "$", "$6$", "$9$salt$x", "\xff\xff"})
    EXPECT_FALSE(password_fits("secret", hash)) << hash;
  EXPECT_FALSE(password_fits("", ""));
  EXPECT_FALSE(password_fits("*0", "*0"));
  EXPECT_FALSE(password_fits("", kNobodysHash));
  EXPECT_FALSE(password_fits("secret", kNobodysHash));
}

std::string edited(const std::string& message, std::size_t piece) {
  FromEditor editor("joe@example.org");
  std::string out;
  for (std::size_t i = 0; i < message.size(); i += piece)
    out += editor.feed(message.substr(i, piece));
  return out + editor.finish();
}

TEST(FromEditor, NamesTheSenderInPlaceOfWhoeverStoodThere) {
  const std::pair<std::string, std::string> cases[] = {
      {"From: a@b\r\n", "From: <joe@example.org>\r\n"},
      {"from : Joe <a@b>\r\n", "From: Joe <joe@example.org>\r\n"},
      {"From: \"Boss, The\" <boss@bank.test>\r\n", "From: \"Boss, The\" <joe@example.org>\r\n"},
      {"From: Joe\r\n <a@b>\r\n", "From: Joe <joe@example.org>\r\n"},
      {"From: a@b, c@d\r\n", "From: <joe@example.org>\r\n"},
      {"From: A <a@b>, C <c@d>\r\n", "From: <joe@example.org>\r\n"},
      {"From:\r\n", "From: <joe@example.org>\r\n"},
      {"X-From: a@b\r\nFromage: x\r\n", "X-From: a@b\r\nFromage: x\r\n"},
  };
  const std::string before = "Subject: x\r\n\tfolded\r\n",
                    after = "To: z\r\n\r\nFrom: the body\r\n";
  for (const auto& [given, expected] : cases)
    for (std::size_t piece : {1u, 2u, 7u, 1000u})
      EXPECT_EQ(edited(before + given + after, piece), before + expected + after)
          << given << " in pieces of " << piece;
}

TEST(FromEditor, HoldsBackLittleAndLosesNothing) {
  const std::string line = "X: " + std::string(100'000, 'x') + "\r\n";
  EXPECT_EQ(edited(line + "\r\nbody", 999), line + "\r\nbody");
  EXPECT_EQ(edited("From: a@b", 3), "From: <joe@example.org>\r\n") << "a header alone";
  FromEditor none("");
  EXPECT_EQ(none.feed("From: a@b\r\n") + none.finish(), "From: a@b\r\n");
}

}  // namespace
}  // namespace mxlab::relay
