"""weft plot: one picture for each kind of data that a result holds."""
import sys

from .errors import ToolError
from .output import Arguments
from .page import Page
from .plot_fields import plot_field, writer_of
from .plot_profiles import is_amplitude, plot_collapse, plot_dispersion, plot_map, plot_profile
from .plot_scan import plot_scan
from .plot_series import has_parts, plot_parts, plot_scalars
from .result import Result, files_of, is_auxiliary


def parse(arguments):
    parser = Arguments(prog="weft plot",
                       description="Pictures of results, chosen from what the files say of themselves.")
    parser.add_argument("results", nargs="+", metavar="DIR|FILE", help="result directory or file")
    parser.add_argument("-o", "--out", metavar="DIR", help="where pictures go; default: beside the data")
    parser.add_argument("--format", choices=("png", "pdf", "svg"), default="png", help="default: png")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="variables to draw; default: all")
    parser.add_argument("--data", action="store_true", help="also write the plotted numbers as CSV")
    parser.add_argument("--movie", choices=("gif", "mp4"), help="also animate the fields")
    parser.add_argument("--collapse", nargs=2, type=float, metavar=("ALPHA", "Z"),
                        help="collapse structure factors and correlations with these exponents")
    parser.add_argument("-q", "--quiet", action="store_true", help="do not list the files that are written")
    options = parser.parse_args(arguments)
    if options.collapse and options.collapse[1] <= 0:
        parser.error("--collapse: Z must be positive")
    return options


def plot_result(options, path):
    """Draw a file; the paths of the pictures."""
    result = Result(path)
    page = Page(options, result)
    if result.is_scan:
        plot_scan(page, result)
        return page.written
    result.times()
    plot_scalars(page, result)
    for variable in result.variables.values():
        if is_auxiliary(variable.name) or not page.wants(variable.name) or variable.dims[:1] != ("time",):
            continue
        if variable.dims[-1] == "x":
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
    known = [name for argument in options.results for path in files_of(argument) for name in Result(path).variables]
    for name in options.only:
        if name not in known:
            raise ToolError(f"there is no variable '{name}'; there are: {', '.join(sorted(set(known)))}")


def main(arguments):
    options = parse(arguments)
    try:
        check_names(options)
        if options.movie:
            writer_of(options.movie)
        written = [w for argument in options.results for path in files_of(argument) for w in plot_result(options, path)]
        if not written:
            raise ToolError("nothing to draw was found")
    except ToolError as error:
        print(f"weft: error: {error}", file=sys.stderr)
        return error.code
    return 0
