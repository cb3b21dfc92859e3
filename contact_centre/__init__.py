"""Raise each case once in the council's ticket system, and follow it.

One outside system is one folder here with a manifest, `part.toml`, found by its name (`[contact_centre] system = "rt"`). With
`system = "casebook"` none is loaded and cases are worked on the desk. A part has `Options` (the table `[contact_centre.options]`; unknown
keys are refused), `Secrets` (environment variables) and the six functions of `core.config.protocols.ContactCentre`, which mypy checks in
the generated `workshop/part_types.py`:

    open_case(city, options, secrets, case, posts, desk_url) -> reference
        MUST search for the case key first, compare the key on each hit (some systems ignore an unknown filter and return
        everything) and create a ticket only when there is none; MUST read back that the new ticket can be found by its key.
        Called again after any failure, it returns the ticket it finds. `desk_url` is the address of the desk
        (`Settings.desk_address`): the ticket links to `desk_url/cases/KEY`, and to nothing else.
    append(city, options, secrets, reference, case, posts, note_key) -> None
        Adds the new posts as an internal note, never as a message to a citizen. The note carries `note_key`; a note with this
        key that already exists is success. Follows a merge to the surviving ticket.
    move(city, options, secrets, reference, case, posts, desk_url, note_key) -> None
        A person chose the case's service on the desk: says so in an internal note with `note_key`, as `append` does, and moves the
        ticket to the case's queue where it is still in one of ours; a ticket that staff moved elsewhere stays there. Where the
        system cannot move a ticket, the note is all.
    state(city, options, secrets, references, since) -> {reference: ExternalStatus}
        The tickets that changed since then (None: all); a reference missing from the result has not changed. Merged and missing
        (`gone`) tickets are in every result. Changes made by our own account do not count.
    check(city, options, secrets) -> str
        Proves address, login, queues, fields and rights without writing anything; returns one sentence about what it found.
    address(options, reference) -> str
        The ticket's web page.

A system that can close a ticket for us has `note_merge` too (`core.config.protocols.NotesMerges`): the ticket of a case that was merged on
the desk gets a note and is closed, and is reopened when the merge is undone.

The exception decides what happens to the delivery:

    ConfigurationError   login, address, queue, field or right is wrong: stop, alarm, every delivery stays pending
    RefusedError         this case was refused, quoted in the system's own words: a person must look
    OutcomeUnknownError  the request was sent and no answer came: look the case up later, never send blindly
    UnavailableError     nothing was sent: pending, try again later

A ticket never names a citizen: no profile, handle, native id or link to a post. `ticket` writes the text, `routing` chooses queue
and fields, `http` sends requests; all systems share them. A system with a field for our case key is a driver of `procedure`.
"""

from core.errors import UnavailableError


class OutcomeUnknownError(UnavailableError):
    """Report a sent request without a usable answer.

    The server may have carried it out.
    """
