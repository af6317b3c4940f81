"""The name of the package that everything of ours lives in, whatever it is called here."""

from typing import Final

ROOT: Final = __name__.removesuffix(".core.root")
