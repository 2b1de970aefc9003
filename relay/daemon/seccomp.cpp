#include "relay/daemon/seccomp.hpp"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <system_error>

namespace mxlab::daemon {
namespace {

#ifdef MXLAB_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Files and directories; which of them, Landlock and the file modes say.
constexpr std::array kFileCalls{SCMP_SYS(access),
                                SCMP_SYS(chmod),
                                SCMP_SYS(chown),
                                SCMP_SYS(close),
                                SCMP_SYS(copy_file_range),
                                SCMP_SYS(dup),
                                SCMP_SYS(dup2),
                                SCMP_SYS(dup3),
                                SCMP_SYS(faccessat),
                                SCMP_SYS(faccessat2),
                                SCMP_SYS(fadvise64),
                                SCMP_SYS(fallocate),
                                SCMP_SYS(fchmod),
                                SCMP_SYS(fchmodat),
                                SCMP_SYS(fchown),
                                SCMP_SYS(fchownat),
                                SCMP_SYS(fcntl),
                                SCMP_SYS(fdatasync),
                                SCMP_SYS(flock),
                                SCMP_SYS(fstat),
                                SCMP_SYS(fstatfs),
                                SCMP_SYS(fsync),
                                SCMP_SYS(ftruncate),
                                SCMP_SYS(getcwd),
                                SCMP_SYS(getdents64),
                                SCMP_SYS(link),
                                SCMP_SYS(linkat),
                                SCMP_SYS(lseek),
                                SCMP_SYS(lstat),
                                SCMP_SYS(mkdir),
                                SCMP_SYS(mkdirat),
                                SCMP_SYS(newfstatat),
                                SCMP_SYS(open),
                                SCMP_SYS(openat),
                                SCMP_SYS(pread64),
                                SCMP_SYS(preadv),
                                SCMP_SYS(pwrite64),
                                SCMP_SYS(pwritev),
                                SCMP_SYS(read),
                                SCMP_SYS(readlink),
                                SCMP_SYS(readlinkat),
                                SCMP_SYS(readv),
                                SCMP_SYS(rename),
                                SCMP_SYS(renameat),
                                SCMP_SYS(renameat2),
                                SCMP_SYS(rmdir),
                                SCMP_SYS(stat),
                                SCMP_SYS(statfs),
                                SCMP_SYS(statx),
                                SCMP_SYS(sync_file_range),
                                SCMP_SYS(umask),
                                SCMP_SYS(unlink),
                                SCMP_SYS(unlinkat),
                                SCMP_SYS(utimensat),
                                SCMP_SYS(write),
                                SCMP_SYS(writev)};

constexpr std::array kNetworkCalls{
    SCMP_SYS(accept),         SCMP_SYS(accept4),         SCMP_SYS(bind),
    SCMP_SYS(connect),        SCMP_SYS(epoll_create1),   SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),    SCMP_SYS(epoll_pwait2),    SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd2),       SCMP_SYS(getpeername),     SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),     SCMP_SYS(listen),          SCMP_SYS(pipe2),
    SCMP_SYS(poll),           SCMP_SYS(ppoll),           SCMP_SYS(recvfrom),
    SCMP_SYS(recvmmsg),       SCMP_SYS(recvmsg),         SCMP_SYS(select),
    SCMP_SYS(pselect6),       SCMP_SYS(sendmmsg),        SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),         SCMP_SYS(setsockopt),      SCMP_SYS(shutdown),
    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_gettime), SCMP_SYS(timerfd_settime)};

