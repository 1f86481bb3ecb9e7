"""Scenario files: what is read, and what an error says."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.inventory.board import emulated_boards
from hil.inventory.choice import chosen
from hil.scenarios.described import step_rows
from hil.scenarios.errors import ScenarioError
from hil.scenarios.parse import parse_scenario
from hil.scenarios.registry import STEPS
from hil.scenarios.scenario import Scenario
from hil.scenarios.shipped import DEFAULT, find_scenarios, shipped_names
from hil.scenarios.steps.boot import Boot
from hil.scenarios.steps.edit import EditStep
from hil.scenarios.steps.golden import GoldenVectors
from hil.scenarios.steps.soak import Soak
from hil.scenarios.steps.verify import Verify

HEAD = "name: mine\nabout: A test.\nsteps:\n"
"""Three lines; what follows begins in line 4."""


def test_a_file_becomes_frozen_dataclasses() -> None:
    """Arguments are typed, what is left out has its default, a step without arguments is a word."""
    text = HEAD + "  - boot\n  - golden: {samples: 3}\n  - edit:\n      codec: int8\n      durable: true\n  - verify:\n"
    expected = Scenario(
        "mine", "A test.", (), (Boot(), GoldenVectors(3), EditStep(codec="int8", durable=True), Verify())
    )
    assert expected == parse_scenario(text, "mine.yaml")


def test_whole_numbers_are_numbers() -> None:
    """Where a real number is wanted, 0 is one."""
    assert (
        Soak(inferences=5, edits=0, faults=0.0)
        == parse_scenario(HEAD + "  - boot\n  - soak: {inferences: 5, edits: 0, faults: 0}\n", "f").steps[1]
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (HEAD + "  - boot\n  - goldn\n", 5, "did you mean golden"),
        (HEAD + "  - boot\n  - golden: {sample: 3}\n", 5, "did you mean samples"),
        (HEAD + "  - boot\n  - golden:\n      samples: many\n", 6, "a whole number"),
        (HEAD + "  - boot\n  - golden: {samples: true}\n", 5, "a whole number"),
        (HEAD + "  - boot\n  - golden: {samples: 0}\n", 5, "at least 1"),
        (HEAD + "  - boot\n  - soak: {faults: 0.9}\n", 5, "at most 0.2"),
        (HEAD + "  - boot\n  - edit: {codec: int9}\n", 5, "int8"),
        (HEAD + "  - boot\n  - edit: {durable: 1}\n", 5, "true or false"),
        (HEAD + "  - boot\n  - verify: 8\n", 5, "not a mapping"),
        (HEAD + "  - boot\n  - golden: {samples: [1]}\n", 5, "not a single value"),
        (HEAD + "  - boot\n  - {golden: {}, verify: {}}\n", 5, "one name"),
        (HEAD + "  - boot\n  - golden: {samples: 1, samples: 2}\n", 5, "twice"),
        (HEAD + "  - golden\n", 4, "- boot"),
        (HEAD + "  golden\n", 4, "not a list"),
        ("name: mine\nabout: x\nneed: [flash]\nsteps: [boot]\n", 3, "did you mean needs"),
        ("name: mine\nabout: x\nneeds: [flsh]\nsteps: [boot]\n", 3, "did you mean flash"),
        ("name: ../mine\nabout: x\nsteps: [boot]\n", 1, "a folder's"),
        ("name: mine\nsteps: [boot]\n", 1, "lacks about"),
        ("name: 5\nabout: x\nsteps: [boot]\n", 1, "not a text"),
        ("name: mine\nabout: [\n", 3, "no YAML"),
        ("", 1, "empty"),
        ("- boot\n", 1, "not a mapping"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(text: str, line: int, words: str) -> None:
    """Nothing unknown is passed over, and the message helps to write it right."""
    with pytest.raises(ScenarioError) as raised:
        parse_scenario(text, "some.yaml")
    assert str(raised.value).startswith(f"some.yaml, line {line}: ")
    assert words in str(raised.value)


def test_what_ships_can_be_read_and_says_what_it_is() -> None:
    """Every shipped file is called as its name, and the default ones are among them."""
    names = shipped_names()
    assert names == tuple(scenario.name for scenario in find_scenarios(names))
    assert ("adapt", "durable", "golden", "smoke", "soak") == names
    assert DEFAULT == tuple(scenario.name for scenario in find_scenarios(()))
    used = {step.NAME for scenario in find_scenarios(names) for step in scenario.steps}
    assert set(STEPS) == used


def test_files_and_folders_can_be_named(tmp_path: Path) -> None:
    """A folder stands for its files, in order."""
    for name in ("b", "a"):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nabout: x\nsteps: [boot]\n")
    assert ["a", "b"] == [scenario.name for scenario in find_scenarios([str(tmp_path)])]
    assert ["b"] == [scenario.name for scenario in find_scenarios([str(tmp_path / "b.yaml")])]
    with pytest.raises(ScenarioError, match="two scenarios"):
        find_scenarios([str(tmp_path), str(tmp_path / "b.yaml")])


def test_a_scenario_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the names that there are."""
    with pytest.raises(ScenarioError, match="did you mean smoke"):
        find_scenarios(["smoek"])
    with pytest.raises(ScenarioError, match="holds no scenario"):
        find_scenarios([str(tmp_path)])


def test_every_step_says_how_it_is_written() -> None:
    """What `persona hil list` shows can be copied into a file."""
    for row in step_rows():
        steps = "  - boot\n" + f"  - {row['use']}\n".replace(": N}", ": 1}").replace(": N,", ": 1,")
        assert row["name"] == parse_scenario(HEAD + steps, "f").steps[1].NAME
        assert row["about"].endswith(".")


def test_boards_are_chosen_by_id_or_all() -> None:
    """In the order that was asked for, each once."""
    assert ["microbit", "posix"] == [board.id for board in chosen("microbit, posix,microbit", emulated_boards())]
    assert list(emulated_boards()) == [board.id for board in chosen("all", emulated_boards())]
