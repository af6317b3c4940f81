"""Draw docs/pictures/run.svg anew: commands typed in a terminal, and what they really said.

`make picture`. No test compares it, since nearly every change moves a number in it.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 76
PLACE = Path(__file__).parents[1] / "docs" / "pictures" / "run.svg"
TYPED = (
    "fastapi-blocks init shop --with auth",
    "cd shop",
    "fastapi-blocks add users",
    "echo 'SUBJECT = \"Welcome to the shop\"' >> app/modules/auth/emails.py",
    "fastapi-blocks status",
)


def draw() -> str:
    console = Console(record=True, width=COLUMNS, file=StringIO())
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for command in TYPED:
            console.print(Text(f"$ {command}", style="bold"))
            if command.startswith("cd "):
                here /= command.removeprefix("cd ")
            elif answer := said(command, here):
                console.print(Text.from_ansi(f"{answer}\n"))
    svg = console.export_svg(title="fastapi-blocks", unique_id="run")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # they would be fetched


def said(command: str, here: Path) -> str:
    """What a terminal shows of it, colours included."""
    ours, theirs = pty.openpty()
    subprocess.run(["stty", "cols", str(COLUMNS)], stdin=theirs, check=True)
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=here,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b"".join(iter(lambda: _read(ours), b"")).decode()
    if process.wait():
        sys.exit(f"`{command}` failed:\n{shown}")
    return "\n".join(_last_state(line) for line in shown.replace("\r\n", "\n").rstrip().split("\n"))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that nobody writes there any more
        return b""


def _last_state(line: str) -> str:
    """Without what a progress line showed before."""
    return line.rpartition("\r\x1b[K")[2]


if __name__ == "__main__":
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(draw(), "utf-8")
