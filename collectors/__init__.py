"""Collectors: each reads what people say in public in one place, and hands it over page by page.

A collector is one file `collectors/NAME.py`, switched on by `[sources.NAME]` in the city profile. Its functions are those of
`core.config.protocols.Collector`, which mypy checks in `tools/part_types.py`. To add one, write:

`Options`   its table in the profile (unknown keys are refused), each key with a sentence that says what it does:
            `class Options(SourceOptions, source="NAME")`. What all sources share (`every`, minutes between two reads; `quiet_after`,
            silence that is an alarm; `pages`, most pages in one run; `deletions`) is declared in `core.config.source_options` and has its
            defaults in `collectors/defaults.toml`, section `[NAME]`; a key that the section leaves out is not offered.
`Secrets`   only if it needs any (`core.config.plugins.Secrets`): each field is one environment variable. They stand nowhere else.
`collect(city, options, secrets, cursor, budget) -> Iterator[Page]`
            reads on from `cursor` (None: the first time). The pipeline stores each page together with its cursor, or neither,
            before it asks for the next: so a page **must** carry the cursor from which reading goes on after it, and a kill at
            any moment means one page again. What it holds is a model of `collectors/paging/cursor.py`, with a version. It **may** hand
            over a message it handed over before (the ledger knows it by its id) and **must not** miss one: what it could not
            read is a `Gap`, and the cursor stays where it can be filled. It takes each page from `budget.page()`, pays with
            `budget.spend()` before it asks (where each record has its price: with `budget.prepay()`, and after the answer
            `budget.bill()`), and takes the time from `budget.now`. It does not sleep and does not retry: it lets
            `core.errors.SourceError` out (with `retry_after`, when the network named it) and the scheduler comes again. One
            stream that fails does not stop the others: their pages come first, the error at the end.
`parse(raw_json) -> Raw | Rejected`
            pure: no network, no clock, no cursor. `raw_json` is `{"item": the record as its network gave it, "place": where it
            stands in the input, "received_at": when we read it}` and whatever else of JSON the collector knows. A record it
            cannot read is a `Rejected` with a reason code, never an exception and never dropped in silence; unknown fields are
            tolerated. What the door refuses anyway (`core.privacy.intake`: empty text, absurd dates ...) it need not check.
`gone(city, options, secrets, native_ids, budget) -> dict[str, bool]`
            which of these messages were deleted by their authors; an id that was not answered is absent. What was learned before
            a failure is handed over, and only a failure before the first answer is let out. Where it can say anything,
            its section in `collectors/defaults.toml` has `deletions = {}`: how often the pipeline asks, and for how many a day.
            At most 25 ids a call.
`server_of(options, native_id) -> str | None`
            only where several servers are asked: which one would be asked whether this message is still there, named as the group
            of its streams. While one rests, `gone` is asked about those of the others; without it the whole source rests.
`check(city, options, secrets) -> str`
            one read, said in words for `escucha check`; raises when the source cannot work.

It must not know the ledger, other rooms or Airflow, must put a time-out on every request, and must not follow links found in
messages. `test_parts.py` finds the new file and asks for `tests/examples/collectors/NAME/*.json` (`{"raw": what parse gets,
"post": what it must give}`; leave "post" out and the test writes it and asks for your review) and a row in the README's table.
Files here without `Options` are no collectors, but what several of them share.
"""
