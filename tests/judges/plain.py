"""plain.py - dig, kdig and drill ask fakedns over UDP and TCP whatever they can ask for."""
import re

from house import expect, output

ADDRESS = "127.0.0.1"
MANY = 90  # addresses: too many for 1,232 bytes

ZONE = """$ORIGIN example.org.
$TTL 300
@ SOA ns hostmaster 1 3600 600 604800 60
@ NS ns
@ MX 20 mx2
@ MX 10 mail
ns A 127.0.0.1
mail A 192.0.2.10
mail AAAA 2001:db8::10
mx2 A 192.0.2.20
*.lists MX 10 mail
one CNAME two
two CNAME three
three CNAME mail
text TXT "one string" "and another"
odd TYPE65280 \\# 4 C0000201
deep.below A 192.0.2.30
sub NS ns.sub
ns.sub A 192.0.2.60
""" + "".join(f"many A 192.0.2.{n}\n" for n in range(1, MANY + 1))


def dig(*words):
    return output("dig", f"@{ADDRESS}", "+norecurse", "+tries=1", "+time=5", *words, status=0)


def has(text, *patterns):
    for pattern in patterns:
        expect(re.search(pattern, text, re.MULTILINE), pattern, text)


def both_transports(*words):
    return [dig(*words), dig("+tcp", *words)]


def answers_come_in_their_order():
    for text in both_transports("example.org", "MX"):
        has(text, "status: NOERROR", r"flags: qr aa;", "ANSWER: 2, AUTHORITY: 0",
            r"MX\t20 mx2\.example\.org\.\n.*MX\t10 mail\.example\.org\.")
    has(dig("mail.example.org", "AAAA"), r"AAAA\t2001:db8::10")
    has(dig("text.example.org", "TXT"), '"one string" "and another"')


def denials_carry_the_soa():
    for text in both_transports("nobody.example.org", "MX"):
        has(text, "status: NXDOMAIN", "ANSWER: 0, AUTHORITY: 1", r"example\.org\.\s+60\s+IN\s+SOA")
    for name in ("mail.example.org", "below.example.org", "lists.example.org"):
        has(dig(name, "MX"), "status: NOERROR", "ANSWER: 0, AUTHORITY: 1", r"\s60\s+IN\s+SOA")


def aliases_are_followed():
    for text in both_transports("one.example.org", "A"):
        has(text, "ANSWER: 4", r"CNAME\ttwo", r"CNAME\tthree", r"A\t192\.0\.2\.10")
    has(dig("one.example.org", "CNAME"), "ANSWER: 1")
    has(dig("one.example.org", "MX"), "ANSWER: 3, AUTHORITY: 1", "status: NOERROR")


def wildcards_answer_for_names_that_are_not_there():
    has(dig("dev.lists.example.org", "MX"), r"^dev\.lists\.example\.org\..*MX\t10 mail")
    has(dig("dev.lists.example.org", "A"), "status: NOERROR", "ANSWER: 0, AUTHORITY: 1")


def unknown_types_are_carried():
    has(dig("odd.example.org", "TYPE65280"), r"TYPE65280\s+\\# 4 C0000201")
    has(dig("mail.example.org", "TYPE64999"), "status: NOERROR", "ANSWER: 0, AUTHORITY: 1")


def long_answers_are_truncated_and_whole_over_tcp():
    for options in (["+noedns"], ["+bufsize=512"], ["+bufsize=4096"]):
        has(dig("+ignore", *options, "many.example.org", "A"), "flags: qr aa tc;", "ANSWER: 0")
    has(dig("many.example.org", "A"), "Truncated, retrying in TCP mode", f"ANSWER: {MANY}")


def edns_is_spoken():
    has(dig("example.org", "SOA"), r"EDNS: version: 0, flags:; udp: 1232")
    has(dig("+noedns", "example.org", "SOA"), "status: NOERROR", "ADDITIONAL: 0")
    has(dig("+edns=1", "+noednsneg", "example.org", "SOA"), "status: BADVERS")
    has(dig("+ednsopt=65001:abcd", "+cookie", "+nsid", "example.org", "SOA"), "status: NOERROR")
    has(dig("+dnssec", "example.org", "SOA"), "flags: do; udp: 1232", "ANSWER: 1")


def what_is_not_ours_is_refused():
    has(dig("example.com", "A"), "status: REFUSED", "flags: qr;")
    has(dig("-c", "CH", "version.bind", "TXT"), "status: REFUSED")
    has(dig("+opcode=notify", "example.org", "SOA"), "status: NOTIMP")
    has(output("dig", f"@{ADDRESS}", "example.org", "AXFR"), "Transfer failed")


def delegations_are_referred_to():
    has(dig("mail.sub.example.org", "A"), "flags: qr;", "ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2",
        r"sub\.example\.org\..*NS\tns\.sub", r"ns\.sub\.example\.org\..*A\t192\.0\.2\.60")


def the_question_comes_back_as_it_was_written():
    has(dig("mAiL.eXaMpLe.OrG", "A"), r"^;mAiL\.eXaMpLe\.OrG\.")


def several_questions_go_through_one_connection():
    text = dig("+tcp", "+keepopen", "example.org", "MX", "mail.example.org", "A", "one.example.org")
    expect(text.count("status: NOERROR") == 3, "three answers", text)


def kdig_agrees():
    for transport in ("+notcp", "+tcp"):
        ask = ["kdig", f"@{ADDRESS}", "+norecurse", "+retry=0", transport]
        has(output(*ask, "example.org", "MX", status=0), "status: NOERROR", r"MX\t10 mail")
        has(output(*ask, "nobody.example.org", "A", status=0), "status: NXDOMAIN", r"IN\tSOA")
        has(output(*ask, "+edns=7", "example.org", "MX", status=0), "BADVERS")
        has(output(*ask, "+ignore", "many.example.org", "A", status=0),
            f"ANSWER: {MANY}" if transport == "+tcp" else "Flags: qr aa tc")
        has(output(*ask, "odd.example.org", "TYPE65280", status=0), r"\\# 4 C0000201")


def drill_agrees():
    for transport in ("-u", "-t"):
        ask = ["drill", transport, f"@{ADDRESS}"]
        has(output(*ask, "example.org", "MX", status=0), "rcode: NOERROR", r"MX\t10 mail", "flags: qr aa")
        has(output(*ask, "one.example.org", "A", status=0), r"CNAME\tthree", r"A\t192\.0\.2\.10")
        has(output(*ask, "nobody.example.org", "A"), "rcode: NXDOMAIN", r"IN\tSOA")


def judge(house):
    """Yields a name, the programs needed, and what to do, for each test."""
    house.serve([house.write("example.org.zone", ZONE)], ADDRESS)
    for test in (answers_come_in_their_order, denials_carry_the_soa, aliases_are_followed,
                 wildcards_answer_for_names_that_are_not_there, unknown_types_are_carried,
                 long_answers_are_truncated_and_whole_over_tcp, edns_is_spoken,
                 what_is_not_ours_is_refused, delegations_are_referred_to,
                 the_question_comes_back_as_it_was_written,
                 several_questions_go_through_one_connection):
        yield test.__name__, ["dig"], test
    yield kdig_agrees.__name__, ["kdig"], kdig_agrees
    yield drill_agrees.__name__, ["drill"], drill_agrees
