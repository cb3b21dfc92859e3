"""Contact centre: raises each case once in the ticket system the city already works with, and brings back what became of it.

One outside system is one module of this folder, found by its name (`[contact_centre] system = "rt"`). With
`system = "casebook"` no file is loaded and nothing leaves the house. A file has `Options` (its table
`[contact_centre.options]`, unknown keys refused), `Secrets` (its variables) and the five functions of
`core.config.protocols.ContactCentre`, which mypy checks in `tools/part_types.py`:

    open_case(city, options, secrets, case, posts, desk_url) -> reference
        MUST look for the case key first, compare the key on each hit (some systems ignore a filter they do not know and
        return everything) and create only when there is none; MUST read back that the new ticket can be found by its key.
        Asked again after any failure, it returns the ticket it finds. `desk_url` is the address of the desk
        (`Settings.desk_address`): the ticket links to `desk_url/cases/KEY`, and to nothing else.
    append(city, options, secrets, reference, case, posts, note_key) -> None
        Adds the new posts as an internal note, never as a message to a citizen; carries `note_key`, and a note with this
        key that is already there is success. Follows a merge to the surviving ticket.
    state(city, options, secrets, references, since) -> {reference: Standing}
        What changed since then (None: ever); a reference that is not in the answer has not changed. Merged and missing
        (`gone`) tickets are in every answer. What our own robot did is no news.
    check(city, options, secrets) -> str
        Proves address, login, queues, fields and rights without writing anything; says in a sentence what it found.
    address(options, reference) -> str
        The ticket's page, for people.

What they raise decides what happens to the delivery:

    ConfigurationError   login, address, queue, field or right is wrong: stop, alarm, everything stays pending
    RefusedError         this case was refused, in the system's own words: a person must look
    OutcomeUnknownError  our request had left and no answer came: look again later, never send blindly
    UnavailableError     nothing was sent: pending, try again later

A ticket never names a citizen: no profile, handle, native id or link to a post. What a ticket says is written in `ticket`,
how a server is asked in `wire`; both serve every system.
"""

from core.errors import UnavailableError


class OutcomeUnknownError(UnavailableError):
    """Our request had been sent and no usable answer came back: the server may have done it."""
