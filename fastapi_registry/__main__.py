"""`python -m fastapi_registry` is `fastapi-blocks`."""

from fastapi_registry.cli.main import main

main()
