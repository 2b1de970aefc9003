#include "relay/daemon/privileges.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <memory>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relay/daemon/errors.hpp"

namespace mxlab::daemon {
namespace {

constexpr int kMostGroups = 256;
constexpr rlim_t kMostFiles = 1024 * 1024;  // "unlimited" is no number to compute with

void require(bool done, const std::string& what) {
  if (!done) fail_with_errno(what);
}

std::vector<gid_t> groups_of(const passwd& entry) {
  std::vector<gid_t> groups(kMostGroups);
  int count = kMostGroups;
  if (::getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) count = kMostGroups;
  groups.resize(static_cast<std::size_t>(count));
  if (const group* mail = ::getgrnam("mail"))
    if (std::find(groups.begin(), groups.end(), mail->gr_gid) == groups.end())
      groups.push_back(mail->gr_gid);
  return groups;
}

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// What no program started by us could get back. Refused without CAP_SETPCAP; an empty permitted
/// set and no_new_privs make up for it.
void empty_bounding_set() {
  for (unsigned long capability = 0; capability <= CAP_LAST_CAP; ++capability)
    ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

void drop_capabilities() {
  empty_bounding_set();
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> none(::cap_init(),
                                                                           ::cap_free);
  require(none != nullptr && ::cap_set_proc(none.get()) == 0, "cannot give up capabilities");
}

}  // namespace

std::optional<Identity> identity_to_take(const std::string& user) {
  if (::geteuid() != 0) return std::nullopt;
  errno = 0;
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry == nullptr)
    throw StartError(fmt::format(
        "there is no user {0} to become: make one (adduser --system --group {0}), or name another "
        "with --user",
        user));
  if (entry->pw_uid == 0)
    throw StartError(fmt::format("--user {}: that is root; name an unprivileged user", user));
  return Identity{user, entry->pw_uid, entry->pw_gid, groups_of(*entry)};
}

void provide_directory(const std::string& path, mode_t mode, const std::optional<Identity>& owner) {
  if (is_directory(path)) return;
  for (auto slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    ::mkdir(path.substr(0, slash).c_str(), 0755);
  require(::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST, "cannot make " + path);
  require(::chmod(path.c_str(), mode) == 0, "cannot set the mode of " + path);
  if (owner)
    require(::chown(path.c_str(), owner->user, owner->group) == 0,
            fmt::format("cannot give {} to {}", path, owner->name));
}

void become(const Identity& identity) {
  empty_bounding_set();
  require(::setgroups(identity.groups.size(), identity.groups.data()) == 0,
          "cannot set the groups of " + identity.name);
  require(::setresgid(identity.group, identity.group, identity.group) == 0,
          "cannot take the group of " + identity.name);
  require(::setresuid(identity.user, identity.user, identity.user) == 0,
          "cannot become " + identity.name);
  if (::setuid(0) == 0) throw StartError("root could be taken back after it was given up");
}

void give_up_privileges() {
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "cannot forbid new privileges");
  drop_capabilities();
  require(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "cannot forbid core dumps");
  const rlimit no_core{0, 0};
  require(::setrlimit(RLIMIT_CORE, &no_core) == 0, "cannot forbid core dumps");
  ::umask(077);
}

std::size_t raise_file_limit() {
  rlimit limit{};
  require(::getrlimit(RLIMIT_NOFILE, &limit) == 0, "cannot read the limit of open files");
  limit.rlim_cur = std::min(limit.rlim_max, kMostFiles);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(std::min(limit.rlim_cur, kMostFiles));
}

}  // namespace mxlab::daemon
