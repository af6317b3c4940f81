"""Three-way merge of one file: what you changed, what a new version changes, from one base.

    lines         what a text is made of: lines, line ends, a byte order mark
    alignment     which lines of a text were kept, by the shortest edit
    sliding       where an edit stands that could stand in several places
    regions       base, yours and theirs side by side
    definitions   what Python modules define, and whether they are whole
    doubts        conflicts that no line shows: a definition twice, a syntax error
    rendering     diff3 markers
    three_way     all of it together

No result depends on git, yet wherever git merges without a conflict the text is the same:
the tests ask it.
"""

from fastapi_registry.engine.merge.lines import with_line_end
from fastapi_registry.engine.merge.rendering import Labels, has_markers
from fastapi_registry.engine.merge.three_way import Merged, adapted, distance, merge

__all__ = ["Labels", "Merged", "adapted", "distance", "has_markers", "merge", "with_line_end"]
