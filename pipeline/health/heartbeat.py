"""Write the scheduler's heartbeat, and call the outside monitor."""

from datetime import timedelta

import httpx
from pydantic import SecretStr

from core.config.city import City
from core.errors import UnavailableError
from core.limited_http import LimitedClient
from core.user_agent import user_agent
from ledger.system import heartbeat
from pipeline.context import Context, now

EVERY = timedelta(minutes=5)
"""How often the DAG `escucha_heartbeat` runs (dags/heartbeat.py)."""
MISSED = 2
"""How many heartbeats, or runs of a source, may be missing."""
BEAT_SLACK = timedelta(minutes=1)
"""Added for the heartbeat: it is one short task in a separate pool."""
TIMEOUT_S = 10.0


def beat(context: Context) -> dict[str, int]:
    """Record the heartbeat and call `ESCUCHA_HEARTBEAT_URL`.

    An outside monitor at that address raises the alarm when the calls stop.

    Raises:
        UnavailableError: the address does not answer as it should; the heartbeat is recorded all the same.
    """
    heartbeat.beat(context.ledger, now())
    address = context.settings.heartbeat_url
    if address is None:
        return {"beats": 1}
    ping(address, context.city)
    return {"beats": 1, "pings": 1}


def ping(address: SecretStr, city: City) -> None:
    """Call the outside monitor; errors are those of `beat`."""
    try:
        with LimitedClient(TIMEOUT_S, headers={"User-Agent": user_agent(city)}, follow_redirects=True) as client:
            client.get(address.get_secret_value()).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # its message may quote the address, which is a secret
        raise UnavailableError(f"ESCUCHA_HEARTBEAT_URL: {type(error).__name__}") from None
