"""Decide which posts can be about the same thing, before any likeness.

`thing` reads from a post what is asked of which thing: where exactly, which line, how far the fault reaches, who speaks. `law` holds the
vetoes, which no likeness overrules, and the grounds, without which likeness only suggests. Pure: no I/O but word lists, no clock.
"""
