"""Where a unit of work comes from: the request that it serves, or none."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """Empty for a command or a job, which nobody sent over the network."""

    ip: str = ""
    user_agent: str = ""
    request_id: str = ""
