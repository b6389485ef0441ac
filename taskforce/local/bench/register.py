"""Every page of the register with 500 agencies, 5,000 focal points and 200 offices, over HTTP: milliseconds of one request.

Besides the sample (the Task Force, its agencies, 133 offices and 249 countries): 500 agencies, a third of them renamed, in two
or three of twelve mechanisms each, ten people for each agency, 67 offices with three terms in each post. A sample is 20
requests for each page in turns, one after the other, signed in as the administrator, who sees every control: median, p95, and
the ratio to a signed-in page without content, from the same server in the same turns. `queries` counts what one request asks of
the database. The seconds of the case are those of the slowest page. The goal: no median above 150 ms.
"""

import statistics

from taskforce.local.bench import pages
from taskforce.local.bench.cases import Case, Figures

NEEDS = "portal"
SEED = "from agencies.sample.many import load; load(agencies=500, people=10, offices=67)"
ROUNDS = 3
REQUESTS = 20
PERSON, PERSON_EMAIL = "Administrator", "administrator@example.org"
GOAL_MS = 150
PAST = "as_of=2015-06-01"
EMPTY = pages.EMPTY
FORUM = "/mechanisms/many-0/"
PAGES = {
    EMPTY: pages.PAGES[EMPTY],
    "agencies": "/agencies/",
    "agencies, last page": "/agencies/?page=99",
    "agencies, by kind": "/agencies/?kind=fund",
    "agencies, in a mechanism": "/agencies/?mechanism=many-0",
    "agencies, searched": "/agencies/?q=made-up+agency+1",
    "agencies, by kind, sorted": "/agencies/?sort=-kind",
    "agencies in the past": f"/agencies/?{PAST}",
    "agency": "/agencies/{agency}/",
    "agency in the past": f"/agencies/{{agency}}/?{PAST}",
    "agency, history": "/agencies/{agency}/history/",
    "mechanisms": "/mechanisms/",
    "Task Force": "/mechanisms/task-force/",
    "mechanism of 300": FORUM,
    "mechanism of 300 in the past": f"{FORUM}?{PAST}",
    "mechanism of 300, history": f"{FORUM}history/",
    "offices": "/offices/",
    "offices, searched": "/offices/?q=made-up",
    "offices, vacant": "/offices/?post=vacant",
    "offices in the past": f"/offices/?{PAST}",
    "office": "/offices/{office}/",
    "office, history": "/offices/{office}/history/",
    "countries": "/countries/",
    "countries, searched": "/countries/?q=an",
    "countries in the past": f"/countries/?{PAST}",
    "country": "/countries/{country}/",
    "regions": "/regions/",
    "region": "/regions/{region}/",
    "imports": "/imports/",
}
TELL = True

addresses: dict[str, str] = {}
counted: dict[str, float] = {}


def cases() -> list[Case]:
    """All pages in one process: nearly thirty of them would wait for each other."""
    return [Case("every page in turn", sample, setup=get_ready)]


def get_ready() -> None:
    """Sign in, open every page once, count its queries."""
    for name, path in PAGES.items():
        if name == EMPTY:
            pages.get_ready(path, role=PERSON)
        addresses[name] = address(path)
        counted[f"{name}: queries"] = pages.queries_of(addresses[name], PERSON_EMAIL)


def address(path: str) -> str:
    """The path with the ids of one agency, office, country and region."""
    from agencies.models import Country, Region
    from agencies.places import ident

    return path.format(
        agency=ident("agency", "many-00000"),
        office=ident("office", "many", 1),
        country=Country.objects.get(iso2="KE").pk,
        region=Region.objects.get(code="014").pk,
    )


def sample() -> Figures:
    """Each page once, then again from the first: a noisy moment of the machine hits them alike."""
    seconds = pages.with_connection(
        lambda connection: [[pages.ask(connection, path) for path in addresses.values()] for _ in range(REQUESTS)]
    )
    by_page = {name: list(found) for name, found in zip(addresses, zip(*seconds, strict=True), strict=True)}
    empty = statistics.median(by_page[EMPTY])
    figures = dict(counted)
    for name, found in by_page.items():
        median = statistics.median(found)
        figures[f"{name}: median ms"] = 1000 * median
        figures[f"{name}: p95 ms"] = 1000 * statistics.quantiles(found, n=100)[94]
        figures[f"{name}: / empty page"] = median / empty
    medians = [statistics.median(found) for found in by_page.values()]
    return {
        **figures,
        "seconds": max(medians),
        "pages above the goal": float(sum(1000 * one > GOAL_MS for one in medians)),
    }
