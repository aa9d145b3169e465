#!@WEFT_PYTHON@
"""weft plot: pictures of results, chosen from what the files say of themselves."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "@WEFT_TOOL_PATH@"))

from weftsim.cli import run  # noqa: E402
from weftsim.plot import main  # noqa: E402

sys.exit(run(main, sys.argv[1:]))
