"""Match a post with the open incidents: join one, suggest up to three, or start a new one.

`form_of` turns an annotated post into what is compared; `IncidentIndex` finds candidates by shared keys (thread, place, house
number, line, rare word), never by comparing with all; `Matcher.match` scores post against incident with learned trees.
Pure: no I/O but the packaged weights, no clock. The result depends on the posts and their order in time, never on batches.
"""

from triage.incident_matching.index import IncidentIndex
from triage.incident_matching.matcher import Matcher, Verdict
from triage.incident_matching.post_features import PostFeatures, post_features
from triage.incident_matching.weights import Weights, load, save

__all__ = ["IncidentIndex", "Matcher", "PostFeatures", "Verdict", "Weights", "load", "post_features", "save"]
