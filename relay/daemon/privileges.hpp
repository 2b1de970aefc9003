// privileges.hpp - from root to a user who may do nothing, for good.
//
// Root is needed for two things only, both done before: to bind ports below 1024, and to read keys
// that nobody else may read.
#pragma once
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mxlab::daemon {

struct Identity {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  // all of them; `mail` besides, for /var/mail
};

/// Who to become: nothing when we are not root. Throws StartError: no such user, or it is root too.
std::optional<Identity> identity_to_take(const std::string& user);

/// A directory that the daemon writes to: when it is not there it is made (parents too), with that
/// mode, and given to `owner`. Throws StartError.
void provide_directory(const std::string& path, mode_t mode, const std::optional<Identity>& owner);

/// Becomes that user; there is no way back. Throws StartError.
void become(const Identity& identity);

/// For every start, root or not: no new privileges, no capability in any set, no core dump and no
/// debugger (keys are in our memory), files of ours are ours alone. Throws StartError.
void give_up_privileges();

/// The most files that we may have open from now on: the hard limit.
std::size_t raise_file_limit();

}  // namespace mxlab::daemon
