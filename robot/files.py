"""YAML files that people write: read safely, validated strictly, refused with one line."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from robot.errors import InputError

LARGEST_FILE_BYTES = 256 * 1024
"""A plan is a page of text; a hundred pages is a mistake or an attack."""


class Strict(BaseModel):
    """A file's part: unknown fields, NaN and infinity are refused; immutable once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)


Positive = Annotated[float, Field(gt=0.0, le=1e6)]
NotNegative = Annotated[float, Field(ge=0.0, le=1e6)]
RangeDeg = tuple[Annotated[float, Field(ge=-360, le=360)], Annotated[float, Field(ge=-360, le=360)]]
"""Numbers of a file: nothing here is measured in millions, and no joint turns more than once each way."""

Document = TypeVar("Document", bound=BaseModel)


class _SafeLoader(yaml.SafeLoader):
    """PyYAML's safe loader without aliases and without repeated keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "an alias (*name) is not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, f"field {key!r} is not a name", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"field {key!r} is repeated", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_SafeLoader.add_implicit_resolver(  # as YAML 1.2 has it: version 1.1 takes 1e3 for a text
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def read_text(path: Path, error: type[InputError]) -> str:
    """The text of a small UTF-8 file; raises `error` naming the file."""
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise error("file-too-large", file=path, size=size, largest=LARGEST_FILE_BYTES)
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise error("file-not-text", file=path) from problem
    except OSError as problem:
        raise error("file-unreadable", file=path, reason=problem.strerror or str(problem)) from problem


def read_document(text: str, name: str, kind: type[Document], error: type[InputError]) -> Document:
    """`text` as YAML, validated as `kind`; `name` is what messages call the file."""
    try:
        content = yaml.load(text, _SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise error("file-not-yaml", file=name, reason=_yaml_reason(problem)) from problem
    if not isinstance(content, dict):
        raise error("file-not-yaml", file=name, reason="it is not a set of fields")
    try:
        return kind.model_validate(_lists_to_tuples(content))
    except ValidationError as problem:
        raise _first_problem(problem, content, name, kind, error) from problem


def _lists_to_tuples(content: Any) -> Any:
    """YAML has only lists; frozen documents hold tuples."""
    if isinstance(content, dict):
        return {key: _lists_to_tuples(value) for key, value in content.items()}
    if isinstance(content, list):
        return tuple(_lists_to_tuples(value) for value in content)
    return content


def _yaml_reason(problem: Exception) -> str:
    if isinstance(problem, RecursionError):
        return "it is nested too deeply"
    if isinstance(problem, yaml.MarkedYAMLError) and problem.problem_mark is not None:
        return f"line {problem.problem_mark.line + 1}: {problem.problem or problem.context}"
    return str(problem).splitlines()[0]


def _first_problem(
    problem: ValidationError, content: Any, name: str, kind: type[BaseModel], error: type[InputError]
) -> InputError:
    first = _told_first(problem.errors())
    place = _place(first["loc"], content, ends_missing=first["type"] == "missing")
    field = ".".join(str(part) for part in place)
    values = {"file": name, "field": field}
    if first["type"] == "extra_forbidden":
        return error("field-unknown", **values, known=", ".join(_known_fields(kind, place[:-1], content)))
    if first["type"] == "missing":
        return error("field-missing", **values)
    context = first.get("ctx", {})
    if "error" in context and isinstance(context["error"], InputError):
        inner = context["error"]
        inner_field = ".".join(part for part in (field, inner.values.get("field")) if part)
        return error(inner.code, **{**inner.values, "file": name, "field": inner_field})
    return error("field-not-allowed", **values, given=_shown(first["input"])[:60], allowed=first["msg"])


def _told_first(problems: Sequence[ErrorDetails]) -> ErrorDetails:
    """An unknown field, which explains the missing one beside it; of what may be a number or one for each, the one."""
    first = min(problems, key=lambda one: one["type"] != "extra_forbidden")
    if first["type"] != "float_type" or not isinstance(first["input"], dict):
        return first
    *where, _ = first["loc"]
    inside = (one for one in problems if list(one["loc"][: len(where)]) == where and one is not first)
    return next(inside, first)


def _shown(given: Any) -> str:
    """What a file holds, as a person would say it: of a set of fields the names."""
    if isinstance(given, dict):
        return ", ".join(map(str, given))
    if isinstance(given, float) and not math.isfinite(given):
        return str(given)
    return repr(list(given) if isinstance(given, tuple) else given)


def _place(location: tuple[int | str, ...], content: Any, *, ends_missing: bool) -> tuple[int | str, ...]:
    """Where in the file a problem is: pydantic's location without what only it knows, such as a union's members."""
    place: list[int | str] = []
    for index, part in enumerate(location):
        try:
            content = content[part]
        except (LookupError, TypeError):
            if not (ends_missing and index == len(location) - 1):
                continue
        place.append(part)
    return tuple(place)


def _known_fields(kind: type[BaseModel], place: tuple[int | str, ...], content: Any) -> list[str]:
    """The fields allowed at `place` inside a document of `kind`, followed as far as its annotations tell.

    Where there are several kinds, of the one that has most of the fields that were given.
    """
    current: Any = kind
    for part in place:
        fields = getattr(current, "model_fields", {})
        others = get_type_hints(current).get("__pydantic_extra__", current)
        annotation = fields[part].annotation if part in fields else others
        content = content[part]
        named = set(content) if isinstance(content, dict) else set()
        models = _models_in(annotation)
        current = max(models, key=lambda one: len(named & set(one.model_fields)), default=current)
    return list(getattr(current, "model_fields", {}))


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in getattr(annotation, "__args__", ()) for model in _models_in(part)]
