"""Test the MCP server with the protocol's official client, over HTTP and standard input."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from ledger.database import open_ledger
from portal.app import create_app
from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile
from tests.support.ledger_facts import SALT
from tests.support.portal_facts import bearer, open_cases, portal_context
from tests.support.served_pages import served_at

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str], str]]:
    """Serve a portal with one case; return address, token and the case's key."""
    home = tmp_path_factory.mktemp("home")
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)
    (key,) = open_cases(ledger, [3])
    with served_at(create_app(portal_context(home, ledger))) as address:
        yield f"{address}/mcp", bearer(ledger, "posts", "cases", "figures", "operations"), key
    ledger.close()


@asynccontextmanager
async def over_http(address: str, token: dict[str, str]) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers=token, trust_env=False) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        yield client


def test_the_official_client_lists_and_calls_every_tool_over_http(served: tuple[str, dict[str, str], str]) -> None:
    address, token, key = served

    async def use() -> None:
        async with over_http(address, token) as client:
            tools = (await client.list_tools()).tools
            assert len(tools) == 9
            post_id = ""
            for tool in tools:
                needed = {"get_case": {"case_key": key}, "get_post": {"post_id": post_id}}.get(tool.name, {})
                # The client checks the structured content against the tool's own output schema.
                found: Any = await client.call_tool(tool.name, needed)
                assert not found.is_error, found
                if tool.name == "search_posts":
                    post_id = found.structured_content["data"][0]["post_id"]
            refused: Any = await client.call_tool("list_cases", {"state": "lost"})
            assert refused.is_error
            assert "one of: new, assigned" in refused.content[0].text

    anyio.run(use)


def test_the_official_client_speaks_to_escucha_mcp_on_standard_input(tmp_path: Path) -> None:
    write_posts(tmp_path / "posts.jsonl", 4)
    profile = write_profile(tmp_path, tmp_path / "posts.jsonl")
    env = environment(tmp_path / "home", profile)
    escucha("collect", env=env)
    made = escucha("token", "make", "assistant", "--scope", "posts", env=env).stdout.decode()
    token = made.rpartition(": ")[2].strip()
    assert "assistant: posts; valid until" in escucha("token", "list", env=env).stdout.decode()
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "escucha.cli", "mcp"], env={**env, "ESCUCHA_API_TOKEN": token}, cwd=ROOT
    )

    async def use() -> None:
        async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
            greeting = await session.initialize()
            assert greeting.server_info.name == "escucha"
            found: Any = await session.call_tool("search_posts", {"period": "all"})
            assert len(found.structured_content["data"]) == 4

    anyio.run(use)
    assert b"revoked" in escucha("token", "revoke", "assistant", env=env).stdout
    refused = escucha("mcp", env={**env, "ESCUCHA_API_TOKEN": token}, check=False)
    assert refused.returncode == 2
    assert b"ESCUCHA_API_TOKEN is not a valid token" in refused.stderr
