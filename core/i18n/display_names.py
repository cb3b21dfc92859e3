"""What people read instead of our codes: `waste_cleaning` is "Waste and cleaning", in their language (`locale/es/names.po`)."""

import re

from core.i18n.translate import translator
from core.post import EXAMPLE, is_example

NAMES: dict[str, dict[str, str]] = {
    "sentiment": {"negative": "negative", "neutral": "neutral", "positive": "positive"},
    "intent": {
        "complaint": "complaint", "question": "question", "suggestion": "suggestion",
        "praise": "praise", "news": "news", "other": "other",
    },
    "topic": {
        "waste_cleaning": "Waste and cleaning", "roads_pavements": "Roads and pavements", "street_lighting": "Street lighting",
        "traffic_parking": "Traffic and parking", "cycling_scooters": "Cycling and scooters", "public_transport": "Public transport",
        "water_sewage": "Water and sewage", "parks_trees": "Parks and trees", "noise": "Noise",
        "safety_police": "Safety and police", "housing_social": "Housing and social services",
        "education_childcare": "Education and childcare", "culture_sports_events": "Culture, sports and events",
        "environment_animals": "Environment and animals", "administration": "Administration",
        "planning_works": "Planning and works", "other": "Other",
    },
    "state": {
        "new": "new", "assigned": "assigned", "answered": "answered", "resolved": "resolved", "rejected": "rejected", "merged": "merged",
    },
    "decision": {"untriaged": "not decided yet", "in_case": "in a case", "in_review": "to be reviewed", "no_case": "no case"},
    "kind": {"post": "post", "comment": "comment", "reply": "reply", "repost": "repost", "quote": "quote"},
    "case_kind": {
        "report": "report", "request": "request for small works", "question": "enquiry", "proposal": "proposal",
        "praise": "congratulation", "thanks": "thanks", "other": "opinion or news",
    },
    "language": {
        "es": "Spanish", "en": "English", "ca": "Catalan", "gl": "Galician", "eu": "Basque", "pt": "Portuguese", "fr": "French",
        "it": "Italian", "de": "German", "und": "unknown",
    },
    "bool": {"True": "yes", "False": "no"},
    "question": {
        "sentiment": "Sentiment", "intent": "Intent", "topic": "Topic", "actionable": "Can be acted on",
        "relevance": "About the city", "spam": "Spam",
        "language": "Language", "places": "Places", "case_kind": "Kind",
    },
    "action": {
        "assign": "Assign", "answer": "Mark as answered", "resolve": "Resolve", "reject": "Reject", "reopen": "Reopen", "note": "Add note",
    },
    "role": {"reader": "reader", "agent": "agent", "admin": "administrator"},
    "audit": {
        "login": "logged in", "login_failed": "log-in failed", "logout": "logged out", "user_made": "user made",
        "role_changed": "role changed", "password_changed": "password changed", "user_disabled": "user shut out",
        "user_enabled": "user let in again", "user_removed": "user removed", "session_revoked": "sessions ended",
        "export": "exported", "erase": "erasure began", "erased": "erased", "forget": "forgotten after the retention",
        "deliver_approved": "deliveries approved", "open_original": "original opened", "report_opened": "report opened",
        "accept": "post made a case", "reject": "post needs no case", "note": "note added", "assigned": "case assigned",
        "answered": "case answered", "resolved": "case resolved", "rejected": "case rejected",
        "correct sentiment": "sentiment corrected", "correct intent": "intent corrected", "correct topic": "topic corrected",
        "correct actionable": "“can be acted on” corrected", "correct relevance": "“about the city” corrected",
        "correct spam": "“spam” corrected", "correct case_kind": "kind corrected",
    },
    "gap": {
        "page_cap": "more pages than one run may read", "refused": "the network refused in between", "budget": "the budget was used up",
        "repeated_token": "the network gave the same page again and again", "look_back": "older than the network still gives",
        "cursor_invalid": "the network forgot where we were; read again from the top",
        "unreadable": "the network changed its answers, and they cannot be read yet",
        "not_asked": "the profile asks for it no more", "retention": "older than posts are kept",
    },
    "gap_state": {"open": "open: later runs read on", "filled": "filled", "lost": "lost"},
    "priority": {"1": "1 (low)", "2": "2", "3": "3", "4": "4", "5": "5 (high)"},
}  # fmt: skip

REASONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"act: actionable ([\d.]+) >= ([\d.]+)"), "sure enough to act ({0}; from {1} a case by itself)"),
    (
        re.compile(r"review: actionable ([\d.]+) between ([\d.]+) and ([\d.]+)"),
        "doubtful ({0}; between {1} and {2} a person looks)",
    ),
    (
        re.compile(r"review: labelled actionable at ([\d.]+), below ([\d.]+)"),
        "something to act on ({0}; below {1}, from which a person looks otherwise)",
    ),
    (re.compile(r"below: actionable ([\d.]+) < ([\d.]+)"), "nothing to act on ({0}; below {1})"),
    (
        re.compile(r"thread: a debate, and reports nothing itself: actionable ([\d.]+) < ([\d.]+)"),
        "an opinion in a debate: read with it, reports nothing itself ({0}; below {1})",
    ),
    (
        re.compile(r"thread: a long thread, and reports nothing itself: actionable ([\d.]+) < ([\d.]+)"),
        "one more answer in a long thread: read with it, reports nothing itself ({0}; below {1})",
    ),
    (re.compile(r"own: written by the city itself"), "written by the city itself"),
    (re.compile(r"repost: counted, never a case of its own"), "a repost: counted, never a case of its own"),
    (re.compile(r"spam: a test of the platform or advertising"), "spam: a test of the platform or advertising"),
    (re.compile(r"relevance: not about (.+?) \(score ([\d.]+)\)"), "not about {0} ({1})"),
    (re.compile(r"person: marked actionable"), "a person marked it as something to act on"),
    (re.compile(r"person: marked not actionable"), "a person marked it as nothing to act on"),
    (re.compile(r"person: (.+?) accepted it"), "{0} made it a case"),
    (
        re.compile(r"act: actionable ([\d.]+) in an earlier post >= ([\d.]+)"),
        "an earlier post about the same was sure enough ({0}; from {1} a case by itself)",
    ),
    (
        re.compile(r"pooled: (\d+) people, ([\d.]+) >= ([\d.]+)"),
        "{0} people say it, together sure enough ({1}; from {2} a case)",
    ),
    (
        re.compile(r"review: (\d+) people, together ([\d.]+) >= ([\d.]+)"),
        "{0} people say it, together doubtful ({1}; from {2} a person looks)",
    ),
    (
        re.compile(r"joined: likeness ([\d.]+) >= ([\d.]+) with (\S+)"),
        "about the same as {2} (likeness {0}; from {1} joined)",
    ),
    (
        re.compile(r"joined: answers a post of it with (\S+)"),
        "answers a post about {0}",
    ),
    (
        re.compile(r"joined: was put there before with (\S+)"),
        "was put with {0} before",
    ),
    (
        re.compile(r"suggested: likeness ([\d.]+) with (\S+)"),
        "may be about the same as {1} (likeness {0})",
    ),
    (
        re.compile(r"language: posts in (\w+) are not read well enough to decide by"),
        "in a language that is not read well enough ({0}): a person must read it",
    ),
    (
        re.compile(r"mended: says that it was mended, and actionable ([\d.]+)"),
        "says that something was mended ({0})",
    ),
    (
        re.compile(r"says that it was mended"),
        "says that it was mended",
    ),
    (
        re.compile(r"ended: its case was closed long ago or merged"),
        "about a case that was closed long ago or merged",
    ),
    (
        re.compile(r"later its incident became a case"),
        "later the same became a case",
    ),
    (
        re.compile(r"relevance: not about (.+?) \(score ([\d.]+)\), but actionable ([\d.]+)"),
        "perhaps not about {0} ({1}), but something to act on ({2})",
    ),
    (
        re.compile(r"person: (.+?) said it is the same as (\S+)"),
        "{0} said it is about the same as {1}",
    ),
    (re.compile(r"same incident as (\d+) more"), "same incident as {0} more"),
    (re.compile(r"kind: praise, counted and shown"), "a congratulation: counted and shown, no case"),
    (re.compile(r"kind: thanks, counted and shown"), "thanks: counted and shown, no case"),
    (re.compile(r"kind: a person said so"), "a person said so"),
    (re.compile(r"kind: intent complaint"), "the writer complains"),
    (re.compile(r"kind: intent question"), "the writer asks"),
    (re.compile(r"kind: intent praise"), "the writer praises"),
    (re.compile(r"kind: intent praise \((.+)\)"), "the writer praises and thanks (“{0}”)"),
    (re.compile(r"kind: intent \w+, nothing to act on"), "neither asks nor reports"),
    (re.compile(r"kind: praise that asks \((.+)\)"), "praises, and asks for something (“{0}”)"),
    (re.compile(r"kind: praise of something to act on"), "praises what can be acted on: perhaps irony"),
    (re.compile(r"kind: a question that asks for it \((.+)\)"), "a question that asks for it (“{0}”)"),
    (re.compile(r"kind: asks when it will be mended \((.+)\)"), "asks when it will be mended (“{0}”)"),
    (re.compile(r"kind: a question about something wrong \((.+)\)"), "a question about something wrong (“{0}”)"),
    (re.compile(r"kind: asks for small works \((.+)\)"), "asks for small works (“{0}”)"),
    (re.compile(r"kind: asks for an investment or a rule \((.+)\)"), "asks for an investment or a rule (“{0}”)"),
    (re.compile(r"kind: proposes \((.+)\)"), "proposes something (“{0}”)"),
    (re.compile(r"kind: a suggestion on a platform"), "a suggestion on a participation platform"),
    (re.compile(r"kind: a suggestion"), "a suggestion"),
    (re.compile(r"kind: something to act on"), "something to act on"),
)
"""How triage writes its reasons, and what people read."""


def display_reason(reason: str, language: str) -> str:
    """A stored reason as people read it; what a person wrote is left as it is."""
    return "; ".join(_one_reason(part, language) for part in reason.split("; "))


def _one_reason(part: str, language: str) -> str:
    for pattern, words in REASONS:
        found = pattern.fullmatch(part)
        if found:
            return translator(language, "names")(words).format(*found.groups())
    return part


EXAMPLE_OF = "{0} (example)"
"""How a source is called whose posts were written for Escucha."""


def display_name(kind: str, value: object, language: str) -> str:
    """The name of a code; the code itself when it has none (a real source's name, a language we have no word for)."""
    if value is None:
        return "–"
    if kind == "source":
        name = str(value)
        return (
            translator(language, "names")(EXAMPLE_OF).format(name.removeprefix(EXAMPLE)) if is_example(name) else name
        )
    return translator(language, "names")(NAMES[kind].get(str(value), str(value)))
