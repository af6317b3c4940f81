"""`python -m fastapi_registry` is `fastapi-blocks`."""

from fastapi_registry.cli.start import main

main()
