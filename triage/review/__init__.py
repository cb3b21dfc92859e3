"""Order what people review, and group it: one look for what belongs together."""

from triage.review.looks import Look, Waiting, looks, unread_estimate

__all__ = ["Look", "Waiting", "looks", "unread_estimate"]
