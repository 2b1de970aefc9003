#!/usr/bin/env python3
"""events_test - mxrelayd --events: all that happens as JSON lines, in a file or a pipe.

Called with the path of mxrelayd.
"""

import json
import os
import signal
import unittest

import relayd
from relayd import LISTEN, Relayd, Sink, letter, relay_to

PROGRAM = ""
IDLE = LISTEN + 'action "out" relay\nmatch from any for any action "out"\n'


def events_of(text):
    return [json.loads(line) for line in text.splitlines()]


class Events(unittest.TestCase):
    def test_tell_the_life_of_a_letter_in_order(self):
        with Sink() as sink, Relayd(PROGRAM, relay_to(sink)) as relay:
            path = relay.folder / "events"
            relay.options = ["--events", str(path)]
            with relay.start().client() as client:
                client.sendmail("a@client.example", ["b@anywhere.example"], letter("1"))
            relayd.wait_until(lambda: sink.arrived, "the letter")
            relay.end()
            events = events_of(path.read_text())
        self.assertEqual(sorted(e["t"] for e in events), [e["t"] for e in events])
        kinds = [e["kind"] for e in events]
        self.assertEqual(kinds.count("started"), 1)
        self.assertIn("250 ", " ".join(e["text"] for e in events if e["kind"] == "sent"))
        self.assertIn("mail FROM:", " ".join(e["text"] for e in events if e["kind"] == "received"))
        connects = [e["value"] for e in events
                    if e["kind"] == "stat" and e["subject"] == "smtp.session"]
        self.assertEqual(sum(connects), 0)
        fates = [e["text"] for e in events if e["kind"] == "queue"]
        self.assertTrue(fates[0].startswith("accepted"), fates)
        self.assertTrue(any(fate.startswith("Ok") for fate in fates), fates)

    def test_come_through_a_pipe_before_the_relay_goes_on(self):
        reading, writing = os.pipe()
        with Relayd(PROGRAM, IDLE) as relay:
            relay.options = ["--events", f"fd:{writing}"]
            relay.descriptors = [writing]
            relay.start()
            os.close(writing)
            with relay.client() as client:
                client.docmd("NOOP", "known before its answer")
                relay.end(signal.SIGKILL)
        with os.fdopen(reading) as pipe:
            events = events_of(pipe.read())
        self.assertIn("NOOP known before its answer",
                      [e.get("text") for e in events if e["kind"] == "received"])

    def test_that_nobody_reads_stop_no_mail(self):
        reading, writing = os.pipe()
        with Relayd(PROGRAM, IDLE) as relay:
            relay.options = ["--events", f"fd:{writing}"]
            relay.descriptors = [writing]
            relay.start()
            os.close(writing)
            os.close(reading)
            with relay.client() as client:
                self.assertEqual(client.noop()[0], 250)
            relay.wait_for_log("events cannot be written any more: Broken pipe")

    def test_need_a_descriptor_that_is_there(self):
        with Relayd(PROGRAM, IDLE) as relay:
            for wrong in ("fd:99", "fd:", "fd:x", "fd:-1"):
                run = relay.run("--events", wrong)
                self.assertEqual(run.returncode, 3, run.stderr)
                self.assertIn("--events " + wrong, run.stderr)


if __name__ == "__main__":
    PROGRAM = relayd.program_from_arguments()
    unittest.main()
