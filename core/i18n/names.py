"""List the English names of codes, by kind of code.

`locale/es/names.po` has the Spanish ones.
"""

from core.i18n import setting_names

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
    "source": {
        "x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon", "reddit": "Reddit", "youtube": "YouTube",
        "feeds": "News and blogs", "discourse": "Forum (Discourse)", "consul": "Participation portal (CONSUL)",
        "decidim": "Participation portal (Decidim)", "mailbox": "E-mail", "inbox": "Online form", "archive": "Archive",
        "example": "Example week", "open311": "Open311",
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
    "spam_kind": {"label": "spam: test or advertising", "copy": "copy of an earlier post"},
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
    "change": {
        "assignee": "Case taken or handed over", "department": "Other department", "topic": "Other topic", "place": "Other place",
        "priority": "Other priority", "publication": "Publication on the citizens' pages",
        "revote": "Follows from what its posts say now", "merge": "Another case merged into it", "split": "Posts split off",
        "move": "Posts moved", "apart": "Not the same as another case", "parent": "Common cause", "undo": "Undone",
    },
    "field": {
        "topic": "Topic", "department": "Department", "place": "Place", "priority": "Priority", "kind": "Kind", "due_at": "Due",
        "assignee": "Taken by", "parent": "Common cause", "case": "Case", "published": "Published",
    },
    "answer_field": {
        "id": "Short name", "service": "Topic", "owner": "Kept by", "text": "Answer", "questions": "Questions", "links": "Official pages",
        "valid_from": "Valid from", "valid_until": "Valid until", "example": "Approval",
    },
    "role": {"reader": "reader", "agent": "agent", "lead": "team lead", "admin": "administrator"},
    "answer_state": {
        "draft": "draft", "rejected": "rejected", "superseded": "replaced by a newer draft", "approved": "approved",
        "sending": "being sent", "sent": "sent", "copied": "copied by hand", "unknown": "not known whether it arrived",
        "refused": "refused by the network",
    },
    "known_state": {
        "valid": "in use", "later": "not valid yet", "expired": "expired", "withdrawn": "withdrawn",
        "wrong": "not used: does not fit the profile",
    },
    "audit": {
        "login": "logged in", "login_failed": "log-in failed", "logout": "logged out", "user_made": "user created",
        "role_changed": "role changed", "mail_changed": "mail address changed",
        "password_changed": "password changed", "user_disabled": "user disabled",
        "user_enabled": "user enabled", "user_removed": "user removed", "session_revoked": "sessions ended",
        "open311_key_made": "Open311 key made", "open311_key_in_use": "Open311 key in use",
        "open311_key_changed": "Open311 key replaced", "open311_key_revoked": "Open311 key revoked",
        "api_token_made": "API token made", "api_token_revoked": "API token revoked", "api_read": "read by the API",
        "mcp_call": "read by MCP",
        "export": "exported", "erase": "erasure started", "erased": "erased", "forget": "forgotten after the retention period",
        "deliver_approved": "deliveries approved", "open_original": "original opened", "report_opened": "report opened",
        "report_remark": "remark on a report", "report_remark_removed": "remark on a report taken back",
        "open_contact": "address of a citizen opened", "set publication": "publication of a case changed",
        "undo publication": "undone: publication",
        "accept": "post made a case", "reject": "post needs no case", "note": "note added", "assigned": "case assigned",
        "answered": "case answered", "resolved": "case resolved", "rejected": "case rejected",
        "correct sentiment": "sentiment corrected", "correct intent": "intent corrected", "correct topic": "topic corrected",
        "correct actionable": "“can be acted on” corrected", "correct relevance": "“about the city” corrected",
        "correct spam": "“spam” corrected", "correct case_kind": "kind corrected",
        "draft answer": "answer drafted", "approve answer": "answer approved", "reject answer": "answer rejected",
        "withdraw answer": "approval taken back", "return answer": "answer not sent: approve again", "copy answer": "answer copied by hand",
        "add known answer": "known answer added", "edit known answer": "known answer edited",
        "approve known answer": "known answer approved", "withdraw known answer": "known answer withdrawn",
        "change settings": "settings changed", "undo settings": "change of settings undone",
        "collect requested": "collection requested",
        "restore known answer": "known answer put back into use", "refuse proposal": "proposed known answer refused",
        "take": "case taken", "hand over": "case handed over", "merge": "case merged", "split": "posts split off",
        "move": "posts moved", "common cause": "common cause changed", "not the same": "not the same",
        "set topic": "topic of a case changed", "set place": "place of a case changed", "set priority": "priority of a case changed",
        "undo priority": "undone: priority", "undo assignee": "undone: taking of a case",
        "undo department": "undone: department", "undo topic": "undone: topic", "undo place": "undone: place",
        "undo merge": "undone: merge", "undo split": "undone: split", "undo move": "undone: move",
        "undo parent": "undone: common cause", "undo apart": "undone: not the same",
    },
    "gap": {
        "page_cap": "more pages than one run may fetch", "refused": "the network refused a request", "budget": "the budget was used up",
        "repeated_token": "the network returned the same page repeatedly", "look_back": "older than the network still serves",
        "cursor_invalid": "the network no longer accepts the position; restarted from the newest",
        "unreadable": "the network changed its format, which cannot be parsed yet",
        "not_asked": "no longer in the profile", "retention": "older than the retention period",
    },
    "gap_state": {"open": "open: later runs continue", "filled": "filled", "lost": "lost"},
    "published": {"True": "yes", "False": "no", "None": "by the rule"},
    "priority": {"1": "1 (low)", "2": "2", "3": "3", "4": "4", "5": "5 (high)"},
    "case_view": {
        "open": "All open", "mine": "Mine", "unassigned": "Unassigned", "due_today": "Due today", "overdue": "Overdue",
        "answered": "Answered and open", "asked": "Waiting for the citizen", "reopened": "Reopened twice or more",
        "all": "All, closed too", "example": "Example week",
    },
    "case_order": {"due": "earliest due first", "priority": "highest priority first", "newest": "newest first", "oldest": "oldest first"},
    "priority_point": {
        "complaint": "complaint", "topic": "service whose faults get worse by the hour: {0}", "harm": "people are or may be hurt: “{0}”",
        "citizens": "{0} different people", "growth": "{0} new people in 24 hours, {1} in the 24 before",
        "place": "at a school, a health centre or a residence: {0}", "reopened": "opened again {0} times",
        "emergency": "reads like an emergency: call 112 (adds no points)",
    },
    "section": setting_names.SECTIONS, "section_text": setting_names.EXPLANATIONS, "setting": setting_names.SETTINGS,
    "setting_hint": setting_names.HINTS, "approve": setting_names.ROLES_THAT_APPROVE, "weekday": setting_names.DAYS,
}  # fmt: skip
