"""Test the proxy that kills clients in the middle of requests."""

from functools import partial

import httpx
import pytest

from tests.support.kill_proxy import KillProxy
from tests.support.killed_steps import ForkServer, Job
from tests.support.stubs.server import Reply, Request, Stub


class Counting(Stub):
    """Count the posts of a client."""

    posts = 0

    def answer(self, request: Request) -> Reply:
        self.posts += request.method == "POST"
        return Reply({"posts": self.posts})


def post_twice(url: str) -> None:
    with httpx.Client(timeout=60, trust_env=False) as client:
        for _ in range(2):
            client.post(url, json={"text": "x" * 1000})


@pytest.mark.parametrize(("moment", "nth"), [("on_its_way", 1), ("accepted", 1), ("on_its_way", 2), ("accepted", 2)])
def test_a_client_killed_in_a_request_leaves_the_request_to_the_server(moment: str, nth: int) -> None:
    with ForkServer() as server, Counting() as real, KillProxy(real.url) as proxy:
        job = Job(partial(post_twice, proxy.url))
        assert server.run(job, lambda pid: proxy.arm(pid, moment, nth)) == "killed"  # type: ignore[arg-type]
        proxy.wait_until_idle()
        assert real.posts == nth  # carried out although its client is dead, and no other followed
        assert server.run(job) == "done"
        assert real.posts == nth + 2
