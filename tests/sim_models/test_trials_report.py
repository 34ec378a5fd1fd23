import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from robot.description import ForceSensor
from robot.proof import Proof, sha256_of
from sim_models.trials.cases import corner_cases, standard_cases
from sim_models.trials.gates import Result
from sim_models.trials.matrix import standard_matrix
from sim_models.trials.nearest import WORST, worst
from sim_models.trials.report import render, verdict, write_report
from tests.sim_models.trials_kit import SHIPPED

MATRIX = standard_matrix()
PLAN, ROBOT = SHIPPED.plan, SHIPPED.robot
PROOF = Proof(
    plan=PLAN.name,
    made_at="2026-11-21T10:00:00+00:00",
    parts={name: sha256_of(name) for name in ("plan", "robot", "urdf", "matrix", "law", "guard")},
    figures=[],
    made_with={"compiler": "cc 12.2.0", "flags": "-O3 <none>", "pybullet": "3.2.7"},
)
SUITING = {name: row for name, row in MATRIX.conditions.items() if row.suits(ROBOT)}
BY_SOME = [(patient, name) for name, row in SUITING.items() for patient in row.patients]
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "img", "br", "hr", "link", "input"}


def made_up() -> list[Result]:
    """A result for every trial of the shipped plan, all passed, each with figures of its own."""
    results = []
    for index, case in enumerate(standard_cases(PLAN, SHIPPED.robot, MATRIX) + corner_cases(PLAN, MATRIX)):
        fault = case.expected == "faults"
        results.append(
            Result(
                patient=case.patient,
                height_m=case.person.height_m,
                mass_kg=case.person.mass_kg,
                condition=case.condition,
                changes=case.changes,
                expected=case.expected,
                end="faults" if fault else "completes",
                reason="bus-silent" if fault else "completed",
                limb_rms_deg=1.0 + 0.05 * index,
                encoder_rms_deg=0.5,
                peak_cuff_force_N=40.0 + index,
                peak_tau_Nm=15.0 + 0.1 * index,
                interaction_joint="knee",
                peak_interaction_Nm=8.0,
                overshoot_deg=0.5,
                stop_ms=40.0 + index if fault else None,
                stop_deg=2.0 if fault else None,
                failures=(),
            )
        )
    return results


def failing(results: list[Result], failures: Mapping[int, str]) -> list[Result]:
    """The same, but that those at these places, counted from the end where below zero, did not keep a gate."""
    failed = list(results)
    for index, words in failures.items():
        failed[index] = replace(failed[index], failures=(words,))
    return failed


class Page(HTMLParser):
    """A page taken apart; raises where its tags do not close in the order in which they opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} repeats an attribute"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.said.append(data)
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += f" {data.strip()}" if data.strip() else ""

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.said).split())


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return made_up()


@pytest.fixture(scope="module")
def text(results: list[Result]) -> str:
    return render(PLAN, ROBOT, results, MATRIX, PROOF, "knee-walking")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def line_of(page: Page, patient: str) -> list[str]:
    """The matrix's line of a virtual patient, which names its body."""
    (row,) = (row for row in page.rows if row[0].split()[0] == patient and row[0].endswith(" kg"))
    return row


def test_the_page_is_well_formed(text: str, page: Page) -> None:
    assert text.startswith("<!DOCTYPE html>")
    assert page.open == []
    assert [tag for tag, _ in page.tags].count("title") == 1


def test_the_page_needs_nothing_from_outside(text: str, page: Page) -> None:
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        for name in ("src", "href", "srcset"):
            assert (attributes.get(name) or "data:").startswith("data:")
    without_pictures = re.sub(r'"data:[^"]*"', "", text)
    assert not re.search(r"https?:|url\(|@import|/tmp|/home", without_pictures)


def test_the_verdict_comes_first_and_says_that_all_passed(page: Page) -> None:
    sentence = (
        f"All {len(made_up())} trials ended as they should: 24 with 6 virtual patients in 4 conditions each, "
        f"{len(BY_SOME)} with some of them in 15 conditions more, 16 at the corners of the adjustable ranges."
    )
    assert sentence in page.words
    assert page.words.index(sentence) < page.words.index("The plan")


