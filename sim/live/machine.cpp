#include "sim/live/machine.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/live/system.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOurNet = "/proc/self/ns/net";
constexpr unsigned kUser = 1000;

// On Debian links into /usr; where they are directories, they are shown as such.
constexpr std::array<const char*, 6> kSystem{"/bin",   "/sbin",  "/lib",
                                             "/lib64", "/lib32", "/libx32"};
constexpr std::array<const char*, 11> kEmpty{
    "/var/mail", "/var/spool", "/var/log", "/var/lib",         "/var/cache", "/run",
    "/root",     "/home",      "/dev/shm", "/etc/ssl/private", "/proc"};
constexpr std::array<const char*, 6> kDevices{"null", "zero", "full", "random", "urandom", "tty"};
constexpr std::array<const char*, 4> kCopied{"/etc/services", "/etc/protocols", "/etc/ld.so.cache",
                                             "/etc/ssl/openssl.cnf"};
constexpr std::array<const char*, 2> kShown{"/etc/alternatives", "/etc/ssl/certs"};

// As in the simulation, with those names that mail software asks for besides.
constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "admin:x:1000:1000::/home/admin:/bin/sh\n"
    "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n";
constexpr const char* kGroup = "root:x:0:\nmail:x:8:\nadmin:x:1000:\nnogroup:x:65534:\n";
constexpr const char* kNameSwitch = "passwd: files\ngroup: files\nhosts: files dns\n";

int new_net() {
  const int ours = ::open(kOurNet, O_RDONLY | O_CLOEXEC);
  require(ours >= 0, "cannot see our own network");
  require(::unshare(CLONE_NEWNET) == 0, "cannot make a network namespace");
  const int made = ::open(kOurNet, O_RDONLY | O_CLOEXEC);
  const bool back = ::setns(ours, CLONE_NEWNET) == 0;
  ::close(ours);
  require(made >= 0 && back, "cannot come back from a new network namespace");
  return made;
}

void bind(const fs::path& what, const fs::path& where) {
  require(::mount(what.c_str(), where.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0,
          fmt::format("cannot show {} as {}", what.string(), where.string()));
}

void make_read_only(const fs::path& where) {
  mount_attr wanted{};
  wanted.attr_set = MOUNT_ATTR_RDONLY;
  require(::mount_setattr(AT_FDCWD, where.c_str(), AT_RECURSIVE, &wanted, sizeof wanted) == 0,
          "cannot make " + where.string() + " read-only");
}

void touch(const fs::path& file) { std::ofstream(file).flush(); }

}  // namespace

Net::Net() : descriptor_(new_net()) {}
Net::~Net() { ::close(descriptor_); }

Machine::Machine(MachineSpec spec, const fs::path& place)
    : spec_(std::move(spec)), root_(place / spec_.name) {
  make_root();
  make_etc();
}

Address Machine::name_server() const {
  const bool has_v4 = std::any_of(spec_.addresses.begin(), spec_.addresses.end(),
                                  [](const Address& address) { return address.is_v4(); });
  return asio::ip::make_address(has_v4 ? kNameServer4 : kNameServer6);
}

fs::path Machine::at(const std::string& path) const {
  return root_ / fs::path(path).relative_path();
}

void Machine::install(const std::string& path, const std::string& text, unsigned mode) const {
  const fs::path file = at(path);
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  require(!out.fail(), fmt::format("cannot write {} on {}", path, name()));
  fs::permissions(file, static_cast<fs::perms>(mode));
}

void Machine::show(const fs::path& directory, const std::string& as) const {
  const fs::path where = at(as.empty() ? directory.string() : as);
  fs::create_directories(where);
  bind(directory, where);
  make_read_only(where);
}

void Machine::show_program(const std::string& program) const {
  if (!fs::exists(at(program))) show(fs::path(program).parent_path());
}

void Machine::limit_disk(const std::string& directory, std::uint64_t bytes) const {
  const fs::path where = at(directory);
  fs::create_directories(where);
  const std::string size = fmt::format("mode=755,size={}", bytes);
  require(::mount("disk", where.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()) == 0,
          fmt::format("cannot mount a disk on {} of {}", directory, name()));
}

void Machine::make_root() const {
  fs::create_directories(root_);
  bind(root_, root_);  // only a mount can become a process's "/"
  show("/usr");
  for (const char* path : kSystem) {
    if (fs::is_symlink(path))
      fs::create_symlink(fs::read_symlink(path), at(path));
    else if (fs::is_directory(path))
      show(path);
  }
  for (const char* path : kEmpty) fs::create_directories(at(path));
  for (const char* path : {"/tmp", "/var/tmp"}) {
    fs::create_directories(at(path));
    fs::permissions(at(path), fs::perms::all | fs::perms::sticky_bit);
  }
  fs::create_symlink("/run", at("/var/run"));
  bind("/proc", at("/proc"));
  for (const char* device : kDevices) {
    touch(at("/dev") / device);
    bind(fs::path("/dev") / device, at("/dev") / device);
  }
  fs::create_symlink("/proc/self/fd", at("/dev/fd"));
}

void Machine::make_etc() const {
  install("/etc/hostname", name() + "\n");
  install("/etc/mailname", name() + "\n");
  install("/etc/resolv.conf", fmt::format("nameserver {}\n", name_server().to_string()));
  std::string hosts = "127.0.0.1 localhost\n::1 localhost\n";
  for (const Address& address : addresses())
    hosts += fmt::format("{} {}\n", address.to_string(), name());
  install("/etc/hosts", hosts);
  install("/etc/nsswitch.conf", kNameSwitch);
  install("/etc/passwd", kPasswd);
  install("/etc/group", kGroup);
  for (const char* path : kCopied)
    if (fs::exists(path)) fs::copy_file(path, at(path));
  for (const char* path : kShown)
    if (fs::exists(path)) show(path);
}

void enter(const Machine& machine, As whom) {
  require(::setns(machine.net().descriptor(), CLONE_NEWNET) == 0,
          "cannot enter the network of " + machine.name());
  require(::unshare(CLONE_NEWNS | CLONE_NEWUTS) == 0, "cannot make namespaces");
  require(::chdir(machine.root().c_str()) == 0, "cannot go to the root of " + machine.name());
  // The old root ends up on top of the new one, and goes (pivot_root(2), NOTES).
  require(::syscall(SYS_pivot_root, ".", ".") == 0 && ::umount2(".", MNT_DETACH) == 0 &&
              ::chdir("/") == 0,
          "cannot change the root to that of " + machine.name());
  require(::sethostname(machine.name().data(), machine.name().size()) == 0,
          "cannot take the name " + machine.name());
  if (whom == As::kRoot) return;
  require(::unshare(CLONE_NEWUSER) == 0, "cannot become a user of " + machine.name());
  map_ids({.inside = kUser, .user = 0, .group = 0});
}

}  // namespace mxlab::sim::live
