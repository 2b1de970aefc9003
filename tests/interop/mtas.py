"""mtas.py - real Postfix, OpenSMTPD and Exim as senders and as the primary.

The benchmark's roots and namespaces, with other configurations: senders listen on loopback and find
their way by MX; primaries deliver for example.org into a Maildir.
"""
import shutil
import time

from lab import BASE, DOMAIN, PRIMARY
from servers import (CONTROL, EXIM_CONF, POSTFIX_MAIN, POSTFIX_MASTER, Exim, Mxrelayd, OpenSmtpd,
                     Postfix, make_postfix_queue)

MAILDIR = "var/mail/arrived"  # in the primary's root
LOCALHOST = "127.0.0.1"
LARGEST = 40 * 1024 * 1024


def wait(what, done, patience=60):
    give_up = time.monotonic() + patience
    while not done():
        if time.monotonic() > give_up:
            raise RuntimeError(f"waited {patience} s in vain until {what}")
        time.sleep(0.1)


class Outside:
    """Lives where the primary lives, not on the relay's host."""

    def place(self):
        return []


class PostfixSender(Outside, Postfix):
    address = LOCALHOST

    def configure(self, down):
        super().configure(down)
        main = POSTFIX_MAIN.replace("192.0.2.0/24", "127.0.0.0/8").replace(
            f"relay_domains = {DOMAIN}", "relay_domains =").replace(
            "mx2.example.org", "load.example.net").replace("192.0.2.10", LOCALHOST)
        master = POSTFIX_MASTER.replace("192.0.2.10", LOCALHOST)
        (self.root / "etc/postfix/main.cf").write_text(
            main + f"message_size_limit = {LARGEST}\nsmtp_bind_address = 192.0.2.30\n"
                   "smtp_tls_security_level = may\n")
        (self.root / "etc/postfix/master.cf").write_text(master)


class OpenSmtpdSender(Outside, OpenSmtpd):
    address = LOCALHOST

    def configure(self, down):
        (self.root / "etc/smtpd.conf").write_text(
            f'listen on {LOCALHOST}\naction "out" relay\nmatch from any for any action "out"\n'
            f'smtp max-message-size {LARGEST}\n')
        (self.root / "etc/mailname").write_text("load.example.net\n")


class EximSender(Outside, Exim):
    address = LOCALHOST

    def configure(self, down):
        super().configure(down)
        text = EXIM_CONF.format(queue_only="").replace("192.0.2.10", LOCALHOST)
        text = text.replace("mx2.example.org", "load.example.net")
        text = text.replace("accept domains = +relay_to", "accept hosts = 127.0.0.1")
        (self.root / "etc/exim4/exim4.conf").write_text(text)


class Primary(Outside):
    """Mail for someone@example.org arrives as files; `name` is that of the sender's root."""
    address = PRIMARY

    def mailbox(self):
        return self.root / MAILDIR / "new"

    def arrived(self):
        return list(self.mailbox().iterdir()) if self.mailbox().exists() else []

    def empty_mailbox(self):
        shutil.rmtree(self.root / MAILDIR, ignore_errors=True)
        (self.root / MAILDIR).mkdir()
        shutil.chown(self.root / MAILDIR, 1000, 1000)


class PostfixPrimary(Primary, Postfix):
    speaks_utf8 = True

    def prepare(self):
        """The sender's root, with folders of our own."""
        self.folder = self.root / "etc/postfix-in"
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.root / "etc/postfix", self.folder)
        main = POSTFIX_MAIN.replace("mx2.", "mail.").replace("192.0.2.10", PRIMARY)
        main = main.replace(f"relay_domains = {DOMAIN}", "relay_domains =")
        (self.folder / "main.cf").write_text(
            main.replace("/var/spool/postfix", "/var/spool/postfix-in").replace(
                "/var/lib/postfix", "/var/lib/postfix-in") +
            f"virtual_mailbox_domains = {DOMAIN}\nvirtual_mailbox_base = /{MAILDIR}\n"
            "virtual_mailbox_maps = static:./\nvirtual_uid_maps = static:1000\n"
            "virtual_gid_maps = static:1000\nvirtual_mailbox_limit = 0\n"
            f"message_size_limit = {LARGEST}\n")
        (self.folder / "master.cf").write_text(
            POSTFIX_MASTER.replace("192.0.2.10", PRIMARY) + "virtual unix - n n - - virtual\n")
        (self.root / "var/lib/postfix-in").mkdir(parents=True, exist_ok=True)
        shutil.chown(self.root / "var/lib/postfix-in", 901, 901)

    def configure(self, down):
        pass

    def command(self):
        make_postfix_queue(self.spool / "postfix-in")
        return self.chroot("/usr/lib/postfix/sbin/master", "-c", "/etc/postfix-in", "-d")


class OpenSmtpdPrimary(Primary, OpenSmtpd):
    speaks_utf8 = False

    def prepare(self):
        pass

    def configure(self, down):
        (self.root / "etc/mailname").write_text("mail.example.org\n")
        (self.root / "etc/smtpd.conf").write_text(
            f'listen on {PRIMARY}\naction "in" maildir "/{MAILDIR}" user someone\n'
            f'match from any for domain {DOMAIN} action "in"\nsmtp max-message-size {LARGEST}\n')


class TutorialRelay(Mxrelayd):
    """The tutorial's smtpd.conf, as it stands, at the tutorial's paths."""

    def configure(self, down):
        pass

    def command(self):
        return [word.replace(str(BASE / "mxrelayd.conf"), "/etc/mail/smtpd.conf")
                for word in super().command()]

    def control(self, *words):
        """What mxrelayctl prints."""
        done = self.ask(str(self.lab.programs / "mxrelayctl"), "--socket", str(CONTROL), *words)
        if done.returncode != 0:
            raise RuntimeError(f"mxrelayctl {' '.join(words)}: {done.stderr or done.stdout}")
        return done.stdout

    def log_text(self):
        return (BASE / "mxrelayd.log").read_text(errors="replace")


__all__ = ["CONTROL", "EximSender", "OpenSmtpdPrimary", "OpenSmtpdSender", "PostfixPrimary",
           "PostfixSender", "TutorialRelay", "wait"]
