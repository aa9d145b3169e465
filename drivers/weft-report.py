#!@WEFT_PYTHON@
"""weft report: one HTML page of a run or a scan."""
import sys

sys.path.insert(0, "@WEFT_TOOL_PATH@")

from weftlib.report import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
