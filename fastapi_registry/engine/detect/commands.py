"""How the project is started: the commands that its own files give.

The strongest evidence there is: whoever wrote `uvicorn app.main:app` in a Dockerfile
said which object serves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import PurePosixPath

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.evidence import Evidence, line_of
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.detect.sources import Sources, is_decoy
from fastapi_registry.engine.toml_table import table
from fastapi_registry.engine.tree import Tree

# In the order in which they are believed.
KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Dockerfile", ("Dockerfile*", "*.Dockerfile", "*.dockerfile", "Containerfile")),
    ("compose", ("compose*.y*ml", "docker-compose*.y*ml")),
    ("Makefile", ("Makefile", "makefile", "GNUmakefile", "*.mk")),
    ("Procfile", ("Procfile*",)),
    ("justfile", ("justfile", "Justfile", ".justfile", "Taskfile.y*ml")),
    ("script", ("*.sh", "*.bash", "*.ps1", "*.bat", "*.service", "*.conf", "*.ini", "*.cfg")),
    ("script", ("pyproject.toml", "package.json", "launch.json", "fly.toml", "railway.*")),
    ("script", ("render.yaml", "nixpacks.toml", "app.yaml", "gunicorn*.py", "start", "run")),
    ("README", ("README*", "readme*", "CONTRIBUTING*")),
)

_DEPLOYMENT = 2
_DEPLOYED = next(rank for rank, (kind, _) in enumerate(KINDS, start=1) if kind == "script") - 1

_SERVERS = r"(?<![\w/.-])(?:uvicorn|gunicorn|hypercorn|granian|daphne)(?![\w/-])"
_TARGET = (
    r"(?<![\w./:-])(?P<module>[A-Za-z_][\w.]*):(?P<attribute>[A-Za-z_]\w*)(?:\(\))?(?![\w/:.-])"
)
_SERVED = re.compile(rf"{_SERVERS}[^\n;|&]*?{_TARGET}")
_NAMED = re.compile(
    rf"\b(?:(?:\w+_)?(?:APP_MODULE|ASGI_APP)|UVICORN_APP|wsgi_app)\b[\s:=\"'{{$-]*{_TARGET}"
)
_FASTAPI_FILE = re.compile(
    r"\bfastapi (?:run|dev)\b(?: --?[\w-]+(?:[= ][\d$]\S*)?)* (?P<file>[\w./-]+\.py)"
)
_FASTAPI_ENTRYPOINT = re.compile(
    rf"\bfastapi (?:run|dev)\b[^\n;|&]*?(?:-e|--entrypoint)[ =]{_TARGET}"
)
_PYTHON = re.compile(r"\bpython3? (?:-m (?P<package>[A-Za-z_][\w.]*)|(?P<script>[\w./-]+\.py))")
_FOLDER = re.compile(
    r"(?:--app-dir[= ]+|\bcd +|\b(?:build|context):[ \t]*[\"']?)(?:\./)?(?P<folder>[\w-][\w./-]*)"
)
_SERVICES = re.compile(r"(?m)^services:.*\n(?:[ \t]*(?:#.*)?\n)*(?P<indent>[ \t]+)")
_JOINED = re.compile(r"\"\s*,\s*\"|'\s*,\s*'|\s*\\\n\s*|\n\s*-\s+(?=[\w\"'-])")
_QUOTES = re.compile(r"[\"'`]")


_RUNNERS = (
    *("uvicorn.run", "run", "uvicorn.Config", "Config"),
    *("granian.Granian", "Granian", "hypercorn.asyncio.serve", "serve"),
)
_SERVER_PACKAGE = re.compile("uvicorn|hypercorn|granian")


@dataclass(frozen=True)
class RunCommand:
    """One command that starts something. Either a dotted `module` or a `file` is known."""

    rank: int
    evidence: Evidence
    module: str = ""
    attribute: str = ""
    file: str = ""
    folder: str = ""
    is_script: bool = False
    is_asked_for: bool = False
    """Whether the user names it with `--app`, which decides."""

    @property
    def strength(self) -> int:
        """The smaller, the more it is believed.

        `Dockerfile` is the image that is built unless another is named: `Dockerfile.worker` and
        what compose runs are as likely services beside it.
        """
        is_usual = PurePosixPath(self.evidence.path).name in ("Dockerfile", "Containerfile")
        return self.rank if self.rank == 0 or is_usual else max(self.rank, _DEPLOYMENT)

    @property
    def is_deployed(self) -> bool:
        """Whether it says how the project itself runs; a README may show anything."""
        return self.rank <= _DEPLOYED


def wished_entrypoint(tree: Tree) -> Iterator[RunCommand]:
    """`[tool.fastapi-blocks] entrypoint`: `--app` for good."""
    for command in _entrypoint_of(tree, "pyproject.toml", "fastapi-blocks"):
        yield replace(command, is_asked_for=True)


def declared_entrypoint(tree: Tree) -> Iterator[RunCommand]:
    """`[tool.fastapi] entrypoint`, where a project says it itself."""
    for path in tree:
        if PurePosixPath(path).name == "pyproject.toml" and not is_decoy(path):
            yield from _entrypoint_of(tree, path, "fastapi")


def _entrypoint_of(tree: Tree, path: str, tool: str) -> Iterator[RunCommand]:
    entrypoint = table(tree, path, "tool", tool).get("entrypoint")
    if isinstance(entrypoint, str) and ":" in entrypoint:
        module, _, attribute = entrypoint.partition(":")
        content = tree.read(path)
        line = line_of(content, max(content.find(entrypoint.encode()), 0))
        evidence = Evidence(path, line, f'[tool.{tool}] entrypoint = "{entrypoint}"')
        yield RunCommand(0, evidence, module, attribute, folder=_folder(path))


def run_commands(tree: Tree, sources: Sources) -> Iterator[RunCommand]:
    """Every start command in the project's files, and every `uvicorn.run(…)`."""
    for path in tree:
        rank = _rank(path)
        if rank is not None and not is_decoy(path) and "node_modules/" not in path:
            yield from _written_in(path, tree.read(path).decode("utf-8", "replace"), rank)
    for module in sources.mentioning(b".run(", b"serve("):
        if not is_decoy(module.path):
            yield from uvicorn_runs(sources, module.path)


