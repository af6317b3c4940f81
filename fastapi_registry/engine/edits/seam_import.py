"""One `from module import name` in a user's file: put in where its kin stand, and taken out."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from fastapi_registry.engine.edits.lines import (
    delete_lines,
    insert_line,
    is_alone,
    line_end,
    line_start,
    splice,
)
from fastapi_registry.engine.edits.python_source import (
    Import,
    imported,
    parse,
    place_of_first_statement,
    text,
    walk,
)

_IMPORTS = ("import_statement", "import_from_statement")


def local_name(source: bytes, wanted: Import) -> str | None:
    """What the file calls it, if it imports it at all."""
    found = (have.alias or have.name for have, _, _ in _every_import(parse(source), wanted))
    return next(found, None)


def with_import(source: bytes, wanted: Import, before: int) -> bytes:
    """`source` with the import above the offset `before`, where isort would have it.

    Among those of its package; or else as a paragraph of its own behind the others, and above
    those that are relative.
    """
    place = _place(source, wanted, before)
    is_own_paragraph = _begins_a_paragraph(source, wanted, place)
    edited = insert_line(source, place, wanted.line + _exemption(source, wanted, place))
    below = line_end(edited, place)
    if _is_first_section(edited, place, below):
        edited = insert_line(edited, below, b"")
    return insert_line(edited, place, b"") if is_own_paragraph else edited


def without_import(source: bytes, wanted: Import) -> bytes:
    """`source` without it, whether alone in its statement or one of several names."""
    for _, node, statement in _every_import(parse(source), wanted):
        names = statement.children_by_field_name("name")
        if len(names) == 1:
            return _without_statement(source, statement)
        return _without_name(source, names, names.index(node))
    return source


def comment_end(source: bytes, end: int) -> int:
    """Where a statement is over, the comment behind it included: that goes with it."""
    rest = source[end : line_end(source, end)]
    return end + len(rest.rstrip(b"\r\n")) if rest.lstrip().startswith(b"#") else end


def without_paragraph(source: bytes, start: int, end: int) -> bytes:
    """Without the lines; where they are a paragraph of their own, without its gap too."""
    first, last = line_start(source, start), line_end(source, end)
    if _is_blank_before(source, first) and is_blank_after(source, last):
        first = _gap_start(source, first)
    return delete_lines(source, first, last) if last > first else source


def is_blank_after(source: bytes, last: int) -> bool:
    return last < len(source) and not source[last : line_end(source, last)].strip()


def _every_import(root: Node, wanted: Import) -> Iterator[tuple[Import, Node, Node]]:
    for statement in walk(root):
        if statement.type == "import_from_statement":
            for have, node in imported(statement):
                if (have.module, have.name) == (wanted.module, wanted.name):
                    yield have, node, statement


def _place(source: bytes, wanted: Import, before: int) -> int:
    """Sorted among the imports of our package; else below the last absolute import above us."""
    root = parse(source)
    above = [node for node in root.children if _imports(node) and node.end_byte <= before]
    kin = [node for node in above if _is_kin(node, wanted)]
    smaller = [node for node in kin if _sorted_as(node) < (True, wanted.module)]
    if kin and not smaller and _begins_line(source, kin[0]):
        return line_start(source, kin[0].start_byte)
    anchor = (smaller or [node for node in above if not _is_relative(node)])[-1:]
    return (
        line_end(source, anchor[0].end_byte) if anchor else place_of_first_statement(source, root)
    )


def _imports(statement: Node) -> bool:
    """An import, or a `try` around that of FastAPI: it must be asked before ours fails."""
    if statement.type != "try_statement":
        return statement.type in _IMPORTS
    body = statement.child_by_field_name("body")
    guarded = body.children if body is not None else ()
    return any(_module(node).partition(".")[0] == "fastapi" for node in guarded)


def _begins_a_paragraph(source: bytes, wanted: Import, place: int) -> bool:
    """Whether a gap follows, and what stands right above it is no import of our package."""
    last = _statement_above(source, place)
    return not (last and _is_kin(last, wanted)) and is_blank_after(source, place)


def _is_first_section(source: bytes, place: int, following: int) -> bool:
    """Whether the import at `place` is the first, and at `following` there is a relative one."""
    last = _statement_above(source, place)
    is_first = not (last and (_imports(last) or last.type == "future_import_statement"))
    return is_first and any(
        _is_relative(node) and line_start(source, node.start_byte) == following
        for node in parse(source).children
    )


def _statement_above(source: bytes, place: int) -> Node | None:
    """The statement, or the comment, whose last line ends at `place`."""
    every = (node for node in parse(source).children if node.end_byte <= place)
    return next((node for node in every if line_end(source, node.end_byte) == place), None)


def _exemption(source: bytes, wanted: Import, place: int) -> bytes:
    """The `# noqa` of the import beside it: below other code, a linter objects to both alike."""
    for node in parse(source).children:
        start, end = line_start(source, node.start_byte), line_end(source, node.end_byte)
        if node.type in _IMPORTS and _is_kin(node, wanted) and place in (start, end):
            comment = source[node.end_byte : end].strip()
            return b"  " + comment if comment.startswith(b"# noqa") else b""
    return b""


def _is_kin(statement: Node, wanted: Import) -> bool:
    return _module(statement).partition(".")[0] == _package(wanted)


def _is_relative(statement: Node) -> bool:
    return _module(statement).startswith(".")


def _package(wanted: Import) -> str:
    return wanted.module.partition(".")[0]


def _module(statement: Node) -> str:
    """The dotted name of an import, either kind; "" for anything else, which is nobody's kin."""
    field = "module_name" if statement.type == "import_from_statement" else "name"
    node = statement.child_by_field_name(field) if statement.type in _IMPORTS else None
    return text(node.child_by_field_name("name") or node) if node else ""


def _sorted_as(statement: Node) -> tuple[bool, str]:
    """`import shop` comes before `from shop import …`, and then the names decide."""
    return statement.type == "import_from_statement", _module(statement)


def _begins_line(source: bytes, statement: Node) -> bool:
    return line_start(source, statement.start_byte) == statement.start_byte


def _without_statement(source: bytes, statement: Node) -> bytes:
    start, end = statement.start_byte, statement.end_byte
    if not is_alone(source, start, comment_end(source, end)):
        return _without_simple_statement(source, start, end)
    first, last = line_start(source, start), line_end(source, end)
    below = line_end(source, last)
    is_first = _is_first_section(source, first, below) and is_blank_after(source, last)
    if is_first and not _is_blank_before(source, first):
        return delete_lines(source, first, below)
    return without_paragraph(source, start, end)


def _without_simple_statement(source: bytes, start: int, end: int) -> bytes:
    """One of several on a line: `import a; from b import c`."""
    after = source[end : line_end(source, end)]
    if after.lstrip().startswith(b";"):
        following = after.lstrip()[1:].lstrip()
        return splice(source, start, end + len(after) - len(following), b"")
    before = source[:start].rstrip(b" \t").removesuffix(b";").rstrip(b" \t")
    return before + source[end:]


def _is_blank_before(source: bytes, first: int) -> bool:
    return first > 0 and not source[line_start(source, first - 1) : first].strip()


def _gap_start(source: bytes, first: int) -> int:
    while _is_blank_before(source, first):
        first = line_start(source, first - 1)
    return first


def _without_name(source: bytes, names: list[Node], index: int) -> bytes:
    if index + 1 < len(names):
        return splice(source, names[index].start_byte, names[index + 1].start_byte, b"")
    return splice(source, names[index - 1].end_byte, names[index].end_byte, b"")
