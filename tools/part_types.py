"""Check the types of every part: mypy compares each module with its protocol, its own options and its own secrets.

Imported by tests alone: `tests/component/core/test_part_types.py` asks for a line for every part there is.
"""

from collectors import (
    archive,
    bluesky,
    consul,
    decidim,
    discourse,
    example,
    feeds,
    inbox,
    mailbox,
    mastodon,
    reddit,
    x,
    youtube,
)
from contact_centre import request_tracker
from core.config.plugins import Secrets
from core.config.protocols import (
    AsksServers,
    ChargesForCheck,
    Collector,
    ContactCentre,
    CountsCosts,
    HasSeveralSources,
    Question,
    SaysWhyOff,
)
from nlp.inference.model_output import ModelOutput
from nlp.questions import actionable, intent, language, places, relevance, sentiment, spam, topic

collectors_archive: Collector[archive.Options, Secrets | None] = archive
collectors_bluesky: Collector[bluesky.Options, bluesky.Secrets] = bluesky
collectors_consul: Collector[consul.Options, Secrets | None] = consul
collectors_decidim: Collector[decidim.Options, Secrets | None] = decidim
collectors_discourse: Collector[discourse.Options, Secrets | None] = discourse
collectors_example: Collector[example.Options, Secrets | None] = example
collectors_feeds: Collector[feeds.Options, Secrets | None] = feeds
collectors_inbox: Collector[inbox.Options, inbox.Secrets] = inbox
collectors_mailbox: Collector[mailbox.Options, mailbox.Secrets] = mailbox
collectors_mastodon: Collector[mastodon.Options, mastodon.Secrets] = mastodon
collectors_reddit: Collector[reddit.Options, reddit.Secrets] = reddit
collectors_x: Collector[x.Options, x.Secrets] = x
collectors_youtube: Collector[youtube.Options, youtube.Secrets] = youtube

contact_centre_rt: ContactCentre[request_tracker.Options, request_tracker.Secrets] = request_tracker

nlp_actionable: Question[actionable.Options, ModelOutput] = actionable
nlp_intent: Question[intent.Options, ModelOutput] = intent
nlp_language: Question[language.Options, ModelOutput] = language
nlp_places: Question[places.Options, ModelOutput] = places
nlp_relevance: Question[relevance.Options, ModelOutput] = relevance
nlp_sentiment: Question[sentiment.Options, ModelOutput] = sentiment
nlp_spam: Question[spam.Options, ModelOutput] = spam
nlp_topic: Question[topic.Options, ModelOutput] = topic

# what some collectors have beside these
_discourse: AsksServers[discourse.Options] = discourse
_mastodon: AsksServers[mastodon.Options] = mastodon
_example: HasSeveralSources[example.Options] = example
_x_costs: CountsCosts[x.Options, x.Secrets] = x
_x_charges: ChargesForCheck = x
_reddit: SaysWhyOff = reddit
