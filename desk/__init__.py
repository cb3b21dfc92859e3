"""The desk: the staff's local web page: what is said now, posts, the case book, dashboards, sources; and two pages for citizens."""
