"""Say in which state an answer is, by row and message.

draft, rejected, superseded, sent, copied, refused    as `answers` says
approved                                              until it is sent, its message says the rest: sending, unknown, refused
"""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, case, func, select

from ledger import schema

_table, _outbox = schema.answers, schema.outbox
MESSAGE: ColumnElement[bool] = (_outbox.c.kind == "answer") & (_outbox.c.subject == _table.c.key)
WITH_MESSAGE: FromClause = _table.outerjoin(_outbox, MESSAGE)
STATE: ColumnElement[str] = case(
    (_table.c.state != "approved", _table.c.state),
    (_outbox.c.state.in_(("sending", "unknown")), _outbox.c.state),
    (_outbox.c.state.in_(("refused", "withdrawn")), "refused"),
    else_="approved",
)
_REASON = case((_table.c.state == "approved", func.coalesce(_outbox.c.reason, "")), else_=_table.c.reason)
_ATTEMPT = func.coalesce(_outbox.c.attempt, 0)


def answers_now() -> Select[Any]:
    """Select the answers with their state, reason and attempts of now."""
    columns = [one for one in _table.c if one.name not in ("state", "reason")]
    labelled = (STATE.label("state"), _REASON.label("reason"), _ATTEMPT.label("attempt"))
    return select(*columns, *labelled).select_from(WITH_MESSAGE)
