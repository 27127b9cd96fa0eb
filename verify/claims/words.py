"""How messages quote code and list things."""

from __future__ import annotations

ALTHOUGH = "although"  # what follows speaks against an assumption
_SHORT = 60
_LISTED = 3


def shown_list(items: list[str]) -> str:
    """The items with commas; of many, the first."""
    rest = len(items) - _LISTED
    return ", ".join(items) if rest <= 0 else f"{', '.join(items[:_LISTED])} and {rest} more"


def shorten(text: str) -> str:
    """The beginning of a piece of code, for messages."""
    return text if len(text) <= _SHORT else f"{text[:_SHORT].rstrip()} …"


__all__ = ["ALTHOUGH", "shorten", "shown_list"]
