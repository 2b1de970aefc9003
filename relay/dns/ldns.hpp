// ldns.hpp - ldns with owners: every pointer that ldns hands out goes into one of these at once.
//
// Only the files that touch the wire format include this; nobody else sees ldns.
#pragma once
#include <ldns/ldns.h>

// Without <stdbool.h> ldns defines these three itself, which breaks C++ headers that come after it.
#undef bool
#undef true
#undef false

#include <cstdlib>
#include <memory>
#include <string>

namespace mxlab::dns {

template <auto kFree>
struct FreeWith {
  template <class T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};

using RdfPtr = std::unique_ptr<ldns_rdf, FreeWith<ldns_rdf_deep_free>>;
using RrPtr = std::unique_ptr<ldns_rr, FreeWith<ldns_rr_free>>;
using PacketPtr = std::unique_ptr<ldns_pkt, FreeWith<ldns_pkt_free>>;
using BufferPtr = std::unique_ptr<ldns_buffer, FreeWith<ldns_buffer_free>>;
using TextPtr = std::unique_ptr<char, FreeWith<std::free>>;

/// The name in ldns' form; null when the text is not a domain name.
RdfPtr dname_of(const std::string& text);
/// The canonical text (see name.hpp) of a name in ldns' form.
std::string text_of(const ldns_rdf& dname);
/// The packet's bytes, names compressed; throws std::bad_alloc when ldns has no memory.
std::string wire_of(const ldns_pkt& packet);
/// The packet in these bytes; null when they are not one.
PacketPtr packet_of(std::string_view wire);

}  // namespace mxlab::dns