def uvicorn_runs(sources: Sources, path: str) -> Iterator[RunCommand]:
    """`uvicorn.run("app.main:app")`, and `uvicorn.run(app)` with the object itself."""
    module = sources.module(path)
    for call in module.calls():
        function = syntax.field(call, "function")
        if function not in _RUNNERS:
            continue
        served = syntax.argument(call, 0, "app") or syntax.argument(call, None, "target")
        evidence = Evidence(path, syntax.line(call), f"{function}({syntax.text(served)})")
        target = syntax.string_value(served)
        if target is not None and ":" in target:
            name, _, attribute = target.partition(":")
            yield RunCommand(len(KINDS) + 1, evidence, name, attribute, folder=_folder(path))
        elif served is not None and _SERVER_PACKAGE.search(str(module.imports)):
            attribute = _served_name(module, served)
            yield RunCommand(len(KINDS) + 1, evidence, attribute=attribute, file=path)


def _served_name(module: Module, served: Node) -> str:
    """The top-level name that leads to what is served: a local one, to its function or class."""
    called = syntax.field(served, "function") if served.type == "call" else syntax.text(served)
    function = module.name_of(syntax.enclosing_function(served))
    if called in module.assignments or called in module.imports or called in module.functions:
        return called
    return function.partition(".")[0] if function else called


def _rank(path: str) -> int | None:
    name = PurePosixPath(path).name
    for rank, (_, patterns) in enumerate(KINDS, start=1):
        if any(fnmatch(name, pattern) for pattern in patterns):
            return rank
    return None


def _written_in(path: str, content: str, rank: int) -> Iterator[RunCommand]:
    """Commands may be lists (`["uvicorn", "app.main:app"]`) or go over several lines."""
    kind = KINDS[rank - 1][0]
    flat = _QUOTES.sub(" ", _JOINED.sub(_same_length_space, content))
    for match in (
        *_SERVED.finditer(flat),
        *_NAMED.finditer(flat),
        *_FASTAPI_ENTRYPOINT.finditer(flat),
    ):
        evidence = _evidence(path, content, match, kind)
        folder = _working_folder(path, content, match, kind)
        yield RunCommand(rank, evidence, match["module"], match["attribute"], folder=folder)
    single = re.sub(" +", " ", flat)
    for match in _FASTAPI_FILE.finditer(single):
        evidence = Evidence(path, _line_with(content, match["file"]), f"{kind}: {match.group()}")
        yield RunCommand(rank, evidence, file=match["file"], folder=_folder(path))
    for match in _PYTHON.finditer(single):
        wanted = match["script"] or match["package"]
        evidence = Evidence(path, _line_with(content, wanted), f"{kind}: {match.group()}")
        yield RunCommand(
            rank,
            evidence,
            match["package"] or "",
            file=match["script"] or "",
            folder=_folder(path),
            is_script=True,
        )


def _same_length_space(match: re.Match[str]) -> str:
    """Spaces in the place of what joined two words, so that offsets still say the line."""
    return " " * len(match.group())


def _evidence(path: str, content: str, match: re.Match[str], kind: str) -> Evidence:
    target = f"{match['module']}:{match['attribute']}"
    return Evidence(path, line_of(content, match.start("module")), f"{kind} runs `{target}`")


def _working_folder(path: str, content: str, match: re.Match[str], kind: str) -> str:
    """Where the command looks for its module, as far as the lines around it say."""
    around = _around(content, match.start(), match.end(), kind)
    told = [each["folder"] for each in _FOLDER.finditer(around)]
    return str(PurePosixPath(_folder(path), told[-1])) if told else _folder(path)


def _around(content: str, start: int, end: int, kind: str) -> str:
    """The line itself; before it, its service in compose, its script, its block in a README."""
    ends = content.find("\n", end)
    if kind == "compose":
        services = [0, *_starts_of_services(content), len(content)]
        begins = max(place for place in services if place <= start)
        ends = min(place for place in services if place > start)
    elif kind == "README" and content.count("```", 0, start) % 2:
        begins = content.rfind("```", 0, start)
    elif kind == "script":
        begins = 0
    else:
        begins = content.rfind("\n", 0, start) + 1
    return content[begins : ends if ends >= 0 else None]


def _starts_of_services(compose: str) -> Iterator[int]:
    listed = _SERVICES.search(compose)
    if listed is not None:
        named = re.compile(rf"(?m)^{listed['indent']}[\w.-]+:")
        yield from (each.start() for each in named.finditer(compose))


def _line_with(content: str, word: str) -> int:
    return line_of(content, max(content.find(word), 0))


def _folder(path: str) -> str:
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else parent
