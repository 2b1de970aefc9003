// The resolver against servers that fakedns is not: older than EDNS, talkative, broken over TCP.
#include <asio/write.hpp>
#include <gmock/gmock.h>

#include "relay/dns/message.hpp"
#include "relay/dns/tcp.hpp"
#include "relay/world/spawn.hpp"
#include "tests/fakedns/lab.hpp"

namespace mxlab::fakedns {
namespace {

using dns::Mx;
using dns::Status;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kHeader = 12;

bool has_edns(const std::string& query) { return query.at(11) != 0; }  // ARCOUNT: the OPT record

/// The query's header as a reply with this code, and nothing behind it.
std::string bare_error(const std::string& query, int code) {
  std::string reply = query.substr(0, 4) + std::string(kHeader - 4, '\0');
  reply[2] = static_cast<char>(reply[2] | '\x80');
  reply[3] = static_cast<char>(code);
  return reply;
}

std::string with_another_id(std::string message) {
  message[0] = static_cast<char>(message[0] ^ '\x55');
  return message;
}

std::string cut_short(std::string message) {
  message[2] = static_cast<char>(message[2] | '\x02');  // TC
  return message;
}

// One server at 192.0.2.55 that says to each question what the test has it say.
class StrangeServer : public testing::Test {
 protected:
  using Replies = std::vector<std::string>;

  StrangeServer() {
    lab.zones.add("example.org", "MX 10 mail.example.org");
    lab.zones.add("other.example.org", "MX 10 elsewhere.example.org");
    sim::Host& host = lab.simulation.add_host("strange", {address("192.0.2.55")});
    lab.simulation.boot(host, [this](world::World& world) {
      const world::Endpoint here{address("192.0.2.55"), 53};
      world::spawn(world, serve_datagrams(*this, world.network.open_datagrams(here)));
      world::spawn(world, serve_streams(*this, world.network.listen(here, 5)));
      return nullptr;
    });
    lab.options = {.servers = {{address("192.0.2.55"), 53}}, .attempts = 1};
    lab.boot_asker();
  }

  std::string truth(const std::string& query) {
    return answer(query, lab.zones, Transport::kTcp).wire;
  }

  /// A true answer to a question that nobody asked, under the id of the one that was.
  std::string off_the_point(const std::string& query) {
    auto id = dns::message_id(query).value();
    return truth(dns::make_query(id, {"other.example.org", dns::Type::kMx}).value());
  }

  DnsLab lab;
  std::vector<std::string> asked;
  std::function<Replies(const std::string&)> say;       // over UDP
  std::function<Replies(const std::string&)> say_long;  // over TCP, where it then hangs up

 private:
  static world::awaitable<void> serve_datagrams(StrangeServer& self,
                                                std::unique_ptr<world::DatagramSocket> socket) {
    for (;;) {
      world::Datagram query;
      try {
        query = co_await socket->receive();
      } catch (const std::system_error&) {
        continue;  // the asker did not wait for all of our replies
      }
      self.asked.push_back(query.payload);
      for (std::string& reply : self.say(query.payload)) socket->send({query.peer, reply});
    }
  }

