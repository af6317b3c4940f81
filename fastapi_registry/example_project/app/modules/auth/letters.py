"""How mails are written: words from a template of the block that sends them, in one dress.

A template is `templates/<name>.txt`: its first line is the subject. `letter.html` dresses the
same words for readers of HTML, and makes a button of a line that is a link; a block may bring a
`letter.html` of its own.
"""

from dataclasses import dataclass
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from app.clients.email import Mail


@dataclass(frozen=True, slots=True)
class Letters:
    package: str
    """The block whose templates these are: its `__package__`."""
    app_name: str

    def write(self, to: str, template: str, *, link: str, **values: object) -> Mail:
        """The values, `link` and `app_name` are what the template may name."""
        templates = _templates_of(self.package)
        written = templates.get_template(f"{template}.txt").render(
            app_name=self.app_name, link=link, **values
        )
        subject, _, text = written.partition("\n")
        paragraphs = [paragraph.strip() for paragraph in text.strip().split("\n\n")]
        html = templates.get_template("letter.html").render(
            subject=subject, paragraphs=paragraphs, link=link, app_name=self.app_name
        )
        return Mail(to=to, subject=" ".join(subject.split()), text=text.strip() + "\n", html=html)


@cache
def _templates_of(package: str) -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(__package__)]),
        autoescape=select_autoescape(),  # names are whatever their owners typed
        undefined=StrictUndefined,
        trim_blocks=True,
    )
