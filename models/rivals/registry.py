"""All methods by the name under which tables show them; the first one is what the others are held against."""

from __future__ import annotations

from typing import Final

from models.rivals.alignment import alignment
from models.rivals.bench import Method
from models.rivals.fine_tuning import extra_budget_fine_tuning, fine_tuning
from models.rivals.one_head import base, extra_budget
from models.rivals.persona import hindsight, latent, persona, prototype_only

METHODS: Final[dict[str, Method]] = {
    "base": base,
    "base, same extra budget": extra_budget,
    "prototype only": prototype_only,
    "alignment": alignment,
    "persona": persona,
    "persona, latent code": latent,
    "persona, prototype in hindsight": hindsight,
    "fine-tuning, labelled": fine_tuning,
    "extra budget + fine-tuning, labelled": extra_budget_fine_tuning,
}
