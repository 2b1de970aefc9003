"""captures.py - tshark reads what mxlab run --pcap writes, and finds SMTP, DNS and TLS in it."""
import functools

from house import TREE, expect, output

SCENARIOS = TREE / "scenarios"
# What no network does: frames that are cut off or wrong, and bytes that were never sent.
IMPOSSIBLE = ("_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || "
              "udp.checksum.status == 0 || tcp.analysis.lost_segment || "
              "tcp.analysis.ack_lost_segment || tcp.analysis.out_of_order")
SAMPLE = ("blog/experiment-1", "down/refused", "down/prohibited", "pause/two-senders",
          "limits/message-too-big", "network/line-breaks-in-session", "dns/truncated-answer",
          "restart/power-cut-while-inflight")
SHORT = "useful/smuggling"  # ten seconds
ENCRYPTED, RELAY = "tls/every-hop", "192.0.2.12"


class Capture:
    """One run of a scenario, and tshark on it; `live` is on real wires."""

    def __init__(self, house, scenario, live=False):
        self.pcap, self.keys = house.folder / "run.pcap", house.folder / "run.keys"
        output(str(house.programs / "mxlab"), "run", str(SCENARIOS / f"{scenario}.yaml"), "--pcap",
               str(self.pcap), "--keylog", str(self.keys), *(["--live"] if live else []), status=0)

    def fields(self, what, *fields, decrypt=True):
        """The frames that a display filter shows, a line each."""
        command = ["tshark", "-Q", "-r", str(self.pcap), "-Y", what, "-T", "fields"]
        for field in fields:
            command += ["-e", field]
        for check in ("ip", "tcp", "udp"):
            command += ["-o", f"{check}.check_checksum:TRUE"]
        if decrypt:
            command += ["-o", f"tls.keylog_file:{self.keys}"]
        lines = output(*command, status=0).splitlines()
        return [line for line in lines if not line.startswith("Running as user \"root\"")]


def tshark_finds_the_smtp_of_experiment_2(capture):
    # tshark shows the first four letters.
    open_words = capture.fields("smtp.req", "smtp.req.command", decrypt=False)
    expect(open_words[:2] == ["EHLO", "STAR"] and "MAIL" not in str(open_words),
           "EHLO and STARTTLS in the clear, and no MAIL", open_words)
    words = ",".join(capture.fields("smtp.req", "smtp.req.command")).split(",")
    for word in ("EHLO", "STAR", "MAIL", "RCPT", "DATA"):
        expect(word in words, word, words)
    codes = ",".join(capture.fields("smtp.response.code", "smtp.response.code")).split(",")
    for code in ("220", "250", "354"):
        expect(code in codes, code, codes)
    subjects = capture.fields("imf", "imf.subject")
    expect("exp2" in subjects, "the message's subject", subjects)


def tshark_decrypts_the_tls_of_experiment_2(capture):
    hellos = capture.fields("tls.handshake.type == 1", "frame.number")
    expect(len(hellos) >= 2, "a handshake on each way", hellos)
    hidden = capture.fields("smtp.req.command == \"MAIL\"", "frame.number", decrypt=False)
    shown = capture.fields("tls && smtp.req.command == \"MAIL\"", "frame.number")
    expect(not hidden and len(shown) >= 2, "MAIL with the keys, and none without", [hidden, shown])


def tshark_finds_the_mx_question_of_experiment_2(capture):
    asked = capture.fields("dns.flags.response == 0 && dns.qry.type == 15", "dns.qry.name")
    expect("example.org" in asked, "the question", asked)
    told = capture.fields("dns.flags.response == 1 && dns.qry.type == 15",
                          "dns.mx.preference", "dns.mx.mail_exchange")
    expect("10,100\tmail.example.org,mx2.example.org" in told, "the two MX hosts", told)


def tshark_sees_the_silence_of_experiment_2(capture):
    """Connected at once, and nothing said until the sender leaves after 300 seconds."""
    first = capture.fields("tcp.stream == 0", "tcp.flags", "frame.time_relative")
    flags = [line.split("\t")[0][-4:] for line in first]
    expect(flags[:4] == ["0002", "0012", "0010", "0011"], "a handshake and then FIN", first)
    silence = float(first[3].split("\t")[1]) - float(first[2].split("\t")[1])
    expect(299 < silence < 302, "300 seconds of silence", first)


def tshark_finds_nothing_impossible(house):
    for scenario in SAMPLE:
        found = Capture(house, scenario).fields(IMPOSSIBLE, "frame.number", "_ws.col.Info")
        expect(not found, f"nothing impossible in {scenario}", found)


def tshark_reads_real_wires_as_well(house):
    capture = Capture(house, SHORT, live=True)
    words = capture.fields("smtp.req", "smtp.req.command", decrypt=False)
    for word in ("EHLO", "MAIL", "RCPT", "DATA"):
        expect(word in ",".join(words).split(","), word, words)
    lost = capture.fields("_ws.malformed || tcp.analysis.lost_segment", "frame.number",
                          decrypt=False)
    expect(not lost, "every segment", lost)


def tshark_decrypts_what_mxrelayd_says_on_real_wires(house):
    """Its words to the primary are hidden without the key log, and are all there with it."""
    capture = Capture(house, ENCRYPTED, live=True)
    from_relay = f"tls && ip.src == {RELAY} && tcp.dstport == 25 && smtp.req.command == \"MAIL\""
    hidden = capture.fields(from_relay, "frame.number", decrypt=False)
    shown = capture.fields(from_relay, "frame.number")
    expect(not hidden and shown, "MAIL with the keys, and none without", [hidden, shown])
    to_relay = f"tls && ip.dst == {RELAY} && tcp.dstport == 25 && smtp.req.command == \"RCPT\""
    expect(capture.fields(to_relay, "frame.number"), "RCPT to the relay", "none")
    subjects = capture.fields("imf", "imf.subject")
    expect(len(subjects) >= 2, "the message on both its ways", subjects)


def judge(house):
    """Yields a name, the programs needed, and what to do, for each test."""
    ready = []

    def on_experiment_2(test):
        def play():
            if not ready:
                ready.append(Capture(house, "blog/experiment-2"))
            test(ready[0])
        return play

    for test in (tshark_finds_the_smtp_of_experiment_2, tshark_decrypts_the_tls_of_experiment_2,
                 tshark_finds_the_mx_question_of_experiment_2,
                 tshark_sees_the_silence_of_experiment_2):
        yield test.__name__, ["tshark"], on_experiment_2(test)
    for test in (tshark_finds_nothing_impossible, tshark_reads_real_wires_as_well,
                 tshark_decrypts_what_mxrelayd_says_on_real_wires):
        yield test.__name__, ["tshark"], functools.partial(test, house)
