"""Takes memory and calls out of assertions: what is left are Booleans and bit-vectors.

Each read of an unknown content becomes a variable; for each two reads of one location, equal questions (the same world,
the same indices) imply equal answers (Ackermann's reduction).  Addresses of local objects become variables that differ,
are not NULL and no error pointers.
"""

from __future__ import annotations

from verify.terms import term as t
from verify.terms.term import Term
from verify.terms.worlds import worlds_equal
from verify.tuples import NamedTuple


class Flat(NamedTuple):
    """`assertions` are satisfiable iff the original ones are.  `variables` maps each read's id to its variable."""

    assertions: tuple[Term, ...]
    variables: dict[int, Term]
    reads: tuple[Term, ...]


def flatten(assertions: tuple[Term, ...]) -> Flat:
    """`assertions` without reads, worlds and memories."""
    variables: dict[int, Term] = {}
    reads: list[Term] = []
    locals_: list[Term] = []
    groups: dict[tuple[object, ...], list[Term]] = {}
    taken: set[str] = set()
    seen: set[int] = set()
    raw: list[Term] = []
    queue = list(assertions)
    while queue:
        raw.append(current := queue.pop())
        for part in _parts(current, seen):
            if part.op == "local":
                locals_.append(part)
                variables[part.id] = t.var(f"address of {part.value}", part.sort)
            elif part.op == "read":
                name = _name(part, taken)
                variables[part.id] = t.var(name, part.sort)
                reads.append(part)
                group = groups.setdefault((part.value, part.sort, tuple(i.sort for i in part.args[1:])), [])
                for other in group:
                    same = t.and_(*(t.eq(a, b) for a, b in zip(part.args[1:], other.args[1:], strict=True)))
                    if same is not t.FALSE:
                        same = t.and_(same, worlds_equal(part.args[0], other.args[0]))
                    if same is not t.FALSE:
                        queue.append(t.implies(same, t.eq(part, other)))
                group.append(part)
    for i, one in enumerate(locals_):
        address = variables[one.id]
        raw.append(t.ult(t.const(t.LOWEST_ADDRESS, one.sort), address))
        raw.append(t.ult(address, t.const(-t.LOWEST_ADDRESS, one.sort)))
        for other in locals_[i + 1 :]:
            raw.append(t.ne(variables[one.id], variables[other.id]))
    return Flat(t.substitute(tuple(raw), variables), variables, tuple(reads))


def _parts(root: Term, seen: set[int]) -> list[Term]:
    """The reads and local addresses below `root` that weren't seen; a read's own arguments are looked into, too."""
    found: list[Term] = []
    stack = [root]
    while stack:
        term = stack.pop()
        if term.id in seen:
            continue
        seen.add(term.id)
        if term.op in ("read", "local"):
            found.append(term)
        if term.op == "read":
            stack.extend(term.args[1:])
        else:
            stack.extend(term.args)
    return found


def _name(read: Term, taken: set[str]) -> str:
    """A readable name for a read's variable; the same read gets the same name as long as names don't clash."""
    name = str(read.value)
    plain = all(i.op in ("var", "const") for i in read.args[1:])
    if read.args[0].op == "world" and plain:
        name += "".join(f"[{i.value if i.op == 'var' else hex(int(str(i.value)))}]" for i in read.args[1:])
    else:
        name += f"#{t.number_of(read)}"
    name = name.replace("|", "!").replace("\\", "/")
    while name in taken:
        name += "'"
    taken.add(name)
    return name
