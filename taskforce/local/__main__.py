"""`python -m taskforce.local`, what run.py becomes."""

import sys

from taskforce.local.commands import main

sys.exit(main(sys.argv[1:]))
