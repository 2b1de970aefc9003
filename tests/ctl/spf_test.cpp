#include "relay/ctl/spf.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>

namespace mxlab::ctl {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;

class FakeNames final : public SpfNames {
 public:
  std::map<std::string, std::vector<std::string>> text, mx, address;
  std::size_t asked = 0;

  std::vector<std::string> texts(const std::string& name) override {
    ++asked;
    return text[name];
  }
  std::vector<std::string> exchanges(const std::string& name) override { return mx[name]; }
  std::vector<world::Address> addresses(const std::string& name) override {
    std::vector<world::Address> found;
    for (const auto& each : address[name]) found.push_back(asio::ip::make_address(each));
    return found;
  }
};

class Spf : public testing::Test {
 protected:
  std::vector<std::string> walk(std::vector<std::string> domains) {
    std::vector<std::string> lines;
    warnings_.clear();
    walk_spf(
        names_, domains, [&](std::string_view line) { lines.emplace_back(line); },
        [&](std::string_view line) { warnings_.emplace_back(line); });
    return lines;
  }
  FakeNames names_;
  std::vector<std::string> warnings_;
};

TEST_F(Spf, FollowsIncludesRedirectsHostsAndExchanges) {
  names_.text["example.org"] = {"google-site-verification=x",
                                "v=spf1 ip4:192.0.2.0/24 include:more.example ?a +mx ~all"};
  names_.text["more.example"] = {
      "v=spf1 ip6:2001:db8::/32 a:host.example/28//64 redirect=last.example"};
  names_.text["last.example"] = {"v=spf1 ip4:203.0.113.7 -ip4:203.0.113.8 -all"};
  names_.address["example.org"] = {"192.0.2.10"};
  names_.mx["example.org"] = {"mail.example.org"};
  names_.address["mail.example.org"] = {"192.0.2.20", "2001:db8::20"};
  names_.address["host.example"] = {"198.51.100.1", "2001:db8:1::1"};
  EXPECT_THAT(walk({"example.org"}),
              ElementsAre("192.0.2.0/24", "192.0.2.10", "192.0.2.20", "2001:db8::20",
                          "2001:db8::/32", "198.51.100.1/28", "2001:db8:1::1/64", "203.0.113.7"));
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(Spf, EndsWhereRecordsIncludeEachOther) {
  names_.text["a.example"] = {"v=spf1 include:b.example include:a.example ip4:192.0.2.1"};
  names_.text["b.example"] = {"v=spf1 include:a.example ip4:192.0.2.2"};
  EXPECT_THAT(walk({"a.example", "a.example"}), ElementsAre("192.0.2.1", "192.0.2.2"));
  EXPECT_EQ(names_.asked, 2u);
}

TEST_F(Spf, PrintsNothingThatIsNoNetwork) {
  names_.text["example.org"] = {
      "v=spf1 ip4:192.0.2.0/33 ip4:$(reboot) ip4:192.0.2.1/ ip6:zz a:/40 all ip4:192.0.2.9/32"};
  EXPECT_THAT(walk({"example.org"}), ElementsAre("192.0.2.9/32"));
}

TEST_F(Spf, SaysWhatItCannotResolve) {
  names_.text["example.org"] = {"v=spf1 include:%{ir}.x.example"};
  EXPECT_THAT(walk({"example.org"}), IsEmpty());
  EXPECT_THAT(warnings_, ElementsAre("%{ir}.x.example contains macros and can't be resolved"));
}

TEST_F(Spf, AsksOnlySoManyQuestions) {
  for (const std::string domain : {"a.example", "b.example", "c.example", "d.example"}) {
    std::string record = "v=spf1";
    for (int i = 0; i < 400; ++i) record += " include:" + std::to_string(i) + "." + domain;
    names_.text[domain] = {record};
  }
  walk({"a.example", "b.example", "c.example", "d.example"});
  EXPECT_LE(names_.asked, 1000u);
  EXPECT_THAT(warnings_, ElementsAre("too many names: the list is not complete"));
}

}  // namespace
}  // namespace mxlab::ctl
