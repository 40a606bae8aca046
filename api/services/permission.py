"""The one place where a right is asked for and, if missing, refused."""

from __future__ import annotations

from api.problems import Problem, Reason, unknown
from api.rights import TABLE, Action, Role, Scope, User
from config.plant import Plant, PlantAsset


def require(user: User, action: Action) -> Scope:
    """Where the user may do that. Raises 403 when that is nowhere."""
    scope = user.scope(action)
    if not scope:
        raise _refused(user, action, "anywhere")
    return scope


def require_at(user: User, action: Action, site: str, family: str) -> None:
    """Raises 403 unless the user may do that at this site to this family."""
    if not user.may(action, site, family):
        raise _refused(user, action, f"at {site} for {family}")


def asset_for(plant: Plant, user: User, action: Action, asset_id: str) -> PlantAsset:
    """The asset, if the user may do that to it. Raises 404 or 403."""
    scope = require(user, action)
    asset = plant.assets.get(asset_id)
    if asset is None:
        raise unknown("asset", asset_id, (a.id for a in visible(plant, scope)))
    require_at(user, action, asset.site, asset.family)
    return asset


def visible(plant: Plant, scope: Scope) -> list[PlantAsset]:
    """The assets within the scope."""
    if scope.unlimited:
        return plant.by_index
    return [a for a in plant.by_index if scope.covers(a.site, a.family)]


def _refused(user: User, action: Action, where: str) -> Problem:
    able = [r.value for r in Role if action in TABLE[r]]
    return Problem(Reason.NOT_PERMITTED, f"{user.name} may not {action} {where}.", roles=able)
