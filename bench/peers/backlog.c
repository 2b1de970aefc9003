// backlog.c - preloaded into OpenSMTPD, whose backlog of 5 is compiled in: listen(2) with 511.
#include <sys/syscall.h>
#include <unistd.h>

int listen(int fd, int backlog) {
  (void)backlog;
  return (int)syscall(SYS_listen, fd, 511);
}
