"""Check requests before a page sees them: size, admission, user, form token."""
