"""Index the fields of posts that facets count."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Create one covering index of the posts."""
    columns = ["created_at", "post_id", "own", "source", "network_language", "decision", "case_kind"]
    op.create_index("ix_posts_facets", "posts", columns, unique=False)
