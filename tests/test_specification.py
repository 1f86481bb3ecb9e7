"""docs/protocol.md is a specification: what it has to have is there, and it says the numbers that the code has."""

import re

import pytest

from firmware_bridge.frame import WIRE_VERSION
from firmware_bridge.messages import COUNTERS, Code, EditState, Kind, Region
from tests.properties import SPECIFICATION, properties_of
from toolchain.edit import EDIT_VERSION, HEADER_BYTES, Codec

TEXT = SPECIFICATION.read_text("utf-8")


def section(title: str) -> str:
    """The text below a headline of the second level."""
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title!r}"
    return found.group(1)


def rows(text: str) -> list[list[str]]:
    """The cells of every line of every table."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]


@pytest.mark.property("P26")
@pytest.mark.parametrize(
    "title",
    ["Frame", "Replies", "Requests", "Edit states", "Edit", "Trusted and untrusted data", "Invariants"],
)
def test_every_part_of_a_specification_is_there(title: str) -> None:
    """Tables of bytes, a state diagram, trusted and untrusted data, numbered invariants."""
    text = section(title)
    assert {"Edit states": "```", "Invariants": "26. "}.get(title, "|---|") in text


@pytest.mark.property("P26")
def test_replies_are_the_codes_of_the_code() -> None:
    """Number and name of each."""
    table = {(row[0], row[1]) for row in rows(section("Replies")) if row[0].isdigit()}
    assert {(str(code.value), code.name) for code in Code} == table


@pytest.mark.property("P26")
def test_requests_are_those_of_the_code() -> None:
    """Type and name of each."""
    table = {(int(row[0], 16), row[1]) for row in rows(section("Requests")) if row[0].startswith("0x")}
    assert {(kind.value, kind.name) for kind in Kind} == table


@pytest.mark.property("P26")
def test_codecs_and_edit_are_those_of_the_code() -> None:
    """Numbers and names of the codecs, version and length of the header."""
    table = {row[0] for row in rows(section("Edit"))}
    assert {f"{codec.value} {codec.name.lower()}" for codec in Codec} <= table
    assert f"version {EDIT_VERSION} (its first {HEADER_BYTES} bytes" in section("Edit")
    assert TEXT.startswith(f"# The wire protocol, version {WIRE_VERSION}\n")


@pytest.mark.property("P26")
@pytest.mark.parametrize("state", EditState)
def test_the_diagram_shows_every_state(state: EditState) -> None:
    """With its number."""
    assert f"{state.name}({state.value})" in section("Edit states")


@pytest.mark.property("P26")
def test_regions_and_counters_are_those_of_the_code() -> None:
    """In order; the last counter's number says how many there are."""
    regions = re.search(r"\*\*READ\*\* regions: (.*?)\. `length`", TEXT, re.DOTALL)
    assert regions
    assert [str(region.value) for region in Region] == re.findall(r"(?:^|, )(\d) ", regions.group(1).replace("\n", " "))
    listed = section("Counters of STATUS, in order")
    assert f"{len(COUNTERS) - 1} probations that ran out" in " ".join(listed.split())
    for place, name in enumerate(COUNTERS[:9]):
        assert f"{place} {name}" in listed


@pytest.mark.property("P26")
def test_the_invariants_are_numbered_and_are_sentences() -> None:
    """26 of them."""
    properties = properties_of(TEXT)
    assert [f"P{number}" for number in range(1, 27)] == list(properties)
    assert all(sentence.endswith(".") for sentence in properties.values())
