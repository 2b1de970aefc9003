// denial.hpp - PURE: the records with which a signed zone proves that something is not there.
//
// NSEC (RFC 4035 3.1.3) or NSEC3 (RFC 5155 7.2), whichever the zone was signed with, each with its
// signatures and none twice. Empty from a zone that is not signed. Names are canonical.
#pragma once
#include <string>
#include <vector>

#include "fakedns/zone.hpp"

namespace mxlab::fakedns {

/// There is no such name, and no wildcard that stands for it.
std::vector<Record> denial_of_name(const Zone& zone, const std::string& name);
/// The name is there (or is a delegation) and has nothing of the type.
std::vector<Record> denial_of_type(const Zone& zone, const std::string& name);
/// A wildcard stands for the name, and has nothing of the type.
std::vector<Record> denial_of_wildcard_type(const Zone& zone, const std::string& name);
/// The wildcard that answered was the closest thing there is.
std::vector<Record> denial_of_closer_name(const Zone& zone, const std::string& name);

}  // namespace mxlab::fakedns
