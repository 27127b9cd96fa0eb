"""The difference map of the real vmx_set_msr(): against itself with patch 1 applied, and between 6.1 and 6.12."""

from __future__ import annotations

from pathlib import Path

from tests.real.trees import tree
from verify import Options
from verify.changes.diff import Change, diff

VMX = "arch/x86/kvm/vmx/vmx.c"
HELPER = "static inline bool vmx_feature_control_msr_valid("

# Patch 1, restated from SEED.md: which bits are supported, and who may set which.
SUPPORTED = " | ".join(
    f"FEAT_CTL_{bit}"
    for bit in "LOCKED VMX_ENABLED_INSIDE_SMX VMX_ENABLED_OUTSIDE_SMX SGX_LC_ENABLED SGX_ENABLED LMCE_ENABLED".split()
)
NEW_HELPER = f"""#define KVM_SUPPORTED_FEATURE_CONTROL ({SUPPORTED})

static inline bool is_vmx_feature_control_msr_valid(struct vcpu_vmx *vmx, struct msr_data *msr)
{{
	u64 may_set = KVM_SUPPORTED_FEATURE_CONTROL;

	WARN_ON_ONCE(vmx->msr_ia32_feature_control_valid_bits & ~KVM_SUPPORTED_FEATURE_CONTROL);
	if (!msr->host_initiated)
		may_set = vmx->msr_ia32_feature_control_valid_bits;
	return (msr->data & ~may_set) == 0;
}}
"""
EDITS = (("!vmx_feature_control_msr_valid(vcpu, data)", "!is_vmx_feature_control_msr_valid(vmx, msr_info)"),)


def patched(folder: Path, old: str) -> Path:
    """A tree like `old` with patch 1 in vmx.c; all else are links."""
    where = Path()
    for part in (*Path(VMX).parent.parts, ""):
        (folder / where).mkdir(parents=True)
        for entry in Path(old, where).iterdir():
            if entry.name != part and entry.name != Path(VMX).name:
                (folder / where / entry.name).symlink_to(entry)
        where /= part
    text = Path(old, VMX).read_text()
    start = text.index(HELPER)
    end = text.index("\n}\n", start) + len("\n}\n")
    text = text[:start] + NEW_HELPER + text[end:]
    for before, after in EDITS:
        assert text.count(before) == 1
        text = text.replace(before, after)
    (folder / VMX).write_text(text)
    return folder


def vmx_set_msr(old: str, new: str) -> Change:
    (found,) = diff(old, new, ("vmx_set_msr",), VMX.rpartition("/")[0], Options(timeout=30))
    return found


def test_patch_1_on_the_real_source_changes_only_feat_ctl(tmp_path: Path) -> None:
    old = tree("old")
    found = vmx_set_msr(old, str(patched(tmp_path / "new", old)))
    assert found.comparison.verdict == "changed"
    assert found.map is not None
    assert found.map.complete, found.map.why
    warned, accepted = found.map.regions
    outside = "vmx->msr_ia32_feature_control_valid_bits & ~KVM_SUPPORTED_FEATURE_CONTROL"
    assert warned.conditions == ("msr_index == MSR_IA32_FEAT_CTL", outside)
    assert warned.differing == ("the warnings",)
    # The old helper refuses what the new one accepts; that this is the host's write follows, and is in the example.
    assert set(accepted.conditions) == {
        "msr_index == MSR_IA32_FEAT_CTL",
        "is_vmx_feature_control_msr_valid(vmx, msr_info)",
        "val & ~valid_bits",
        f"!({outside})",
    }
    assert "the return value" in accepted.differing
    for region in found.map.regions:
        assert region.counterexample is not None and region.counterexample.replayed
    assert accepted.counterexample is not None
    inputs = {i.name: i.value for i in accepted.counterexample.inputs}
    assert inputs["msr_info->host_initiated"] == 1 and inputs["msr_info->data"] != 0


def test_between_the_releases_each_index_that_may_differ_is_named() -> None:
    found = vmx_set_msr(tree("old"), tree("new"))
    assert found.comparison.verdict == "changed"
    assert found.map is not None
    assert found.map.complete, found.map.why
    indexes = {c for r in found.map.regions for c in r.conditions if c.startswith("msr_index ==")}
    for name in ("MSR_IA32_FEAT_CTL", "MSR_IA32_PRED_CMD", "MSR_IA32_CR_PAT"):
        assert f"msr_index == {name}" in indexes
    assert "msr_index == MSR_IA32_UMWAIT_CONTROL" not in indexes
