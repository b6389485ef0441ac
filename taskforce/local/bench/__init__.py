'''`run.py bench [NAME…] [--json FILE] [--rounds N]`: how fast, against whom.

Each benchmark is one module of this package that needs no registration: its name is the benchmark's name, its
docstring the definition that goes into the report. Such a module holds

    """193 personalised letters of two pages, all bytes produced, in two processes."""

    NEEDS = "database"            # "nothing", "database" (engines, migrated, sample loaded, Django set up), "portal"
                                  # (that, and web server, worker, beat and mail catcher: PORTAL_URL, PORTAL_SIGN_INS)
    SCALE = 10                    # of the sample data, 1 if left out
    SEED = "from x import y; y()" # Python that makes further data in the portal, nothing if left out
    ROUNDS = 5                    # samples of each case, unless --rounds says otherwise
    RATIOS = {"times naive": ("naive loop", "portal")}    # median of the first / median of the second; a third part
                                  # names another figure, such as "core_seconds": the time of all processes of a case
    LASTING = True                # the engines keep every commit as in production, instead of being fast
    TELL = True                   # every further figure on screen as well

    def cases() -> list[Case]:
        return [Case("portal", portal), Case("naive loop", naive), Case("Typst, warm", typst, missing="no typst here")]

and the functions themselves. `Case.sample` does the work once; the frame takes the time around it. It may return
further figures (`{"letters per second": 120.0}`), of which the report gives the median; `seconds` among them
replaces the frame's own time. `Case.setup` runs once before, untimed: warm caches, open browsers, make files.
A case whose `missing` says why it cannot run here is reported as missing.

Every case lives in a process of its own that stays warm, and the cases take turns, A B A B, so that a noisy
moment of the machine hits them alike. Peak memory is that process's own plus its largest child's.
'''

from taskforce.local.bench.cases import Case

__all__ = ["Case"]
