// spf_names.cpp - the questions of an SPF walk, asked by ldns's own resolver, one after the other.
#include <fmt/format.h>
#include <memory>
#include <stdexcept>

#include "relay/ctl/spf.hpp"
#include "relay/dns/ldns.hpp"

namespace mxlab::ctl {
namespace {

struct FreeResolver {
  void operator()(ldns_resolver* resolver) const { ldns_resolver_deep_free(resolver); }
};
using Resolver = std::unique_ptr<ldns_resolver, FreeResolver>;

Resolver make_resolver(const std::optional<world::Endpoint>& server) {
  ldns_resolver* made = nullptr;
  if (server) {
    made = ldns_resolver_new();
    const auto type = server->address.is_v4() ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA;
    dns::RdfPtr address(ldns_rdf_new_frm_str(type, server->address.to_string().c_str()));
    ldns_resolver_push_nameserver(made, address.get());
    ldns_resolver_set_port(made, server->port);
    ldns_resolver_set_recursive(made, true);
  } else if (ldns_resolver_new_frm_file(&made, nullptr) != LDNS_STATUS_OK) {
    throw std::runtime_error("/etc/resolv.conf names no name server (--resolver ADDRESS)");
  }
  return Resolver(made);
}

/// The strings of a TXT record are joined without a blank (RFC 7208 3.3).
std::string text_of(const ldns_rr* record) {
  std::string text;
  for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
    const ldns_rdf* part = ldns_rr_rdf(record, i);
    // The first byte is the length of the rest.
    const auto* bytes = reinterpret_cast<const char*>(ldns_rdf_data(part));
    if (ldns_rdf_size(part) > 1) text.append(bytes + 1, ldns_rdf_size(part) - 1);
  }
  return text;
}

std::string name_of(const ldns_rdf* name) {
  dns::TextPtr text(ldns_rdf2str(name));
  std::string out = text ? text.get() : "";
  if (out.size() > 1 && out.back() == '.') out.pop_back();
  return out;
}

class SystemNames final : public SpfNames {
 public:
  explicit SystemNames(Resolver resolver) : resolver_(std::move(resolver)) {}

  std::vector<std::string> texts(const std::string& name) override {
    return collect<std::string>(name, LDNS_RR_TYPE_TXT, text_of);
  }
  std::vector<std::string> exchanges(const std::string& name) override {
    return collect<std::string>(name, LDNS_RR_TYPE_MX, [](const ldns_rr* record) {
      return name_of(ldns_rr_rdf(record, 1));
    });
  }
  std::vector<world::Address> addresses(const std::string& name) override {
    auto address = [](const ldns_rr* record) {
      return asio::ip::make_address(name_of(ldns_rr_rdf(record, 0)));
    };
    auto found = collect<world::Address>(name, LDNS_RR_TYPE_A, address);
    auto more = collect<world::Address>(name, LDNS_RR_TYPE_AAAA, address);
    found.insert(found.end(), more.begin(), more.end());
    return found;
  }

 private:
  template <class Value, class Read>
  std::vector<Value> collect(const std::string& name, ldns_rr_type type, Read read) {
    std::vector<Value> values;
    dns::RdfPtr question(ldns_dname_new_frm_str(name.c_str()));
    if (!question) return values;
    dns::PacketPtr answer(
        ldns_resolver_query(resolver_.get(), question.get(), type, LDNS_RR_CLASS_IN, LDNS_RD));
    if (!answer) return values;
    const ldns_rr_list* records = ldns_pkt_answer(answer.get());
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(records); ++i)
      if (const ldns_rr* record = ldns_rr_list_rr(records, i); ldns_rr_get_type(record) == type)
        values.push_back(read(record));
    return values;
  }

  Resolver resolver_;
};

}  // namespace

std::unique_ptr<SpfNames> system_names(const std::optional<world::Endpoint>& server) {
  return std::make_unique<SystemNames>(make_resolver(server));
}

}  // namespace mxlab::ctl
