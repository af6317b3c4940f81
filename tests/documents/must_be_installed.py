"""What `pip install` does on a page: nothing, if its packages are there already."""

import re
import sys
from importlib.metadata import distribution

for requirement in sys.argv[1:]:
    if not requirement.startswith("-"):
        distribution(re.split(r"[\[<>=!~ ]", requirement)[0])  # raises if it is not installed
