"""Give the tests of steps a mail server and a receiver of webhooks."""

from collections.abc import Iterator

import pytest

from tests.support.mail_server import MailServer, mail_server
from tests.support.receiver import Receiver, receiver


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running
