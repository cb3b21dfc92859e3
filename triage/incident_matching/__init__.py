"""Match a post with open incidents: join, suggest or start.

`post_features` converts an annotated post to what is compared; `IncidentIndex` finds candidates by shared keys (thread, place, house
number, line, rare word), never by a full comparison; `Matcher.match` scores a post against an incident with trained trees.
Pure: no I/O but the packaged weights, no clock. The result depends on the posts and their order in time, never on batches.
"""

from triage.incident_matching.index import IncidentIndex
from triage.incident_matching.matcher import Matcher, Verdict
from triage.incident_matching.post_features import PostFeatures, post_features
from triage.incident_matching.weights import Weights, load, save

__all__ = ["IncidentIndex", "Matcher", "PostFeatures", "Verdict", "Weights", "load", "post_features", "save"]
