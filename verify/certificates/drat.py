"""Turns a DRAT proof, as CaDiCaL writes it, into one in LRAT's format, whose steps name the clauses they need.

Each clause of the proof is derived anew by unit propagation (two watched literals), the clauses that took part are
noted, and steps that nothing needs are left out.  CaDiCaL's steps follow by unit propagation alone; one that doesn't
raises `NotCertified`.  Not trusted: what comes out is checked by `verify.certificates.lrat`.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Sequence

from verify.certificates.errors import NotCertified

Hints = list[int]


def elaborate(clauses: Sequence[tuple[int, ...]], proof: str, seconds: float) -> str:
    """The LRAT text for `clauses` (numbered from 1) and the DRAT text `proof`.  Raises `NotCertified`."""
    state = _Propagation()
    end = time.monotonic() + seconds
    for number, clause in enumerate(clauses, 1):
        if not state.closed:
            state.add(number, clause)
    steps: dict[int, tuple[tuple[int, ...], Hints]] = {}
    number = len(clauses)
    for line in proof.split("\n"):
        if state.closed:
            break
        if time.monotonic() > end:
            raise NotCertified(f"CaDiCaL's proof is so long that following it takes more than {seconds:g} s")
        words = line.split()
        if not words:
            continue
        try:
            clause = tuple(map(int, words[words[0] == "d" : -1]))
        except ValueError:
            raise NotCertified("CaDiCaL's proof can't be read") from None
        if words[0] == "d":
            state.delete(clause)
            continue
        hints = state.derive(clause)
        if hints is None:
            raise NotCertified("CaDiCaL's proof has a step that unit propagation doesn't find")
        number += 1
        steps[number] = clause, hints
        state.add(number, clause)
    if not state.closed:
        raise NotCertified("CaDiCaL's proof ends without the empty clause")
    steps[number + 1] = (), state.closed
    return _trimmed(steps, len(clauses))


def _trimmed(steps: dict[int, tuple[tuple[int, ...], Hints]], given: int) -> str:
    """The steps that the last one rests on, numbered anew from `given` + 1."""
    needed = {max(steps)}
    for number in sorted(steps, reverse=True):
        if number in needed:
            needed.update(steps[number][1])
    names = {old: new for new, old in enumerate(sorted(n for n in needed if n > given), given + 1)}
    lines: list[str] = []
    for old, new in names.items():
        clause, hints = steps[old]
        lines.append(" ".join(map(str, (new, *clause, 0, *(names.get(h, h) for h in hints), 0))))
    return "\n".join((*lines, ""))


class _Propagation:
    """Clauses, and what follows from them by unit propagation for good; `closed`: the hints of the empty clause."""

    def __init__(self) -> None:
        self.closed: Hints = []
        self._clauses: dict[int, list[int]] = {}
        self._names: dict[tuple[int, ...], Hints] = {}
        self._watched: dict[int, Hints] = {}
        self._trail: list[int] = []
        self._done = 0
        self._place: dict[int, int] = {}  # of each true literal on the trail
        self._reason: dict[int, int] = {}  # of each true literal that isn't assumed
        self._fixed: set[int] = set()  # clauses that are reasons for good

    def add(self, number: int, clause: tuple[int, ...]) -> None:
        """Adds a clause, and what follows from it for good."""
        place = self._place
        literals = sorted(set(clause), key=lambda lit: -lit in place)  # those that may become true come first
        open_ = sum(-lit not in place for lit in literals)
        self._names.setdefault(tuple(sorted(literals)), []).append(number)
        self._clauses[number] = literals
        if open_ >= 2:
            for lit in literals[:2]:
                self._watched.setdefault(lit, []).append(number)
            return
        start = len(self._trail)
        conflict = None if open_ else number
        if open_ and literals[0] not in place:
            self._assign(literals[0], number)
            conflict = self._propagate()
        self._fixed.update(self._reason[lit] for lit in self._trail[start:])
        if conflict is not None:
            self.closed = self._explained(conflict, frozenset())

    def delete(self, clause: tuple[int, ...]) -> None:
        """Removes a clause, unless something holds for good because of it."""
        numbers = self._names.get(tuple(sorted(set(clause))))
        if numbers and numbers[-1] not in self._fixed:
            del self._clauses[numbers.pop()]

    def derive(self, clause: tuple[int, ...]) -> Hints | None:
        """The clauses that make `clause` follow, in the order in which they propagate; None if it doesn't follow."""
        start = len(self._trail)
        conflict: int | None = None
        assumed = frozenset(-lit for lit in clause)
        for lit in clause:
            if lit in self._place:
                conflict = self._reason.get(lit)
                break
            if -lit not in self._place:
                self._assign(-lit, None)
        else:
            conflict = self._propagate()
        hints = None if conflict is None else self._explained(conflict, assumed)
        for lit in self._trail[start:]:
            del self._place[lit]
            self._reason.pop(lit, None)
        del self._trail[start:]
        self._done = start
        return hints

    def _assign(self, lit: int, reason: int | None) -> None:
        self._place[lit] = len(self._trail)
        self._trail.append(lit)
        if reason is not None:
            self._reason[lit] = reason

    def _propagate(self) -> int | None:
        """Assigns all that follows; the number of a clause that became false, if one did."""
        place, clauses, watched = self._place, self._clauses, self._watched
        while self._done < len(self._trail):
            false = -self._trail[self._done]
            self._done += 1
            waiting = watched.get(false)
            if not waiting:
                continue
            kept: Hints = []
            watched[false] = kept
            for position, number in enumerate(waiting):
                clause = clauses.get(number)
                if clause is None:
                    continue
                if clause[0] == false:
                    clause[0], clause[1] = clause[1], false
                first = clause[0]
                if first in place:
                    kept.append(number)
                    continue
                for k in range(2, len(clause)):
                    lit = clause[k]
                    if -lit not in place:
                        clause[1], clause[k] = lit, false
                        watched.setdefault(lit, []).append(number)
                        break
                else:
                    kept.append(number)
                    if -first in place:
                        kept.extend(waiting[position + 1 :])
                        return number
                    self._assign(first, number)
        return None

    def _explained(self, conflict: int, assumed: frozenset[int]) -> Hints:
        """The reasons behind a false clause, those that were there first in front."""
        hints = [conflict]
        seen: set[int] = set()
        queue: list[int] = []
        self._ask(conflict, assumed, seen, queue)
        while queue:
            number = self._reason[self._trail[-heapq.heappop(queue)]]
            hints.append(number)
            self._ask(number, assumed, seen, queue)
        return hints[::-1]

    def _ask(self, number: int, assumed: frozenset[int], seen: set[int], queue: list[int]) -> None:
        """Queues the literals that made those of a clause false, the latest first."""
        for lit in self._clauses[number]:
            true = -lit
            if true in self._reason and true not in seen and true not in assumed:
                seen.add(true)
                heapq.heappush(queue, -self._place[true])
