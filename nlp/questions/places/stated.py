"""Place a post at the point that its report gives."""

from core.records.annotation import Label, Place
from core.records.post import Post
from gazetteer import Gazetteer
from gazetteer.reverse.spot import Spot, stated_place


def at_its_point(label: Label, post: Post, gazetteer: Gazetteer) -> Label:
    """Put the point of a report before the places of its text.

    The point was chosen on a map or measured, a name may fit several places: the point decides, also where the two disagree. A place of the
    text that is elsewhere stays in the list with probability 0, so that it places nothing. Without a point, or with one outside the city,
    the label stays as it is.
    """
    if post.lat is None or post.lon is None or not isinstance(label.value, tuple):
        return label
    spot = gazetteer.at(post.lat, post.lon) if gazetteer else Spot(post.lat, post.lon, None, None, None, None)
    if spot is None:
        return label
    fits = {place.text: gazetteer.fits(place, post.lat, post.lon) for place in label.value}
    agreeing = next((place for place in label.value if fits[place.text]), None)
    point = stated_place(post.text, spot, agreeing)
    others = tuple(
        _elsewhere(place) if fits[place.text] is not True and not _holds(place, spot) else place
        for place in label.value
        if place.text != point.text
    )
    return label.model_copy(update={"value": (point, *others), "score": 1.0, "candidates": ()})


def _holds(place: Place, spot: Spot) -> bool:
    """Tell whether a place is the district or barrio of the point."""
    areas = {one.key for one in (spot.barrio, spot.district) if one is not None}
    return place.key is None or place.key in areas


def _elsewhere(place: Place) -> Place:
    return place.model_copy(update={"sure": 0.0})
