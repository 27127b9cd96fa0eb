"""The FEAT_CTL claims on the real kernel: the same verdicts as on our restatement, and a control that must fail."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from verify import Options, check

OLD, NEW = os.environ.get("VERIFY_OLD_TREE"), os.environ.get("VERIFY_NEW_TREE")
FILES = (
    "arch/x86/kvm/vmx",
    "arch/x86/kvm",
    "arch/x86/include/asm",
    "include/linux",
)
LOCK_CHECK = "if (!msr->host_initiated &&\n\t    (vmx->msr_ia32_feature_control & FEAT_CTL_LOCKED))\n\t\treturn false;"

pytestmark = pytest.mark.skipif(
    not (OLD and NEW), reason="VERIFY_OLD_TREE and VERIFY_NEW_TREE don't name unpacked linux-source-6.1 and 6.12"
)


def verdicts(options: Options) -> dict[str, str]:
    return {c.claim: c.word for c in check("feat_ctl", (), options).claims}


def test_same_verdicts_as_on_the_restatement() -> None:
    found = verdicts(Options(old_tree=OLD, new_tree=NEW))
    assert found == verdicts(Options())
    assert set(found.values()) == {"proved", "refuted"}


def test_same_verdicts_from_git(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    git("init", "-q")
    git("config", "user.name", "test")
    git("config", "user.email", "test@example.invalid")
    for tag, tree in (("before", OLD), ("after", NEW)):
        assert tree is not None
        for folder in FILES:
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            for path in Path(tree, folder).glob("*.[ch]"):
                (tmp_path / folder / path.name).write_bytes(path.read_bytes())
        git("add", "-A")
        git("commit", "-qm", tag)
        git("tag", tag)
    found = verdicts(Options(git=str(tmp_path), old_rev="before", new_rev="after"))
    assert found == verdicts(Options())


def test_a_dropped_lock_check_is_noticed(tmp_path: Path) -> None:
    """The must-fail control: without the check, what the guest must not do is no longer proved."""
    assert NEW is not None
    path = "arch/x86/kvm/vmx/vmx.c"
    text = Path(NEW, path).read_text()
    assert text.count(LOCK_CHECK) == 1
    (tmp_path / "include").symlink_to(Path(NEW, "include").resolve())
    (tmp_path / "arch/x86/kvm/vmx").mkdir(parents=True)
    (tmp_path / "arch/x86/include").symlink_to(Path(NEW, "arch/x86/include").resolve())
    for folder in ("arch/x86/kvm", "arch/x86/kvm/vmx"):
        for other in Path(NEW, folder).glob("*.[ch]"):
            (tmp_path / folder / other.name).write_bytes(other.read_bytes())
    (tmp_path / path).write_text(text.replace(LOCK_CHECK, ";"))
    found = verdicts(Options(old_tree=OLD, new_tree=str(tmp_path)))
    assert found["guest-path-unchanged"] == "refuted"
    assert found["locked-register-closed-to-guest"] == "refuted"
    assert found["host-may-set-supported-bits"] == "proved"
