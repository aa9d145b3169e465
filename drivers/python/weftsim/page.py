"""Where pictures and tables go."""
import itertools
import os

import numpy as np

from .cli import say
from .files import make_folder, replacing



class Page:
    """The pictures of one result, and what is drawn of it."""

    def __init__(self, options, result):
        self.options = options
        self.result = result
        self.folder = options.out or os.path.dirname(result.path) or "."
        self.written = []
        self.taken = vars(options).setdefault("taken", {})  # paths that this call of the program has written, and for what
        make_folder(self.folder)

    def wants(self, name):
        return not self.options.only or name in self.options.only

    def _done(self, path):
        self.written.append(path)
        if not self.options.quiet:
            say(path)

    def path(self, name, ending):
        """Where it goes. Where a picture of another result has the name, that of the result's folder is put before it."""
        folder = os.path.basename(os.path.dirname(os.path.abspath(self.result.path)))
        names = itertools.chain((name, f"{folder}_{name}"), (f"{folder}_{name}_{i}" for i in itertools.count(2)))
        for candidate in names:
            path = os.path.join(self.folder, f"{candidate}.{ending}")
            if self.taken.setdefault(path, (self.result.path, name)) == (self.result.path, name):
                return path
        return None

    def save(self, figure, name):
        from .style import plt
        path = self.path(name, self.options.format)
        try:
            with replacing(path) as temporary:
                figure.savefig(temporary)
        finally:
            plt.close(figure)
        self._done(path)

    def movie(self, animation, name, ending, writer):
        from .style import plt
        path = self.path(name, ending)
        try:
            with replacing(path) as temporary:
                animation.save(temporary, writer=writer)
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
        with replacing(path) as temporary:
            np.savetxt(temporary, table, delimiter=",", header=header, comments="", fmt="%.17g", encoding="utf-8")
        self._done(path)
