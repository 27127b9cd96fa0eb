"""Why there is no certificate, or why one is rejected."""

from __future__ import annotations

from verify.errors import InputError


class Rejected(InputError):
    """A certificate that doesn't show what it says: changed, cut off, or wrong from the start."""


class NotCertified(Exception):
    """No certificate could be made within the limits; `str()` says why.  The verdict stands without one."""
