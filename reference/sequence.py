"""Read Mermaid's sequence diagrams, as far as our pages use the language.

That is: participants, messages, notes over participants, and `alt`, `opt` and `loop`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias


class CannotDraw(ValueError):
    def __init__(self, line: int, statement: str) -> None:
        super().__init__(f"cannot draw `{statement}`")
        self.line = line
        """Of the diagram, counted from 1."""


@dataclass(frozen=True)
class Message:
    sender: str
    answers: bool
    receiver: str
    text: str


@dataclass(frozen=True)
class Note:
    first: str
    last: str
    text: str


@dataclass(frozen=True)
class Begin:
    kind: str
    condition: str


@dataclass(frozen=True)
class Else:
    condition: str


@dataclass(frozen=True)
class End:
    pass


Step: TypeAlias = Message | Note | Begin | Else | End

PARTICIPANT: Final = re.compile(r"participant (\w+) as (.+)")
STEPS: Final[Mapping[re.Pattern[str], Callable[[re.Match[str]], Step]]] = {
    re.compile(r"(\w+)(--?)>>(\w+): (.+)"): lambda it: Message(it[1], it[2] == "--", it[3], it[4]),
    re.compile(r"Note over (\w+)(?:,(\w+))?: (.+)"): lambda it: Note(it[1], it[2] or it[1], it[3]),
    re.compile(r"(alt|opt|loop) (.+)"): lambda it: Begin(it[1], it[2]),
    re.compile(r"else(?: (.+))?"): lambda it: Else(it[1] or ""),
    re.compile(r"end"): lambda _: End(),
}


@dataclass
class Diagram:
    participants: dict[str, str] = field(default_factory=dict)
    """Their names by their keys, from left to right."""

    steps: list[Step] = field(default_factory=list)


def read(text: str) -> Diagram:
    """Raises `CannotDraw` at the first line that is not understood, or where `end` is missing."""
    diagram = Diagram()
    first, *others = map(str.strip, text.splitlines() or [""])
    if first != "sequenceDiagram":
        raise CannotDraw(1, first)
    for number, statement in enumerate(others, 2):
        if participant := PARTICIPANT.fullmatch(statement):
            diagram.participants[participant[1]] = participant[2]
        elif (step := _step(statement)) and _fits(step, diagram):
            diagram.steps.append(step)
        else:
            raise CannotDraw(number, statement)
    if _depth(diagram):
        raise CannotDraw(len(others) + 1, others[-1])
    return diagram


def _step(statement: str) -> Step | None:
    for pattern, step in STEPS.items():
        if found := pattern.fullmatch(statement):
            return step(found)
    return None


def _fits(step: Step, before: Diagram) -> bool:
    match step:
        case Message(sender, _, receiver):
            return {sender, receiver} <= before.participants.keys()
        case Note(first, last):
            return {first, last} <= before.participants.keys()
        case Begin():
            return True
        case Else() | End():
            return _depth(before) > 0


def _depth(diagram: Diagram) -> int:
    """How many frames are open at the end of it."""
    return sum(isinstance(step, Begin) - isinstance(step, End) for step in diagram.steps)


def told(diagram: Diagram) -> Iterator[str]:
    """The steps as sentences, for who cannot see them."""
    names = diagram.participants
    for step in diagram.steps:
        match step:
            case Message(sender, _, receiver, text) if sender == receiver:
                yield f"{names[sender]}: {_ended(text)}"
            case Message(sender, answers, receiver, text):
                verb = "answers" if answers else "to"
                yield f"{names[sender]} {verb} {names[receiver]}: {_ended(text)}"
            case Note(_, _, text):
                yield f"Note: {_ended(text)}"
            case Begin(kind, condition):
                yield f"{'Loop,' if kind == 'loop' else 'If'} {condition}:"
            case Else(condition):
                yield f"Otherwise, if {condition}:" if condition else "Otherwise:"
            case End():
                yield "End."


def _ended(text: str) -> str:
    return text if text.endswith(("?", "…")) else f"{text}."
