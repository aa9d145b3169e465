#!@WEFT_PYTHON@
"""weft analyze: what results say, with errors."""
import sys

sys.path.insert(0, "@WEFT_TOOL_PATH@")

from weftlib.analyze import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
