"""Write requested reports in the background, one after the other."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock

from ledger import read
from pipeline import report_requests
from pipeline.context import Context
from reports.build.asked import Asked


@dataclass
class ReportJobs:
    """Write the ledger's requests in a background thread."""

    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "report"))
    _queued: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _closed: bool = False

    def start(self, context: Context, asked: Asked, language: str, typed: Mapping[str, str], form: str) -> str:
        """Begin to write a report; return the id of its request.

        Raises:
            ChangeRefusedError: too many reports wait.
        """
        request_id = report_requests.ask(context, asked, language, typed, form)
        self.resume(context)
        return request_id

    def resume(self, context: Context) -> None:
        """Write what waits, also after a restart of this or another desk.

        Nothing is begun after `close`: a page that is still answered then leaves the request to the next start.
        """
        for request in read.waiting_report_requests(context.ledger):
            with self._lock:
                if self._closed or request.id in self._queued:
                    continue
                self._queued.add(request.id)
                self._pool.submit(self._write, context, request.id)

    def _write(self, context: Context, request_id: str) -> None:
        try:
            report_requests.write(context, request_id)
        finally:
            with self._lock:
                self._queued.discard(request_id)

    def close(self) -> None:
        """Finish the report in writing; the next start writes the others."""
        with self._lock:
            self._closed = True
        self._pool.shutdown(cancel_futures=True)
