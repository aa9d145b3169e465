"""What the analyses share: command line, result files, values with errors."""
import argparse
import os
import sys

from .errors import INPUT_ERROR, IO_ERROR, ToolError
from .cli import complain, say
from .files import make_folder, replacing, write_text
from .params import to_yaml


class Arguments(argparse.ArgumentParser):
    """Errors of the command line in weft's form."""

    def error(self, message):
        complain(f"{self.prog.removeprefix('weft ')}: {message}; see {self.prog} --help")
        sys.exit(INPUT_ERROR)


def analysis_arguments(kind, text):
    parser = Arguments(prog=f"weft analyze {kind}", description=text)
    parser.add_argument("results", nargs="+", metavar="DIR", help="result directory")
    parser.add_argument("-o", "--out", metavar="DIR", help="where the results go; default: the first DIR")
    parser.add_argument("--format", choices=("png", "pdf", "svg"), default="png", help="of the page of plots; default: png")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing")
    return parser


def estimate(value, error=None, **more):
    """A value with its standard error, for the report; None without value."""
    if value is None or value != value:
        return None
    found = {"value": float(value)}
    if error is not None and error == error:
        found["stderr"] = float(error)
    return {**found, **more}


def without_none(tree):
    if isinstance(tree, dict):
        return {key: without_none(value) for key, value in tree.items() if value is not None and value != {}}
    if isinstance(tree, list):
        return [without_none(value) for value in tree]
    return tree


def write_results(options, name, report, figure, summary):
    """NAME.yaml and the page NAME.FORMAT; summary is printed."""
    from .style import plt
    folder = options.out or (options.results[0] if os.path.isdir(options.results[0]) else
                             os.path.dirname(options.results[0]) or ".")
    paths = [os.path.join(folder, f"{name}.yaml"), os.path.join(folder, f"{name}.{options.format}")]
    make_folder(folder)
    write_text(paths[0], to_yaml(without_none(report)))
    try:
        with replacing(paths[1]) as temporary:
            figure.savefig(temporary)
    finally:
        plt.close(figure)
    if not options.quiet:
        for line in [*summary, *paths]:
            say(line)
