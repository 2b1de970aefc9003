"""servers.py - the relays under test: how each is configured, started, flushed and asked.

All of them are backup MX of example.org, look up the client's name, and write no log but what they
insist on; mxrelayd writes its log to a file. Each is tuned the way its manual advises for bursts.
"""
import os
import pathlib
import shutil
import signal
import subprocess

from lab import BASE, DOMAIN, RELAY, RELAY_NAME, banner, offspring, run

POSTFIX_MAIN = f"""compatibility_level = 3.6
myhostname = {RELAY_NAME}
mydestination =
relay_domains = {DOMAIN}
mynetworks = 192.0.2.0/24
inet_interfaces = {RELAY}
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maximal_queue_lifetime = 5d
smtpd_tls_chain_files = /etc/relay.pem
smtpd_tls_security_level = may
in_flow_delay = 0
default_process_limit = 200
smtputf8_enable = yes
"""
# service, type, private, unprivileged, chroot, wakeup, most processes, command
POSTFIX_MASTER = f"""{RELAY}:25 inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""
SMTPD_CONF = f"""{{pki}}
table domains {{{{ {DOMAIN} }}}}
smtp limit max-mails 1000000
listen on egress {{tls}}
action "backup" relay backup
match from any for domain <domains> action "backup"
"""
# OpenSMTPD's own pace towards one host is a few sessions, seconds apart.
HURRY = """mta limit max-conn-per-host 100 max-conn-per-route 100
mta limit conn-delay-route 0 conn-delay-relay 0 reconn-delay-route 0
mta limit session-mail-max 1000
"""
EXIM_CONF = f"""primary_hostname = {RELAY_NAME}
domainlist relay_to = {DOMAIN}
acl_smtp_rcpt = accept_ours
spool_directory = /var/spool/exim4
log_file_path = syslog
local_interfaces = {RELAY}
daemon_smtp_ports = 25
host_lookup = *
smtp_accept_max = 0
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
smtp_connect_backlog = 511
queue_run_max = 50
exim_user = Debian-exim
exim_group = Debian-exim
keep_environment =
tls_advertise_hosts = *
tls_certificate = /etc/relay.pem
tls_privatekey = /etc/relay.pem
{{queue_only}}
begin acl
accept_ours:
  accept domains = +relay_to
  deny message = relay not permitted
begin routers
mx:
  driver = dnslookup
  domains = +relay_to
  transport = remote
begin transports
remote:
  driver = smtp
begin retry
* * F,2h,15m; G,16h,1h,1.5; F,4d,6h
"""


CONTROL = BASE / "run/control.sock"


def certificate():
    """A key and its certificate in one file; ECDSA, as the tutorial's ACME client makes it."""
    file = BASE / "relay.pem"
    if not file.exists():
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "3650", "-subj", f"/CN={RELAY_NAME}", "-keyout", str(file) + ".key",
            "-out", str(file) + ".crt")
        file.write_text(pathlib.Path(f"{file}.key").read_text() +
                        pathlib.Path(f"{file}.crt").read_text())
        file.chmod(0o600)
    return file


class Server:
    """One relay; wipe() forgets its queue, stop() is a power switch."""
    name = ""
    address = RELAY
    offers_tls = True
    waits_after_restart = True  # does not try its whole queue when it starts

    def __init__(self, lab):
        self.lab, self.process = lab, None
        self.root = BASE / "roots" / self.name
        self.spool = BASE / "spool" / self.name
        self.prepare()

    def prepare(self):
        """The root's mounts: the spool lies on this tree's disk, and there is no /dev/log."""
        self.spool.mkdir(parents=True, exist_ok=True)
        run("mount", "--bind", str(self.spool), str(self.root / "var/spool"))
        run("mount", "-t", "proc", "proc", str(self.root / "proc"))
        run("mount", "-t", "tmpfs", "tmpfs", str(self.root / "dev"))
        run("mount", "-t", "tmpfs", "tmpfs", str(self.root / "run"))
        for device, minor in (("null", "3"), ("zero", "5"), ("random", "8"), ("urandom", "9")):
            run("mknod", "-m", "666", str(self.root / "dev" / device), "c", "1", minor)
        (self.root / "etc/mailname").write_text(RELAY_NAME + "\n")
        shutil.copy(certificate(), self.root / "etc/relay.pem")
        self.configure(down=False)

    def chroot(self, *words):
        return ["chroot", str(self.root), *words]

    def wipe(self):
        for entry in self.spool.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def start(self, down=False, prefix=()):
        """`down`: the primary is, so that a server may be told only to queue."""
        self.configure(down)
        isolate = ["unshare", "--pid", "--fork", "--kill-child", "--"]
        self.process = subprocess.Popen(
            self.place() + [*isolate, *prefix, *self.command()], stdin=subprocess.DEVNULL,
            stdout=self.log(), stderr=subprocess.STDOUT)
        return banner(self.address)

    def place(self):
        """The words that put a command where the server lives."""
        return self.lab.inside()

    def log(self):
        return subprocess.DEVNULL

    def stop(self):
        """The first process of its namespace takes all others with it."""
        if self.process:
            for process in offspring(self.process.pid)[1:2]:
                os.kill(process, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(self, *words):
        return subprocess.run(self.place() + list(words), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=600)

    def configure(self, down):
        pass


def make_postfix_queue(queue):
    for folder in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
                   "incoming", "private", "saved", "trace"):
        (queue / folder).mkdir(parents=True, exist_ok=True)
        shutil.chown(queue / folder, 901, 0)
        (queue / folder).chmod(0o700)
    for folder in ("maildrop", "public"):
        (queue / folder).mkdir(exist_ok=True)
        shutil.chown(queue / folder, 901, 905)
    (queue / "pid").mkdir(exist_ok=True)


