"""Where the kernel sources are: VERIFY_OLD_TREE is the root of linux-source-6.1, VERIFY_NEW_TREE that of 6.12."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLES = {"old": "VERIFY_OLD_TREE", "new": "VERIFY_NEW_TREE"}


def tree(name: str) -> str:
    """The directory of the tree "old" or "new"; skips the test that asks if it isn't there."""
    variable = VARIABLES[name]
    directory = os.environ.get(variable, "")
    if not directory:
        pytest.skip(f"{variable} isn't set: it names the root of an unpacked kernel source")
    if not Path(directory, "arch/x86/kvm/vmx/vmx.c").is_file():
        pytest.skip(f"{variable}={directory} holds no arch/x86/kvm/vmx/vmx.c")
    return directory
