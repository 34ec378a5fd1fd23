"""careloop plan: the plans that there are, and whether a robot can do what one asks."""

from typing import TYPE_CHECKING, Annotated

import typer

from careloop.commands.output import Json, examples, plain, print_fields, print_json, print_table, say, solving

if TYPE_CHECKING:
    from careloop.proving.feasibility import Feasibility
    from careloop.proving.passivity import PassivityMargin

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
    """Check a plan: its fields, its robot's limits, and whether the drives can do the motion.

    A plan that passes can be tried on virtual patients: careloop validate.
    """
    from careloop.build import load_exercise
    from careloop.proving.feasibility import check_feasible
    from careloop.proving.passivity import passivity_margins

    exercise = load_exercise(plan, solving)
    found, margins = check_feasible(exercise), passivity_margins(exercise)
    if as_json:
        print_json({**plain(found), "passivity": [{**plain(one), "margin": one.margin} for one in margins]})
    else:
        _print(found, margins)


def _print(found: "Feasibility", margins: "tuple[PassivityMargin, ...]") -> None:
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
            "hardest": f"{hardest.joint} at speed {hardest.speed:g} and {hardest.velocity_deg_s:.0f}°/s, "
            f"for a passive person of {hardest.height_m:g} m and {hardest.mass_kg:g} kg",
            "energy": f"draws {found.energy.drawn:.1f} J of {found.energy.budget:g}, refilled by "
            f"{found.energy.refill:g} W; {found.energy.mean_power:.1f} W on average",
            "not enforceable": _not_enforceable(found),
            **{f"passivity, {one.joint}": _passivity(one) for one in margins},
        }
    )


def _not_enforceable(found: "Feasibility") -> str:
    if not found.not_enforceable:
        return "nothing"
    return f"{', '.join(found.not_enforceable)} (no sensor measures it; simulation proves it)"


def _passivity(one: "PassivityMargin") -> str:
    verdict = "passive whatever it touches" if one.margin > 0.0 else "the bound guarantees nothing, the trials decide"
    return (
        f"margin {one.margin:.1f} N·m·s/rad ({one.physical:g} of drive friction, {one.needed:.2g} asked for "
        f"at stiffness {one.stiffness:g} and damping {one.damping:g}): {verdict}"
    )
