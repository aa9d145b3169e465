"""Errors of the tools, with the exit codes of the program."""
INPUT_ERROR, IO_ERROR = 2, 4


class ToolError(Exception):
    """An error with the exit code of the program."""

    def __init__(self, message, code=INPUT_ERROR):
        super().__init__(message)
        self.code = code
