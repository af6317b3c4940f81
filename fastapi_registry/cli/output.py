"""All that is printed or asked. Data goes to stdout, talk to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

import click

from fastapi_registry.engine.errors import RegistryError

_COLOURS = {"+": "green", "-": "red", "~": "yellow", "@": "cyan"}
"""By the first mark of a line; the mark says the same without colours."""
_CLEAR_LINE = "\r\x1b[K"
_LABELS = {"error:": "red", "hint:": "cyan"}


class Unheard(RegistryError):
    """Nobody can take what is printed."""

    def __init__(self, error: OSError) -> None:
        super().__init__(
            (error.strerror or str(error)).lower(),
            hint="what this prints cannot be written: free some space there, or send it elsewhere",
        )


class Output:
    """How a command speaks: in words or in one JSON document, more of it or less."""

    def __init__(self, arguments: Sequence[str]) -> None:
        end = arguments.index("--") if "--" in arguments else len(arguments)
        flags = frozenset(arguments[:end])
        self.command = next((word for word in arguments if not word.startswith("-")), "")
        self.is_json = "--json" in flags
        self.is_verbose = "--verbose" in flags
        self.is_quiet = "--quiet" in flags or self.is_json
        self._must_be_heard = True
        self._never_asks = self.is_json or bool({"--yes", "-y"} & flags)

    @property
    def can_ask(self) -> bool:
        """Without a terminal nothing is ever asked."""
        return not self._never_asks and sys.stdin.isatty() and sys.stderr.isatty()

    def go_on_unheard(self) -> None:
        """From here on a stream that fails is left alone: it does not undo what was done."""
        self._must_be_heard = False

    def data(self, lines: Iterable[str]) -> None:
        """What the command was called for."""
        if not self.is_json:
            self._write(sys.stdout, lines)

    def document(self, content: Mapping[str, object], exit_code: int = 0) -> int:
        """The same for programs. Raises `Unheard`, as all that prints."""
        if self.is_json:
            import json  # only `--json` has to pay for it

            document = document_of(self.command, content, exit_code)
            self._send(sys.stdout, json.dumps(document, indent=2) + "\n")
        return exit_code

    def say(self, *lines: str) -> None:
        if not self.is_quiet:
            self._write(sys.stderr, lines)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Shows of a long step where it is: one line that changes, or with `--verbose` all."""
        if self.is_verbose or self.is_quiet or not sys.stderr.isatty():
            yield self.say if self.is_verbose else lambda line: None
            return
        shown = os.get_terminal_size(sys.stderr.fileno()).columns - 1
        yield lambda line: self._send(sys.stderr, f"{_CLEAR_LINE}{printable(line)[:shown]}")
        self._send(sys.stderr, _CLEAR_LINE)

    def error(self, error: RegistryError) -> int:
        """Say what happened and what to do about it; returns the exit code.

        Where nobody takes the document, who looks at the terminal is told.
        """
        if self.is_json and not isinstance(error, Unheard):
            with suppress(Unheard):
                return self.document(told_of(error), error.exit_code)
        self.go_on_unheard()
        hint = [f"hint: {error.hint}"] if error.hint else []
        self._write(sys.stderr, [f"error: {error.message}", *hint])
        return error.exit_code

    def confirms(self, question: str) -> bool:
        """Yes where nobody can be asked: who pipes a command has decided already."""
        return not self.can_ask or click.confirm(question, default=True, err=True)

    def _write(self, stream: TextIO, lines: Iterable[str]) -> None:
        coloured = _has_colours(stream)
        told = (_coloured(line) if coloured else line for line in map(printable, lines))
        self._send(stream, "".join(f"{line}\n" for line in told))

    def _send(self, stream: TextIO, text: str) -> None:
        """Whoever stops listening, as `head` does, does not stop the command."""
        try:
            stream.write(text)
            stream.flush()
        except OSError as error:
            _print_no_more(stream)
            if self._must_be_heard and not isinstance(error, BrokenPipeError):
                raise Unheard(error) from error


def document_of(command: str, content: Mapping[str, object], exit_code: int) -> dict[str, object]:
    """`ok` says that nothing failed and nothing is left to do."""
    head = {"schema": 1, "command": command, "ok": exit_code == 0}
    return {**head, "exit_code": exit_code, **content}


def told_of(error: RegistryError) -> dict[str, object]:
    """What a document says of an error; one without the key `error` tells of none."""
    told = {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
    return {"error": told}


def printable(text: str) -> str:
    """`text` that cannot steer the terminal: names and files may come from a stranger."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def open_closed_streams() -> None:
    """Open the null device for each: else a file takes its number, and children print there."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # as after `>&-`
            nobody = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(nobody, True)
            setattr(sys, name, os.fdopen(nobody, "r+"))


def drop_unwritten() -> Unheard | None:
    """What could not be printed: else Python would try again at its end, and complain itself."""
    unheard = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            _print_no_more(stream)
            unheard = Unheard(error)
    return unheard


def make_streams_lenient() -> None:
    """Print a "?" for what the terminal's encoding does not know, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _print_no_more(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _has_colours(stream: TextIO) -> bool:
    """See https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _coloured(line: str) -> str:
    for label, colour in _LABELS.items():
        if line.startswith(label):
            return click.style(label, fg=colour, bold=True) + line.removeprefix(label)
    mark = line.lstrip()[:1]
    return click.style(line, fg=_COLOURS[mark]) if mark in _COLOURS else line
