"""Write requested reports in the background, each once."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from core.errors import ChangeRefusedError
from pipeline.context import Context, now
from pipeline.steps.report import report_asked
from reports.build.asked import Asked

MOST_WAITING = 5
MOST_KEPT = 50


@dataclass(frozen=True)
class Job:
    """Hold one report that is, or was, written."""

    asked: Asked
    """With its first day, so that its interval stays the same."""
    language: str
    typed: Mapping[str, str]
    """The form, as it was typed."""
    begun: datetime
    done: Future[dict[str, int]]


@dataclass
class ReportJobs:
    """Write reports one after the other, none twice."""

    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "report"))
    _jobs: OrderedDict[str, Job] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def start(self, context: Context, asked: Asked, language: str, typed: Mapping[str, str], form: str) -> str:
        """Begin to write a report; return the id of its job.

        The same form sent again gets the same job, and so does a report that is being written already.

        Raises:
            ChangeRefusedError: too many reports wait.
        """
        job_id = hashlib.sha256("\n".join((form, asked.model_dump_json(), language)).encode()).hexdigest()[:20]
        with self._lock:
            waiting = {one: job for one, job in self._jobs.items() if not job.done.done()}
            same = (one for one, job in waiting.items() if (job.asked, job.language) == (asked, language))
            if (found := job_id if job_id in self._jobs else next(same, None)) is not None:
                return found
            if len(waiting) >= MOST_WAITING:
                raise ChangeRefusedError("Several reports are being written. Wait until one has ended, then ask again.")
            done = self._pool.submit(report_asked, context, asked, (language,))
            self._jobs[job_id] = Job(asked, language, typed, now(), done)
            for old in [one for one, job in self._jobs.items() if job.done.done()][:-MOST_KEPT]:
                del self._jobs[old]
        return job_id

    def close(self) -> None:
        """Finish the report that is being written; drop those that wait."""
        self._pool.shutdown(cancel_futures=True)

    def find(self, job_id: str) -> Job | None:
        """Return a job.

        None: there is none, or this program was started again since.
        """
        with self._lock:
            return self._jobs.get(job_id)