def test_every_trial_of_the_matrix_stands_in_its_cell(results: list[Result], page: Page) -> None:
    (head,) = (row for row in page.rows if row[0] == " Patient")
    conditions = [cell.split()[0] for cell in head[1:]]
    assert conditions == [name for name, row in SUITING.items() if not row.patients]
    for result in (one for one in results if one.condition in conditions and not one.changes):
        row = line_of(page, result.patient)
        cell = row[1 + conditions.index(result.condition)]
        assert ("✓ fault bus-silent" if result.end == "faults" else "✓ completed") in cell
        assert f"{result.limb_rms_deg:.1f}° RMS" in cell
        assert f"{result.peak_cuff_force_N:.0f} N peak" in cell
        assert (f"{result.stop_ms:.0f} ms" in cell) if result.stop_ms is not None else ("stop" not in cell)


def test_every_fault_that_some_tried_has_a_line(results: list[Result], page: Page) -> None:
    lines = {tuple(cell.strip() for cell in row[-5:]) for row in page.rows}
    for result in (one for one in results if (one.patient, one.condition) in BY_SOME):
        assert (
            result.patient,
            "✓ fault (bus-silent)" if result.end == "faults" else "✓ completed",
            f"{result.limb_rms_deg:.1f}°",
            f"{result.peak_cuff_force_N:.0f} N",
            "–" if result.stop_ms is None else f"{result.stop_ms:.0f} ms",
        ) in lines
    assert "5 % of the replies are lost" in page.words


def test_every_corner_has_a_line(results: list[Result], page: Page) -> None:
    lines = {tuple(cell.strip() for cell in row) for row in page.rows}
    for result in (one for one in results if one.changes):
        assert (
            *(f"{value:g}" for value in result.changes.values()),
            result.patient,
            "✓ completed",
            f"{result.limb_rms_deg:.1f}°",
            f"{result.peak_cuff_force_N:.0f} N",
            f"{result.peak_tau_Nm:.1f} N·m",
            "–",
        ) in lines


def test_the_plans_limits_are_there_and_the_cuffs_is_not_enforceable(page: Page) -> None:
    for said in ("38 N·m", "800 N·m/s", "10 to 95°", "140°/s", "20 N·m within 80 ms", "1.45 to 1.95 m", "40 to 110 kg"):
        assert said in page.words
    (cuff,) = (row for row in page.rows if row[0] == " cuff force")
    assert cuff[1] == " 150 N"
    assert "not enforceable: the cuff has no sensor" in cuff[2]
    assert page.words.count("not enforceable") == 1
    assert [row[1] for row in page.rows if row[0] in (" knee power", " energy")] == [" 70 W", " 22 J, refilled by 5 W"]
    for name, (low, high) in PLAN.adjustable.items():
        assert f"{name} from {low:g} to {high:g}" in page.words


def test_a_robot_with_a_sensor_at_its_cuff_has_every_limit_supervised(results: list[Result]) -> None:
    robot = ROBOT.model_copy(update={"force_sensors": {"cuff": ForceSensor(region="lower-leg")}})
    page = Page(render(PLAN, robot, results, MATRIX, PROOF, "knee-walking"))
    assert "not enforceable" not in page.words
    (contact,) = (row for row in page.rows if row[0] == " contact at cuff")
    assert contact[1] == " 65 N"


def test_the_proofs_parts_and_versions_are_there_and_no_clinical_claim_is_made(page: Page) -> None:
    rows = [tuple(cell.strip() for cell in row) for row in page.rows]
    for name, value in {**PROOF.parts, "all together": PROOF.sha256, **PROOF.made_with}.items():
        assert (name, value) in rows
    assert "The virtual patients are synthetic; no clinical claim." in page.words
    assert "stretch reflex 25 N·m·s/rad above 15°/s" in page.words


def test_failures_are_named_in_the_verdict_in_a_list_and_in_their_cell(results: list[Result]) -> None:
    bad = failing(results, {0: "cuff 170 N over 150 N", -14: "limb error 7.1° over 6°"})
    page = Page(render(PLAN, ROBOT, bad, MATRIX, PROOF, "knee-walking"))
    assert (
        f"2 of {len(bad)} trials did not end as they should: passive, nominal (cuff 170 N over 150 N); passive, "
        "nominal, assistance 0.8, joint-impedance.stiffness 60, motion.speed 0.35 (limb error 7.1° over 6°)."
    ) in page.words
    assert "No proof is signed for this plan." in page.words
    (line,) = (row for row in page.rows if row[0] == " passive, nominal" and "completes" in row[1])
    assert line[3] == " cuff 170 N over 150 N"
    row = line_of(page, "passive")
    assert "✗ completed" in row[1]
    assert "cuff 170 N over 150 N" in row[1]
    assert "✗" not in "".join(row[2:])


