"""Group what people review into looks, and order them."""

from triage.review.looks import Look, Waiting, looks, unread_estimate

__all__ = ["Look", "Waiting", "looks", "unread_estimate"]
