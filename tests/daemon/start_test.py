#!/usr/bin/env python3
"""start_test - how mxrelayd starts, obeys and ends, on real sockets and files.

Called with the path of mxrelayd. As root, the daemon is started as root and becomes nobody.
"""

import json
import os
import signal
import smtplib
import socket
import subprocess
import time
import unittest

import relayd
from relayd import LISTEN, Relayd, Sink, letter, relay_to

PROGRAM = ""
FOR_OLD = LISTEN + 'action "o" relay\nmatch from any for domain "old.example" action "o"\n'
FOR_NEW = FOR_OLD.replace("old.example", "new.example")


def takes(client, recipient):
    client.ehlo_or_helo_if_needed()
    client.mail("a@client.example")
    code, _ = client.rcpt(recipient)
    client.rset()
    return code == 250


class Check(unittest.TestCase):
    def test_a_good_configuration_is_ok(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            run = relay.run("-n")
            self.assertEqual((run.stdout, run.returncode), ("configuration OK\n", 0), run.stderr)

    def test_every_mistake_is_named_at_once(self):
        broken = "listen on 127.0.0.1\nnonsense\nmatch from any for any action \"none\"\n"
        with Relayd(PROGRAM, broken) as relay:
            run = relay.run("-n")
            self.assertEqual(run.returncode, 1)
            self.assertIn("smtpd.conf:2:1: unknown directive: nonsense", run.stderr)
            self.assertIn("smtpd.conf:3:", run.stderr)
            self.assertNotIn("OK", run.stdout)

    def test_every_certificate_that_cannot_be_read_is_named(self):
        pki = "".join(f"pki {n} cert \"{{folder}}/{n}.crt\"\npki {n} key \"{{folder}}/{n}.key\"\n"
                      for n in ("one", "two"))
        listen = LISTEN.rstrip() + " tls pki one\nlisten on 127.0.0.1 port {smtps} smtps pki two\n"
        with Relayd(PROGRAM, pki + FOR_OLD.replace(LISTEN, listen)) as relay:
            run = relay.run("-n")
            self.assertEqual(run.returncode, 1)
            self.assertIn("one.crt: No such file", run.stderr)
            self.assertIn("two.crt: No such file", run.stderr)

    def test_an_interface_that_is_not_there(self):
        with Relayd(PROGRAM, FOR_OLD.replace("127.0.0.1", "nowhere7")) as relay:
            run = relay.run("-n")
            self.assertEqual(run.returncode, 1)
            self.assertIn("listen on nowhere7: no such interface", run.stderr)

    def test_a_macro_of_the_command_line_wins(self):
        with Relayd(PROGRAM, 'where = "nowhere7"\n' + FOR_OLD.replace("127.0.0.1", "$where")) as relay:
            self.assertEqual(relay.run("-n").returncode, 1)
            run = relay.run("-n", "-D", "where=127.0.0.1")
            self.assertEqual(run.returncode, 0, run.stderr)

    def test_wrong_usage(self):
        for wrong in (["--nonsense"], ["-T", "nonsense"], ["-D", "=x"], ["--name-server", "x:y"]):
            run = subprocess.run([PROGRAM, *wrong], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, 2, wrong)
            self.assertTrue(run.stderr, wrong)


class Start(unittest.TestCase):
    def test_a_port_that_is_taken_ends_it_with_a_sentence(self):
        with Relayd(PROGRAM, FOR_OLD) as relay, socket.socket() as other:
            other.bind(("127.0.0.1", relay.port))
            other.listen()
            run = relay.run()
            self.assertEqual(run.returncode, 3)
            self.assertIn(f"listen on 127.0.0.1:{relay.port}: Address already in use: is another",
                          run.stderr)

    def test_a_spool_that_is_used_ends_it_with_a_sentence(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            relay.start()
            relay.write(FOR_OLD.replace("{port}", "{smtps}"))
            run = relay.run()
            self.assertEqual(run.returncode, 3, run.stderr)
            self.assertIn("queue", run.stderr)

    def test_without_d_the_shell_is_free_when_the_relay_serves(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            command = [word for word in relay.command() if word != "-d"]
            environment = {k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"}
            run = subprocess.run(command, env=environment, timeout=relayd.PATIENCE, check=False)
            self.assertEqual(run.returncode, 0)
            found = subprocess.run(["pgrep", "-f", str(relay.folder)], capture_output=True, text=True,
                                   check=True).stdout.split()
            try:
                with relay.client() as client:
                    self.assertTrue(takes(client, "x@old.example"))
            finally:
                for pid in found:
                    os.kill(int(pid), signal.SIGTERM)

    def test_a_failed_start_in_the_background_tells_the_shell(self):
        with Relayd(PROGRAM, FOR_OLD) as relay, socket.socket() as other:
            other.bind(("127.0.0.1", relay.port))
            other.listen()
            command = [word for word in relay.command() if word != "-d"]
            run = subprocess.run(command, capture_output=True, text=True, check=False,
                                 timeout=relayd.PATIENCE)
            self.assertEqual(run.returncode, 3)
            self.assertIn("Address already in use", run.stderr)

    def test_what_it_may_still_do_is_nothing(self):
        with Relayd(PROGRAM, FOR_OLD, options=["-T", "sandbox"]) as relay:
            relay.start()
            with open(f"/proc/{relay.process.pid}/status", encoding="ascii") as file:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
            self.assertEqual(status["NoNewPrivs"], "1")
            for caps in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(status[caps], 16), 0, caps)
            if os.geteuid() == 0:
                self.assertEqual(set(status["Uid"].split()), {"65534"})
                self.assertEqual(int(status["CapBnd"], 16), 0)
            self.assertIn("info: sandbox landlock=", relay.log())
            self.assertIn("sandbox: read and write " + str(relay.folder / "var/spool"), relay.log())

    @unittest.skipUnless(os.geteuid() == 0, "only root can give root away")
    def test_root_binds_a_port_below_1024_and_keeps_it_over_a_reload(self):
        port = next(p for p in range(600, 1023) if is_free(p))
        with Relayd(PROGRAM, FOR_OLD.replace("{port}", str(port))) as relay:
            relay.start().reload()
            self.assertIn("configuration reloaded", relay.log())
            with relay.client(port) as client:
                self.assertTrue(takes(client, "x@old.example"))

    def test_without_standard_streams_no_socket_or_file_takes_their_place(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            command = ["sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh", *relay.command()]
            environment = {**os.environ, "NOTIFY_SOCKET": relay.notifications.path}
            with subprocess.Popen(command, env=environment) as process:
                try:
                    relayd.wait_until(lambda: "READY=1" in relay.notifications.read()
                                      or process.poll() is not None, "a start")
                    streams = {os.readlink(f"/proc/{process.pid}/fd/{n}") for n in (0, 1, 2)}
                    self.assertEqual(streams, {"/dev/null"})
                finally:
                    process.terminate()

    def test_a_failed_start_has_its_exit_code_though_nobody_can_read_why(self):
        for broken, code in ((FOR_OLD, 3), ("nonsense\n", 1)):
            with Relayd(PROGRAM, broken) as relay, socket.socket() as other, \
                    open("/dev/full", "w", encoding="ascii") as full:
                other.bind(("127.0.0.1", relay.port))
                other.listen()
                run = subprocess.run(relay.command(), stderr=full, check=False,
                                     timeout=relayd.PATIENCE)
                self.assertEqual(run.returncode, code)

    def test_everybody_reaches_the_submission_socket_and_nobody_the_queue(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            relay.start()
            modes = {name: (relay.folder / name).stat().st_mode & 0o777
                     for name in ("run", "run/submit.sock", "run/control.sock", "var/spool")}
            self.assertEqual(modes, {"run": 0o755, "run/submit.sock": 0o666,
                                     "run/control.sock": 0o660, "var/spool": 0o700})

    def test_traces_tell_what_each_subsystem_does(self):
        asked = ["-T", "smtp", "-T", "rules", "-T", "expand", "-T", "lookup", "-T", "stat"]
        with Relayd(PROGRAM, FOR_OLD, options=asked) as relay:
            relay.start()
            with relay.client() as client:
                self.assertTrue(takes(client, "x@old.example"))
                self.assertFalse(takes(client, "x@new.example"))
            for line in ("<<< mail FROM:<a@client.example>", "to=<x@new.example>: no rule matches",
                         "leads to <x@old.example> by action \"o\"", "stat: smtp.session +1",
                         "lookup: 1.0.0.127.in-addr.arpa PTR: temporary failure"):
                self.assertIn(line, relay.log())

    def test_its_log_is_json_when_asked(self):
        with Relayd(PROGRAM, FOR_OLD, options=["--log-format", "json"]) as relay:
            relay.start()
            relay.client().quit()
            relay.wait_for_log('"disconnected"')
            lines = [json.loads(line) for line in relay.log().splitlines()]
            self.assertTrue(any(line.get("event") == "connected"
                                and line.get("address") == "127.0.0.1" for line in lines))


def is_free(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0


class Systemd(unittest.TestCase):
    def test_hears_of_start_reload_and_end_and_is_kept_from_barking(self):
        watchdog = {"WATCHDOG_USEC": "200000"}
        with Relayd(PROGRAM, FOR_OLD, environment=watchdog) as relay:
            relay.start()
            relay.notifications.wait_for("WATCHDOG=1", times=5)
            relay.reload()
            relay.notifications.wait_for("READY=1", times=2)
            self.assertEqual(relay.end(), 0)
            said = relay.notifications.read()
            self.assertIn("STOPPING=1", said)
            self.assertLess(said.index("READY=1"), said.index("RELOADING=1"))
            self.assertTrue(any(line.startswith("MONOTONIC_USEC=") for line in said))

    def test_a_stopped_process_does_not_claim_to_be_alive(self):
        with Relayd(PROGRAM, FOR_OLD, environment={"WATCHDOG_USEC": "200000"}) as relay:
            relay.start()
            relay.notifications.wait_for("WATCHDOG=1")
            relay.tell(signal.SIGSTOP)
            os.waitid(os.P_PID, relay.process.pid, os.WSTOPPED | os.WNOWAIT)
            relay.notifications.read()
            relay.notifications.said.clear()
            time.sleep(0.5)
            self.assertNotIn("WATCHDOG=1", relay.notifications.read())
            relay.tell(signal.SIGCONT)

    def test_hands_over_its_sockets(self):
        with Relayd(PROGRAM, FOR_OLD) as relay, socket.socket() as listening:
            listening.bind(("127.0.0.1", relay.port))
            listening.listen()
            # A client that comes before the relay waits in the socket's backlog, and is served.
            early = socket.create_connection(("127.0.0.1", relay.port), timeout=relayd.PATIENCE)
            fd = listening.fileno()
            shell = f"exec 3<&{fd}; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\""
            relay.process = subprocess.Popen(["sh", "-c", shell, "sh", *relay.command()],
                                             pass_fds=[fd], stderr=subprocess.DEVNULL)
            with early:
                self.assertIn(b"220 mx2.example.org", early.recv(100))


class Reload(unittest.TestCase):
    def test_new_sessions_obey_the_new_file_and_old_ones_the_old(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            relay.start()
            with relay.client() as before:
                before.ehlo()
                relay.write(FOR_NEW)
                relay.reload()
                self.assertTrue(takes(before, "x@old.example"))
                with relay.client() as after:
                    self.assertFalse(takes(after, "x@old.example"))
                    self.assertTrue(takes(after, "x@new.example"))

    def test_a_broken_file_leaves_the_old_in_force_and_says_so(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            relay.start()
            relay.write("nonsense\n")
            relay.reload()
            self.assertIn("the old configuration stays in force", relay.log())
            with relay.client() as client:
                self.assertTrue(takes(client, "x@old.example"))

    def test_a_port_outside_the_sandbox_needs_a_restart(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            relay.start()
            relay.write(FOR_NEW.replace("{port}", "{smtps}"))
            relay.reload()
            self.assertIn("is outside the sandbox that was closed at the start: restart", relay.log())


class End(unittest.TestCase):
    def test_who_is_idle_hears_421_and_who_works_finishes(self):
        with Sink() as sink, Relayd(PROGRAM, relay_to(sink)) as relay:
            relay.start()
            idle, busy = relay.client(), relay.client()
            self.addCleanup(idle.close)
            self.addCleanup(busy.close)
            idle.ehlo()
            busy.ehlo()
            busy.mail("a@client.example")
            busy.rcpt("b@anywhere.example")
            relay.tell(signal.SIGTERM)
            self.assertTrue(idle.getreply()[1].startswith(b"4.3.2"), "RFC 5321 3.8")
            self.assertEqual(busy.data(letter("last"))[0], 250)
            self.assertEqual(relay.process.wait(relayd.PATIENCE), 0)
            relay.start()
            relayd.wait_until(lambda: sink.arrived.get("last"), "the last letter's arrival")

    def test_two_signals_of_one_request_let_transactions_finish(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            relay.start()
            busy = relay.client()
            self.addCleanup(busy.close)
            busy.ehlo()
            busy.mail("a@client.example")
            relay.tell(signal.SIGTERM)  # as timeout(1) does: its child, then its group
            relay.tell(signal.SIGTERM)
            relay.wait_for_log("mxrelayd ending")
            self.assertEqual(busy.rcpt("b@old.example")[0], 250)
            self.assertEqual(busy.data(letter("last"))[0], 250)
            self.assertEqual(relay.process.wait(relayd.PATIENCE), 0)
            self.assertNotIn("told to end twice", relay.log())

    def test_twice_told_it_ends_at_once(self):
        with Relayd(PROGRAM, FOR_OLD) as relay:
            relay.start()
            busy = relay.client()
            self.addCleanup(busy.close)
            busy.ehlo()
            busy.mail("a@client.example")
            relay.tell(signal.SIGINT)
            relay.wait_for_log("mxrelayd ending")
            time.sleep(1.1)  # within a second it would be the same request
            self.assertEqual(relay.end(signal.SIGINT), 0)
            with self.assertRaises(smtplib.SMTPServerDisconnected):
                busy.rcpt("b@anywhere.example")


if __name__ == "__main__":
    PROGRAM = relayd.program_from_arguments()
    unittest.main()
