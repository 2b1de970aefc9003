// resolver.cpp - which server to ask next, where an alias leads, and what to remember of it.
#include "relay/dns/resolver.hpp"

#include <algorithm>

#include "relay/dns/cache.hpp"
#include "relay/dns/exchange.hpp"
#include "relay/dns/name.hpp"

namespace mxlab::dns {
namespace {

constexpr int kMaxAliases = 8;

// Where the question has led so far: an alias moves it to another name.
struct Walk {
  Question question;  // what is to be found, at the name where the aliases have led
  int aliases = 0;
  std::uint32_t ttl = kMaxTtl;  // the least of all that was used
};

Found failed(std::string reason) {
  return {
      .status = Status::kTemporaryFailure, .records = {}, .ttl = 0, .reason = std::move(reason)};
}

std::string type_word(Type type) {
  switch (type) {
    case Type::kA:
      return "A";
    case Type::kAaaa:
      return "AAAA";
    case Type::kMx:
      return "MX";
    case Type::kPtr:
      return "PTR";
    case Type::kCname:
      break;
  }
  return "CNAME";
}

const Record* alias_in(const Reply& reply, const std::string& name) {
  auto is_alias = [&](const Record& r) { return r.type == Type::kCname && r.owner == name; };
  auto alias = std::find_if(reply.answers.begin(), reply.answers.end(), is_alias);
  return alias == reply.answers.end() ? nullptr : &*alias;
}

std::vector<Record> records_in(const Reply& reply, const Question& question) {
  std::vector<Record> records;
  for (const Record& record : reply.answers)
    if (record.type == question.type && record.owner == question.name) records.push_back(record);
  return records;
}

Found denied(Status status, const Walk& walk, const Reply& reply) {
  // RFC 2308 5: a denial without a SOA is not remembered.
  return {.status = status,
          .records = {},
          .ttl = std::min(walk.ttl, reply.negative_ttl.value_or(0)),
          .reason = {}};
}

// Follows the reply's aliases. Nothing when they lead to a name of which the reply says nothing:
// the walk then stands there, and that name has to be asked for.
std::optional<Found> follow(const Reply& reply, Walk& walk) {
  const auto start = walk.question.name;
  for (;;) {
    if (auto records = records_in(reply, walk.question); !records.empty()) {
      for (const Record& record : records) walk.ttl = std::min(walk.ttl, record.ttl);
      return Found{Status::kOk, std::move(records), walk.ttl, {}};
    }
    const Record* alias = alias_in(reply, walk.question.name);
    if (!alias) break;
    if (++walk.aliases > kMaxAliases)
      return failed("more than 8 aliases in a row at " + walk.question.name);
    walk.ttl = std::min(walk.ttl, alias->ttl);
    walk.question.name = std::get<std::string>(alias->data);
  }
  // RFC 6604 3: after aliases, the response code speaks of the last name.
  if (reply.rcode == Rcode::kNxDomain) return denied(Status::kNoSuchName, walk, reply);
  if (walk.question.name != start && !reply.negative_ttl) return std::nullopt;
  return denied(Status::kNoData, walk, reply);
}

}  // namespace

class Resolver::Core {
 public:
  Core(world::World& world, ResolverOptions options)
      : world_(world), options_(std::move(options)) {}

  awaitable<Found> find(std::string name, Type type);
  void flush() { cache_.clear(); }
  void use_servers(std::vector<Endpoint> servers) { options_.servers = std::move(servers); }

 private:
  awaitable<Found> walk(Question question);
  void trace(const Question& question, const Found& found) const;
  awaitable<Exchanged> ask(Question question);

