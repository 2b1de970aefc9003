// lab.hpp - a simulated network with two name servers and one asker, for the tests of both sides.
#pragma once
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fakedns/server.hpp"
#include "relay/dns/resolver.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::fakedns {

inline world::Address address(const char* text) { return asio::ip::make_address(text); }

class DnsLab {
 public:
  explicit DnsLab(std::uint64_t seed = 1) : simulation(seed) {
    first = &simulation.add_host("ns1", {address("192.0.2.53")});
    second = &simulation.add_host("ns2", {address("192.0.2.54")});
    asker = &simulation.add_host("asker", {address("192.0.2.1")});
    simulation.wires().set_quality({.latency_min = kLatency, .latency_max = kLatency});
    zones.add_zone("example.org");
    boot_server(*first, lies, asked_first);
    boot_server(*second, second_lies, asked_second);
    options.servers = {{address("192.0.2.53"), 53}, {address("192.0.2.54"), 53}};
    boot_asker();
  }

  /// What came of one question, and after how long.
  template <class Answer>
  struct Timed {
    Answer answer;
    world::Duration took{};
  };

  auto mx(std::string name) {
    return run<dns::MxAnswer>([name](dns::Resolver& r) { return r.mx(name); });
  }
  auto addresses(std::string name) {
    return run<dns::AddressAnswer>([name](dns::Resolver& r) { return r.addresses(name); });
  }
  auto names(world::Address of) {
    return run<dns::NameAnswer>([of](dns::Resolver& r) { return r.names(of); });
  }
  void flush() { resolver->flush(); }

  /// A resolver with the options as they are now, and an empty cache.
  void boot_asker() {
    if (asker->up) simulation.stop(*asker);
    simulation.boot(*asker, [this](world::World& world) {
      resolver = std::make_shared<dns::Resolver>(world, options);
      return std::shared_ptr<void>(resolver);
    });
  }

  static constexpr world::Duration kLatency = std::chrono::milliseconds(1);
  sim::Simulation simulation;
  sim::Host* first;
  sim::Host* second;
  sim::Host* asker;
  ZoneSet zones;
  Lies lies;         // of the first server
  Lies second_lies;  // of the second
  std::vector<Answered> asked_first;
  std::vector<Answered> asked_second;
  dns::ResolverOptions options;
  std::shared_ptr<dns::Resolver> resolver;

 private:
  void boot_server(sim::Host& host, Lies& told, std::vector<Answered>& asked) {
    simulation.boot(host, [&](world::World& world) {
      auto server = std::make_shared<Server>(world, zones, told);
      server->on_question = [&asked](const Answered& answered) { asked.push_back(answered); };
      server->start({host.addresses.front(), 53});
      return std::shared_ptr<void>(server);
    });
  }

  template <class Answer>
  struct Question {
    std::function<world::awaitable<Answer>(dns::Resolver&)> ask;
    Timed<Answer> result;
    bool done = false;
  };

  template <class Answer>
  static world::awaitable<void> ask_one(DnsLab& lab, std::shared_ptr<Question<Answer>> question) {
    auto begin = lab.simulation.now();
    question->result.answer = co_await question->ask(*lab.resolver);
    question->result.took = lab.simulation.now() - begin;
    question->done = true;
  }

  template <class Answer>
  Timed<Answer> run(std::function<world::awaitable<Answer>(dns::Resolver&)> ask) {
    auto question = std::make_shared<Question<Answer>>();
    question->ask = std::move(ask);
    asio::co_spawn(asker->world().executor, ask_one(*this, question), asio::detached);
    simulation.wake(*asker);
    while (!question->done && simulation.step()) {
    }
    if (!question->done) throw std::logic_error("the resolver never came back");
    return question->result;
  }
};

}  // namespace mxlab::fakedns
