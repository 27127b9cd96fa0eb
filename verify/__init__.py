"""Proves claims about C patches, or prints a counterexample in the reviewer's own terms.

The public API; everything is imported when it is first used:

    check(spec, claims, options)   one spec            → `SpecReport`
    check_all(paths, options)      many specs          → `SpecReport`s
    explain(spec, claim, options)  one claim in detail → `Explanation`
    recheck(folder)                certificates        → `Checked` or `Refused` for each
    Options                        solver, time limit, trees, configuration
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.certificates.recheck import recheck
    from verify.errors import InputError, InternalError, SpecError, UnsupportedC, VerifyError
    from verify.pipeline import Explanation, Options, check, check_all, explain
    from verify.version import VERSION as __version__

_HOMES = {
    **dict.fromkeys(("Explanation", "Options", "check", "check_all", "explain"), "verify.pipeline"),
    "recheck": "verify.certificates.recheck",
    **dict.fromkeys(("InputError", "InternalError", "SpecError", "UnsupportedC", "VerifyError"), "verify.errors"),
}

__all__ = [
    "Explanation",
    "InputError",
    "InternalError",
    "Options",
    "SpecError",
    "UnsupportedC",
    "VerifyError",
    "__version__",
    "check",
    "check_all",
    "explain",
    "recheck",
]


def __getattr__(name: str) -> object:
    import importlib

    if name == "__version__":
        return importlib.import_module("verify.version").VERSION
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'verify' has no attribute {name!r}")