  world::World& world_;
  ResolverOptions options_;
  Cache cache_;
};

awaitable<Found> Resolver::Core::find(std::string name, Type type) {
  auto canonical = canonical_name(name);
  if (!canonical)
    co_return Found{Status::kNoSuchName, {}, 0, "\"" + name + "\" is not a domain name"};
  Question question{*canonical, type};
  if (const Found* known = cache_.get(question, world_.clock.steady_now())) co_return *known;
  Found found = co_await walk(question);
  trace(question, found);
  cache_.put(question, found, world_.clock.steady_now());
  co_return found;
}

void Resolver::Core::trace(const Question& question, const Found& found) const {
  if (!world_.journal.traces("lookup")) return;
  const char* const outcomes[] = {"ok", "no data", "no such name", "temporary failure"};
  std::string line = question.name + " " + type_word(question.type) + ": " +
                     outcomes[static_cast<int>(found.status)];
  if (found.status == Status::kOk) line += ", " + std::to_string(found.records.size()) + " records";
  if (!found.reason.empty()) line += ", " + found.reason;
  world_.journal.detail("lookup", line);
}

awaitable<Found> Resolver::Core::walk(Question question) {
  Walk walk{.question = std::move(question)};
  // Each round follows at least one alias, so that follow() ends it.
  for (;;) {
    auto exchanged = co_await ask(walk.question);
    if (!exchanged.reply) co_return failed(exchanged.failure);
    if (auto found = follow(*exchanged.reply, walk)) co_return *found;
  }
}

// Server after server, round after round. One that has said that it cannot answer would only say so
// again: those without a usable reply (silent, unreachable, malformed) are asked once more.
awaitable<Exchanged> Resolver::Core::ask(Question question) {
  auto servers = options_.servers;
  Exchanged last{{}, "no name server is configured"};
  for (int round = 0; round < options_.attempts && !servers.empty(); ++round) {
    std::vector<Endpoint> silent;
    for (const Endpoint& server : servers) {
      auto outcome = co_await exchange(world_, server, question, options_.timeout);
      if (!outcome.reply) silent.push_back(server);
      if (outcome.reply &&
          (outcome.reply->rcode == Rcode::kNoError || outcome.reply->rcode == Rcode::kNxDomain))
        co_return outcome;
      if (outcome.reply)
        outcome = {{}, rcode_name(outcome.reply->rcode) + " from " + server_name(server)};
      last = std::move(outcome);
    }
    servers = std::move(silent);
  }
  co_return last;
}

Resolver::Resolver(world::World& world, ResolverOptions options)
    : core_(std::make_unique<Core>(world, std::move(options))) {}
Resolver::~Resolver() = default;
void Resolver::flush() { core_->flush(); }
void Resolver::use_servers(std::vector<Endpoint> servers) {
  core_->use_servers(std::move(servers));
}

awaitable<MxAnswer> Resolver::mx(std::string domain) {
  auto found = co_await core_->find(std::move(domain), Type::kMx);
  MxAnswer answer{found.status, {}, found.reason};
  for (const Record& record : found.records) answer.records.push_back(std::get<Mx>(record.data));
  std::stable_sort(answer.records.begin(), answer.records.end(),
                   [](const Mx& a, const Mx& b) { return a.preference < b.preference; });
  co_return answer;
}

awaitable<AddressAnswer> Resolver::addresses(std::string host) {
  AddressAnswer answer{Status::kNoData, {}, {}};
  for (Type type : {Type::kA, Type::kAaaa}) {
    auto found = co_await core_->find(host, type);
    for (const Record& record : found.records)
      answer.addresses.push_back(std::get<Address>(record.data));
    if (found.status == Status::kTemporaryFailure || found.status == Status::kNoSuchName) {
      answer.status = found.status;
      answer.reason = found.reason;
    }
    if (found.status == Status::kNoSuchName) break;  // RFC 8020: then no type exists there
  }
  if (!answer.addresses.empty()) answer = {Status::kOk, std::move(answer.addresses), {}};
  co_return answer;
}

awaitable<NameAnswer> Resolver::names(Address address) {
  auto found = co_await core_->find(reverse_name(address), Type::kPtr);
  NameAnswer answer{found.status, {}, found.reason};
  for (const Record& record : found.records)
    answer.names.push_back(std::get<std::string>(record.data));
  co_return answer;
}

}  // namespace mxlab::dns
