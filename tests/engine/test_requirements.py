from __future__ import annotations

import pytest

from fastapi_registry.engine.dependency import Dependency
from fastapi_registry.engine.edits.dependency_list import Needed
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.requirements import RequirementLines

FILES = [
    b"",
    b"alembic==1.0\nuvicorn\n",
    b"uvicorn\nalembic",
    b"# mine\n\n-r base.txt\n--index-url https://x.y\nalembic>=1 # why\n\n",
    b"alembic \\\n  >=1\nuvicorn[standard] ; python_version > '3'\n",
    b"./local\nhttps://a.b/c.whl\ngit+https://a.b/c.git\nthing @ https://a.b/c.whl\n",
]


def needs(text: str) -> Needed:
    return Needed(Dependency.parse(text), RequirementLines())


@pytest.mark.parametrize("source", FILES)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("wanted", ["aa>1", "pwdlib[argon2]>=0.2", "zz"])
def test_adding_is_idempotent_and_has_an_inverse(
    source: bytes, ending: bytes, mark: bytes, wanted: str
) -> None:
    source = mark + source.replace(b"\n", ending)

    once = needs(wanted).ensure(source)

    assert wanted in [each.text for each in RequirementLines().listed(once)]
    assert needs(wanted).ensure(once) == once
    assert needs(wanted).remove(once) == source


@pytest.mark.parametrize(
    "there", [b"Pwd_Lib", b"pwd.lib[argon2]==1 # x", b"pwd-lib @ https://a.b/c"]
)
def test_a_distribution_is_known_under_every_spelling(there: bytes) -> None:
    assert needs("pwd-lib>=0.2").ensure(there) == there


def test_a_sorted_file_stays_sorted() -> None:
    assert needs("b").ensure(b"# all\na\nc\n") == b"# all\na\nb\nc\n"


def test_a_compiled_file_is_left_alone() -> None:
    source = b"alembic==1.0 \\\n    --hash=sha256:abc\n"

    with pytest.raises(CannotEdit) as refusal:
        needs("pwdlib>=0.2").ensure(source)

    assert refusal.value.todo.snippet == "pwdlib>=0.2"
