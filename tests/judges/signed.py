"""signed.py - zones signed by ldns-signzone, served by fakedns, believed by delv and unbound.

example.org is signed with NSEC, secure.example.org below it with NSEC3; open.example.org is not
signed. They stand on two servers, so that the validator follows referrals.
"""
import functools
import subprocess

from house import expect, output
from plain import has

PARENT, CHILD, RESOLVER, LIAR = "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"
UNBOUND = "127.0.0.5"

PARENT_ZONE = f"""$ORIGIN example.org.
$TTL 300
@ SOA ns hostmaster 1 3600 600 604800 60
@ NS ns
@ MX 10 mail
ns A {{address}}
mail A 192.0.2.10
www CNAME mail
*.lists MX 10 mail
deep.below A 192.0.2.30
secure NS ns.secure
ns.secure A {CHILD}
open NS ns.open
ns.open A {CHILD}
"""
CHILD_ZONE = f"""$ORIGIN {{name}}.
$TTL 300
@ SOA ns hostmaster 1 3600 600 604800 60
@ NS ns
@ MX 10 mail
ns A {CHILD}
mail A 192.0.2.40
*.lists MX 10 mail
"""


class Signer:
    """The zones' files and keys."""

    def __init__(self, house):
        self.house = house

    def tool(self, *command):
        return subprocess.run(command, cwd=self.house.folder, check=True, stdout=subprocess.PIPE
                              ).stdout.decode().strip()

    def key(self, zone):
        return self.tool("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone)

    def sign(self, name, text, key, *options):
        self.house.write(f"{name}.zone", text)
        self.tool("ldns-signzone", *options, "-f", f"{name}.signed", f"{name}.zone", key)
        return self.house.folder / f"{name}.signed"


def furnish(house):
    """Two servers of the truth, one liar, and the trust anchor."""
    signer = Signer(house)
    child_key, parent_key = signer.key("secure.example.org"), signer.key("example.org")
    child = signer.sign("secure.example.org", CHILD_ZONE.format(name="secure.example.org"),
                        child_key, "-n", "-t", "1")
    unsigned = house.write("open.example.org.zone", CHILD_ZONE.format(name="open.example.org"))
    ds = (house.folder / f"{child_key}.ds").read_text()
    parent = signer.sign("example.org", PARENT_ZONE.format(address=PARENT) + ds, parent_key)
    house.serve([parent], PARENT)
    house.serve([child, unsigned], CHILD)
    house.serve([parent], LIAR, options=["--lie", "mail.example.org bogus",
                                         "--lie", "nobody.example.org bogus"])
    return (house.folder / f"{parent_key}.key").read_text()


def start_unbound(house, anchor, server, address):
    configuration = house.write(f"unbound-{address}.conf", f"""server:
  interface: {address}
  port: 53
  chroot: ""
  username: ""
  directory: "{house.folder}"
  pidfile: ""
  use-syslog: no
  do-not-query-localhost: no
  do-ip6: no
  module-config: "validator iterator"
  trust-anchor-file: "{house.write('anchor.key', anchor)}"
  val-log-level: 2
  qname-minimisation: yes
  aggressive-nsec: no
remote-control:
  control-enable: no
stub-zone:
  name: example.org
  stub-addr: {server}
""")
    house.start(["unbound", "-d", "-c", configuration], address, 53)


def ask(address, *words):
    return output("dig", f"@{address}", "+dnssec", "+tries=1", "+time=10", *words, status=0)


def expect_secure(name, kind, *patterns):
    has(ask(RESOLVER, name, kind), r"flags: qr rd ra ad;", *patterns)


def signatures_are_served_to_whoever_asks():
    has(ask(PARENT, "+norecurse", "example.org", "MX"), "flags: qr aa;", "RRSIG\tMX 13",
        "flags: do;")
    text = output("dig", f"@{PARENT}", "+norecurse", "example.org", "MX", status=0)
    expect("RRSIG" not in text, "no signature without the DO bit", text)
    has(ask(PARENT, "+norecurse", "mail.secure.example.org", "A"), "ANSWER: 0", r"\tDS\t",
        r"RRSIG\tDS ", "flags: qr;")


def unbound_says_secure_of_what_is_there():
    expect_secure("example.org", "MX", "status: NOERROR", "10 mail")
    expect_secure("www.example.org", "A", r"CNAME\tmail", r"192\.0\.2\.10")
    expect_secure("dev.lists.example.org", "MX", "10 mail")
    expect_secure("mail.secure.example.org", "A", r"192\.0\.2\.40")
    expect_secure("dev.lists.secure.example.org", "MX", "10 mail")


def unbound_says_secure_of_what_is_not_there():
    for zone in ("example.org", "secure.example.org"):
        for name in ("nobody", "a", "zzz", "x.y.mail"):
            expect_secure(f"{name}.{zone}", "MX", "status: NXDOMAIN")
        for name in ("mail", "dev.lists"):
            expect_secure(f"{name}.{zone}", "TXT", "status: NOERROR", "ANSWER: 0")
    expect_secure("below.example.org", "A", "status: NOERROR", "ANSWER: 0")
    expect_secure("open.example.org", "DS", "status: NOERROR", "ANSWER: 0")


def unbound_says_insecure_of_an_unsigned_delegation():
    has(ask(RESOLVER, "mail.open.example.org", "A"), r"flags: qr rd ra;", r"192\.0\.2\.40")


def unbound_says_bogus_of_the_lie_bogus():
    for name in ("mail.example.org", "nobody.example.org"):
        has(ask(UNBOUND, name, "A"), "status: SERVFAIL")
        expect("SERVFAIL" not in ask(UNBOUND, "+cdflag", name, "A"), "the truth with CD set", name)
    has(ask(UNBOUND, "example.org", "MX"), "flags: qr rd ra ad;", "status: NOERROR")


def unbound_says_bogus_of_a_tampered_zone(house):
    signed = (house.folder / "example.org.signed").read_text()
    expect("192.0.2.10" in signed, "the address that is to be changed", signed)
    tampered = house.write("tampered.zone", signed.replace("192.0.2.10", "192.0.2.66"))
    house.serve([tampered], "127.0.0.6")
    start_unbound(house, (house.folder / "anchor.key").read_text(), "127.0.0.6", "127.0.0.7")
    has(ask("127.0.0.7", "mail.example.org", "A"), "status: SERVFAIL")
    has(ask("127.0.0.7", "example.org", "MX"), "flags: qr rd ra ad;")


def delv_validates(house, anchor):
    words = anchor.split()
    key = words[words.index("DNSKEY") + 1:]
    anchors = house.write("delv.anchors", "trust-anchors { example.org. static-key "
                          f"{key[0]} {key[1]} {key[2]} \"{key[3]}\"; }};\n")
    delv = ["delv", "-a", str(anchors), "+root=example.org"]
    for name, kind in (("example.org", "MX"), ("www.example.org", "A"),
                       ("dev.lists.example.org", "MX")):
        has(output(*delv, f"@{PARENT}", name, kind), "^; fully validated")
    has(output(*delv, f"@{PARENT}", "nobody.example.org", "A"), "negative response, fully validated")
    text = output(*delv, f"@{LIAR}", "mail.example.org", "A")
    expect("fully validated" not in text and "resolution failed" in text, "a refusal", text)


def judge(house):
    """Yields a name, the programs needed, and what to do, for each test."""
    ready = {}

    def prepared(test, *arguments):
        def play():
            if not ready:
                ready["anchor"] = furnish(house)
            return test(*arguments)
        return play

    def validated(test, *arguments):
        def play():
            if "unbound" not in ready:
                start_unbound(house, ready["anchor"], PARENT, RESOLVER)
                start_unbound(house, ready["anchor"], LIAR, UNBOUND)
                ready["unbound"] = True
            return test(*arguments)
        return prepared(play)

    signs = ["ldns-keygen", "ldns-signzone"]
    yield (signatures_are_served_to_whoever_asks.__name__, [*signs, "dig"],
           prepared(signatures_are_served_to_whoever_asks))
    for test in (unbound_says_secure_of_what_is_there, unbound_says_secure_of_what_is_not_there,
                 unbound_says_insecure_of_an_unsigned_delegation,
                 unbound_says_bogus_of_the_lie_bogus,
                 functools.partial(unbound_says_bogus_of_a_tampered_zone, house)):
        name = getattr(test, "__name__", None) or test.func.__name__
        yield name, [*signs, "dig", "unbound"], validated(test)
    yield (delv_validates.__name__, [*signs, "delv"],
           prepared(lambda: delv_validates(house, ready["anchor"])))
