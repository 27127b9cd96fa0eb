"""What a patch's message claims: the sentences that say "no functional change".

`statements` takes a subject and a message and returns the sentences found, each as a claim about the whole patch, as a
limited one ("no functional change for guests"), or as none (negated, quoted, about another commit).  When in doubt a
sentence is limited or none: a claim that nobody made must not be judged.
"""

from __future__ import annotations

import re
from itertools import pairwise

from verify.tuples import NamedTuple

WHOLE, LIMITED, NONE = "whole", "limited", "none"

_NO = r"(?:no|zero|without|without any)"
_NEUTRAL = frozenset("intended intentional intend real actual expected any (intended) functional".split())
_CHANGE = r"(?:changes?|differences?|impacts?|effects?)"
_BEHAVIOUR = r"(?:functional(?:ity)?|behaviou?ral|behaviou?r|logic|logical|semantic)"
_PHRASES = (
    rf"\b{_NO}\s+(?P<words>(?:[\w()-]+\s+){{0,2}}?){_BEHAVIOUR}[\s-]+{_CHANGE}\b",
    rf"\b{_NO}\s+(?P<words2>(?:[\w()-]+\s+){{0,2}}?)changes?\s+(?:in|of|to)\s+(?:the\s+)?(?:functionality|behaviou?r|semantics|logic)\b",
    r"\bnon-functional\s+changes?\b",
    r"\b(?:not|n't)\s+(?:intend\w*|introduc\w*|caus\w*|mak\w*|bring\w*|expect\w*|contain\w*|includ\w*|result\w*\s+in)"
    rf"\s+(?:(?:to\s+\w+\s+)?(?:any|a)\s+)?functional\s+{_CHANGE}\b",
    r"\b(?-i:NFCI)\b",
    r"(?:(?<=[(\[])|(?<=, )|(?<=; )|(?<=: )|(?<=is )|(?<=be )|(?<=are )|^)(?-i:NFC)(?=[)\].,;!]|\s*$|\s+intended)",
)
_PHRASE = re.compile("|".join(_PHRASES), re.I)
_ABBREVIATION = re.compile(r"^NFC\b(?=:)")  # the subsystem, in a subject
_NEGATED = re.compile(
    r"(?:\bnot|n't|\bnever|\bhardly|\bbarely|rather than|instead of|\bcontrary to|\bdespite|\bunlike|\bfar from|"
    r"\banything but|\bshort of)"
    r"(?:\s+(?:a|an|really|quite|strictly|entirely|exactly|just|merely|only|be|is|purely))*\s*[\"'(]?$",
    re.I,
)
_ELSEWHERE = re.compile(
    r"\bcommit\s+[0-9a-f]{6,}|\bfixes:|\bv\d+\b|\b(?:previous|earlier|prior|original|older|later|next|subsequent|follow-?up|future)"
    r"\s+(?:\w+\s+)?(?:commit|patch|change|series|version|revision|posting)|"
    r"\b(?:claims?|claimed|claiming|supposed|pretend\w*|wrongly|falsely|remark|statement|wording|sentence)\b",
    re.I,
)
_DENIED = re.compile(r"^\W*(?:is|was|are|were|does|do|did|would|could|can)(?:\s+not|n't)\b", re.I)
# What may be said to have no functional change and means the whole patch.
_SUBJECT = re.compile(
    r"(?:^|[,;:(\u2013\u2014]|\s--?\s)\s*([^,;:(]*?)\s*"
    r"\b(?:has|have|is|are|was|makes?|introduces?|causes?|brings?|implies|imply|works?|behaves?|runs?|operates?|continues?)"
    r"\s*(?:with\s*|of\s*)?$",
    re.I,
)
_WHOLE_PATCH = frozenset(
    "this that these there it which and so but the patch commit change changes series patchset cleanup refactoring "
    "here should shall must will to intended meant expected also therefore thus hence still all in just really simply "
    "such".split()
)
_LABEL = re.compile(r"(?:^|[.;]\s)(?!(?:note|nb|fyi|also|impact|result|summary|effect)\b)[^.:;]*:\s*$", re.I)
_IN_PASSING = re.compile(
    r"\b(?:(?:in|from|by|with|for)\s+(?:this|the)\s+(?:patch|commit|change|series|cleanup|refactoring)|"
    r"as\s+(?:suggested|proposed|requested)\s+by\s+[\w ]+|by design|"
    r"(?:in|from|by|with)\s+this(?=\s*(?:[.,;:!)]|$))|"
    r"(?:is|are|was|were|be|should be|at all|here|on its own|whatsoever|meant|overall)|for now)\b",
    re.I,
)
_ITSELF = r"(?:this|it|that|these|we|only|just|both|the (?:patch|commit|change|code))\b"
_LIMIT = re.compile(
    r"\b(?:except|excepting|other|apart|aside|besides|but|although|though|however|for|on|in|to|at|with|when|where|if|"
    r"unless|beyond|outside|until|yet|then|next|before|after|afterwards|followed|from|by|only|under|modulo|save|minus|bar|barring|sans|otherwise|whereas|plus|"
    r"and(?!\s+no\b)|as (?:long|far)|because of|provided|assuming|given|"
    rf"(?:because|since)\s+(?!{_ITSELF})|as\s+(?!{_ITSELF})(?:[\w()]+\s+){{1,4}}?(?:is|are|was|were|has|have|do|does|can|"
    r"never|always|only|pass|passes))\b",
    re.I,
)
_LIMIT_BEFORE = re.compile(
    r"^(?:for|on|with|without|when|if|unless|under|outside|apart|except|besides|aside|other|otherwise|beyond|as far|"
    r"as long|provided)\b"
    r"|^in\s+(?!(?:short|summary|sum|total|all|other words|the end|essence|effect|fact|practice|theory|"
    r"this (?:patch|commit|change|series))\b)|^while\s+(?!at it|there|here)"
    r"|\b(?:most of|half|parts? of|some of|rest of|remainder|majority of|bulk of)\b"
    r"|\b(?:would|could|might|may|almost|nearly|mostly|practically|virtually)\b[\s\w]*$",
    re.I,
)
_NOTHING = re.compile(r"\b(?:nothing|none|neither)\b[^,;:]*\b(?:is|are|was|were|has|have|makes?|be)\b[^,;:]*$", re.I)
_ITEM = re.compile(r"^(?:[-*\u2022]|\(?(?:\d{1,2}[.)]|[a-z]\)))\s+", re.I)  # how an item of a list begins
_STEP = re.compile(
    r"^(?:first|firstly|second|secondly|third|thirdly|initially|to begin with|(?:step|part) \w+)\b", re.I
)
_GOES_ON = re.compile(
    r"^(?:and )?(?:then|next|second|secondly|after that|afterwards|finally|lastly|additionally|also|"
    r"while at it|on top)\b",
    re.I,
)
_NOT_PROSE = re.compile(r"^(?:[>|]|[A-Z][\w-]+-by:|Cc:|Link:|Fixes:|Closes:|Message-I[Dd]:|\[)")
_LONGEST = 2000  # characters of a sentence
_SHOWN = 80
_QUOTES = ("'", "\u2018", "\u201c", "\u201e", "\u00ab")


