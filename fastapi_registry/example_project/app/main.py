"""The app: `fastapi dev`, or `uvicorn app.main:app`."""

from app.core.app_factory import create_app
from app.installed import BLOCKS, Settings

app = create_app(Settings(), BLOCKS)
