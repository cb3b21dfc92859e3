"""The places of a city and their names: what a place named in a post is, and where."""

from pathlib import Path


class Gazetteer:
    """All places of a city, found by name. (The full room is being written by its builder.)"""

    @classmethod
    def load(cls, folder: Path) -> "Gazetteer":
        """Read the gazetteer of a city from its folder."""
        raise NotImplementedError(folder)

    @classmethod
    def empty(cls) -> "Gazetteer":
        """A city without a gazetteer: places stay text."""
        return cls()