class Statement(NamedTuple):
    """A sentence that holds the phrase; `kind` is "whole", "limited" or "none", `why` what limits or voids it."""

    sentence: str
    kind: str
    why: str


def statements(subject: str, message: str) -> tuple[Statement, ...]:
    """The sentences of a message, and its subject, that say "no functional change" in one of the usual wordings."""
    found = [_subject(subject)] if _PHRASE.search(subject) and not _ABBREVIATION.match(subject) else []
    sentences = _sentences(message)
    for sentence, following in pairwise((*sentences, "")):
        if _PHRASE.search(sentence):
            found.append(_in_order(_judge(sentence), following))
    return tuple(dict.fromkeys(found))


def _subject(text: str) -> Statement:
    """A subject begins with the subsystem, which limits nothing, if it isn't that of another patch."""
    own = text.rpartition(": ")[2]
    judged = _judge(own if '"' not in text and _PHRASE.search(own) else text)
    return judged._replace(sentence=text)


def _in_order(judged: Statement, following: str) -> Statement:
    """The same, limited if it is said in passing of one of several steps."""
    sentence = judged.sentence
    item = _ITEM.match(sentence)
    own = sentence[item.end() :] if item is not None else sentence
    alone = re.fullmatch(r"[\s\W]*", own[: match.start()]) if (match := _PHRASE.search(own)) else None
    if judged.kind != WHOLE or alone is not None:
        return judged
    if item is not None or _STEP.match(own) or _GOES_ON.match(following):
        return judged._replace(kind=LIMITED, why="it is said of one of several steps")
    return judged


def _sentences(message: str) -> list[str]:
    found: list[str] = []
    for paragraph in re.split(r"\n[ \t]*\n", message):
        pieces = [""]
        for whole in paragraph.splitlines():
            line = whole.strip()
            if _ITEM.match(line) or (whole[:1].isupper() and _ITEM.match(pieces[-1])):
                pieces.append("")
            if not _NOT_PROSE.match(line):
                pieces[-1] = f"{pieces[-1]} {line}".strip()
        for piece in pieces:
            found += [part for part in re.split(r"(?<=[.!?])[\"')\]]?\s+(?=[\"'(\[]?[A-Z0-9])", piece) if part]
    return found


def _judge(sentence: str) -> Statement:
    match = _PHRASE.search(sentence)
    assert match is not None
    if len(sentence) > _LONGEST:
        return Statement(f"{sentence[:_SHOWN]}…", LIMITED, "it is no sentence that can be read")
    before, after = sentence[: match.start()], sentence[match.end() :]
    if sentence.rstrip().endswith("?"):
        return Statement(sentence, NONE, "it is a question")
    if before.count('"') % 2 == 1 or before.count("`") % 2 == 1 or before.endswith(_QUOTES):
        return Statement(sentence, NONE, "it is quoted")
    if _NEGATED.search(before) or _NOTHING.search(before) or _DENIED.search(after):
        return Statement(sentence, NONE, "it is negated")
    elsewhere = _ELSEWHERE.search(sentence)
    if elsewhere is not None:
        return Statement(sentence, NONE, f"it may be about something else (`{elsewhere.group()}`)")
    groups = match.groupdict()
    extra = [w for w in ((groups["words"] or "") + (groups["words2"] or "")).lower().split() if w not in _NEUTRAL]
    if extra:
        return Statement(sentence, LIMITED, " ".join(extra))
    limit = _LIMIT_BEFORE.search(before.strip())
    if limit is not None:
        return Statement(sentence, LIMITED, before.strip().rstrip(","))
    if _LABEL.search(before):
        return Statement(sentence, LIMITED, before.strip())
    about = _SUBJECT.search(before)
    if about is not None and not _WHOLE_PATCH.issuperset(about.group(1).lower().split()):
        return Statement(sentence, LIMITED, f"it is said of {about.group(1)}")
    rest = _IN_PASSING.sub(" ", after)
    limit = _LIMIT.search(rest)
    if limit is not None:
        return Statement(sentence, LIMITED, " ".join(rest[limit.start() :].split()).rstrip(".!)"))
    return Statement(sentence, WHOLE, "")
