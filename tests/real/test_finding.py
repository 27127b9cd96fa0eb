"""Finding names in the headers that real files include: none that a header defines is passed over."""

from __future__ import annotations

import re

import pytest

from tests.real.trees import tree
from verify.source.tree import Directory, Files

FILES = ("arch/x86/kvm/vmx/vmx.c", "kernel/sched/core.c", "fs/namei.c")
_TRACE = re.compile(r"^(?:TRACE_EVENT|DECLARE_EVENT_CLASS|DEFINE_EVENT)", re.M)  # what they hold reads as definitions


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("version", ["old", "new"])
def test_a_header_that_defines_a_name_is_found_by_it(version: str, path: str) -> None:
    files = Files(Directory(tree(version)))
    included = list(files.including((path,)))
    assert len(included) > 500
    for header in included:
        if _TRACE.search(files.text(header) or ""):
            continue
        index = files.index(header)
        tables = (index.macros, index.functions, index.tags, index.typedefs, index.globals, index.enumerators)
        names = {name.rpartition(" ")[2] for table in tables for name in table}
        missing = {name for name in names if name.isidentifier()} - files.outside(header)
        assert not missing, header
