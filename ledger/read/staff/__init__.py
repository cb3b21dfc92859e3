"""Query users, their saved views, subscriptions, remarks and changes."""
