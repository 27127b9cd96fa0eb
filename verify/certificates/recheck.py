"""Checks certificates, without any solver: `verify recheck`.

Takes folders; returns what each certificate shows, or why it is rejected.  Everything that can be computed from the
SMT-LIB text is computed again and compared byte for byte; the evidence is checked by `verify.certificates.lrat`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from typing import Any, cast

from verify.certificates import formula, lrat
from verify.certificates.blast import blast
from verify.certificates.bundle import (
    INDUCTION,
    MANIFEST,
    PARTS,
    README,
    SCHEMA,
    file_names,
    input_map,
    manifest_text,
    satisfiable,
)
from verify.certificates.errors import Rejected
from verify.errors import InputError
from verify.tuples import NamedTuple

LARGEST = 256 << 20  # bytes of a file
_DEEPEST = 20  # brackets within each other in a manifest


class Checked(NamedTuple):
    """A certificate that is whole.  `second`: the checker by others that agreed, or why there is no such answer."""

    folder: str
    spec: str
    claim: str
    parts: tuple[str, ...]
    clauses: int
    steps: int
    second: str = ""


class Refused(NamedTuple):
    """A certificate that is rejected, and why."""

    folder: str
    reason: str


def find(root: str) -> tuple[str, ...]:
    """The folders with certificates at and below `root`, sorted.  Raises `InputError` if there are none."""
    if not os.path.isdir(root):
        raise InputError(f"there is no folder `{root}`")
    marks = {MANIFEST, INDUCTION, *(file_names(part)[0] for part in PARTS)}
    folders: list[str] = []

    def unreadable(error: OSError) -> None:
        raise InputError(f"can't read `{error.filename}`: {error.strerror}")

    for folder, below, names in os.walk(root, onerror=unreadable):
        if not marks.isdisjoint(names):
            folders.append(folder)
        if INDUCTION in names:
            below.clear()  # they are its own
    found = tuple(sorted(folders))
    if not found:
        raise InputError(f"there is no certificate at or below `{root}`", hint="`check SPEC --certify DIR` makes them.")
    return found


def recheck(root: str) -> tuple[Checked | Refused, ...]:
    """The answer for each certificate at and below `root`."""
    from verify.certificates.second import second_opinion

    answers: list[Checked | Refused] = []
    for folder in find(root):
        try:
            checked = recheck_one(folder)
            pairs = [(cnf, proof) for _, cnf, _, proof in map(file_names, checked.parts) if proof.endswith(".lrat")]
            paths = [os.path.join(folder, name) for pair in pairs for name in pair]
            answers.append(checked._replace(second=second_opinion(paths)))
        except Rejected as error:
            answers.append(Refused(folder, error.message))
    return tuple(answers)


def recheck_one(folder: str) -> Checked:
    """Checks one certificate.  Raises `Rejected`."""
    if os.path.lexists(os.path.join(folder, INDUCTION)):
        return _recheck_induction(folder)
    files = {name: _content(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}
    manifest = _manifest(files)
    listed = manifest["files"]
    for name in (*listed, *(n for n in files if n != MANIFEST)):
        if name not in files:
            raise Rejected(f"`{name}` is missing")
        if name not in listed:
            raise Rejected(f"`{name}` isn't named by the manifest")
        if hashlib.sha256(files[name]).hexdigest() != listed[name]:
            raise Rejected(f"`{name}` was changed: its digest isn't the manifest's")
    parts = tuple(entry["part"] for entry in manifest["parts"])
    if "claim" not in parts or len(set(parts)) < len(parts) or not set(parts) <= set(PARTS):
        raise Rejected("the manifest doesn't name the parts that a certificate has")
    if bool(manifest["assumptions"]) != ("assumptions" in parts):
        raise Rejected("the manifest has assumptions, but not that they can hold, or the other way round")
    if set(files) != {MANIFEST, README, *(name for part in parts for name in file_names(part))}:
        raise Rejected("the files aren't those of the parts that the manifest names")
    for entry in manifest["parts"]:
        found = _part(entry["part"], {name: _text(name, content) for name, content in files.items()})
        if {key: entry[key] for key in found} != found:
            raise Rejected(f"the manifest's numbers for `{entry['part']}` are wrong")
    clauses, steps = (sum(entry[key] for entry in manifest["parts"]) for key in ("clauses", "steps"))
    return Checked(folder, manifest["spec"], manifest["claim"], parts, clauses, steps)


def _recheck_induction(folder: str) -> Checked:
    from verify.certificates.induction import listed

    manifest = listed(folder)
    parts: list[str] = []
    clauses = steps = 0
    for question in manifest["questions"]:
        name = question["folder"]
        try:
            found = recheck_one(os.path.join(folder, name))
        except Rejected as error:
            raise Rejected(f"{name}: {error.message}") from None
        if (found.spec, found.claim) != (manifest["spec"], question["shows"]):
            raise Rejected(f"{name} shows something else")
        parts += [f"{name}/{part}" for part in found.parts]
        clauses, steps = clauses + found.clauses, steps + found.steps
    return Checked(folder, manifest["spec"], manifest["claim"], tuple(parts), clauses, steps)


def _part(part: str, files: Mapping[str, str]) -> dict[str, object]:
    """Checks one part; returns what its entry in the manifest must say."""
    smt, clauses, names, evidence = file_names(part)
    differs = Rejected(f"`{clauses}` isn't what `{smt}` comes down to")
    question = formula.read(files[smt])
    try:
        cnf = blast(question, files[clauses].count("\n"))
    except Rejected:
        raise differs from None
    if cnf.dimacs() != files[clauses]:
        raise differs
    if input_map(cnf) != files[names]:
        raise Rejected(f"`{names}` doesn't say where the bits of `{smt}` are")
    steps = 0
    try:
        if satisfiable(part):
            lrat.check_model(files[clauses], files[evidence])
        else:
            steps = lrat.check_proof(files[clauses], files[evidence])
    except Rejected as error:
        raise Rejected(f"`{evidence}`: {error.message}") from None
    return {"shows": PARTS[part], "variables": cnf.variables, "clauses": len(cnf.clauses), "steps": steps}


def _content(path: str) -> bytes:
    try:
        if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > LARGEST:
            raise Rejected(f"`{os.path.basename(path)}` isn't a file of a certificate")
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Rejected(f"`{os.path.basename(path)}` can't be read: {error.strerror}") from None


def _text(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected(f"`{name}` isn't text") from None


def _nesting(text: str) -> int:
    """How deep the brackets of `text` go."""
    depth = deepest = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


def _manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest, its shape and its digest being right."""
    if MANIFEST not in files:
        raise Rejected(f"`{MANIFEST}` is missing")
    text = _text(MANIFEST, files[MANIFEST])
    try:
        if _nesting(text) > _DEEPEST:  # the reader's own limit may be too high for its stack
            raise ValueError
        manifest = json.loads(text)
    except ValueError:
        raise Rejected(f"`{MANIFEST}` isn't whole") from None
    if not isinstance(manifest, dict):
        raise Rejected(f"`{MANIFEST}` isn't a manifest")
    manifest = cast("dict[str, Any]", manifest)
    schema = manifest.get("schema")
    if schema != SCHEMA:
        raise Rejected(f"`{MANIFEST}` has schema {schema!r}; this version of verify checks schema {SCHEMA}")
    if not _shaped(manifest):
        raise Rejected(f"`{MANIFEST}` isn't a manifest")
    if manifest_text(manifest) != text:
        raise Rejected(f"`{MANIFEST}` was changed: its digest is wrong")
    return manifest


def _shaped(manifest: Mapping[str, Any]) -> bool:
    """True iff what `recheck` uses is there and of the right type."""

    def text(value: object) -> bool:
        return isinstance(value, str)

    def of(kind: Callable[[Any], bool], values: object) -> bool:
        return isinstance(values, list) and all(map(kind, cast("list[Any]", values)))

    def part(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        entry = cast("dict[str, object]", value)
        numbers = (entry.get(key) for key in ("variables", "clauses", "steps"))
        return all(text(entry.get(key)) for key in ("part", "shows")) and all(type(n) is int for n in numbers)

    files = manifest.get("files")
    return (
        manifest.get("kind") == "certificate"
        and text(manifest.get("spec"))
        and text(manifest.get("claim"))
        and of(text, manifest.get("assumptions"))
        and of(part, manifest.get("parts"))
        and isinstance(files, dict)
        and all(map(text, cast("dict[str, Any]", files).values()))
    )
