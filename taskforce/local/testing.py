"""`run.py test`: everything that must hold, on throw-away engines, beside a running portal."""

import subprocess
import sys

from taskforce.local import environment
from taskforce.local.paths import ROOT
from taskforce.local.throwaway import throw_away_engines


def run(arguments: list[str]) -> int:
    """Run pytest with these arguments."""
    with throw_away_engines() as (state, ours):
        command = [sys.executable, "-m", "pytest", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment.throw_away(state, ours), check=False).returncode
