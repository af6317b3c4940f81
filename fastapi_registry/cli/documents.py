"""A plan as JSON. The keys are a promise: they change with a major version only."""

from __future__ import annotations

from fastapi_registry.engine.plan import Plan


def plan_document(plan: Plan) -> dict[str, object]:
    """Digests in place of contents: those of `.env` are secrets, and all of them are long."""
    return {
        "changes": [
            {
                "path": change.path,
                "kind": change.kind,
                "before_sha256": change.before_sha256,
                "after_sha256": change.after_sha256,
            }
            for change in plan.changes
        ],
        "blocks": [block._asdict() for block in plan.blocks],
        "dependencies": list(plan.dependencies),
        "env": list(plan.env),
        "migrations": list(plan.migrations),
        "todo": [todo._asdict() for todo in plan.todo],
        "conflicts": [{"path": each.path, "hunks": list(each.hunks)} for each in plan.conflicts],
        "notes": list(plan.notes),
    }
