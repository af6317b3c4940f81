"""Draw a sequence diagram as SVG: what GitHub makes of Mermaid's text with a script, without one.

A picture is as wide as a page; texts are broken to fit between their columns. docs/site.css
gives it the colours of the page, light or dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from textwrap import wrap
from typing import Final

from reference.sequence import Begin, Else, End, Message, Note, Step, read, told

# All sizes are in pixels.
WIDTH: Final = 720
MARGIN: Final = 64
"""From the edge to the line of the first participant, and from that of the last."""
FONT: Final = 13
CHARACTER: Final = 7.2
"""The mean width of one, in the widest font that a system is likely to show a page in."""
LINE: Final = 17
GAP: Final = 14
BOX: Final = 32
DASHES: Final = ' stroke-dasharray="5 4"'
LOOP: Final = 26
"""How far the arrow to oneself goes out, and the text beside it begins."""


def drawn(text: str, name: str) -> str:
    """The diagram as one line of SVG. `name` is its own among the pictures of a page."""
    diagram = read(text)
    picture = Picture(diagram.participants)
    for step in diagram.steps:
        picture.add(step)
    height = picture.y + BOX
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + 2}"',
            f' role="img" aria-labelledby="{name}-title {name}-steps"',
            f' fill="none" stroke="currentColor" font-size="{FONT}">',
            f'<title id="{name}-title">{escape(" · ".join(diagram.participants.values()))}</title>',
            f'<desc id="{name}-steps">{escape(" ".join(told(diagram)))}</desc>',
            *picture.lifelines(until=picture.y),
            *picture.boxes(top=1),
            *picture.parts,
            *picture.boxes(top=picture.y),
            "</svg>",
        ]
    )


class Picture:
    """What is drawn of a diagram so far, from above to `y`."""

    def __init__(self, participants: Mapping[str, str]) -> None:
        self.names = participants
        self.apart = (WIDTH - 2 * MARGIN) / max(1, len(participants) - 1)
        self.columns = {key: MARGIN + at * self.apart for at, key in enumerate(participants)}
        self.parts: list[str] = []
        self.frames: list[float] = []
        """The tops of those that are open."""
        self.y: float = 1 + BOX + GAP

    def add(self, step: Step) -> None:
        match step:
            case Message(sender, _, receiver) if sender == receiver:
                self._to_oneself(step)
            case Message():
                self._message(step)
            case Note():
                self._note(step)
            case Begin(kind, condition):
                self.frames.append(self.y)
                self._condition(kind, condition)
            case Else(condition):
                self._rule()
                self._condition("else", condition)
            case End():
                self._frame()

    def lifelines(self, until: float) -> Iterator[str]:
        for x in self.columns.values():
            yield f'<path d="M{x:g} {BOX}V{until:g}" opacity=".3"/>'

    def boxes(self, top: float) -> Iterator[str]:
        for key, x in self.columns.items():
            width = max(_width(self.names[key]) + 24, 80)
            yield _rectangle(x - width / 2, top, width, BOX)
            yield _text(x, top + BOX / 2 + 4.5, self.names[key], ' text-anchor="middle"')

    def _message(self, message: Message) -> None:
        start, end = self.columns[message.sender], self.columns[message.receiver]
        lines = _broken(message.text, abs(end - start) - 16)
        self._lines(lines, (start + end) / 2, ' text-anchor="middle"')
        self.y += 6
        self._arrow(f"M{start:g} {self.y:g}", end, start > end, DASHES if message.answers else "")

    def _to_oneself(self, message: Message) -> None:
        """The last participant has the room for it on its left."""
        x = self.columns[message.sender]
        last = x == max(self.columns.values())
        out = -LOOP if last else LOOP
        lines = _broken(message.text, self.apart - LOOP - 16)
        top = self.y + 4
        self._lines(lines, x + out * 1.3, ' text-anchor="end"' if last else "")
        self.y = max(self.y, top + LINE)
        self._arrow(f"M{x:g} {top:g}h{out}V{self.y:g}", x, not last)

    def _arrow(self, start: str, end: float, leftwards: bool, how: str = "") -> None:
        back = 8 if leftwards else -8
        self.parts += [
            f'<path d="{start}H{end + back:g}"{how}/>',
            f'<path d="M{end:g} {self.y:g}l{back} -4v8z" fill="currentColor"/>',
        ]
        self.y += GAP

    def _note(self, note: Note) -> None:
        first, last = sorted((self.columns[note.first], self.columns[note.last]))
        left, right = max(first - MARGIN + 8, 8), min(last + MARGIN - 8, WIDTH - 8)
        top = self.y
        lines = _broken(note.text, right - left - 16)
        height = len(lines) * LINE + 12
        self.parts.append(_rectangle(left, top, right - left, height, ' stroke-dasharray="2 3"'))
        self.y += 6
        self._lines(lines, (left + right) / 2, ' text-anchor="middle"')
        self.y = top + height + GAP

    def _condition(self, kind: str, condition: str) -> None:
        left = self._inset + 8
        self.y += 4
        shown = f"[{condition}]" if condition else ""
        beside = left + _width(kind) + 16
        self.parts.append(_text(left, self.y + FONT, kind, ' font-weight="bold"'))
        self._lines(_broken(shown, WIDTH - beside - 16) or [""], beside, ' font-style="italic"')
        self.y += GAP

    def _rule(self) -> None:
        across = f"M{self._inset:g} {self.y:g}H{WIDTH - self._inset:g}"
        self.parts.append(f'<path d="{across}" opacity=".6"{DASHES}/>')

    def _frame(self) -> None:
        left, top = self._inset, self.frames[-1]
        size = (WIDTH - 2 * left, self.y - top)
        self.parts.append(_rectangle(left, top, *size, ' opacity=".6"'))
        self.frames.pop()
        self.y += GAP

    @property
    def _inset(self) -> float:
        """Where the innermost open frame begins."""
        return 1 + 6 * (len(self.frames) - 1)

    def _lines(self, lines: Iterable[str], x: float, how: str) -> None:
        for line in lines:
            self.parts.append(_text(x, self.y + FONT, line, how))
            self.y += LINE


def _rectangle(x: float, y: float, width: float, height: float, how: str = "") -> str:
    place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {place} rx="4"{how}/>'


def _text(x: float, y: float, text: str, how: str) -> str:
    return f'<text x="{x:g}" y="{y:g}"{how}>{escape(text)}</text>'


def _broken(text: str, width: float) -> list[str]:
    return wrap(text, int(width / CHARACTER), break_on_hyphens=False)


def _width(text: str) -> float:
    return len(text) * CHARACTER
