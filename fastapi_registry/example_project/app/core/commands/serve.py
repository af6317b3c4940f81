"""`serve`: the app with the settings' host, port and reload."""

import click

from app.core.commands.project import Project
from app.core.root import ROOT


@click.command()
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    envvar="WEB_CONCURRENCY",
    show_default=True,
    show_envvar=True,
    help="Processes that share the port.",
)
@click.pass_obj
def serve(project: Project, workers: int) -> None:
    """Serve the app on HOST and PORT."""
    import uvicorn

    server = project.settings.server
    uvicorn.run(
        f"{ROOT}.main:app",
        host=server.host,
        port=server.port,
        reload=server.reload,
        workers=None if server.reload else workers,
        access_log=False,  # the app writes its own line, with the request id
        proxy_headers=bool(server.trusted_proxies),
        forwarded_allow_ips=list(server.trusted_proxies),
        root_path=server.root_path,
        server_header=False,  # nobody needs to know which version has which hole
        timeout_graceful_shutdown=30,
    )
