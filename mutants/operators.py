"""Where a module can be wrong: cosmic-ray's operators, and some for what they cannot see.

Cosmic-ray changes Python's operators, numbers and keywords. The guard decides by calls of CasADi, a session by
effects and tables; those are changed here. A mutant that differs in annotations or docstrings alone is none.
"""

import ast
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

_BINARY = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Mod_FloorDiv", "Pow_Mul", "BitOr_BitAnd", "BitAnd_BitOr")
_COMPARED = ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt", "Eq_NotEq", "NotEq_Eq")
_STANDARD = (
    *(f"ReplaceBinaryOperator_{name}" for name in _BINARY),
    *(f"ReplaceComparisonOperator_{name}" for name in (*_COMPARED, "Is_IsNot", "IsNot_Is")),
    *(f"ReplaceUnaryOperator_Delete_{name}" for name in ("USub", "Invert", "Not")),
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop"),
    *("ExceptionReplacer", "NumberReplacer", "RemoveDecorator"),
)
"""The nearest neighbour and the opposite; further ones, as a shift of floats, fail at once and prove nothing."""

_OPPOSITES = (
    ("fmin", "fmax"),
    ("at_least", "at_most"),
    ("logic_and", "logic_or"),
    ("min", "max"),
    ("any", "all"),
    ("any_of", "all_of"),
)
_SWAPS = {one: other for pair in _OPPOSITES for one, other in (pair, pair[::-1])}


@dataclass(frozen=True)
class Mutant:
    """One module's text with one error in it; `line` counts from 1, `before` and `after` are the lines that differ."""

    module: str
    operator: str
    line: int
    before: str
    after: str
    source: str


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module's text that is a program, and not the same one."""
    seen = {None, _program(source)}
    for operator, mutated in (*_standard(source), *_own(source)):
        program = _program(mutated)
        if program not in seen:
            seen.add(program)
            yield Mutant(module, operator, *_difference(source, mutated), mutated)


def _program(source: str) -> str | None:
    """What a text means: its syntax tree without docstrings and annotations; None where it is no Python.

    The last of an array is taken for its first: most fields of the row are one number. Their neighbour is tried still.
    How an argument may be given is no difference either, nor whether a class has slots.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            if getattr(node, field, None) is not None:
                setattr(node, field, ast.Constant(None))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [one for one in node.body if not _is_text(one)]
        if isinstance(node, ast.Subscript) and ast.unparse(node.slice) == "-1":
            node.slice = ast.Constant(0)
        if isinstance(node, ast.Call):
            node.keywords = [one for one in node.keywords if one.arg != "slots"]
        if isinstance(node, ast.arguments):
            node.args, node.posonlyargs, node.kwonlyargs = [*node.posonlyargs, *node.args, *node.kwonlyargs], [], []
            node.defaults, node.kw_defaults = [*node.defaults, *(one for one in node.kw_defaults if one)], []
    return ast.dump(tree)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _difference(source: str, mutated: str) -> tuple[int, str, str]:
    before, after = source.splitlines(), mutated.splitlines()
    edits = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    _, start, stop, new_start, new_stop = next(edit for edit in edits if edit[0] != "equal")
    old, new = (" ".join(line.strip() for line in lines) for lines in (before[start:stop], after[new_start:new_stop]))
    return start + 1, old, new


def _standard(source: str) -> Iterator[tuple[str, str]]:
    for name in _STANDARD:
        for occurrence in count():
            mutated = mutate_code(source, get_operator(f"core/{name}")(), occurrence)
            if mutated is None:
                break
            yield name, mutated


def _own(source: str) -> Iterator[tuple[str, str]]:
    """The operators of this file; each edit replaces a stretch of the UTF-8 text, as `ast` counts it."""
    text = source.encode()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def stretch(first: _Place, last: _Place) -> slice:
        begin = starts[first.lineno - 1] + first.col_offset
        return slice(begin, starts[(last.end_lineno or 1) - 1] + (last.end_col_offset or 0))

    for node in ast.walk(ast.parse(source)):
        for operator, first, last, parts in _edits(node):
            new = b"".join(part.encode() if isinstance(part, str) else text[stretch(part, part)] for part in parts)
            place = stretch(first, last)
            yield operator, (text[: place.start] + new + text[place.stop :]).decode()


_Place = ast.expr | ast.stmt
_Edit = tuple[str, _Place, _Place, list[str | _Place]]
"""An operator's name, the nodes from where to where, and what to put there: texts and nodes."""


def _edits(node: ast.AST) -> Iterator[_Edit]:
    match node:
        case ast.Name(id=name) if name in _SWAPS and isinstance(node.ctx, ast.Load):
            yield "swap", node, node, [_SWAPS[name]]
        case ast.Attribute(attr=name, value=owner) if name in _SWAPS:
            yield "swap", node, node, [owner, ".", _SWAPS[name]]
        case ast.Call(func=ast.Attribute(attr="if_else"), args=[_, one, other]):
            yield "swap arms", one, other, [other, ", ", one]
        case ast.Call(func=ast.Attribute(attr="logic_not" | "fabs"), args=[inner]):
            yield "unwrap", node, node, [inner]
        case (
            ast.Call(
                func=ast.Attribute(attr="vertcat") | ast.Name(id="all_finite" | "all_of" | "any_of"), args=elements
            )
            | ast.Set(elts=elements)
        ) if len(elements) > 1:
            yield from _without_one([[one] for one in elements])
        case ast.Dict(keys=keys, values=values) if len(keys) > 1:
            yield from _without_one([[key, value] for key, value in zip(keys, values, strict=True) if key])
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise():
            yield "delete", node, node, ["pass"]
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "delete", node, node, ["pass"]


def _without_one(elements: Sequence[Sequence[_Place]]) -> Iterator[_Edit]:
    """Each a list of its parts: one of a set, key and value of a dictionary."""
    for index in range(len(elements)):
        kept: list[str | _Place] = []
        for parts in [*elements[:index], *elements[index + 1 :]]:
            kept += [", "] * bool(kept) + [one for part in parts for one in (": ", part)][1:]
        yield "drop", elements[0][0], elements[-1][-1], kept
