"""Decide for a person whether a case is on the citizens' pages."""

from core.errors import ChangeRefusedError
from ledger.cases import fields
from pipeline.context import Context, now

CHOICES: dict[str, bool | None] = {"publish": True, "withhold": False, "rule": None}


def set_publication(context: Context, case_key: str, choice: str, who: str, why: str, seen: int | None = None) -> None:
    """Publish a case, withhold it, or leave it to the rule.

    What a person decided here holds until a person changes it. `seen` is the revision that the person looked at.

    Raises:
        ChangeRefusedError: there is no such choice, or the case was merged.
        StaleError: the case was changed since.
    """
    if choice not in CHOICES:
        raise ChangeRefusedError("Choose: publish it, do not publish it, or by the rule.")
    new = {"published": CHOICES[choice]}
    fields.set_fields(context.ledger, case_key, "publication", new, who, why, now(), seen)