class Postfix(Server):
    name = "postfix"

    def configure(self, down):
        (self.root / "etc/postfix/main.cf").write_text(POSTFIX_MAIN)
        (self.root / "etc/postfix/master.cf").write_text(POSTFIX_MASTER)
        (self.root / "var/lib/postfix").mkdir(parents=True, exist_ok=True)
        shutil.chown(self.root / "var/lib/postfix", 901, 901)

    def command(self):
        make_postfix_queue(self.spool / "postfix")
        return self.chroot("/usr/lib/postfix/sbin/master", "-d")

    def flush(self):
        self.ask(*self.chroot("/usr/sbin/postqueue", "-f"))


class OpenSmtpd(Server):
    name = "opensmtpd"

    def configure(self, down):
        pki = "\n".join(f'pki {RELAY_NAME} {word} "/etc/relay.pem"' for word in ("cert", "key"))
        text = SMTPD_CONF.format(pki=pki, tls=f"tls pki {RELAY_NAME}")
        (self.root / "etc/smtpd.conf").write_text(text + HURRY)

    def command(self):
        (self.spool / "smtpd").mkdir(exist_ok=True)
        (self.spool / "smtpd").chmod(0o711)
        start = "LD_PRELOAD=/usr/lib/backlog.so exec /usr/sbin/smtpd -d -f /etc/smtpd.conf"
        return self.chroot("/bin/sh", "-c", start)

    def flush(self):
        self.ask(*self.chroot("/usr/sbin/smtpctl", "schedule", "all"))


class Exim(Server):
    name = "exim"

    def configure(self, down):
        text = EXIM_CONF.format(queue_only="queue_only = true" if down else "")
        (self.root / "etc/exim4").mkdir(exist_ok=True)
        (self.root / "etc/exim4/exim4.conf").write_text(text)
        (self.root / "etc/exim4/exim4.conf").chmod(0o644)
        shutil.chown(self.root / "etc/relay.pem", 904, 904)

    def command(self):
        (self.spool / "exim4").mkdir(exist_ok=True)
        shutil.chown(self.spool / "exim4", 904, 904)
        return self.chroot("/usr/sbin/exim4", "-bdf")

    def flush(self):
        for _ in range(4):  # runners side by side, as its manual advises for a long queue
            self.ask(*self.chroot("/usr/sbin/exim4", "-qff"))


class Mxrelayd(Server):
    name = "mxrelayd"

    def prepare(self):
        self.spool.mkdir(parents=True, exist_ok=True)
        (BASE / "resolv.conf").write_text("nameserver 192.0.2.53\n")
        run("mount", "--bind", str(BASE / "resolv.conf"), "/etc/resolv.conf")
        self.configure(down=False)

    def configure(self, down):
        pki = "\n".join(f'pki {RELAY_NAME} {word} "{certificate()}.{suffix}"'
                        for word, suffix in (("cert", "crt"), ("key", "key")))
        (BASE / "mxrelayd.conf").write_text(SMTPD_CONF.format(pki=pki, tls=f"tls pki {RELAY_NAME}"))

    def command(self):
        for folder in (self.spool, CONTROL.parent):
            folder.mkdir(exist_ok=True)
            shutil.chown(folder, "nobody")
        words = [self.lab.programs / "mxrelayd", "-d", "-f", BASE / "mxrelayd.conf",
                 "--spool", self.spool, "--control", CONTROL, "--user", "nobody"]
        return [str(word) for word in words]

    def log(self):
        return open(BASE / "mxrelayd.log", "w")

    def flush(self):
        done = self.ask(str(self.lab.programs / "mxrelayctl"), "--socket", str(CONTROL),
                        "schedule", "all")
        if done.returncode != 0:
            raise RuntimeError(f"mxrelayctl schedule all: {done.stderr or done.stdout}")


ALL = {kind.name: kind for kind in (Mxrelayd, Postfix, OpenSmtpd, Exim)}
