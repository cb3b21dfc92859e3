"""Hash passwords with the least work.

Some hundred tests log in, and each hash costs 0.2 s of CPU by design.
"""

import sys
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[PasswordHasher | None]:
    """Hash passwords quickly in this process.

    Processes that a test starts do not. Provides the hasher of the product, None where no collected test imports the desk.
    """
    with pytest.MonkeyPatch.context() as patched:
        users = sys.modules.get("desk.auth.users")
        product: PasswordHasher | None = getattr(users, "_hasher", None)
        if users is not None:
            quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
            patched.setattr(users, "_hasher", quick)
            patched.setattr(users, "_DUMMY_HASH", quick.hash("a password that no user has"))
        yield product
