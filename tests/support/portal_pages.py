"""List every page of the portal.

A route of the portal's pages is one of `PAGES`, or is in `NO_PAGES` with the reason: a test fails for a new one that is in neither.
"""

PAGES = (
    "/",
    "/ask",
    "/ask?q=farola",
    "/report",
    "/case",
    "{receipt}",
    "{receipt}?said=1",
    "{mails}",
    "/open",
    "/times",
    "/data",
    "/notice",
    "/nothing",
)
"""Addresses; `receipt` is that of a report, `mails` that of the mails about it."""
NO_PAGES = {
    "/case/{number}/{secret}/reply": "leads to the receipt",
    "/data/{file}": "a download",
    "/data/versions/{day}/{file}": "a download",
    "/language/{language}": "leads back",
    "/report/map/{size}/{view}.svg": "a picture",
    "/alive": "a line for a monitor",
    "/static": "files",
    "/static/identity.css": "a style",
    "/static/logo/{name}": "a picture",
}
ALWAYS_THERE = tuple(one for one in PAGES if "{" not in one)
WRONG = ("/case/9999/nothing", "/case?number=9", "/mails/9999/nothing", "/data/nothing.csv", "/case/9999/nothing/reply", "/ask?q=%00")
"""Addresses of nothing."""
