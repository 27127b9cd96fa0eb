"""The versions of the code that claims are about."""

from __future__ import annotations

from collections.abc import Mapping

from verify.claims.spec import Code
from verify.errors import InputError
from verify.source.tree import Files, Surroundings
from verify.syntax import ast
from verify.syntax.conditions import Fixed
from verify.syntax.definitions import Definitions
from verify.syntax.types import Types
from verify.tuples import NamedTuple


class Version(NamedTuple):
    """One version of the code: its text, its types and its entry function."""

    name: str
    files: Files
    paths: tuple[str, ...]
    definitions: Definitions
    types: Types
    entry: ast.Function


def load_version(name: str, files: Files, code: Code, config: Mapping[str, bool]) -> Version:
    """Reads one version.  Raises `InputError` if a file or the entry function is missing."""
    file = code.old if name == "old" else code.new
    entry_name = code.entry_old if name == "old" else code.entry_new
    assert file is not None
    paths = (file, *(h for h in code.headers if name != "old" or files.text(h) is not None))
    definitions = Definitions([files.index(p) for p in paths], Fixed(config), Surroundings(files, (file,)))
    entry = definitions.function(entry_name)
    if entry is None:
        import difflib

        index = files.index(file)
        close = difflib.get_close_matches(entry_name, list(index.functions), 3)
        hint = f"Did you mean {' or '.join(f'`{c}`' for c in close)}?" if close else "The spec's `entry` names it."
        count = len(definitions.function_items(entry_name))
        what = "has several definitions under #if" if count > 1 else "isn't defined"
        raise InputError(f"the function `{entry_name}` {what} in `{index.source.name}`", hint=hint)
    return Version(name, files, paths, definitions, Types(definitions), entry)


__all__ = ["Version", "load_version"]
