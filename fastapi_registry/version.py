"""The version of the tool. It stands here, and in pyproject.toml; a test compares the two."""

VERSION = "1.0.0"
NAME_AND_VERSION = f"fastapi-blocks {VERSION}"
