#include "tests/fakedns/signer.hpp"

#include <cstdio>
#include <ctime>
#include <stdexcept>

#ifdef MXLAB_SANITIZED
#include <sanitizer/lsan_interface.h>
#endif

namespace mxlab::fakedns {
namespace {

using ZonePtr = std::unique_ptr<ldns_zone, dns::FreeWith<ldns_zone_free>>;
using ListPtr = std::unique_ptr<ldns_rr_list, dns::FreeWith<ldns_rr_list_free>>;
using SignedPtr = std::unique_ptr<ldns_dnssec_zone, dns::FreeWith<ldns_dnssec_zone_deep_free>>;

constexpr std::uint32_t kInception = 1577836800, kExpiration = 2145916800;  // 2020 to 2038
constexpr std::time_t kNow = 1893456000;                                    // 2030

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

ZonePtr zone_of(const std::string& text) {
  std::unique_ptr<std::FILE, dns::FreeWith<std::fclose>> file(
      fmemopen(const_cast<char*>(text.data()), text.size(), "r"));
  ldns_zone* zone = nullptr;
  int line = 0;
  require(ldns_zone_new_frm_fp_l(&zone, file.get(), nullptr, 3600, LDNS_RR_CLASS_IN, &line) ==
              LDNS_STATUS_OK,
          "the zone cannot be read");
  return ZonePtr(zone);
}

ListPtr of_kind(const ldns_rr_list& section, bool signatures) {
  ListPtr list(ldns_rr_list_new());
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(&section); ++i) {
    ldns_rr* rr = ldns_rr_list_rr(&section, i);
    if ((ldns_rr_get_type(rr) == LDNS_RR_TYPE_RRSIG) == signatures)
      ldns_rr_list_push_rr(list.get(), rr);
  }
  return list;
}

ListPtr of_type(const ldns_rr_list& section, ldns_rr_type type) {
  ListPtr list(ldns_rr_list_new());
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(&section); ++i)
    if (ldns_rr_get_type(ldns_rr_list_rr(&section, i)) == type)
      ldns_rr_list_push_rr(list.get(), ldns_rr_list_rr(&section, i));
  return list;
}

// Of the same name and type as the first, taken out of the list.
ListPtr next_set(ldns_rr_list& records) {
  ListPtr set(ldns_rr_list_new()), rest(ldns_rr_list_new());
  const ldns_rr* first = ldns_rr_list_rr(&records, 0);
  while (ldns_rr* rr = ldns_rr_list_pop_rr(&records)) {
    const bool same = ldns_rr_get_type(rr) == ldns_rr_get_type(first) &&
                      ldns_dname_compare(ldns_rr_owner(rr), ldns_rr_owner(first)) == 0;
    ldns_rr_list_push_rr(same ? set.get() : rest.get(), rr);
  }
  ldns_rr_list_cat(&records, rest.get());
  return set;
}

/// While it lives, what is allocated does not count as a leak of ours.
struct NotOurLeak {
#ifdef MXLAB_SANITIZED
  NotOurLeak() { __lsan_disable(); }
  ~NotOurLeak() { __lsan_enable(); }
#else
  NotOurLeak() {}
#endif
  NotOurLeak(const NotOurLeak&) = delete;
  NotOurLeak& operator=(const NotOurLeak&) = delete;
};

}  // namespace

Signer::Signer(const std::string& origin) : keys_(ldns_key_list_new()) {
  constexpr std::uint16_t kSecureEntryPoint = 257;
  ldns_key* key = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 256);
  require(key, "no key could be made");
  ldns_key_set_pubkey_owner(key, dns::dname_of(origin).release());
  ldns_key_set_flags(key, kSecureEntryPoint);
  ldns_key_set_inception(key, kInception);
  ldns_key_set_expiration(key, kExpiration);
  public_key_.reset(ldns_key2rr(key));
  ldns_key_set_keytag(key, ldns_calc_keytag(public_key_.get()));
  ldns_key_list_push_key(keys_.get(), key);
}

std::string Signer::sign(const std::string& zone_file, Denials denials) const {
  const ZonePtr zone = zone_of(zone_file);
  const SignedPtr with_signatures(ldns_dnssec_zone_new());  // all records are its own in the end
  const ListPtr made(ldns_rr_list_new());
  ldns_rr_list_push_rr(ldns_zone_rrs(zone.get()), ldns_rr_clone(public_key_.get()));
  ldns_dnssec_zone_add_rr(with_signatures.get(), ldns_zone_soa(zone.get()));
  for (std::size_t i = 0; i < ldns_zone_rr_count(zone.get()); ++i)
    ldns_dnssec_zone_add_rr(with_signatures.get(), ldns_rr_list_rr(ldns_zone_rrs(zone.get()), i));
  ldns_dnssec_zone_add_empty_nonterminals(with_signatures.get());
  const auto keep_none = [](ldns_rr*, void*) { return LDNS_SIGNATURE_REMOVE_ADD_NEW; };
  const std::uint8_t flags = denials == Denials::kNsec3OptOut ? 1 : 0;
  const auto status =
      denials == Denials::kNsec
          ? ldns_dnssec_zone_sign(with_signatures.get(), made.get(), keys_.get(), keep_none,
                                  nullptr)
          : ldns_dnssec_zone_sign_nsec3(with_signatures.get(), made.get(), keys_.get(), keep_none,
                                        nullptr, 1, flags, 1, 0, nullptr);
  require(status == LDNS_STATUS_OK, ldns_get_errorstr_by_id(status));
  char* out = nullptr;
  std::size_t size = 0;
  std::FILE* file = open_memstream(&out, &size);
  ldns_dnssec_zone_print(file, with_signatures.get());
  std::fclose(file);
  const dns::TextPtr text(out);
  return {text.get(), size};
}

bool Signer::is_signed(const ldns_rr_list& section) const {
  const ListPtr records = of_kind(section, false), signatures = of_kind(section, true);
  const ListPtr keys(ldns_rr_list_new());
  ldns_rr_list_push_rr(keys.get(), public_key_.get());
  if (ldns_rr_list_rr_count(records.get()) == 0) return false;
  while (ldns_rr_list_rr_count(records.get()) > 0) {
    const ListPtr set = next_set(*records);
    const ListPtr good(ldns_rr_list_new());
    if (ldns_verify_time(set.get(), signatures.get(), keys.get(), kNow, good.get()) !=
        LDNS_STATUS_OK)
      return false;
  }
  return true;
}

bool Signer::proves_denial(const ldns_pkt& reply) {
  const ldns_rr_list& authority = *ldns_pkt_authority(&reply);
  ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(&reply), 0);
  const ListPtr signatures = of_type(authority, LDNS_RR_TYPE_RRSIG);
  const ListPtr nsec = of_type(authority, LDNS_RR_TYPE_NSEC);
  const ListPtr nsec3 = of_type(authority, LDNS_RR_TYPE_NSEC3);
  if (ldns_rr_list_rr_count(nsec.get()) > 0)
    return ldns_dnssec_verify_denial(question, nsec.get(), signatures.get()) == LDNS_STATUS_OK;
  if (ldns_rr_list_rr_count(nsec3.get()) == 0) return false;
  const NotOurLeak ldns_forgets_the_hashed_name;  // ldns 1.8.3, in whatever it verifies by NSEC3
  return ldns_dnssec_verify_denial_nsec3(question, nsec3.get(), signatures.get(),
                                         ldns_pkt_get_rcode(&reply), ldns_rr_get_type(question),
                                         ldns_pkt_ancount(&reply) == 0) == LDNS_STATUS_OK;
}

}  // namespace mxlab::fakedns
