"""Decide which posts can be about the same thing, before any likeness.

`thing` reads from a post what is asked of which thing: where exactly, which line (`stations`), how far the fault reaches, who speaks.
`law` judges a post and a whole incident by the `vetoes`, which no likeness overrules, and the `grounds`, without which likeness only
suggests; `threads` says when a reply leaves its thread. Pure: no I/O but word lists and the list of stations, no clock.
"""
