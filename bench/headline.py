"""The ten headline FEAT_CTL claims and the verdict that each must get, whoever decides it."""

from __future__ import annotations

HEADLINE: dict[str, str] = {
    "guest-path-unchanged": "proved",
    "guest-path-unchanged-warnings-included": "refuted",
    "host-may-set-supported-bits": "proved",
    "old-host-may-set-supported-bits": "refuted",
    "warning-unreachable-sound-model": "proved",
    "warning-unreachable": "refuted",
    "nothing-newly-rejected": "refuted",
    "nothing-newly-rejected-sound-model": "proved",
    "host-path-unchanged": "refuted",
    "locked-register-closed-to-guest": "proved",
}
