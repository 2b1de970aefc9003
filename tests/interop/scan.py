"""scan.py - sslscan looks at what TLS the relay offers after STARTTLS."""
import re
import shutil
import subprocess

from lab import RELAY

WANTED = (r"SSLv2\s+disabled", r"SSLv3\s+disabled", r"TLSv1\.0\s+disabled", r"TLSv1\.1\s+disabled",
          r"TLSv1\.2\s+enabled", r"TLSv1\.3\s+enabled", r"Session renegotiation not supported",
          r"TLSv1\.3 not vulnerable to heartbleed", r"TLSv1\.2 not vulnerable to heartbleed")
WEAK = re.compile(r"NULL|EXP|RC4|DES|MD5|ADH|AECDH|anon")
FEWEST_BITS = 128


def look(relay):
    """Raises RuntimeError when anything weak is on offer."""
    if not shutil.which("sslscan"):
        print("skipped: sslscan is not installed", flush=True)
        return
    relay.wipe()
    relay.start()
    try:
        text = subprocess.run(["sslscan", "--starttls-smtp", "--no-colour", f"{RELAY}:25"], check=True,
                              stdout=subprocess.PIPE, timeout=120).stdout.decode()
    finally:
        relay.stop()
    for wanted in WANTED:
        if not re.search(wanted, text):
            raise RuntimeError(f"sslscan: expected {wanted!r} in\n{text}")
    offered = re.findall(r"^(?:Preferred|Accepted)\s+\S+\s+(\d+) bits\s+(\S+)", text, re.MULTILINE)
    weak = [name for bits, name in offered if int(bits) < FEWEST_BITS or WEAK.search(name)]
    if not offered or weak:
        raise RuntimeError(f"sslscan: weak ciphers {weak} in\n{text}")
    print(f"sslscan: TLS 1.2 and 1.3 alone, {len(offered)} ciphers, none weak", flush=True)