def test_a_verdict_of_many_failures_names_three_and_counts_the_rest(results: list[Result]) -> None:
    sentence = verdict(failing(results, dict.fromkeys(range(10), "cuff 170 N over 150 N")))
    assert sentence.startswith(f"10 of {len(made_up())} trials did not end as they should: ")
    assert sentence.count("cuff 170 N") == 3
    assert sentence.endswith("; and 7 more.")


def test_no_trial_proves_nothing() -> None:
    assert verdict([]) == "No trial was run, so nothing is proven."
    page = Page(render(PLAN, ROBOT, [], MATRIX, PROOF, "knee-walking"))
    assert "No proof is signed" in page.words


def test_the_worst_are_those_that_failed_then_those_nearest_to_a_gate(results: list[Result]) -> None:
    results = failing(results, {9: "ended as stops-safely (spasm)"})
    results[5] = replace(results[5], peak_cuff_force_N=149.0)
    results[7] = replace(results[7], stop_ms=98.0)
    results[28] = replace(results[28], limb_rms_deg=5.8)
    found = worst(results, PLAN, MATRIX.gates)
    assert len(found) == WORST
    assert [results.index(one.result) for one in found[:4]] == [9, 5, 7, 28]
    assert [one.gate for one in found[1:4]] == ["cuff force 150 N", "stop within 100 ms", "limb error 6°"]
    assert found[1].share == pytest.approx(149.0 / 150.0)


def test_figures_that_were_not_reached_are_told_in_words(results: list[Result]) -> None:
    stopped = replace(
        results[16],
        end="stops-safely",
        reason="spasm",
        limb_rms_deg=float("nan"),
        stop_ms=float("inf"),
        failures=("not stopped when the trial ended, over 100 ms",),
    )
    page = Page(render(PLAN, ROBOT, [*results[:16], stopped, *results[17:]], MATRIX, PROOF, "knee-walking"))
    row = line_of(page, "severely-spastic")
    for said in ("✗ stopped safely", "spasm", "limb – RMS", "stop not stopped"):
        assert said in row[1]
    assert not re.search(r"\b(nan|inf)\b(?!-)", page.words)


def test_every_mark_of_the_pictures_is_drawn_and_nothing_but_a_number_is_left_out(results: list[Result]) -> None:
    unreached = [replace(one, limb_rms_deg=float("nan")) for one in results]
    for given, places in ((results, 2), (unreached, 1)):
        page = Page(render(PLAN, ROBOT, given, MATRIX, PROOF, "knee-walking"))
        pictures = [attributes["src"] or "" for tag, attributes in page.tags if tag == "img"]
        drawn = [ElementTree.fromstring(b64decode(picture.partition("base64,")[2])) for picture in pictures]
        assert [len(_marks(svg)) for svg in drawn] == [24 * places, 16 * places]


def _marks(svg: ElementTree.Element) -> list[ElementTree.Element]:
    """What matplotlib draws for each point within the axes: a use inside of a clipped group."""
    groups = [group for group in svg.iter(f"{SVG}g") if "clip-path" in group.attrib]
    return [use for group in groups for use in group.iter(f"{SVG}use")]


def test_a_plan_without_adjustable_ranges_has_no_table_of_corners(results: list[Result]) -> None:
    plan = PLAN.model_copy(update={"adjustable": {}})
    page = Page(render(plan, ROBOT, results[:24], MATRIX, PROOF, "knee-walking"))
    assert "All 24 trials ended as they should" in page.words
    assert "Corners of the adjustable ranges" not in page.words


def test_a_name_cannot_smuggle_tags_into_the_page(results: list[Result]) -> None:
    text = render(
        PLAN.model_copy(update={"name": "<script>alert(1)</script>"}), ROBOT, results, MATRIX, PROOF, "knee-walking"
    )
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_equal_results_give_an_equal_file(results: list[Result], text: str, tmp_path: Path) -> None:
    written = write_report(tmp_path / "trials.html", PLAN, ROBOT, results, MATRIX, PROOF, "knee-walking")
    assert written.read_text(encoding="utf-8") == text
