"""Counterexamples on the real kernel's code, confirmed by a compiler."""

from __future__ import annotations

import os
import shutil

import pytest

from verify import Options, check
from verify.claims.verdict import Refuted

OLD, NEW = os.environ.get("VERIFY_OLD_TREE"), os.environ.get("VERIFY_NEW_TREE")

pytestmark = [
    pytest.mark.skipif(
        not (OLD and NEW), reason="VERIFY_OLD_TREE and VERIFY_NEW_TREE don't name unpacked linux-source-6.1 and 6.12"
    ),
    pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc"),
]


@pytest.mark.parametrize("spec", ["feat_ctl", "sgx_launch_control", "mcg_ext_ctl", "mcg_ext_ctl_read"])
def test_each_refuted_claim_is_confirmed(spec: str) -> None:
    report = check(spec, (), Options(old_tree=OLD, new_tree=NEW, replay=True))
    refuted = [c for c in report.claims if isinstance(c.verdict, Refuted)]
    assert refuted
    for claim in refuted:
        assert claim.compiled is not None
        assert claim.compiled.by.startswith("gcc"), (claim.claim, claim.compiled.reason)
        assert claim.compiled.checks > 0


def test_why_histories_arent_confirmed_yet() -> None:
    """The day this fails, `docs/trust.md` has one gap less."""
    report = check("feat_ctl_history", ["host-can-restore-old"], Options(old_tree=OLD, new_tree=NEW, replay=True))
    (claim,) = report.claims
    assert claim.compiled is not None
    assert (claim.compiled.by, claim.compiled.reason != "") == ("", True)
