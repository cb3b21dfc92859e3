"""List each question and its answer.

Routes, the OpenAPI document and the MCP tools are made from ENDPOINTS.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.records import Record
from core.records.post import PRIVATE_SOURCES
from ledger import read
from pipeline.access.api_tokens import Scope
from portal.api import figures
from portal.api.cursors import Position, read_cursor, write_cursor
from portal.api.problems import ProblemError
from portal.api.queries import AnswerQuery, CaseOf, CaseQuery, CountQuery, NoQuery, PostOf, PostQuery, Query, WarningQuery
from portal.api.reader import Caller, Reader
from portal.api.rows import AnswerRow, CaseDetail, CaseRow, CountRow, Listed, PostRow, SourceRow, Step, TimesRow, WarningRow, case_values
from search import queries

Responder = Callable[[Reader, Caller, Any], Record]


def search_posts(reader: Reader, asked: Caller, query: PostQuery) -> Listed[PostRow]:
    """Return a page of posts."""
    ledger, zone = reader.context.ledger, reader.context.city.zone
    position = read_cursor(query)
    moment = position.asked_at if position else asked.moment
    window = query.window("30d", moment, zone)
    if query.q is not None:
        if query.source in PRIVATE_SOURCES:
            return Listed(data=())  # a hit would tell which words a hidden text has
        chosen = {name: value for name, value in query.filters(window).items() if name not in ("since", "until")}
        own = {"decision": query.decision, "case_kind": query.kind}
        texts = {name: str(value) for name, value in (chosen | own).items() if value is not None}
        found = reader.breaker.ask(
            lambda engine: queries.search_posts(
                engine,
                query.q or "",
                texts,
                population=query.of,
                since=window.since,
                until=window.until,
                limit=query.limit,
                without_sources=sorted(PRIVATE_SOURCES),
            )
        )
        return Listed(data=tuple(map(PostRow.of, read.records_of(ledger, found.ids))))
    filters = read.PostFilters(**query.filters(window), decision=query.decision, case_kind=query.kind)
    rows = read.messages(
        ledger,
        of=query.of,
        oldest_first=query.order == "oldest",
        after=(position.at, position.key) if position else None,
        limit=query.limit + 1,
        **filters,
    )
    shown = rows[: query.limit]
    following = None
    if len(rows) > query.limit:
        following = write_cursor(query, Position(moment, shown[-1].created_at, shown[-1].post_id))
    return Listed(data=tuple(map(PostRow.of, shown)), next=following)


def get_post(reader: Reader, asked: Caller, query: PostOf) -> PostRow:  # noqa: ARG001
    """Return one post."""
    found = read.post_record(reader.context.ledger, query.post_id)
    if found is None:
        raise ProblemError("missing", "There is no post with this id; it may have been erased.")
    return PostRow.of(found)


def list_cases(reader: Reader, asked: Caller, query: CaseQuery) -> Listed[CaseRow]:
    """Return a page of cases."""
    position = read_cursor(query)
    moment = position.asked_at if position else asked.moment
    window = query.window("all", moment, reader.context.city.zone)
    rows = list(
        read.case_records(
            reader.context.ledger,
            order=query.order,
            limit=query.limit + 1,
            after=(position.at, position.key) if position else None,
            **query.filters(window, moment),
        )
    )
    shown = rows[: query.limit]
    following = None
    if len(rows) > query.limit:
        following = write_cursor(query, Position(moment, shown[-1].opened_at, shown[-1].case_key))
    titles = "posts" in asked.token.scopes
    data = (CaseRow.model_validate(case_values(one, titles, one.is_overdue(asked.moment))) for one in shown)
    return Listed(data=tuple(data), next=following)


def get_case(reader: Reader, asked: Caller, query: CaseOf) -> CaseDetail:
    """Return one case with its steps and posts."""
    ledger = reader.context.ledger
    found = read.case_record(ledger, query.case_key)
    if found is None:
        raise ProblemError("missing", "There is no case with this number.")
    posts = "posts" in asked.token.scopes
    members = read.post_records(ledger, case_key=found.case_key, order="oldest") if posts else ()
    return CaseDetail.model_validate(
        case_values(found, posts, found.is_overdue(asked.moment))
        | {
            "steps": tuple(Step(state=one.state, at=one.at) for one in read.transitions(ledger, found.case_key)),
            "post_ids": tuple(one.post_id for one in members),
        }
    )


@dataclass(frozen=True)
class Endpoint:
    """Hold a question of the read API."""

    name: str
    """Of the operation, and of the MCP tool."""
    path: str
    scope: Scope
    query: type[Query]
    answer_model: type[Record]
    row: type[Record]
    answer: Responder
    summary: str

    @property
    def path_fields(self) -> frozenset[str]:
        """Return the parameters that stand in the path."""
        return frozenset(re.findall(r"\{(\w+)\}", self.path))

    @property
    def is_list(self) -> bool:
        """Tell whether the answer is a list, which CSV can hold."""
        return self.answer_model is not self.row


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "search_posts",
        "/posts",
        "posts",
        PostQuery,
        Listed[PostRow],
        PostRow,
        search_posts,
        "Search redacted posts by words, period, service, district, channel, language, intent and tone.",
    ),
    Endpoint("get_post", "/posts/{post_id}", "posts", PostOf, PostRow, PostRow, get_post, "Get one redacted post."),
    Endpoint(
        "count_posts",
        "/counts",
        "posts",
        CountQuery,
        Listed[CountRow],
        CountRow,
        figures.counts,
        "Count posts by service, district, channel, language, intent, tone, day, week or month.",
    ),
    Endpoint(
        "list_cases",
        "/cases",
        "cases",
        CaseQuery,
        Listed[CaseRow],
        CaseRow,
        list_cases,
        "List cases by state, period of opening, service, district, channel and department.",
    ),
    Endpoint(
        "get_case",
        "/cases/{case_key}",
        "cases",
        CaseOf,
        CaseDetail,
        CaseDetail,
        get_case,
        "Get one case with its steps and the ids of its posts.",
    ),
    Endpoint(
        "response_times",
        "/response-times",
        "figures",
        NoQuery,
        Listed[TimesRow],
        TimesRow,
        figures.response_times,
        "Get how fast the city answers, by month, service, district and channel, as published.",
    ),
    Endpoint(
        "known_answers",
        "/known-answers",
        "figures",
        AnswerQuery,
        Listed[AnswerRow],
        AnswerRow,
        figures.known_answers,
        "Find the council's official answers to known questions.",
    ),
    Endpoint(
        "warnings",
        "/warnings",
        "operations",
        WarningQuery,
        Listed[WarningRow],
        WarningRow,
        figures.early_warnings,
        "List early warnings of unusual rises.",
    ),
    Endpoint(
        "source_health",
        "/sources",
        "operations",
        NoQuery,
        Listed[SourceRow],
        SourceRow,
        figures.source_health,
        "Get the health of each source: last run, last post, gaps.",
    ),
)