  static world::awaitable<void> serve_streams(StrangeServer& self,
                                              std::unique_ptr<world::Listener> listener) {
    for (;;) {
      auto stream = co_await listener->accept();
      const std::string query = co_await dns::read_message(*stream);
      self.asked.push_back(query);
      for (std::string& reply : self.say_long(query))
        co_await asio::async_write(*stream, asio::buffer(reply), asio::use_awaitable);
      stream->close();
    }
  }
};

std::string framed(const std::string& message) {
  return std::string{static_cast<char>(message.size() >> 8), static_cast<char>(message.size())} +
         message;
}

TEST_F(StrangeServer, OlderThanEdnsIsAskedAgainWithoutIt) {
  for (int code : {1, 4}) {  // RFC 6891 7: FORMERR or NOTIMP
    lab.flush();
    asked.clear();
    say = [&](const std::string& query) {
      return Replies{has_edns(query) ? bare_error(query, code) : truth(query)};
    };
    auto [answer, took] = lab.mx("example.org");
    EXPECT_THAT(answer.records, ElementsAre(Mx{10, "mail.example.org"})) << "after code " << code;
    EXPECT_EQ(took, 4 * DnsLab::kLatency);
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_TRUE(has_edns(asked[0]) && !has_edns(asked[1]));
  }
}

TEST_F(StrangeServer, ThatUnderstandsNothingIsATemporaryFailureAfterTwoQuestions) {
  say = [](const std::string& query) { return Replies{bare_error(query, 1)}; };
  auto answer = lab.mx("example.org").answer;
  EXPECT_EQ(answer.status, Status::kTemporaryFailure);
  EXPECT_EQ(answer.reason, "FORMERR from 192.0.2.55");
  EXPECT_EQ(asked.size(), 2U);
}

TEST_F(StrangeServer, IsHeardOnlyWhenItAnswersWhatWasAsked) {
  say = [this](const std::string& query) {
    return Replies{with_another_id(truth(query)), "", "x", off_the_point(query), truth(query)};
  };
  EXPECT_THAT(lab.mx("example.org").answer.records, ElementsAre(Mx{10, "mail.example.org"}));
}

TEST_F(StrangeServer, ThatFloodsUsWithForgedIdsIsGivenUp) {
  say = [this](const std::string& query) {
    Replies replies(150, with_another_id(truth(query)));
    replies.push_back(truth(query));
    return replies;
  };
  auto [answer, took] = lab.mx("example.org");
  EXPECT_EQ(answer.status, Status::kTemporaryFailure);
  EXPECT_EQ(answer.reason, "nothing but strange answers from 192.0.2.55");
  EXPECT_LT(took, seconds(1)) << "a forger must not get all the time in the world";
}

TEST_F(StrangeServer, IsNotBelievedWhenAnErrorComesWithoutItsQuestionAsSuccess) {
  say = [](const std::string& query) { return Replies{bare_error(query, 0)}; };
  EXPECT_EQ(lab.mx("example.org").answer.reason, "no answer from 192.0.2.55 within 5 s");
}

class StrangeOverTcp : public StrangeServer {
 protected:
  StrangeOverTcp() {
    say = [this](const std::string& query) { return Replies{cut_short(truth(query))}; };
  }
  std::string reason() {
    auto answer = lab.mx("example.org").answer;
    EXPECT_EQ(answer.status, Status::kTemporaryFailure);
    return answer.reason;
  }
};

TEST_F(StrangeOverTcp, IsReadHoweverItsAnswerIsCut) {
  say_long = [this](const std::string& query) {
    Replies bytes;
    for (char byte : framed(with_another_id(truth(query))) + framed(truth(query)))
      bytes.emplace_back(1, byte);
    return bytes;
  };
  EXPECT_THAT(lab.mx("example.org").answer.records, ElementsAre(Mx{10, "mail.example.org"}));
}

TEST_F(StrangeOverTcp, MayNotCutItShortThereToo) {
  say_long = [this](const std::string& query) { return Replies{framed(cut_short(truth(query)))}; };
  EXPECT_EQ(reason(), "truncated even over TCP, 192.0.2.55");
}

TEST_F(StrangeOverTcp, ThatHangsUpWithinAMessageIsNoAnswer) {
  say_long = [this](const std::string& query) {
    return Replies{framed(truth(query)).substr(0, 20)};
  };
  EXPECT_EQ(reason(), "End of file, 192.0.2.55");
}

TEST_F(StrangeOverTcp, ThatSaysNothingButNonsenseIsGivenUp) {
  say_long = [this](const std::string& query) {
    return Replies(5, framed(with_another_id(truth(query))));
  };
  EXPECT_EQ(reason(), "nothing but strange answers from 192.0.2.55");
  say_long = [](const std::string& query) { return Replies{framed(query.substr(0, 2) + "?")}; };
  EXPECT_THAT(reason(), HasSubstr("malformed answer from 192.0.2.55"));
}

TEST_F(StrangeOverTcp, ThatHangsUpWithinALengthIsNoAnswer) {
  say_long = [](const std::string&) { return Replies{"\xff"}; };
  EXPECT_EQ(reason(), "End of file, 192.0.2.55");
}

}  // namespace
}  // namespace mxlab::fakedns
