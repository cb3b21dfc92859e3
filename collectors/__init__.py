"""Collect public posts, one folder per network, page by page.

A collector is one folder `collectors/NAME/`, enabled by `[sources.NAME]` in the city profile. Its manifest, `part.toml`
(`core.parts.Source`), says all that the rest must know of it: name, defaults, form of author ids, limits of answers. Its functions are
those of `core.config.protocols.Collector`, which mypy checks in the generated `workshop/part_types.py`. To add one, write:

`Options`   its table in the profile (unknown keys are refused), each key with a sentence that says what it does:
            `class Options(SourceOptions, source="NAME")`. What all sources share (`every`, minutes between two runs; `quiet_after`,
            the silence that raises an alarm; `pages`, the page limit of one run; `deletions`) is declared in
            `core.config.source_options`. The defaults are in `[defaults]` of the manifest; a key that it omits is not offered.
`Secrets`   only if it needs any (`core.config.plugins.Secrets`): each field is one environment variable. Secrets appear nowhere else.
`collect(city, options, secrets, cursor, budget) -> Iterator[Page]`
            continues from `cursor` (None: the first run). The pipeline stores each page and its cursor in one transaction before it
            asks for the next page. A page **must** therefore carry the cursor that continues after it, and a kill at any moment
            costs one page, fetched again. The cursor is a model of `collectors/paging/cursor.py`, with a version. A collector
            **may** return the same message twice (the ledger identifies it by its id) and **must not** skip one: what it could not
            fetch is a `Gap`, and the cursor stays where that gap can be filled. It takes each page from `budget.page()`, pays with
            `budget.spend()` before each request (where records are billed one by one: `budget.prepay()` before, `budget.bill()`
            after the response), and takes the time from `budget.now`. It does not sleep and does not retry: it raises
            `core.errors.SourceError` (with `retry_after`, if the network gave one) and the scheduler runs it again later. A failure
            of one stream does not stop the others: their pages are yielded first, then the error is raised.
`parse(raw_json) -> Raw | Rejected`
            is pure: no network, no clock, no cursor. `raw_json` is `{"item": the record as the network returned it, "place": its
            position in the input, "received_at": when it was fetched}` plus any other JSON that the collector adds. A record that
            cannot be parsed is a `Rejected` with a reason code: never an exception, never dropped without a trace. Unknown fields
            are ignored. `USUAL`, given to `fetch_in_turn`, lists the fields that nearly every record has and that are useful: one
            that is gone stops the stream (`collectors.usual_fields`). Whatever `core.privacy.intake` rejects (empty text, impossible
            dates ...) need not be checked here.
`find_deleted(city, options, secrets, native_ids, budget) -> dict[str, bool]`
            finds which of these messages were deleted upstream; an id without an answer is absent. Results obtained before a failure
            are returned; only a failure before the first result is raised. If the network can answer at all, `[defaults]` of the manifest
            has `deletions = {}`: how often the pipeline checks, and how many posts a day. At most 25 ids a call.
`server_of(options, native_id) -> str | None`
            only for collectors with several servers: the server that answers for this message, by the name of its stream group.
            While one server is rate limited, `find_deleted` is called for posts of the others; without this function the whole source
            pauses.
`check(city, options, secrets) -> str`
            makes one request and describes the result for `escucha check`; raises if the source cannot work.

A collector must not import the ledger, other rooms or Airflow, must set a time-out on every request, and must not follow links found
in messages. `test_parts.py` finds the new file and asks for `tests/examples/collectors/NAME/*.json` (`{"raw": the input of parse,
"post": its expected output}`; leave "post" out and the test writes it for you to review).
Files and folders without a manifest are shared code, not collectors.
"""
