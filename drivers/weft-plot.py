#!@WEFT_PYTHON@
"""weft plot: pictures of results, chosen from what the files say of themselves."""
import sys

sys.path.insert(0, "@WEFT_TOOL_PATH@")

from weftlib.plot import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
