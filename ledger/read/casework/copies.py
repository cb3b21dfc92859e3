"""Query the copied posts of a case and their accounts."""

from sqlalchemy import exists, func, select

from core.records import Record
from ledger import schema
from ledger.cases.counts import is_copy
from ledger.database import Ledger


class Copies(Record):
    """Hold what is known about the copied posts of a case."""

    posts: int = 0
    """Posts that copy the text of an earlier one."""
    accounts: int = 0
    """Distinct authors of these posts."""
    only_here: int = 0
    """Of these authors, those without any other post than copies in this case."""


def copies(ledger: Ledger, case_key: str) -> Copies:
    """Count the copies among the posts of a case, and their accounts."""
    posts, members = schema.posts.c, schema.case_posts.c
    of_case = schema.case_posts.join(schema.posts, members.post_id == posts.post_id)
    mine = (members.case_key == case_key) & is_copy()
    with ledger.read() as connection:
        counted = select(func.count(), func.count(posts.author.distinct())).select_from(of_case).where(mine)
        found, accounts = connection.execute(counted).one()
        if not found:
            return Copies()
        other = schema.posts.alias("other")
        in_case = select(members.post_id).where(members.case_key == case_key)
        elsewhere = exists().where(other.c.author == posts.author, other.c.post_id.not_in(in_case))
        only_here = select(func.count(posts.author.distinct())).select_from(of_case).where(mine, ~elsewhere)
        return Copies(posts=found, accounts=accounts, only_here=connection.execute(only_here).scalar_one())
