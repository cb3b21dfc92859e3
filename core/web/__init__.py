"""Serve HTTP safely: what the desk and the portal have in common.

connection        connections: their number, deadlines and sizes
client_address    the client's real address, behind proxies or not
peer              the account at the other end of a loopback connection
rate_limits       attempts per client
security_headers  the headers of every response
templates/        parts of pages that both show
"""

from pathlib import Path

SHARED_TEMPLATES = Path(__file__).parent / "templates"
"""For the loaders of both programs; texts are translated by the catalogue of the one that shows them."""
