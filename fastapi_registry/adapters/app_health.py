"""Whether the application imports, and whether its settings let it start: its own Python says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from fastapi_registry.adapters.interpreter import (
    Interpreter,
    NoInterpreter,
    interpreter_of,
    run_python,
)
from fastapi_registry.adapters.packages import installation_for
from fastapi_registry.engine.doctor.finding import Finding, Shell
from fastapi_registry.engine.layout import Layout

_PATIENCE_SECONDS: Final = 60.0
_ANSWER: Final = "found: "

_QUESTION: Final = """\
import json, traceback


def look():
    try:
        from {package} import installed
        from {package}.core.startup import refuse_insecure

        settings = getattr(installed, "load_settings", installed.Settings)()
        refuse_insecure(settings, installed.BLOCKS)
    except ModuleNotFoundError as error:
        is_own = (error.name or "").split(".")[0] == "{package}".split(".")[0]
        yield "import" if is_own else "package", str(error)
    except SystemExit as error:
        yield from (("settings", each) for each in getattr(error, "problems", [str(error)]))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        yield "import", f"{{type(error).__name__}}: {{error}} ({{last.filename}}:{{last.lineno}})"


print("found: " + json.dumps(list(look())))
"""


def findings_of_the_app(
    root: Path,
    layout: Layout,
    environment: Mapping[str, str],
    dependencies: Sequence[str],
    python: str | None = None,
) -> tuple[Finding, ...]:
    """Nothing where it imports and would start. Raises `UsageError` where `python` is none."""
    try:
        interpreter = interpreter_of(
            root, environment, python, packages_folder=layout.packages_folder
        )
        found = _found(root, layout, interpreter)
    except NoInterpreter as error:
        return (Finding("interpreter", error.message, (Shell("python -m venv .venv"),)),)
    except subprocess.TimeoutExpired:
        what = f"the app does not import within {_PATIENCE_SECONDS:.0f} seconds"
        return (Finding("import", what),)
    installation = installation_for(
        root, environment, dependencies, packages_folder=layout.packages_folder
    )
    install = tuple(map(Shell, installation.lines if installation else ()))
    return tuple(Finding(kind, what, install if kind == "package" else ()) for kind, what in found)


def _found(root: Path, layout: Layout, interpreter: Interpreter) -> list[tuple[str, str]]:
    """What is wrong where it is most likely run; nothing if it starts in any of its folders."""
    first: list[tuple[str, str]] = []
    for folder in filter(lambda folder: (root / folder).is_dir(), layout.working_folders):
        found = _found_in(folder, root, layout, interpreter)
        if not found:
            return []
        first = first or found
    return first


def _found_in(
    folder: str, root: Path, layout: Layout, interpreter: Interpreter
) -> list[tuple[str, str]]:
    """What is wrong when the project is run in one folder: kind and words of each."""
    words = ["-c", _QUESTION.format(package=layout.root_package)]
    said = run_python(
        interpreter,
        root,
        layout.import_root,
        words,
        folder=folder,
        patience_seconds=_PATIENCE_SECONDS,
    )
    answers = [line for line in said.stdout.splitlines() if line.startswith(_ANSWER)]
    if not answers:
        last = (said.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return [("import", f"the app does not import: {last}")]
    return [(kind, what) for kind, what in json.loads(answers[-1].removeprefix(_ANSWER))]
