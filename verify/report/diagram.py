"""State diagrams as Mermaid text, as SVG, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from verify.version import VERSION

if TYPE_CHECKING:
    from verify.histories.diagram import Diagram, Edge, Values

SCHEMA = "verify-diagram-1"
_CHAR, _LINE = 7.3, 17  # the width of a character and the height of a line at 12 pixels
_PAD = 12
_GAP = 170  # between neighbouring boxes on the circle
_LOOP = 46
_START = 9  # radius of the dot where histories begin
_LABEL_AT = 0.36  # of an edge's way: nearer to its tail, as edges cross in the middle
_MOST_LISTED = 3  # operations on one edge of a drawing, a line each


def state_label(predicates: Sequence[str], values: Values) -> list[str]:
    """The predicates' values, a line each."""
    return [name if value else f"not {name}" for name, value in zip(predicates, values, strict=True)]


def mermaid(diagram: Diagram) -> str:
    """A `stateDiagram-v2` (https://mermaid.js.org)."""
    ids = {state: f"s{i}" for i, state in enumerate(diagram.states)}
    lines = ["---", f"title: {_plain(diagram.title)} ({diagram.code})", "---", "stateDiagram-v2"]
    lines += [f'    state "{", ".join(state_label(diagram.predicates, s))}" as {i}' for s, i in ids.items()]
    for edge in diagram.edges:
        tail = "[*]" if edge.tail is None else ids[edge.tail]
        label = f": {', '.join(edge.operations)}" if edge.operations else ""
        lines.append(f"    {tail} --> {ids[edge.head]}{label}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """A title that YAML takes as a string."""
    return json.dumps(text, ensure_ascii=False)[1:-1].replace(":", " -")


def diagram_json(diagram: Diagram) -> str:
    """The same as data: docs/schema/diagram-1.json."""
    states = [dict(zip(diagram.predicates, state, strict=True)) for state in diagram.states]
    number = {state: i for i, state in enumerate(diagram.states)}
    document = {
        "format": SCHEMA,
        "verify": VERSION,
        "spec": diagram.spec,
        "code": diagram.code,
        "predicates": list(diagram.predicates),
        "states": states,
        "edges": [
            {
                "from": None if e.tail is None else number[e.tail],
                "to": number[e.head],
                "operations": list(e.operations),
            }
            for e in diagram.edges
        ],
        "invariants": [{"name": name, "c": " ".join(c.split())} for name, c in diagram.lemmas],
    }
    return json.dumps(document, indent=2) + "\n"


_Point = tuple[float, float]


def svg(diagram: Diagram) -> str:
    """One picture: the states on a circle, clockwise in the order in which they are reached."""
    labels = [state_label(diagram.predicates, s) for s in diagram.states]
    width = max(len(line) for label in labels for line in label) * _CHAR + 2 * _PAD
    height = len(diagram.predicates) * _LINE + 2 * _PAD
    count = len(diagram.states)
    across = math.hypot(width, height)
    radius = 0.0 if count == 1 else max((across + _GAP) / (2 * math.sin(math.pi / count)), 0.0)
    reach = radius + across / 2 + _LOOP + 90
    size = 2 * reach
    centres = {
        state: (
            reach + radius * math.sin(2 * math.pi * i / count - math.pi / 2),
            reach - radius * math.cos(2 * math.pi * i / count - math.pi / 2),
        )
        for i, state in enumerate(diagram.states)
    }
    title = f"{diagram.title} ({diagram.code})"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size:.0f} {size + 30:.0f}" font-family="sans-serif" '
        'font-size="12" role="img">',
        f"<title>{_escaped(title)}</title>",
        f'<rect width="{size:.0f}" height="{size + 30:.0f}" fill="white"/>',
        '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L10 5L0 10z" fill="#444"/></marker></defs>',
        f'<text x="{size / 2:.0f}" y="20" text-anchor="middle" font-weight="bold">{_escaped(title)}</text>',
        '<g transform="translate(0 30)">',
    ]
    texts: list[str] = []
    for edge in diagram.edges:
        path, place = _curve(edge, centres, (reach, reach), (width, height))
        parts.append(f'<path d="{path}" fill="none" stroke="#444" marker-end="url(#head)"/>')
        if edge.tail is None:
            x, y = path[1:].split(" ")[:2]
            parts.append(f'<circle cx="{x}" cy="{y}" r="{_START}" fill="#444"/>')
        texts.append(_label(edge.operations, place))
    for state, label in zip(diagram.states, labels, strict=True):
        x, y = centres[state]
        parts.append(
            f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="8" '
            'fill="#eef3fb" stroke="#35507a"/>'
        )
        for number, line in enumerate(label):
            top = y - height / 2 + _PAD + _LINE * (number + 0.75)
            parts.append(f'<text x="{x:.1f}" y="{top:.1f}" text-anchor="middle">{_escaped(line)}</text>')
    return "\n".join((*parts, *texts, "</g>", "</svg>", ""))


def _curve(edge: Edge, centres: dict[Values, _Point], middle: _Point, box: tuple[float, float]) -> tuple[str, _Point]:
    """The edge's path, and where its label goes."""
    head = centres[edge.head]
    outward = _unit(head[0] - middle[0], head[1] - middle[1])
    if edge.tail is None:
        side = (-outward[1], outward[0])
        towards = _unit(outward[0] + 0.9 * side[0], outward[1] + 0.9 * side[1])
        end = _border(head, (head[0] + towards[0] * 500, head[1] + towards[1] * 500), box)
        start = (end[0] + towards[0] * 60, end[1] + towards[1] * 60)
        return f"M{_at(start)} L{_at(end)}", ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    tail = centres[edge.tail]
    if edge.tail == edge.head:
        side = (-outward[1] * 34, outward[0] * 34)
        far = (head[0] + outward[0] * 1000, head[1] + outward[1] * 1000)
        edge_point = _border(head, far, box)
        one = (edge_point[0] - side[0], edge_point[1] - side[1])
        other = (edge_point[0] + side[0] * 0.3, edge_point[1] + side[1] * 0.3)
        one, other = _border(head, _out(head, one), box), _border(head, _out(head, other), box)
        peaks = [(p[0] + outward[0] * _LOOP * 1.5, p[1] + outward[1] * _LOOP * 1.5) for p in (one, other)]
        place = ((peaks[0][0] + peaks[1][0]) / 2, (peaks[0][1] + peaks[1][1]) / 2)
        return f"M{_at(one)} C{_at(peaks[0])} {_at(peaks[1])} {_at(other)}", place
    along = _unit(head[0] - tail[0], head[1] - tail[1])
    bend = 38  # to the left, so that the way back takes the other side
    control = (
        (tail[0] + head[0]) / 2 + along[1] * bend,
        (tail[1] + head[1]) / 2 - along[0] * bend,
    )
    start, end = _border(tail, control, box), _border(head, control, box)
    place = _on_curve(start, control, end, _LABEL_AT)
    return f"M{_at(start)} Q{_at(control)} {_at(end)}", place


def _on_curve(start: _Point, control: _Point, end: _Point, part: float) -> _Point:
    """A point of a quadratic Bézier curve."""
    weights = ((1 - part) ** 2, 2 * part * (1 - part), part**2)
    x, y = (sum(w * p[i] for w, p in zip(weights, (start, control, end), strict=True)) for i in (0, 1))
    return x, y


def _out(centre: _Point, point: _Point) -> _Point:
    return (centre[0] + (point[0] - centre[0]) * 20, centre[1] + (point[1] - centre[1]) * 20)


def _unit(x: float, y: float) -> _Point:
    length = math.hypot(x, y)
    return (x / length, y / length) if length > 1e-9 else (0.0, -1.0)


def _border(centre: _Point, towards: _Point, box: tuple[float, float]) -> _Point:
    """Where the line from a box's centre leaves the box."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    scales = [abs(half / d) for half, d in ((box[0] / 2, dx), (box[1] / 2, dy)) if abs(d) > 1e-9]
    scale = min((*scales, 1.0))
    return (centre[0] + dx * scale, centre[1] + dy * scale)


def _at(point: _Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _label(operations: Sequence[str], place: _Point) -> str:
    lines = [*operations[:_MOST_LISTED]]
    if len(operations) > _MOST_LISTED:
        lines = [*operations[: _MOST_LISTED - 1], f"and {len(operations) - _MOST_LISTED + 1} more"]
    if not lines:
        return ""
    width = max(map(len, lines)) * _CHAR * 0.92 + 6
    top = place[1] - len(lines) * (_LINE - 3) / 2
    parts = [
        f'<rect x="{place[0] - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{len(lines) * (_LINE - 3) + 2:.1f}" fill="white" fill-opacity="0.85"/>'
    ]
    for number, line in enumerate(lines):
        y = top + (number + 0.8) * (_LINE - 3)
        parts.append(
            f'<text x="{place[0]:.1f}" y="{y:.1f}" text-anchor="middle" font-size="11">{_escaped(line)}</text>'
        )
    whole = "" if len(operations) <= _MOST_LISTED else f"<title>{_escaped(', '.join(operations))}</title>"
    return f"<g>{whole}{''.join(parts)}</g>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
