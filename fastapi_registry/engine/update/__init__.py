"""Updates that keep the user's edits.

    choice       which blocks go to which version, and what they newly require
    moved        where files are that the user moved
    cases        each file of a block between two versions
    formatting   both versions as the user's own formatter writes them
    table        what becomes of a file
    files        the files of one block
    needs        what a new version needs beside its files
    planning     all of it together: `plan_update`
    relocation   a moved file that only the user can recognise: `plan_move`

Every file is decided on by itself, from three texts and the record that the lock keeps of it.
"""

from fastapi_registry.engine.update.choice import choose_updates
from fastapi_registry.engine.update.formatting import Formatter
from fastapi_registry.engine.update.planning import plan_update
from fastapi_registry.engine.update.relocation import plan_move
from fastapi_registry.engine.update.table import Choices, ConflictStyle

__all__ = ["Choices", "ConflictStyle", "Formatter", "choose_updates", "plan_move", "plan_update"]
