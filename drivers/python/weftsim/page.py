"""Where pictures and tables go."""
import os

import numpy as np

from .errors import IO_ERROR, ToolError


class Page:
    """The pictures of one result, and what is drawn of it."""

    def __init__(self, options, result):
        self.options = options
        self.result = result
        self.folder = options.out or os.path.dirname(result.path) or "."
        self.written = []
        try:
            os.makedirs(self.folder, exist_ok=True)
        except OSError as error:
            raise ToolError(f"{self.folder}: cannot be made: {error.strerror}", IO_ERROR) from None

    def wants(self, name):
        return not self.options.only or name in self.options.only

    def _done(self, path):
        self.written.append(path)
        if not self.options.quiet:
            print(path)

    def path(self, name, ending):
        return os.path.join(self.folder, f"{name}.{ending}")

    def save(self, figure, name):
        from .style import plt
        path = self.path(name, self.options.format)
        try:
            figure.savefig(path)
        except OSError as error:
            raise ToolError(f"{path}: cannot be written: {error}", IO_ERROR) from None
        finally:
            plt.close(figure)
        self._done(path)

    def movie(self, animation, name, ending, writer):
        from .style import plt
        path = self.path(name, ending)
        try:
            animation.save(path, writer=writer)
        except OSError as error:
            raise ToolError(f"{path}: cannot be written: {error}", IO_ERROR) from None
        finally:
            plt.close("all")
        self._done(path)

    def data(self, name, columns):
        """columns: {name: values}, all of the same length; shorter ones are filled up with nan."""
        if not self.options.data:
            return
        path = self.path(name, "csv")
        length = max(len(np.ravel(v)) for v in columns.values())
        table = np.full((length, len(columns)), np.nan)
        for i, values in enumerate(columns.values()):
            table[:np.size(values), i] = np.ravel(values)
        header = ",".join(f'"{key}"' if "," in key else key for key in columns)
        try:
            np.savetxt(path, table, delimiter=",", header=header, comments="", fmt="%.17g")
        except OSError as error:
            raise ToolError(f"{path}: cannot be written: {error}", IO_ERROR) from None
        self._done(path)
