"""Read and change dataclasses of the lab; their fields make the schema."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, create_model

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def settings_router(path: str, target: "DataclassInstance") -> APIRouter:
    """Build GET and PATCH of one dataclass.

    Args:
        path: of the resource.
        target: is changed in place, so that its owner works with the new values.
    """
    kind = type(target)
    return _router(path, kind, _change_model(kind), target, lambda changes: _apply(target, changes))


def grouped_settings_router(path: str, targets: "Mapping[str, DataclassInstance]") -> APIRouter:
    """Build GET and PATCH of several dataclasses as one resource.

    Args:
        path: of the resource.
        targets: are changed in place; the keys are the members of the JSON object.
    """
    title = path.strip("/").title()
    whole: dict[str, Any] = {name: (type(target), ...) for name, target in targets.items()}
    partial: dict[str, Any] = {
        name: (_change_model(type(target)), Field(default=None)) for name, target in targets.items()
    }
    change_model: Any = create_model(f"{title}Change", __config__=ConfigDict(extra="forbid"), **partial)

    def apply(changes: BaseModel) -> None:
        for name in changes.model_fields_set:
            _apply(targets[name], getattr(changes, name))

    return _router(path, create_model(title, **whole), change_model, targets, apply)


def _router(path: str, model: Any, change_model: Any, shown: Any, apply: "Callable[[BaseModel], None]") -> APIRouter:
    router = APIRouter(prefix=path, tags=["settings"])

    @router.get("", response_model=model)
    async def read() -> Any:
        """Return all settings."""
        return shown

    @router.patch("", response_model=model)
    async def change(changes: change_model) -> Any:
        """Change the settings that are given, and return all."""
        apply(changes)
        return shown

    return router


def _change_model(kind: "type[DataclassInstance]") -> type[BaseModel]:
    hints = get_type_hints(kind)
    members: dict[str, Any] = {
        # Left out means unchanged; null is rejected, since a default is not validated but a given value is.
        member.name: (_bounded(hints[member.name]), Field(default=None))
        for member in fields(kind)
    }
    return create_model(
        f"{kind.__name__}Change", __config__=ConfigDict(extra="forbid"), __doc__=kind.__doc__, **members
    )


def _bounded(hint: Any) -> Any:
    # Durations, rates and quotas: none can be below zero.
    return Annotated[hint, Field(ge=0)] if hint in (int, float) else hint


def _apply(target: "DataclassInstance", changes: BaseModel) -> None:
    for name in changes.model_fields_set:
        setattr(target, name, getattr(changes, name))
