"""A folder of finished units: what an interrupted study need not do again.

One JSON file a unit, named by a digest of all that the unit depends on. A file appears whole or not at all; one that is
damaged, or was made by other code or from other data, counts as not there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import StudyError
from models.evaluation.piece import Piece
from toolchain.whole_file import write_whole


@dataclass(frozen=True)
class Cache:
    """`folder` of results; None keeps nothing."""

    folder: Path | None

    def __post_init__(self) -> None:
        if self.folder is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudyError(
                f"{self.folder} cannot hold finished units",
                received=str(error),
                remedy="choose another folder with --cache",
            ) from error

    def find(self, piece: Piece) -> dict[str, Any] | None:
        """The result of a piece that was finished before."""
        path = self._path(piece)
        if path is None:
            return None
        try:
            kept = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        known = isinstance(kept, dict) and kept.get("piece") == piece.to_json() and isinstance(kept.get("result"), dict)
        return kept["result"] if known else None

    def seconds(self, piece: Piece) -> float:
        """What a kept piece took; 0 where nothing is kept."""
        path = self._path(piece)
        if path is None or self.find(piece) is None:
            return 0.0
        return float(json.loads(path.read_text("utf-8"))["seconds"])

    def keep(self, piece: Piece, result: dict[str, Any], seconds: float) -> None:
        """Remember a result and what it took.

        Raises:
            StudyError: the folder cannot be written.
        """
        path = self._path(piece)
        if path is None:
            return
        text = json.dumps({"piece": piece.to_json(), "seconds": round(seconds, 2), "result": result}, indent=1) + "\n"
        try:
            write_whole(path, text.encode())
        except OSError as error:
            raise StudyError(
                f"cannot write {path}", received=str(error), remedy="free some space, or choose another folder"
            ) from error

    def _path(self, piece: Piece) -> Path | None:
        return None if self.folder is None else self.folder / f"{piece.name}-{piece.key}.json"
