"""`python -m polybn` is the command line."""

import sys

from polybn.cli import main

sys.exit(main())
