"""The ten headline FEAT_CTL claims and the verdict that each must get, whoever decides it."""

from __future__ import annotations

HEADLINE: dict[str, str] = {
    "guest-path-unchanged": "proved",
    "guest-path-unchanged-with-warning": "refuted",
    "host-may-set-any-supported-bit": "proved",
    "host-could-set-any-supported-bit": "refuted",
    "warning-unreachable-if-valid-bits-supported": "proved",
    "warning-unreachable": "refuted",
    "accepted-stays-accepted": "refuted",
    "accepted-stays-accepted-if-valid-bits-supported": "proved",
    "host-path-unchanged": "refuted",
    "guest-cannot-change-locked-register": "proved",
}
