"""A page is one session in a terminal: folder, variables and files go on from block to block."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

from tests.documents.pages import Sample
from tests.documents.servers import Served, parts, serve
from tests.project.generated import clean_environment, ran

HERE: Final = Path(__file__).parent
REMEMBER: Final = '\ndeclare -px > "$SESSION/environment"; pwd > "$SESSION/folder"\n'


@dataclass
class Session:
    notes: Path
    """Where the session remembers its folder and its variables."""

    replaced: Mapping[str, str]
    """Example addresses of a page, and the real ones of this run."""

    port: int
    served: list[Served] = field(default_factory=list)
    answer: str = ""
    """What the commands before have said."""

    def begin(self, folder: Path) -> None:
        self.notes.mkdir()
        (self.notes / "environment").touch()
        (self.notes / "folder").write_text(f"{folder}\n")

    def do(self, sample: Sample) -> None:
        """Raises `AssertionError` with all that was said where the page is wrong."""
        text = self._with_real_addresses(sample.text)
        if sample.before:
            self.type(f"{sample.before}\n")
        if sample.file is not None:
            self._save(self.folder / sample.file, text)
        else:
            ACTIONS[sample.language](self, text)

    def end(self) -> None:
        while self.served:
            self.served.pop().stop()

    @property
    def folder(self) -> Path:
        return Path((self.notes / "folder").read_text().strip())

    def type(self, commands: str) -> None:
        """A new server ends the one before: nobody has two on one port."""
        for serves, part in parts(commands):
            if serves:
                self.end()
                self._serve(part.strip())
            else:
                self._run("bash", "-c", self._script(part + REMEMBER), said=part)

    def execute(self, python: str) -> None:
        self._run("bash", "-c", self._script('python -c "$0"'), python, said=python)

    def compare(self, shown: str) -> None:
        """A page shows lines of an answer, not all of it."""
        really = self.answer.splitlines()
        wrong = [line for line in shown.splitlines() if line not in really]
        assert not wrong, "\n".join(["it did not say", *wrong, "but", *really])

    def _serve(self, command: str) -> None:
        command = command.partition(" #")[0]
        if "--port" not in command and " serve" not in command:
            command += f" --port {self.port}"
        script = self._script(command)
        log = self.notes / "server.log"
        self.served.append(serve(["bash", "-c", script], environment=self._environment, log=log))
        self.served[-1].wait_until_it_answers(f"http://127.0.0.1:{self.port}/health")

    def _run(self, *command: str, said: str) -> None:
        exit_code, self.answer = ran(command, self.folder, self._environment)
        assert exit_code == 0, f"{said}\nexit {exit_code}\n{self.answer}"

    def _script(self, commands: str) -> str:
        return f'source "{HERE / "prelude.sh"}"\n{commands}'

    def _save(self, path: Path, text: str) -> None:
        """Settings and tables are added to what a file has; all else replaces it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        adds = path.suffix in {".toml", ".env"} or path.name == ".env"
        before = path.read_text() if adds and path.exists() else ""
        path.write_text(f"{before}\n{text}" if before else text)

    def _with_real_addresses(self, text: str) -> str:
        for shown, real in self.replaced.items():
            text = text.replace(shown, real)
        return text

    @property
    def _environment(self) -> dict[str, str]:
        return clean_environment() | {
            "SESSION": str(self.notes),
            "DOCUMENTS": str(HERE),
            "ENVIRONMENT_OF_PAGES": sys.prefix,
            "FASTAPI_BLOCKS_CACHE": str(self.notes / "cache"),
            "PYTHONPATH": "",
            "PORT": str(self.port),
        }


def _parse_dotenv(_: Session, text: str) -> None:
    """An example without a place: at least it is what it says."""
    assert all(dotenv_values(stream=StringIO(text)).values()), text


ACTIONS: Final[Mapping[str, Callable[[Session, str], object]]] = {
    "sh": Session.type,
    "console": Session.compare,
    "python": Session.execute,
    "toml": lambda _, text: tomllib.loads(text),
    "json": lambda _, text: json.loads(text),
    "dotenv": _parse_dotenv,
}
"""What is done with a block of each language that names no place."""
