"""Check the types of every part with mypy: protocol, options and secrets.

Imported by tests only: `tests/component/core/test_part_types.py` requires a line for every part.
"""

from collectors import archive, bluesky, consul, decidim, discourse, example, feeds, inbox, mailbox, mastodon, reddit, x, youtube
from collectors.bluesky import reply as bluesky_reply
from collectors.discourse import reply as discourse_reply
from collectors.mailbox import reply as mailbox_reply
from collectors.mastodon import reply as mastodon_reply
from collectors.reddit import reply as reddit_reply
from collectors.x import reply as x_reply
from collectors.youtube import reply as youtube_reply
from contact_centre import django_helpdesk, email, open311, request_tracker, zammad
from core.config.plugins import Secrets
from core.config.protocols import (
    ChargesForCheck,
    Collector,
    ContactCentre,
    EstimatesCost,
    ExplainsWhyOff,
    HasSeveralSources,
    NotesMerges,
    PaidReplier,
    QueriesServers,
    Question,
    Replier,
)
from nlp.inference.model_output import ModelOutput
from nlp.questions import actionable, intent, language, places, relevance, sensitive, sentiment, spam, topic

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

# `reply.py` of collectors
reply_reddit: PaidReplier[reddit.Options, reddit_reply.Secrets] = reddit_reply
reply_x: PaidReplier[x.Options, x_reply.Secrets] = x_reply
reply_youtube: PaidReplier[youtube.Options, youtube_reply.Secrets] = youtube_reply
reply_bluesky: Replier[bluesky.Options, bluesky.Secrets] = bluesky_reply
reply_discourse: Replier[discourse.Options, discourse_reply.Secrets] = discourse_reply
reply_mailbox: Replier[mailbox.Options, mailbox_reply.Secrets] = mailbox_reply
reply_mastodon: Replier[mastodon.Options, mastodon_reply.Secrets] = mastodon_reply

contact_centre_django_helpdesk: ContactCentre[django_helpdesk.Options, django_helpdesk.Secrets] = django_helpdesk
contact_centre_email: ContactCentre[email.Options, email.Secrets] = email
contact_centre_open311: ContactCentre[open311.Options, open311.Secrets] = open311
contact_centre_rt: ContactCentre[request_tracker.Options, request_tracker.Secrets] = request_tracker
contact_centre_zammad: ContactCentre[zammad.Options, zammad.Secrets] = zammad

# `reply.py` of collectors

nlp_actionable: Question[actionable.Options, ModelOutput] = actionable
nlp_intent: Question[intent.Options, ModelOutput] = intent
nlp_language: Question[language.Options, ModelOutput] = language
nlp_places: Question[places.Options, ModelOutput] = places
nlp_relevance: Question[relevance.Options, ModelOutput] = relevance
nlp_sentiment: Question[sentiment.Options, ModelOutput] = sentiment
nlp_sensitive: Question[sensitive.Options, ModelOutput] = sensitive
nlp_spam: Question[spam.Options, ModelOutput] = spam
nlp_topic: Question[topic.Options, ModelOutput] = topic

# optional protocols of some collectors
_discourse: QueriesServers[discourse.Options] = discourse
_mastodon: QueriesServers[mastodon.Options] = mastodon
_example: HasSeveralSources[example.Options] = example
_x_costs: EstimatesCost[x.Options, x.Secrets] = x
_x_charges: ChargesForCheck = x
_reddit: ExplainsWhyOff = reddit
merges_django_helpdesk: NotesMerges[django_helpdesk.Options, django_helpdesk.Secrets] = django_helpdesk
merges_rt: NotesMerges[request_tracker.Options, request_tracker.Secrets] = request_tracker
merges_zammad: NotesMerges[zammad.Options, zammad.Secrets] = zammad
