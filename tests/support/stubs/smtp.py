"""Run an SMTP server on loopback that keeps or rejects mail."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Sink:
    """Hold the received mail; `refuse`, if set, rejects the sender."""

    address: str = ""
    mails: list[EmailMessage] = field(default_factory=list)
    refuse: str = ""


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        sink: Sink = self.server.sink  # type: ignore[attr-defined]
        self._say("220 sink")
        while line := self.rfile.readline().strip().upper():
            if line.startswith(b"QUIT"):
                self._say("221 bye")
                return
            if line.startswith(b"MAIL") and sink.refuse:
                self._say(sink.refuse)
            elif line == b"DATA":
                self._say("354 go on")
                sink.mails.append(self._mail())
                self._say("250 kept")
            else:
                self._say("250 yes")

    def _mail(self) -> EmailMessage:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return message_from_bytes(b"".join(lines), policy=default)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def mail_sink() -> Iterator[Sink]:
    """Run a sink."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        sink = Sink(address=f"smtp://127.0.0.1:{server.server_address[1]}")
        server.sink = sink  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()
