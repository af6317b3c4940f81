"""What this app is made of. `fastapi-blocks` edits BLOCKS and Settings."""

from app import core
from app.core.blocks import Block
from app.core.config import CoreSettings
from app.modules.audit import block as audit
from app.modules.auth import AuthSettings
from app.modules.auth import block as auth
from app.modules.captcha import CaptchaSettings
from app.modules.captcha import block as captcha
from app.modules.logs import LogsSettings
from app.modules.logs import block as logs
from app.modules.two_factor import TwoFactorSettings
from app.modules.two_factor import block as two_factor
from app.modules.users import block as users

BLOCKS: tuple[Block, ...] = (
    core.block,  # what all others stand on
    audit,
    auth,
    captcha,
    logs,
    two_factor,
    users,
)


class Settings(CoreSettings):
    """One section for each block that has settings."""

    auth: AuthSettings = AuthSettings()
    captcha: CaptchaSettings = CaptchaSettings()
    logs: LogsSettings = LogsSettings()
    two_factor: TwoFactorSettings = TwoFactorSettings()
