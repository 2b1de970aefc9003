"""clients.py - everybody who delivers through the relay, and the messages they carry."""
import smtplib
import socket
import subprocess
import tempfile

from lab import RELAY

SENDER, RECIPIENT = "load@example.net", "someone@example.org"
BIG = 30 * 1024 * 1024


def message(subject, body, headers=b""):
    return (b"From: <load@example.net>\r\nTo: <someone@example.org>\r\nSubject: " + subject +
            b"\r\nDate: Sun, 22 Nov 2026 07:33:37 +0000\r\nMessage-ID: <" +
            subject.replace(b" ", b"-").hex().encode() + b"@load.example.net>\r\n" + headers +
            b"\r\n" + body)


# What mail servers like to mend: folds, empty and long lines, dots, blanks at the ends of lines.
ODD = message(b"odd headers", b".\r\n..\r\n.a dot first\r\n\r\ntrailing blanks  \t\r\n" +
              b"x" * 900 + b"\r\n\r\n\r\nthe last line\r\n",
              b"X-Folded: one\r\n two\r\n\tthree\r\nX-Blank-In-It:   spaced   \r\n"
              b"x-lower-case: UPPER\r\nX-Long: " + b"y" * 800 + b"\r\n")
EIGHT = message(b"eight bits", "Grüße, 日本語, ½ €\r\n".encode() + bytes(range(160, 256)) + b"\r\n",
                b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                b"Content-Transfer-Encoding: 8bit\r\n")
UTF8 = message("Grüße von überall 日本".encode(), "Körper\r\n".encode(),
               b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
               b"Content-Transfer-Encoding: 8bit\r\n")
LARGE = message(b"thirty megabytes", b"".join(
    b"%08d " % line + b"abcdefghijklmnopqrstuvwxyz" * 2 + b"\r\n" for line in range(BIG // 63)))


def signed(who, each):
    """The same message, with its bearer's name in front."""
    return b"X-Carried-By: " + who.encode() + b"\r\n" + each


def needs_utf8(each):
    """RFC 6531 3.2: beyond ASCII in the header; in the body alone it is 8BITMIME."""
    return max(each.split(b"\r\n\r\n")[0]) > 127


def with_smtplib(messages, address=RELAY, tls=True):
    """Python's own client; under TLS with the relay, in the clear with a sender on loopback."""
    with smtplib.SMTP(address, 25, local_hostname="load.example.net", timeout=120) as client:
        client.ehlo()
        if tls:
            client.starttls()
            client.ehlo()
        for each in messages:
            options = ["BODY=8BITMIME"] if max(each) > 127 else []
            if needs_utf8(each):
                options.append("SMTPUTF8")
            client.sendmail(SENDER, [RECIPIENT], each, mail_options=options)


def with_swaks(messages):
    for each in messages:
        with tempfile.NamedTemporaryFile() as file:
            file.write(each.replace(b"\r\n", b"\n")[:-1])  # it adds the last one itself
            file.flush()
            subprocess.run(["swaks", "--server", RELAY, "--from", SENDER, "--to", RECIPIENT,
                            "--helo", "load.example.net", "-tls", "--data", f"@{file.name}",
                            "--timeout", "60"], check=True, stdout=subprocess.DEVNULL)


def with_s_client(messages):
    """openssl s_client, a person typing: each line waits for its reply."""
    for each in messages:
        command = ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{RELAY}:25",
                   "-name", "load.example.net", "-quiet"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as client:
            def say(line, code):
                client.stdin.write(line)
                client.stdin.flush()
                while True:
                    reply = client.stdout.readline()
                    if reply[3:4] != b"-":
                        break
                if not reply.startswith(code):
                    raise RuntimeError(f"s_client: {line[:40]!r} was answered {reply!r}")
            say(b"EHLO load.example.net\r\n", b"250")
            say(b"MAIL FROM:<load@example.net>" + b" BODY=8BITMIME" * (max(each) > 127) + b"\r\n",
                b"250")
            say(b"RCPT TO:<someone@example.org>\r\n", b"250")
            say(b"DATA\r\n", b"354")
            say(each.replace(b"\r\n.", b"\r\n..") + b".\r\n", b"250")
            say(b"QUIT\r\n", b"221")


def through(sender):
    """Handed to a real mail server on loopback, which finds its way by itself."""
    def deliver(messages):
        sender.wipe()
        sender.start()
        try:
            with_smtplib(messages, sender.address, tls=False)
        except (OSError, smtplib.SMTPException, socket.error):
            sender.stop()
            raise
    return deliver
