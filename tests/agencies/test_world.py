"""The shapes of the world's picture."""

import json
import re
from collections.abc import Iterator

from agencies.world import DATA

WORLD = json.loads(DATA.read_text(encoding="utf-8"))
CRIMEA = (580.0, 81.0)  # on the picture
HARGEISA = (624.0, 204.0)


def rings(path: str) -> Iterator[list[tuple[float, float]]]:
    """The points of each closed line of a path that begins absolute and goes on relative."""
    for line in re.findall(r"M[^M]*", path):
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", line)]
        x, y = numbers[:2]
        points = [(x, y)]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            points.append((x, y))
        yield points


def holds(path: str, x: float, y: float) -> bool:
    """Whether the point lies within the path, by the even-odd rule."""
    inside = False
    for points in rings(path):
        for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def test_no_shape_is_drawn_across_the_map() -> None:
    for code, path in WORLD["areas"].items():
        for points in rings(path):
            steps = zip(points, [*points[1:], points[0]], strict=True)
            assert max(abs(one[0] - other[0]) for one, other in steps) < WORLD["width"] / 4, code


def test_disputed_land_stands_with_the_state_of_which_united_nations_maps_show_it_a_part() -> None:
    found = [{code for code, path in WORLD["areas"].items() if holds(path, *place)} for place in (CRIMEA, HARGEISA)]
    assert found == [{"804"}, {"706"}]
    assert "158" not in WORLD["areas"]
