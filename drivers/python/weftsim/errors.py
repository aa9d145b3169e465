"""Errors of the tools, with the exit codes of the program."""
import sys

INPUT_ERROR, IO_ERROR = 2, 4


class ToolError(Exception):
    """An error with the exit code of the program."""

    def __init__(self, message, code=INPUT_ERROR):
        super().__init__(message)
        self.code = code


def warn(message):
    """A line for what is told and goes on."""
    print(f"weft: warning: {message}".encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
