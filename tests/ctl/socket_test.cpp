// The local sockets against clients that send nonsense: they end their own connection, no more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/world/rng.hpp"
#include "tests/ctl/lab.hpp"

namespace mxlab::ctl {
namespace {
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kDigest = "{\"command\":\"digest\"}\n";

class Sockets : public testing::Test {
 protected:
  std::string control(const std::string& bytes) { return lab.send(ControlLab::kControl, bytes); }
  std::string submit(const std::string& bytes) { return lab.send(ControlLab::kSubmit, bytes); }
  bool still_answers() { return control(kDigest).find("\"status\":0") != std::string::npos; }
  ControlLab lab;
};

TEST_F(Sockets, AnswerEveryRequestOfAConnection) {
  const std::string heard = control(std::string(kDigest) + kDigest);
  EXPECT_THAT(heard, StartsWith("{\"record\":{\"connects\":0,"));
  EXPECT_NE(heard.find("status"), heard.rfind("status"));
}

TEST_F(Sockets, SayWhatIsWrongAndHangUp) {
  EXPECT_EQ(control("GET / HTTP/1.1\r\n\r\n"),
            "{\"error\":\"a line is one JSON object\",\"status\":1}\n");
  EXPECT_EQ(control("{\"command\":\"reboot\"}\n"),
            "{\"error\":\"reboot: no such command\",\"status\":1}\n");
  EXPECT_THAT(control("{\"command\":\"schedule\"}\n"), HasSubstr("arguments"));
  EXPECT_THAT(control("{\"command\":\"schedule\",\"arguments\":[\"x\"]}\n"),
              HasSubstr("neither a message (8 hex digits) nor an envelope (16 of them)"));
  EXPECT_TRUE(still_answers());
}

TEST_F(Sockets, SurviveGarbageOfEveryKind) {
  sim::Rng random{7};
  const std::string seed =
      "{\"command\":\"show queue\",\"arguments\":[\"0e236aa4\"],\"json\":true}\n";
  for (int i = 0; i < 300; ++i) {
    std::string bytes = seed;
    for (int change = 0; change < 4; ++change)
      bytes[random.next() % bytes.size()] = static_cast<char>(random.next());
    control(bytes);
    submit(bytes.substr(0, random.next() % bytes.size()));
  }
  control(std::string(2'000'000, '{'));
  control(std::string(1000, '\0') + "\n");
  EXPECT_TRUE(still_answers());
  lab.run_until(lab.now() + 1);
  EXPECT_EQ(lab.counter("control.session"), 0) << "every one of them has been let go";
}

TEST_F(Sockets, ForLettersTakeNothingElse) {
  EXPECT_EQ(submit("{\"command\":\"remove all\"}\n"),
            "{\"error\":\"this socket takes letters, and nothing else\",\"status\":1}\n");
  EXPECT_EQ(submit(kDigest),
            "{\"error\":\"this socket takes letters, and nothing else\",\"status\":1}\n");
}

std::string letter(const std::string& body) {
  return "{\"command\":\"submit\",\"sender\":\"a@example.net\",\"recipients\":[\"b@example.org\"]}"
         "\n"
         "{\"bytes\":" +
         std::to_string(body.size()) + "}\n" + body + "{\"end\":true}\n";
}

TEST_F(Sockets, TakeALetterAndSayWhatItIsCalled) {
  EXPECT_THAT(submit(letter("Subject: hi\n\nhello\n")),
              HasSubstr("\"code\":250,\"text\":\"2.0.0 00000001 Message accepted for delivery\""));
  EXPECT_EQ(lab.rows().size(), 1u);
  EXPECT_THAT(lab.out("show message 00000001"), HasSubstr("Subject: hi\r\n\r\nhello\r\n"));
}

TEST_F(Sockets, ALetterThatIsCutOffWasNeverThere) {
  const std::string whole = letter("Subject: hi\n\nhello\n");
  for (std::size_t size : {whole.size() - 1, whole.size() - 10, whole.size() - 30, std::size_t{90}})
    submit(whole.substr(0, size));
  EXPECT_TRUE(lab.rows().empty());
  EXPECT_TRUE(still_answers());
}

TEST_F(Sockets, ALetterIsRefusedInSmtpsWords) {
  EXPECT_THAT(submit("{\"command\":\"submit\",\"sender\":\"a@b.c\"}\n{\"end\":true}\n"),
              HasSubstr("\"code\":554"));
  lab.ctl("pause smtp");
  EXPECT_THAT(submit(letter("x\n")), HasSubstr("\"code\":421"));
}

TEST_F(Sockets, LetOnlySoManyOperatorsIn) {
  lab.options.control_socket = "";
  std::vector<Said> monitors(64);
  for (Said& said : monitors) lab.start_monitor(100, said);
  lab.run_until(lab.now() + 5);
  EXPECT_EQ(lab.counter("control.session"), 64);
  EXPECT_EQ(control(kDigest),
            "{\"error\":\"too many connections, try again later\",\"status\":1}\n");
  lab.run_until(lab.now() + 200);
  EXPECT_TRUE(still_answers());
}

}  // namespace
}  // namespace mxlab::ctl
