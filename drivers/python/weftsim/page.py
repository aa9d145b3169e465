"""Where pictures and tables go."""
import itertools
import os

import numpy as np

from .cli import say
from .errors import ToolError
from .files import make_folder, replacing
from .result import is_auxiliary


def picks(count, most):
    """Indices of records: first, last and some between."""
    n = min(count, most)
    return sorted({round(i * (count - 1) / max(n - 1, 1)) for i in range(n)})


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

    def draws(self, name):
        """Is it drawn for itself? Errors and single replicas only where they are asked for by name."""
        return self.wants(name) and (bool(self.options.only) or not is_auxiliary(name, self.result.variables))

    def of(self, result):
        """The same page for what another result says."""
        other = Page.__new__(Page)
        other.__dict__.update(self.__dict__, result=result)
        return other

    @staticmethod
    def drop(figure):
        """A figure on which there is nothing to see."""
        from .style import plt
        plt.close(figure)

    def columns(self, most, least):
        """How many panels stand side by side, each at least so many inches wide."""
        return most if not self.options.width else max(1, min(most, int(self.options.width / least)))

    def figure(self, width, height, down=1, across=1, **more):
        """A figure of so many inches, or of the width that is wanted and the same shape, and its axes."""
        from .style import plt
        scale = self.options.width / width if self.options.width else 1
        return plt.subplots(down, across, figsize=(width * scale, height * max(scale, 0.35)), **more)

    @staticmethod
    def close_gaps(figure, column):
        """Give a figure the height at which a column of panels of fixed shape fills it."""
        for _ in range(4):  # letters do not scale with the figure
            figure.draw_without_rendering()
            width, height = figure.get_size_inches()
            missing = 0.0
            for axis in column:
                room, used = axis.get_position(original=True), axis.get_position()
                missing += (room.width - used.width) * width * used.height * height / (used.width * width) - (room.height - used.height) * height
            if abs(missing) < 0.02 * height:
                break
            figure.set_figheight(height + missing)
        Page.keep_inside(figure)

    @staticmethod
    def keep_inside(figure):
        """The layout is kept as it is now, since it does not settle where panels of fixed shape stand beside a colour bar; what then
        reaches over the left or right end is drawn in."""
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        width, box = figure.get_figwidth(), figure.get_tightbbox()
        left, right = max(0.03 - box.x0, 0) / width, max(box.x1 - width + 0.03, 0) / width
        for axis, place in [(axis, axis.get_position()) for axis in figure.axes] if left or right else ():
            axis.set_position([left + place.x0 * (1 - left - right), place.y0, place.width * (1 - left - right), place.height])

    def heading(self, text, inches):
        """A title on as many lines as a panel needs that is so many inches wide on the screen."""
        from .style import heading, plt
        shown = min(inches, self.options.width or inches)
        return heading(text, 0.7 + (shown - 0.7) * 9 / plt.rcParams["font.size"])

    def records(self, times, most):
        """The records that are drawn: those next to the times that are wanted, else first, last and some between."""
        if not self.options.time:
            return picks(len(times), most)
        for time in self.options.time:
            if not times[0] <= time <= times[-1]:
                raise ToolError(f"--time: {time:g}: the records of {self.result.path} are from {times[0]:g} to {times[-1]:g}")
        return sorted({int(np.argmin(np.abs(times - time))) for time in self.options.time})

    def shown(self, x, logarithmic):
        """Which points an axis to the right can show: 0 has no place on a logarithmic one."""
        logarithmic = "x" in self.options.log if self.options.log else logarithmic
        return x > 0 if logarithmic and np.any(x > 0) else np.full(len(x), True)

    def scales(self, axis):
        """Logarithmic axes where they are wanted."""
        wanted = self.options.log
        if wanted:
            axis.set(xscale="log" if "x" in wanted else "linear", yscale="log" if "y" in wanted else "linear")

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
        from .style import label_decades, plt, thin_ticks
        path = self.path(name, self.options.format)
        for axes in figure.axes:
            label_decades(axes.xaxis)
            label_decades(axes.yaxis)
        figure.draw_without_rendering()
        for axes in figure.axes:
            thin_ticks(axes)
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
