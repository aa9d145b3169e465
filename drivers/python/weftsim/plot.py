"""weft plot: one picture for each kind of data that a result holds."""
import argparse
import difflib
import re

from .classes import has_classes
from .cli import complain
from .errors import ToolError
from .output import Arguments
from .page import Page
from .plot_classes import plot_classes
from .plot_fields import is_real_part, plot_complex, plot_field, polar_names, writer_of
from .plot_overlay import plot_overlay
from .plot_profiles import is_amplitude, plot_collapse, plot_dispersion, plot_map, plot_profile
from .draw_scan import plot_scan
from .draw_series import has_parts, plot_parts, plot_scalars
from .result import Result, files_of
from .style import apply as set_style


UNITS = {"cm": 1 / 2.54, "mm": 1 / 25.4, "in": 1.0, "pt": 1 / 72}


def inches(text):
    """A length with its unit, between what can be read and what fits on a poster."""
    found = re.fullmatch(r"([0-9.]+) *(cm|mm|in|pt)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"'{text}' is no length; write it as 8.6cm, 86mm, 3.4in or 246pt")
    try:
        length = float(found[1]) * UNITS[found[2]]
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{found[1]}' is no number") from None
    if not 1 <= length <= 60:
        raise argparse.ArgumentTypeError(f"{text} is not between 1in and 60in")
    return length


def parse(arguments):
    parser = Arguments(prog="weft plot",
                       description="Pictures of results, chosen from what the files say of themselves.")
    parser.add_argument("results", nargs="+", metavar="DIR|FILE", help="result directory or file")
    parser.add_argument("-o", "--out", metavar="DIR", help="where pictures go; default: beside the data")
    parser.add_argument("--format", choices=("png", "pdf", "svg"), default="png", help="default: png")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="variables to draw; default: all")
    parser.add_argument("--data", action="store_true", help="also write the plotted numbers as CSV")
    parser.add_argument("--movie", choices=("gif", "mp4"), help="also animate the fields")
    parser.add_argument("--overlay", action="store_true", help="the observables of several runs in the same pictures")
    parser.add_argument("--time", nargs="+", type=float, metavar="T", help="records of these times; default: some from first to last")
    parser.add_argument("--x", metavar="AXIS", help="of scans: the axis that is drawn to the right")
    parser.add_argument("--lines", metavar="AXIS", help="of scans: a curve for each value of this axis")
    parser.add_argument("--log", choices=("none", "x", "y", "xy", "c"), help="logarithmic axes of curves, or colours (c); default: as the data asks for")
    parser.add_argument("--cmap", metavar="NAME", help="colour map of matplotlib for what is continuous")
    parser.add_argument("--width", type=inches, metavar="SIZE", help="of a figure, as 8.6cm or 3.4in; default: for a screen")
    parser.add_argument("--style", metavar="FILE", help="style sheet of matplotlib, over the look of weft")
    parser.add_argument("--collapse", nargs=2, type=float, metavar=("ALPHA", "Z"),
                        help="collapse structure factors and correlations with these exponents")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not list the files that are written")
    options = parser.parse_args(arguments)
    if options.collapse and options.collapse[1] <= 0:
        parser.error("--collapse: Z must be positive")
    if options.cmap:
        import matplotlib
        if options.cmap not in matplotlib.colormaps:
            near = difflib.get_close_matches(options.cmap, list(matplotlib.colormaps), 1)
            parser.error(f"--cmap: matplotlib has no colour map '{options.cmap}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    return options


def plot_result(options, path):
    """Draw a file; the paths of the pictures."""
    result = Result(path)
    page = Page(options, result)
    if result.is_scan:
        if has_classes(result) and page.wants("class"):
            plot_classes(page, result)
        plot_scan(page, result)
        return page.written
    result.times()
    plot_scalars(page, result)
    for variable in result.variables.values():
        if options.only and variable.dims[-1:] == ("x",) and is_real_part(result, variable):
            plot_complex(page, result, variable)
        if not page.draws(variable.name) or variable.dims[:1] != ("time",):
            continue
        if variable.dims[-1] == "x" and not page.options.only and variable.dims[-1:] == ("x",) and is_real_part(result, variable):
            plot_complex(page, result, variable)
        elif variable.dims[-1] == "x" and not page.options.only and variable.component == "im":
            continue
        elif variable.dims[-1] == "x":
            plot_field(page, result, variable)
        elif has_parts(variable):
            plot_parts(page, result, variable)
        elif is_amplitude(result, variable):
            plot_dispersion(page, result, variable)
        elif variable.name.endswith("_im") and variable.name[:-3] + "_re" in result.variables and len(variable.dims) == 2:
            continue
        elif len(variable.dims) == 2:
            plot_profile(page, result, variable)
            plot_collapse(page, result, variable)
        elif len(variable.dims) == 3:
            plot_map(page, result, variable)
    return page.written


def check_names(options):
    if not options.only:
        return
    results = [Result(path) for argument in options.results for path in files_of(argument)]
    known = [name for result in results for name in (*result.variables, *polar_names(result))]
    for name in options.only:
        if name not in known:
            raise ToolError(f"there is no variable '{name}'; there are: {', '.join(sorted(set(known)))}")


def check_kinds(options, files):
    """Options that say nothing of what is drawn are mistakes, not to be passed over."""
    scans = [Result(path).is_scan for path in files]
    for option, given, kind in (("--x", options.x, False), ("--lines", options.lines, False), ("--time", options.time, True),
                                ("--overlay", options.overlay, True)):
        if given and kind in scans:
            raise ToolError(f"{option} is for {'runs' if kind else 'scans'}, and {files[scans.index(kind)]} is of a {'scan' if kind else 'run'}")


def main(arguments):
    options = parse(arguments)
    try:
        check_names(options)
        if options.movie:
            writer_of(options.movie)
        set_style(options.style, options.width)
        files = [path for argument in options.results for path in files_of(argument)]
        check_kinds(options, files)
        written = plot_overlay(options, files) if options.overlay else [w for path in files for w in plot_result(options, path)]
        if not written and not options.overlay and all(Result(path).attrs.get("replicas_done") == "0" for path in files):
            raise ToolError(f"{options.results[0]}: no replica is done yet")
        if not written:
            raise ToolError("nothing to draw was found" + (": --overlay draws the observables that two of the runs have" if options.overlay else ""))
    except ToolError as error:
        complain(error)
        return error.code
    return 0
