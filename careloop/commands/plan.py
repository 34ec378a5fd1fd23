"""careloop plan: the plans that there are, and whether a robot can do what one asks."""

from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, examples, plain, print_fields, print_json, print_table, say, solving

if TYPE_CHECKING:
    from careloop.proving.feasibility import Feasibility
    from careloop.proving.law_needs import LawNeed, LawNeeds
    from careloop.proving.passivity import PassivityMargin

NOTHING_RENDERED = "does not apply: the law renders neither spring nor damper beside what it compensates"

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="A plan's name (plan list), or its file.")]


def add_to(app: typer.Typer) -> None:
    """Add this command group."""
    group = typer.Typer(rich_markup_mode=None)
    group.command("list", epilog=examples("careloop plan list"))(list_plans)
    group.command("check", epilog=examples("careloop plan check knee-walking", "careloop plan check my-plan.yaml"))(
        check
    )
    app.add_typer(group, name="plan", help="Plans: list them, check one.", epilog=examples("careloop plan list"))


def list_plans(as_json: Json = False) -> None:
    """List the plans that come with careloop."""
    from careloop.build import shipped_plans
    from robot.plan import load_plan

    plans = {name: load_plan(path) for name, path in shipped_plans().items()}
    if as_json:
        print_json([{"plan": name, "robot": plan.robot, "name": plan.name} for name, plan in plans.items()])
    else:
        print_table(("plan", "robot", "exercise"), [(name, plan.robot, plan.name) for name, plan in plans.items()])


def check(plan: Plan, as_json: Json = False) -> None:
    """Check a plan: its fields, its robot's limits, whether the drives can do the motion, and what its law asks for.

    A plan that passes can be tried on virtual patients: careloop validate.
    """
    from careloop.build import load_exercise
    from careloop.proving.feasibility import check_feasible
    from careloop.proving.law_needs import law_needs
    from careloop.proving.passivity import bound_speaks, passivity_margins

    exercise = load_exercise(plan, solving)
    found, needs = check_feasible(exercise), law_needs(exercise)
    margins, speaks = passivity_margins(exercise), bound_speaks(exercise)
    if as_json:
        passivity = [{**plain(one), "margin": one.margin if speaks else None} for one in margins]
        print_json({**plain(found), "law": needs, "passivity": passivity})
    else:
        _print(found, needs, margins, speaks)


def _print(found: "Feasibility", needs: "LawNeeds", margins: "tuple[PassivityMargin, ...]", speaks: bool) -> None:
    say(f"{found.plan}: {found.robot} can do it")
    print_table(
        ("joint", "needs N·m", "may use N·m", "share", "needs °/s", "limit °/s", "share", "needs W", "limit W"),
        [
            (
                one.joint,
                one.nearest.torque,
                one.nearest.allowed_torque,
                f"{one.torque_share:.0%}",
                one.peak_velocity_deg_s,
                one.velocity_limit_deg_s,
                f"{one.velocity_share:.0%}",
                one.peak_power,
                one.power_limit,
            )
            for one in found.joints
        ],
    )
    hardest = max((one.nearest for one in found.joints), key=lambda one: one.share)
    print_fields(
        {
            "hardest": f"{hardest.joint} at speed {hardest.speed:g} and {hardest.velocity_deg_s:.0f}°/s"
            f"{_for_whom(found)}",
            "energy": f"draws {found.energy.drawn:.1f} J of {found.energy.budget:g}, refilled by "
            f"{found.energy.refill:g} W; {found.energy.mean_power:.1f} W on average",
            "not enforceable": _not_enforceable(found),
            **{f"law, {one.joint}": _law(one) for one in needs.joints},
            **_law_remarks(needs),
            **({f"passivity, {one.joint}": _passivity(one, speaks) for one in margins} or _no_passivity(speaks)),
        }
    )


def _for_whom(found: "Feasibility") -> str:
    """The person whom the hardest moment is taken for; nobody where the robot carries none."""
    hardest = max((one.nearest for one in found.joints), key=lambda one: one.share)
    who = f", for a passive person of {hardest.height_m:g} m and {hardest.mass_kg:g} kg"
    return who if found.carries_limbs else ""


def _law(one: "LawNeed") -> str:
    return (
        f"asks for at most {one.peak_torque:.1f} N·m and {one.peak_power:.1f} W where nobody errs, "
        f"{one.nearest.share:.0%} of what it may use"
    )


def _law_remarks(needs: "LawNeeds") -> dict[str, str]:
    """What the law's figures do not say."""
    remarks = {}
    if not needs.leads:
        remarks["motion"] = "the law does not follow it: the person makes it, and the table is of a robot that would"
    if needs.remembers:
        remarks["memory"] = f"what {', '.join(needs.remembers)} gives by its memory comes on top"
    return remarks


def _not_enforceable(found: "Feasibility") -> str:
    if not found.not_enforceable:
        return "nothing"
    return f"{', '.join(found.not_enforceable)} (no sensor measures it; simulation proves it)"


UNKNOWN = "the bound does not see what a law remembers or changes along the phase, the trials decide"


def _no_passivity(speaks: bool) -> dict[str, str]:
    return {"passivity": NOTHING_RENDERED if speaks else f"unknown: {UNKNOWN}"}


def _passivity(one: "PassivityMargin", speaks: bool) -> str:
    verdict = "passive whatever it touches" if one.margin > 0.0 else "the bound guarantees nothing, the trials decide"
    verdict = verdict if speaks else UNKNOWN
    return (
        f"margin {one.margin:.1f} N·m·s/rad ({one.physical:g} of drive friction, {one.needed:.2g} asked for "
        f"at stiffness {one.stiffness:.4g} and damping {one.damping:.4g}; a spring alone may have "
        f"{one.largest_stiffness:.4g}): {verdict}"
    )
