"""The places of a city and their names: what a place named in a post is, and where."""

from gazetteer.gazetteer import Found, Gazetteer

__all__ = ["Found", "Gazetteer"]
