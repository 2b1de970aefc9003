"""primary - the primary MX of the packaging tests: a small SMTP server with two moods.

Silent, it accepts connections and says nothing, as a host does whose mail server hangs; awake, it
takes whatever comes and keeps it.
"""

import socket
import socketserver
import threading


class _Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def read_message(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def handle(self):
        self.server.open.append(self.connection)
        if self.server.silent:
            self.server.waiting.wait(120)
            return
        self.say("220 mx1.example.org ESMTP")
        while command := self.rfile.readline():
            verb = command[:4].upper()
            if verb == b"EHLO":
                self.say("250-mx1.example.org")
                self.say("250 8BITMIME")
            elif verb == b"DATA":
                self.say("354 go on")
                self.server.messages.append(self.read_message())
                self.say("250 2.0.0 taken")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 2.0.0 fine")


class Primary(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address):
        super().__init__((address, 25), _Session)
        self.messages, self.open = [], []
        self.silent = True
        self.waiting = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wake(self):
        self.silent = False
        self.waiting.set()

    def sleep(self):
        """Sessions that are open end too: the relay keeps one for a while after its last mail."""
        self.waiting.clear()
        self.silent = True
        for connection in self.open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # has ended by itself
        self.open = []
