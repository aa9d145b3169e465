#!@WEFT_PYTHON@
"""weft analyze: what results say, with errors."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "@WEFT_TOOL_PATH@"))

from weftsim.cli import run  # noqa: E402
from weftsim.analyze import main  # noqa: E402

sys.exit(run(main, sys.argv[1:]))
