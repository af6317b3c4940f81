from __future__ import annotations

import pytest

from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.rooting import CannotRoot, rooted, rooted_text, with_prefix


@pytest.mark.parametrize(
    ("source", "moved"),
    [
        ("from app import core\n", "from shop.blocks import core\n"),
        ("from app.core.x import (\n  y,\n)\n", "from shop.blocks.core.x import (\n  y,\n)\n"),
        ("import app.core as c, os\n", "import shop.blocks.core as c, os\n"),
        ("if x:\r\n\tfrom app.a import b\r\n", "if x:\r\n\tfrom shop.blocks.a import b\r\n"),
        ("def f():\n    from app.a import app\n", "def f():\n    from shop.blocks.a import app\n"),
    ],
)
def test_what_is_imported_from_app_comes_from_the_root(source: str, moved: str) -> None:
    assert rooted(source.encode(), "shop.blocks") == moved.encode()


@pytest.mark.parametrize(
    "source",
    [
        "from . import app\n",
        "from .app import x\n",
        "from apple import pie\n",
        "from other.app import x\n",
        'path = "app.core"  # from app import core\n',
        "app = FastAPI()\napp.state.x = 1\n",
        '"""Say `import app`."""\n',
    ],
)
def test_nothing_else_changes(source: str) -> None:
    assert rooted(source.encode(), "shop.blocks") == source.encode()


def test_an_import_that_binds_the_name_app_cannot_be_moved() -> None:
    with pytest.raises(CannotRoot, match=r"`modules/x\.py` has `import app\.core`"):
        rooted(b"import app.core\n", "shop.blocks", "modules/x.py")


def test_prose_is_moved_where_it_means_the_package_or_the_folder() -> None:
    text = (
        b"Your app. See app/core, `app.core.x`; run python -m app check. my-app/x, /app/y, apps.\n"
    )

    moved = rooted_text(text, Layout.below("shop.blocks"))

    assert moved == (
        b"Your app. See shop/blocks/core, `shop.blocks.core.x`; "
        b"run python -m shop.blocks check. my-app/x, /app/y, apps.\n"
    )


def test_a_prefix_is_one_value() -> None:
    source = b'"""x"""\n\nPREFIX: Final = ""  # before every table\n'

    assert with_prefix(source, "fb_") == source.replace(b'= ""', b'= "fb_"')
