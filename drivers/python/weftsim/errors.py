"""Errors of the tools, with the exit codes of the program."""
import sys

INPUT_ERROR, IO_ERROR = 2, 4


# Control characters, but for tabs and ends of lines: names in files of others must not steer a terminal.
_CONTROLS = {code: " " for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}


def harmless(text):
    """The text as it may be printed."""
    return str(text).translate(_CONTROLS)


class ToolError(Exception):
    """An error with the exit code of the program."""

    def __init__(self, message, code=INPUT_ERROR):
        super().__init__(message)
        self.code = code


def warn(message):
    """A line for what is told and goes on."""
    print(f"weft: warning: {harmless(message)}".encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
