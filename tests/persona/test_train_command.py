"""`persona train`: how the widths of a network are asked for. Training itself is part of tests/persona/test_road.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from persona.main import persona


@pytest.mark.parametrize(("pair", "words"), [("hidden", "NAME=VALUE"), ("=3", "NAME=VALUE"), ("hidden=", "NAME=VALUE")])
def test_an_argument_without_a_name_or_a_value_is_a_mistake_of_usage(pair: str, words: str, tmp_path: Path) -> None:
    """Before anything is computed."""
    done = CliRunner().invoke(persona, ["train", "--network", pair, "-o", str(tmp_path / "wide")])
    assert 2 == done.exit_code
    assert words in done.output


@pytest.mark.parametrize("order", [("hidden=36", "hiden=36"), ("hiden=36", "hidden=36")])
def test_an_argument_that_the_network_does_not_have_leaves_nothing(order: tuple[str, str], tmp_path: Path) -> None:
    """The nearest name is offered, whatever stands beside it."""
    options = [word for pair in order for word in ("--network", pair)]
    done = CliRunner().invoke(persona, ["train", *options, "-o", str(tmp_path / "wide")])
    assert done.exit_code not in {0, 2}
    assert "did you mean hidden" in str(done.exception) + done.output
    assert not list(tmp_path.iterdir())
