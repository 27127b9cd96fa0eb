"""The history claims on the real kernel: the same verdicts as on our restatement, and a control that must fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from verify import Options, check
from verify.claims.verdict import Refuted

OLD, NEW = os.environ.get("VERIFY_OLD_TREE"), os.environ.get("VERIFY_NEW_TREE")
SGX = "vmx->msr_ia32_feature_control_valid_bits |= FEAT_CTL_SGX_ENABLED;"

pytestmark = pytest.mark.skipif(
    not (OLD and NEW), reason="VERIFY_OLD_TREE and VERIFY_NEW_TREE don't name unpacked linux-source-6.1 and 6.12"
)


def test_same_verdicts_as_on_the_restatement() -> None:
    report = check("feat_ctl_history", (), Options(old_tree=OLD, new_tree=NEW))
    found = {c.claim: c.word for c in report.claims}
    own = {c.claim: c for c in check("feat_ctl_history").claims}
    ours = {name: c.word for name, c in own.items() if c.induction and c.induction.code in ("old", "new")}
    assert found == ours
    assert set(found.values()) == {"proved", "refuted"}
    assert "left out" in report.notes[0] and "broken" in report.notes[0]


def test_the_migration_bug_of_the_old_code() -> None:
    (claim,) = check("feat_ctl_history", ["host-can-restore-old"], Options(old_tree=OLD)).claims
    assert isinstance(claim.verdict, Refuted)
    history = claim.verdict.counterexample.history
    assert [s.operation for s in history] == ["create", "set-cpuid", "guest-write", "set-cpuid", "host-write"]
    assert history[-1].behaviour.result == "1"
    assert claim.verdict.counterexample.replayed


def test_the_new_tree_alone() -> None:
    found = {c.claim: c.word for c in check("feat_ctl_history", (), Options(new_tree=NEW)).claims}
    assert found["warning-cannot-fire"] == "proved"
    assert found["host-can-restore"] == "proved"
    assert "host-can-restore-old" not in found


def test_a_wrong_bit_in_the_model_is_noticed(tmp_path: Path) -> None:
    """The must-fail control: a model with a bit outside the mask makes the warning reachable."""
    assert NEW is not None
    path = "arch/x86/kvm/vmx/vmx.c"
    text = Path(NEW, path).read_text()
    assert text.count(SGX) == 1
    (tmp_path / "include").symlink_to(Path(NEW, "include").resolve())
    (tmp_path / "arch/x86/kvm/vmx").mkdir(parents=True)
    (tmp_path / "arch/x86/include").symlink_to(Path(NEW, "arch/x86/include").resolve())
    for folder in ("arch/x86/kvm", "arch/x86/kvm/vmx"):
        for other in Path(NEW, folder).glob("*.[ch]"):
            (tmp_path / folder / other.name).write_bytes(other.read_bytes())
    (tmp_path / path).write_text(text.replace(SGX, SGX.replace("FEAT_CTL_SGX_ENABLED", "BIT(19)")))
    found = {c.claim: c for c in check("feat_ctl_history", (), Options(new_tree=str(tmp_path))).claims}
    assert found["model-is-sound"].word == "refuted"
    verdict = found["warning-cannot-fire"].verdict
    assert isinstance(verdict, Refuted)
    assert any("WARN_ON_ONCE" in w for w in verdict.counterexample.history[-1].behaviour.warnings)
