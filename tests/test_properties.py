"""The list of properties: every one of them counts, and a test that fails, is missing or is skipped shows nothing."""

import pytest

from tests.properties import SPECIFICATION, Record, properties_of

TEXT = "## Invariants\n\n1. One.\n2. Two.\n3. Three.\n\n## Afterwards\n\n4. No property.\n"


def test_the_specification_numbers_26_properties() -> None:
    """In order, none left out."""
    assert [f"P{number}" for number in range(1, 27)] == list(properties_of(SPECIFICATION.read_text("utf-8")))


def test_only_the_section_of_invariants_is_read() -> None:
    """Other numbered lists are none."""
    assert {"P1": "One.", "P2": "Two.", "P3": "Three."} == properties_of(TEXT)


def test_a_property_is_shown_by_a_test_that_passed() -> None:
    """And a test may show several."""
    record = Record(properties_of(TEXT))
    record.add(["P1", "P3"], "t", "passed")
    assert ["P2"] == record.missing
    assert "2 of 3 properties are shown" == record.lines()[-1]
    assert ["P1  shown    One.", "            1 passed    t"] == record.lines()[:2]


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [(["passed", "failed"], "FAILED"), (["skipped"], "NOT RUN"), (["passed", "skipped"], "shown"), ([], "NO TEST")],
)
def test_a_failure_outweighs_what_passed(outcomes: list[str], verdict: str) -> None:
    """And what was skipped shows nothing."""
    record = Record(properties_of(TEXT))
    for outcome in outcomes:
        record.add(["P1"], "t", outcome)
    assert verdict == record.verdict("P1")


CITING = """
import pytest

@pytest.mark.property("P1", "P2")
@pytest.mark.parametrize("value", [1, 2])
def test_shows(value): pass

def test_cites_nothing(): raise AssertionError
"""


@pytest.mark.parametrize(("known", "code"), [("1. One.\n2. Two.\n", 0), ("1. One.\n2. Two.\n3. Three.\n", 1)])
def test_a_run_passes_only_if_all_properties_are_shown(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, known: str, code: int
) -> None:
    """Tests that cite nothing are left out."""
    specification = pytester.path / "protocol.md"
    specification.write_text("## Invariants\n\n" + known)
    monkeypatch.setattr("tests.properties.SPECIFICATION", specification)
    pytester.makepyfile(test_one=CITING, test_two="raise AssertionError('nobody imports this')")
    result = pytester.runpytest_inprocess("-p", "tests.properties", "--properties")
    assert code == result.ret
    result.stdout.fnmatch_lines(["P2  shown * Two.", "*2 passed*test_one.py::test_shows"])


def test_a_citation_of_no_property_is_refused(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip of the pen does not show anything."""
    specification = pytester.path / "protocol.md"
    specification.write_text(TEXT)
    monkeypatch.setattr("tests.properties.SPECIFICATION", specification)
    pytester.makepyfile(CITING.replace("P2", "P4"))
    result = pytester.runpytest_inprocess("-p", "tests.properties")
    result.stderr.fnmatch_lines(["*cites 'P4'; docs/protocol.md has P1, P2, P3"])
