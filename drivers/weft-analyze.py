#!@WEFT_PYTHON@
"""weft analyze: what results say, with errors."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "@WEFT_TOOL_PATH@"))

from weftsim.analyze import main  # noqa: E402

signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has seen enough, like head, is no error
sys.exit(main(sys.argv[1:]))
