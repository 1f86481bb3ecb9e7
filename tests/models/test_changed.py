"""A recipe's network with other widths: the wider base of a family."""

import pytest

from models.errors import NetworkError
from models.networks.spatial_cnn import SpatialCnn
from models.recipes import digits_fleet, wisdm
from models.recipes.changed import changed
from models.recipes.recipe import Recipe


def test_named_widths_are_others_and_the_rest_stays() -> None:
    """The data's own figures come from the data."""
    network = changed(digits_fleet.RECIPE, {"channels": "24,48,72", "hidden": "36"}).network((16, 16, 1), 10)
    expected = {"size": 16, "channels": [24, 48, 72], "embedding": 32, "hidden": 36, "classes": 10}
    assert expected == network.config()


def test_a_single_width_is_a_list_of_one_where_there_may_be_several() -> None:
    """And a share is no whole number."""
    network = changed(wisdm.RECIPE, {"shared": "256", "dropout": "0.1"}).network((43,), 6)
    assert {"inputs": 43, "shared": [256], "adaptive": [32], "classes": 6, "dropout": 0.1} == network.config()


def test_without_changes_the_recipe_is_the_same() -> None:
    """Bit for bit what it was: it is the same object."""
    assert wisdm.RECIPE is changed(wisdm.RECIPE, {})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"hiden": "36"}, "did you mean hidden"),
        ({"classes": "3"}, "decided by the data"),
        ({"channels": "24,48"}, "3 widths"),
        ({"channels": "24,48,"}, "channels=16,32,48"),
        ({"hidden": "3,4"}, "one number, as in hidden=24"),
        ({"hidden": "0"}, "1 or more"),
    ],
)
def test_what_a_network_cannot_be_is_refused(arguments: dict[str, str], words: str) -> None:
    """With what it can be."""
    with pytest.raises(NetworkError, match=words):
        changed(digits_fleet.RECIPE, arguments).network((16, 16, 1), 10)


def test_blocks_that_are_numbered_want_a_width_each() -> None:
    """Also in the network of the scanned digits."""
    recipe = Recipe(lambda shape, classes: SpatialCnn(size=shape[0], classes=classes))
    with pytest.raises(NetworkError, match="3 widths"):
        changed(recipe, {"channels": "8"}).network((16, 16, 1), 10)
