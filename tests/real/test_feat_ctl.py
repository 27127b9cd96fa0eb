"""The specs with a [kernel] table on real kernels: the verdicts of the restatement, from directories and from git.

manifest.toml lists what each is checked on and the claims that come out differently, with the reason.  The must-fail
controls break a copy of 6.12 and expect that claims notice.  Environment: see trees.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from verify import Options, check
from verify.claims.verdict import Refuted, SpecReport
from verify.source.tree import Directory

from .trees import tree

MANIFEST = Path(__file__).with_name("manifest.toml")
SPECS = Path("specs")
KINDS = ("unsupported", "unknown", "differs")
VMX = "arch/x86/kvm/vmx/vmx.c"


class Target(NamedTuple):
    """A spec and what it is checked on: "old-new", or "old" or "new" for a spec of one version."""

    spec: str
    on: str


class Exceptional(NamedTuple):
    """A claim that comes out differently from the restatement, and why."""

    verdict: str
    kind: str
    reason: str


def _targets() -> tuple[Target, ...]:
    with MANIFEST.open("rb") as file:
        return tuple(Target(spec["name"], on) for spec in tomllib.load(file)["spec"] for on in spec["on"])


@cache
def _exceptions() -> dict[tuple[Target, str], Exceptional]:
    with MANIFEST.open("rb") as file:
        rows = tomllib.load(file).get("exception", [])
    return {
        (Target(row["spec"], row["on"]), row["claim"]): Exceptional(row["verdict"], row["kind"], row["reason"])
        for row in rows
    }


TARGETS = _targets()


def _words(report: SpecReport) -> dict[str, str]:
    return {claim.claim: claim.word for claim in report.claims}


@cache
def restated(spec: str) -> dict[str, str]:
    """The verdicts on the spec's own files."""
    return _words(check(spec))


@cache
def on_trees(target: Target) -> SpecReport:
    if target.on == "old-new":
        return check(target.spec, (), Options(old_tree=tree("old"), new_tree=tree("new")))
    return check(target.spec, (), Options(new_tree=tree(target.on)))


def expected(target: Target) -> dict[str, str]:
    """The restatement's verdicts, but for the claims that the manifest excepts."""
    listed = {claim: found.verdict for (on, claim), found in _exceptions().items() if on == target}
    return {**restated(target.spec), **listed}


@pytest.mark.parametrize("target", TARGETS, ids="-".join)
def test_verdicts_are_those_of_the_restatement(target: Target) -> None:
    assert _words(on_trees(target)) == expected(target)


@pytest.mark.parametrize("target", TARGETS, ids="-".join)
def test_refutations_were_replayed(target: Target) -> None:
    refuted = [c.verdict for c in on_trees(target).claims if isinstance(c.verdict, Refuted)]
    assert refuted
    assert all(verdict.counterexample.replayed for verdict in refuted)


def test_every_spec_for_the_kernel_is_listed() -> None:
    """No environment is needed for this one."""
    found = {path.parent.name for path in SPECS.glob("*/spec.toml") if "kernel" in tomllib.loads(path.read_text())}
    assert found == {target.spec for target in TARGETS}


def test_exceptions_are_real_ones() -> None:
    """Each names a target and a claim, has a kind and a reason, and differs from the restatement."""
    for (target, claim), found in _exceptions().items():
        assert target in TARGETS
        assert restated(target.spec)[claim] != found.verdict
        assert found.kind in KINDS and found.reason


@pytest.fixture(scope="module")
def needed() -> Callable[[str], dict[str, str]]:
    """Gives the texts by path that checking all targets reads from the tree "old" or "new"."""
    texts: dict[str, dict[str, str]] = {}
    read = Directory.read

    def recording(self: Directory, path: str) -> str | None:
        text = read(self, path)
        if text is not None:
            texts.setdefault(self.name, {})[path] = text
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Directory, "read", recording)
        roots = {name: Directory(tree(name)).name for name in ("old", "new")}
        for target in TARGETS:
            on_trees.__wrapped__(target)
    return lambda name: texts[roots[name]]


