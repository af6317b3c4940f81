"""The project's own formatter, with the settings that it has for each file."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from fastapi_registry.adapters import formatter
from fastapi_registry.adapters.formatter import formatter_of

TOOLS = {"PATH": str(Path(sys.executable).parent)}
PATH = "app/module.py"


def configured(root: Path, settings: str, name: str = "ruff.toml") -> Path:
    (root / name).write_text(settings)
    return root


def a_program(folder: Path, text: str, name: str = "ruff") -> dict[str, str]:
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{text}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"PATH": str(folder)}


def test_without_settings_there_is_none(tmp_path: Path) -> None:
    assert formatter_of(tmp_path, TOOLS) is None


def test_without_a_program_there_is_none(tmp_path: Path) -> None:
    assert formatter_of(configured(tmp_path, ""), {"PATH": ""}) is None


@pytest.mark.parametrize("name", ["ruff.toml", ".ruff.toml"])
def test_formats_as_the_settings_say(tmp_path: Path, name: str) -> None:
    format = formatter_of(configured(tmp_path, '[format]\nquote-style = "single"\n', name), TOOLS)

    assert format is not None
    assert format({PATH: b'x  =  "a"\n'}) == {PATH: b"x = 'a'\n"}


def test_settings_of_a_folder_count_for_its_files(tmp_path: Path) -> None:
    configured(tmp_path, "")
    (tmp_path / "app").mkdir()
    configured(tmp_path / "app", '[format]\nquote-style = "single"\n')
    format = formatter_of(tmp_path, TOOLS)

    assert format is not None
    assert format({PATH: b'x = "a"\n', "main.py": b"x = 'a'\n"}) == {
        PATH: b"x = 'a'\n",
        "main.py": b'x = "a"\n',
    }


def test_imports_are_sorted_where_the_project_sorts_them(tmp_path: Path) -> None:
    source = b"import sys\nimport os\n\nprint(os, sys)\n"

    sorts = formatter_of(configured(tmp_path, 'lint.select = ["I"]\n'), TOOLS)
    assert sorts is not None
    assert sorts({PATH: source})[PATH].startswith(b"import os\nimport sys\n")

    leaves = formatter_of(configured(tmp_path, 'lint.select = ["E"]\n'), TOOLS)
    assert leaves is not None
    assert leaves({PATH: source})[PATH] == source


def test_nothing_but_imports_is_fixed(tmp_path: Path) -> None:
    format = formatter_of(configured(tmp_path, 'lint.select = ["F", "I"]\n'), TOOLS)

    assert format is not None
    assert format({PATH: b"import os\n"}) == {PATH: b"import os\n"}


def test_what_is_no_python_is_left_out(tmp_path: Path) -> None:
    format = formatter_of(configured(tmp_path, ""), TOOLS)

    assert format is not None
    assert format({PATH: b"def (:\n", "good.py": b"x=1\n"}) == {"good.py": b"x = 1\n"}


def test_writes_no_file(tmp_path: Path) -> None:
    format = formatter_of(configured(tmp_path, ""), TOOLS)

    assert format is not None
    format({PATH: b"x=1\n"})
    assert not (tmp_path / "app").exists()


def test_one_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatter, "TIME_OUT", 0.2)
    format = formatter_of(
        configured(tmp_path, ""), a_program(tmp_path, "import time\ntime.sleep(9)")
    )

    assert format is not None
    assert format({PATH: b"x=1\n"}) == {}


def test_the_projects_own_comes_before_one_on_the_path(tmp_path: Path) -> None:
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    a_program(folder, "print('own')")

    format = formatter_of(configured(tmp_path, ""), TOOLS)

    assert format is not None
    assert format({PATH: b"x=1\n"}) == {PATH: b"own\n"}


def test_black_formats_where_both_would(tmp_path: Path) -> None:
    tools = a_program(tmp_path, "print('black')", "black")
    a_program(tmp_path, "import sys\nassert 'check' in sys.argv\nprint(sys.stdin.read())")
    configured(tmp_path, "[tool.black]\n[tool.ruff]\n", "pyproject.toml")

    format = formatter_of(tmp_path, tools)

    assert format is not None
    assert format({PATH: b"x=1\n"}) == {PATH: b"black\n"}