constexpr std::array kProcessCalls{SCMP_SYS(brk),
                                   SCMP_SYS(clock_getres),
                                   SCMP_SYS(clock_gettime),
                                   SCMP_SYS(clock_nanosleep),
                                   SCMP_SYS(exit),
                                   SCMP_SYS(exit_group),
                                   SCMP_SYS(futex),
                                   SCMP_SYS(getegid),
                                   SCMP_SYS(geteuid),
                                   SCMP_SYS(getgid),
                                   SCMP_SYS(getpid),
                                   SCMP_SYS(getppid),
                                   SCMP_SYS(getrandom),
                                   SCMP_SYS(getresgid),
                                   SCMP_SYS(getresuid),
                                   SCMP_SYS(getrlimit),
                                   SCMP_SYS(getrusage),
                                   SCMP_SYS(gettid),
                                   SCMP_SYS(gettimeofday),
                                   SCMP_SYS(getuid),
                                   SCMP_SYS(madvise),
                                   SCMP_SYS(membarrier),
                                   SCMP_SYS(mlock),
                                   SCMP_SYS(mremap),
                                   SCMP_SYS(munlock),
                                   SCMP_SYS(munmap),
                                   SCMP_SYS(nanosleep),
                                   SCMP_SYS(restart_syscall),
                                   SCMP_SYS(rseq),
                                   SCMP_SYS(rt_sigaction),
                                   SCMP_SYS(rt_sigprocmask),
                                   SCMP_SYS(rt_sigreturn),
                                   SCMP_SYS(rt_sigtimedwait),
                                   SCMP_SYS(sched_getaffinity),
                                   SCMP_SYS(sched_yield),
                                   SCMP_SYS(set_robust_list),
                                   SCMP_SYS(set_tid_address),
                                   SCMP_SYS(sigaltstack),
                                   SCMP_SYS(sysinfo),
                                   SCMP_SYS(tgkill),
                                   SCMP_SYS(time),
                                   SCMP_SYS(uname)};

using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

/// Argument `index` without the bits of `mask` is `value`.
scmp_arg_cmp masked(unsigned index, std::uint64_t mask, std::uint64_t value) {
  return {index, SCMP_CMP_MASKED_EQ, mask, value};
}
/// An int; what stands in the upper half of its register means nothing.
scmp_arg_cmp is(unsigned index, int value) {
  return masked(index, 0xffffffff, static_cast<unsigned>(value));
}

/// The rules that look at arguments as well.
int add_careful_rules(scmp_filter_ctx filter) {
  int error = 0;
  const auto allow_when = [&](int call, scmp_arg_cmp when) {
    if (error == 0) error = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, when);
  };
  for (int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
    allow_when(SCMP_SYS(socket), is(0, family));
  // Threads, but no processes; clone3 hides its flags, and glibc then takes clone.
  allow_when(SCMP_SYS(clone), masked(0, CLONE_THREAD, CLONE_THREAD));
  if (error == 0) error = ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  // No memory is executable that was not so at the start.
  for (int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) allow_when(call, masked(2, PROT_EXEC, 0));
  for (int request : {FIONBIO, FIONREAD, TCGETS}) allow_when(SCMP_SYS(ioctl), is(1, request));
  allow_when(SCMP_SYS(prctl), is(0, PR_SET_NAME));
  // Reading limits, not setting them: prlimit64(pid, resource, NULL, old).
  allow_when(SCMP_SYS(prlimit64), {2, SCMP_CMP_EQ, 0, 0});
  return error;
}

int build_and_load() {
  const Filter filter(::seccomp_init(SCMP_ACT_ERRNO(EPERM)), [](scmp_filter_ctx f) {
    if (f != nullptr) ::seccomp_release(f);
  });
  if (!filter) return -ENOMEM;
  int error = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  const auto allow_all = [&](const auto& calls) {
    for (int call : calls)
      if (error == 0) error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
  };
  allow_all(kFileCalls);
  allow_all(kNetworkCalls);
  allow_all(kProcessCalls);
  if (error == 0) error = add_careful_rules(filter.get());
  // The most frequent calls first: a binary tree instead of a list.
  if (error == 0) error = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  return error != 0 ? error : ::seccomp_load(filter.get());
}

}  // namespace

std::string restrict_calls() {
  if (kSanitized) return "off: a sanitizer needs calls that the relay does not";
  const int error = build_and_load();
  if (error != 0) return "off: " + std::generic_category().message(-error);
  return fmt::format("{} calls allowed, all others refused",
                     kFileCalls.size() + kNetworkCalls.size() + kProcessCalls.size() + 7);
}

}  // namespace mxlab::daemon
