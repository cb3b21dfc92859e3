"""Translate stored reasons into what people read."""

import re
from datetime import date

from babel.dates import format_date
from babel.numbers import get_decimal_symbol

from core.i18n.display_names import display_name
from core.i18n.names import NAMES
from core.i18n.translate import translator

_TEXTS: dict[str, str] = {
    r"act: actionable ([\d.]+) >= ([\d.]+)": "certain enough ({0}; from {1} a post opens a case by itself)",
    r"perhaps about (.+?) \(score ([\d.]+) >= ([\d.]+)\)": (
        "perhaps not about {0} ({1}; from {2} a report that is certain enough opens a case all the same)"
    ),
    r"review: actionable ([\d.]+) between ([\d.]+) and ([\d.]+)": "uncertain ({0}; between {1} and {2} a person reviews it)",
    r"review: labelled actionable at ([\d.]+), below ([\d.]+)": "actionable ({0}; below {1}, the usual threshold for review)",
    r"below: actionable ([\d.]+) < ([\d.]+)": "not actionable ({0}; below {1})",
    r"thread: a debate, and reports nothing itself: actionable ([\d.]+) < ([\d.]+)": (
        "an opinion in a debate: shown with it, reports nothing itself ({0}; below {1})"
    ),
    r"thread: a long thread, and reports nothing itself: actionable ([\d.]+) < ([\d.]+)": (
        "a reply in a long thread: shown with it, reports nothing itself ({0}; below {1})"
    ),
    r"own: written by the city itself": "written by the city itself",
    r"repost: counted, never a case of its own": "a repost: counted, opens no case",
    r"solved: the citizen says that the problem is solved": "a reply: the citizen says that the problem is solved",
    r"opened again: the citizen says that it is not solved": "opened again: the citizen says that it is not solved",
    r"spam: a test of the platform or advertising": "spam: a test of the platform or advertising",
    r"service: chosen by the citizen, who says where it is": "the citizen chose the service and said where it is",
    r"spam: perhaps a test or advertising, though its citizen chose a service": (
        "perhaps spam: a test or advertising, though its citizen chose a service; a person must review it"
    ),
    r"doubt: actionable ([\d.]+)": "the model doubts that there is something to act on ({0})",
    r"doubt: about (.+?) ([\d.]+)": "the model doubts that it is about {0} ({1})",
    r"doubt: perhaps a test or advertising": "perhaps spam: a test or advertising",
    r"doubt: praise": "the model takes it for a congratulation",
    r"doubt: thanks": "the model takes it for thanks",
    r"relevance: not about (.+?) \(score ([\d.]+)\)": "not about {0} ({1})",
    r"person: marked actionable": "a person marked it as actionable",
    r"person: marked not actionable": "a person marked it as not actionable",
    r"person: (.+?) accepted it": "{0} made it a case",
    r"person: (.+?) rejected it": "{0} decided that it needs no case",
    r"person: (.+?) split it from another case": "{0} split it from another case",
    r"act: actionable ([\d.]+) in an earlier post >= ([\d.]+)": (
        "an earlier post about the same was certain enough ({0}; from {1} a post opens a case by itself)"
    ),
    r"pooled: (\d+) people, ([\d.]+) >= ([\d.]+)": "{0} people report it, together certain enough ({1}; from {2} a case)",
    r"review: (\d+) people, together ([\d.]+) >= ([\d.]+)": "{0} people report it, together uncertain ({1}; from {2} a person reviews it)",
    r"joined: likeness ([\d.]+) >= ([\d.]+) with (\S+)": "about the same as earlier posts (similarity {0}; joined from {1})",
    r"joined: answers a post of it with (\S+)": "replies to a post of the same incident",
    r"joined: the same text about the same place with (\S+)": "repeats the text of an earlier post about the same place",
    r"joined: was put there before with (\S+)": "was assigned to the same incident before",
    r"suggested: likeness ([\d.]+) with (\S+)": "may be about the same as earlier posts (similarity {0})",
    r"language: posts in (\w+) are not read well enough to decide by": (
        "in a language the model does not label well enough ({0}): a person must review it"
    ),
    r"language: a text in a language that is not read": "in a language that is not read: a person must review it",
    r"ground: point": "at the same point of the map, about the same object",
    r"ground: address": "at the same address, about the same object",
    r"ground: line": "about the same line",
    r"ground: street": "in the same street",
    r"ground: place": "at a place of the same name",
    r"ground: outage": "amid an outage of the neighbourhood",
    r"ground: author": "by the same person",
    r"ground: name": "the same name and the same object",
    r"apart: language": "but it is in a language that is not read",
    r"apart: service": "but another service was chosen",
    r"apart: number": "but it names an object with another number",
    r"apart: line": "but about another line",
    r"apart: point": "but at another point of the map",
    r"apart: house number": "but at another house number",
    r"apart: street": "but in another street",
    r"apart: district": "but in another district",
    r"apart: place": "but at another place",
    r"apart: name": "but it names another place or person",
    r"apart: time": "but so much later that it is another one",
    r"apart: day": "but on another day",
    r"apart: object": "but about another object",
    r"apart: question": "but another person asks another question",
    r"mended: says that it was mended, and actionable ([\d.]+)": "reports a repair ({0})",
    r"says that it was mended": "reports that it was repaired",
    r"ended: its case was closed long ago or merged": "about a case that was closed long ago or merged",
    r"copy: nearly the same text as an earlier post": "nearly the same text as an earlier post: not counted as one more person",
    r"later its incident became a case": "later its incident became a case",
    r"relevance: not about (.+?) \(score ([\d.]+)\), but actionable ([\d.]+)": "perhaps not about {0} ({1}), but actionable ({2})",
    r"person: (.+?) said it is the same as (\S+)": "{0} said it is about the same as {1}",
    r"same incident as (\d+) more": "same incident as {0} more",
    r"not ours: (.+?); answered on \S+": "not a matter of the council, and answered so: {0}",
    r"not ours: (.+)": "not a matter of the council: {0}",
    r"priority computed again": "the priority was computed again",
    r"people changed its posts": "people changed its posts",
    r"topic set by (.+)": "{0} set the topic",
    r"\w+ of a post corrected by (.+)": "{0} corrected a post",
    r"(\S+) merged into it by (.+)": "{1} merged case {0} into it",
    r"(\S+) split from it by (.+)": "{1} split case {0} from it",
    r"posts moved to (\S+) by (.+)": "{1} moved posts to {0}",
    r"a change undone by (.+)": "{0} undid a change",
    r"with its common cause (\S+)": "with its common cause {0}",
    r"opened again: a new post about it": "opened again: a new post about it",
    r"withdrawn: (.+) said that none of its posts is something to act on": "closed: {0} said that none of its posts is actionable",
    r"receipt given on (?P<source>\S+): the answer time runs on": "receipt given through this channel: {0}; the answer time runs on",
    r"answered on (?P<source>\S+)": "answered through this channel: {0}",
    r"asked back on (?P<source>\S+): the answer time pauses until the citizen replies": (
        "asked the citizen through this channel: {0}. The answer time pauses until the reply"
    ),
    r"undone: merged into (\S+)": "undone: merged into {0}",
    r"undone: split from (\S+)": "undone: split from {0}",
    r"undone: assignee": "undone: taking of the case",
    r"undone: department": "undone: assignment to a department",
    r"merged into (\S+)": "merged into {0}",
    r"kind: proposal, in the list of proposals": "a proposal: in the list of proposals, no case",
    r"kind: \w+ in a debate, a conversation": "an opinion in a debate: a conversation, no case",
    r"thread: a debate, and reports nothing at a place": "an opinion in a debate: shown with it, reports nothing at a place",
    r"risk: .+ \((.+)\)": "may hurt people (“{0}”): first, whatever its score",
    r"kind: praise, counted and shown": "a congratulation: counted and shown, no case",
    r"kind: thanks, counted and shown": "thanks: counted and shown, no case",
    r"kind: a person said so": "set by a person",
    r"kind: intent complaint": "the writer complains",
    r"kind: intent question": "the writer asks",
    r"kind: intent praise": "the writer praises",
    r"kind: intent praise \((.+)\)": "the writer praises and thanks (“{0}”)",
    r"kind: intent \w+, nothing to act on": "neither asks nor reports",
    r"kind: praise that asks \((.+)\)": "praises, and asks for something (“{0}”)",
    r"kind: praise of something to act on": "praises something actionable: perhaps irony",
    r"kind: praise of something broken, perhaps irony \((.+)\)": "praises something broken (“{0}”): perhaps irony",
    r"irony: praises something broken": "praises something broken: perhaps irony, a person must review it",
    r"kind: a question that asks for it \((.+)\)": "a question that asks for it (“{0}”)",
    r"kind: asks when it will be mended \((.+)\)": "asks when it will be repaired (“{0}”)",
    r"kind: a question about something wrong \((.+)\)": "a question about something wrong (“{0}”)",
    r"kind: asks for small works \((.+)\)": "asks for small works (“{0}”)",
    r"kind: asks for an investment or a rule \((.+)\)": "asks for an investment or a rule (“{0}”)",
    r"kind: proposes \((.+)\)": "proposes something (“{0}”)",
    r"kind: a suggestion on a platform": "a suggestion on a participation platform",
    r"kind: a suggestion": "a suggestion",
    r"kind: something to act on": "something actionable",
    r"the citizen chose this service": "the citizen chose this service",
    r"the citizen says which service it is": "the citizen says which service it is",
    r"its post was erased": "its post was erased",
    r"withdrawn by (.+?)": "withdrawn by {0}",
    r"taken back by (.+?)": "taken back by {0}",
    r"copied by (.+?)": "copied by {0}",
    r"published by (.+?)": "published by {0}",
    r"it is not approved any more": "it is not approved any more",
    r"an example, for the demonstration": "an example, for the demonstration",
    r"off: ESCUCHA_EXAMPLE is no": "ESCUCHA_EXAMPLE is “no” on this machine",
    r"off: the example week is for a profile without real sources, and (.+) is on": (
        "the example week runs only while no real source is on, and one is: {0}"
    ),
    r"off: set (\w+(?:, \w+)*) \(Reddit gives keys only .+\)": (
        "missing on this machine: {0}. Reddit gives keys only after an explicit approval, often slowly or not at all"
    ),
    r"off: set (\w+(?:, \w+)*)": "missing on this machine: {0}",
    r"off: set (\w+) to JSON .+ \(its value cannot be parsed\)": "the value of {0} on this machine cannot be parsed",
    r"approved by (.+?) and not sent: its known answer was valid until (\S+)": (
        "approved by {0} and not sent: its known answer was valid until {1}. Renew it, or write the answer yourself"
    ),
    r"approved by (.+?) and not sent: its known answer is not valid before (\S+)": (
        "approved by {0} and not sent: its known answer is not valid before {1}. Change the date, or write the answer yourself"
    ),
    r"approved by (.+?) and not sent: its known answer was withdrawn": (
        "approved by {0} and not sent: its known answer was withdrawn. Write the answer yourself"
    ),
    r"approved by (.+?) and not sent: its known answer no longer exists": (
        "approved by {0} and not sent: its known answer no longer exists. Write the answer yourself"
    ),
    r"approved by (.+?) and not sent: its known answer does not fit the profile": (
        "approved by {0} and not sent: its known answer does not fit the profile. Correct it, or write the answer yourself"
    ),
    r"approved by (.+?) and not sent: it promises (.+), which has passed": (
        "approved by {0} and not sent: it promises {1}, which has passed. Write a date that the service can keep"
    ),
    r"approved by (.+?) and not sent: another answer to its post was approved since": (
        "approved by {0} and not sent: another answer to its post was approved since"
    ),
    r"the post or its address is no longer known": "the post or its address is no longer known",
    r"(?s)(.+?) refused the answer \((\d+)\): (.+)": "{0} refused the answer ({1}): {2}",
    r"(?s)(\S+) refused it \((\d+)\): (.+)": "{0} refused the answer ({1}): {2}",
    r"(?s)Reddit refused the answer: (.+)": "Reddit refused the answer: {0}",
    r"(\S+?): the author blocks this account(?: \(blocked_by\))?": "{0}: the author blocks this account",
    r"(\S+): the post was deleted at (.+)": "{0}: the post was deleted at {1}",
    r"Bluesky: the author limits who may reply \(replyDisabled\)": "Bluesky: the author limits who may reply",
    r"(\S+) finds no post (\S+): it was deleted, or cannot be fetched": "{0} finds no post {1}: it was deleted, or cannot be fetched",
    r"YouTube does not list the answer: .+": (
        "YouTube does not list the answer: it did not arrive, or is held for moderation. Look below the comment and in YouTube Studio"
    ),
}
"""Reasons as triage and the sending of answers write them, and their display text."""
REASONS = tuple((re.compile(pattern), text) for pattern, text in _TEXTS.items())

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DECIMAL = re.compile(r"\d+\.\d+")


def display_reason(reason: str, language: str) -> str:
    """Return a stored reason for display.

    Text written by a person stays as it is.

    >>> display_reason("own: written by the city itself; same incident as 2 more", "en")
    'written by the city itself; same incident as 2 more'
    >>> display_reason("person: ana split it from another case", "es")
    'ana lo separó de otro caso'
    """
    return "; ".join(_one_reason(part, language) for part in reason.split("; "))


def _one_reason(part: str, language: str) -> str:
    for pattern, template in REASONS:
        found = pattern.fullmatch(part)
        if found:
            source = pattern.groupindex.get("source")
            shown = [
                display_name("source", group, language) if number == source else _localised(group, language)
                for number, group in enumerate(found.groups(), 1)
            ]
            return translator(language, "names")(template).format(*shown)
    return part


def _localised(text: str, language: str) -> str:
    if text in NAMES["person"]:
        return display_name("person", text, language)
    if _DECIMAL.fullmatch(text):
        return text.replace(".", get_decimal_symbol(language))
    return _ISO_DATE.sub(lambda day: _long_date(day[0], language), text)


def _long_date(iso: str, language: str) -> str:
    try:
        return str(format_date(date.fromisoformat(iso), "long", locale=language))
    except ValueError:
        return iso
