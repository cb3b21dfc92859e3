"""Group what people review into looks, and order them."""

from triage.review.looks import ReviewLook, ReviewPost, looks, unread_estimate

__all__ = ["ReviewLook", "ReviewPost", "looks", "unread_estimate"]
