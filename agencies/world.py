"""The world as a picture: countries and territories by M49 code, those too small for it as points.

The shapes are Natural Earth's, which are in the public domain; `data/world.json` names them. They endorse no boundary.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.charts import Area, AreaMap

if TYPE_CHECKING:
    from core.charts import Text

DATA = Path(__file__).parent / "data" / "world.json"


@cache
def _world() -> dict[str, Any]:
    world: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return world


def world_map(caption: Text, legend: Sequence[Text], values: Mapping[str, tuple[int, str]]) -> AreaMap:
    """A map whose areas have a level and a text by M49 code; the others are plain land."""
    world = _world()
    areas = [Area(*values[code], path=path) for code, path in world["areas"].items() if code in values]
    points = [Area(*values[code], x=x, y=y) for code, (x, y) in world["points"].items() if code in values]
    ground = "".join(path for code, path in world["areas"].items() if code not in values) + world["land"]
    return AreaMap(caption, world["width"], world["height"], ground, [*areas, *points], legend)
