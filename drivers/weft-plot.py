#!@WEFT_PYTHON@
"""weft plot: pictures of results, chosen from what the files say of themselves."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "@WEFT_TOOL_PATH@"))

from weftsim.plot import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