def _write(root: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, needed: Callable[[str], dict[str, str]]) -> str:
    """A git repository with what is read of 6.1 and of 6.12 as the commits `before` and `after`; nothing checked out."""
    if shutil.which("git") is None:
        pytest.skip("git isn't installed")
    root = tmp_path_factory.mktemp("kernel")

    def git(*words: str) -> None:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", str(root), *identity, *words], check=True, capture_output=True)

    git("init", "-q")
    for tag, name in (("before", "old"), ("after", "new")):
        _write(root, needed(name))
        git("add", "-A")
        git("commit", "-qm", tag)
        git("tag", tag)
        git("rm", "-rqf", ".")
    return str(root)


@pytest.mark.parametrize("target", TARGETS, ids="-".join)
def test_verdicts_from_git(target: Target, repository: str) -> None:
    revisions = {"old-new": ("before", "after"), "old": (None, "before"), "new": (None, "after")}
    old, new = revisions[target.on]
    report = check(target.spec, (), Options(git=repository, old_rev=old, new_rev=new))
    assert _words(report) == expected(target)
    assert all("@" in source or repository in source for _, source in report.sources)


class Break(NamedTuple):
    """What is broken in 6.12's vmx.c, and claims of feat_ctl that then come out refuted and proved.

    `pattern` is searched from the function `function` on; the kernel's text is met only at run time.
    """

    name: str
    function: str
    pattern: str
    replacement: str
    refuted: tuple[str, ...]
    proved: tuple[str, ...]


BREAKS = (
    Break(
        "the lock isn't checked",
        "is_vmx_feature_control_msr_valid",
        r"(->msr_ia32_feature_control\s*&\s*)FEAT_CTL_LOCKED\b",
        r"\g<1>0",
        ("guest-path-unchanged", "locked-register-closed-to-guest", "reference-policy"),
        ("host-may-set-supported-bits", "warns-exactly-on-unsound-model"),
    ),
    Break(
        "a guest is held against the supported bits",
        "is_vmx_feature_control_msr_valid",
        r"(valid_bits\s*=\s*)vmx->msr_ia32_feature_control_valid_bits\s*;",
        r"\g<1>KVM_SUPPORTED_FEATURE_CONTROL;",
        ("guest-path-unchanged", "guest-sets-each-bit-of-its-model"),
        ("host-may-set-supported-bits", "locked-register-closed-to-guest"),
    ),
    Break(
        "the value isn't stored",
        "vmx_set_msr",
        r"(->msr_ia32_feature_control\s*)=(\s*data\s*;)",
        r"\g<1>|=\g<2>",
        ("guest-path-unchanged", "host-may-set-supported-bits"),
        ("locked-register-closed-to-guest",),
    ),
    Break(
        "nested mode is left for guests as well",
        "vmx_set_msr",
        r"msr_info->host_initiated\s*&&\s*data\s*==\s*0",
        "data == 0",
        ("guest-path-unchanged", "nested-mode-left-iff-host-writes-zero"),
        ("locked-register-closed-to-guest", "host-may-set-supported-bits"),
    ),
    Break(
        "nothing warns",
        "is_vmx_feature_control_msr_valid",
        r"WARN_ON_ONCE\(",
        "(void)(",
        ("warns-exactly-on-unsound-model",),
        ("guest-path-unchanged", "guest-path-unchanged-warnings-included", "warning-unreachable"),
    ),
)


@pytest.mark.parametrize("broken", BREAKS, ids=lambda b: b.name)
def test_broken_code_is_noticed(broken: Break, tmp_path: Path, needed: Callable[[str], dict[str, str]]) -> None:
    """The must-fail control."""
    texts = dict(needed("new"))
    text = texts[VMX]
    start = re.search(rf"^[^\n;]*\b{broken.function}\([^;{{]*\{{", text, re.M)
    assert start, f"{VMX} has no {broken.function}"
    body, count = re.subn(broken.pattern, broken.replacement, text[start.start() :], count=1)
    assert count == 1, f"nothing to break in {broken.function}"
    texts[VMX] = text[: start.start()] + body
    _write(tmp_path, texts)
    report = check("feat_ctl", (*broken.refuted, *broken.proved), Options(old_tree=tree("old"), new_tree=str(tmp_path)))
    found = _words(report)
    assert {claim: found[claim] for claim in broken.refuted} == dict.fromkeys(broken.refuted, "refuted")
    assert {claim: found[claim] for claim in broken.proved} == dict.fromkeys(broken.proved, "proved")
