"""weft analyze: what results say, with errors."""
import importlib
import os

from .cli import complain
from .errors import INPUT_ERROR, ToolError
from .output import without_none, write_results

COMMANDS = {"kpz": "fronts: exponents, amplitudes, laws of fluctuations, universality class",
            "coarsening": "growth of domains: local exponent, collapse of correlations, Porod tail",
            "reaction": "reaction lattices: spectra of densities in time beside mean field, times of extinction",
            "force": "electrons of the model holstein: error against cost of all forces at a run's own states",
            "field": "fields: entropies, densities with errors, phase portraits, tests between runs"}


def check_paths(paths):
    """A result that is given twice would be counted as two independent ones."""
    seen = {}
    for path in paths:
        file = os.path.join(path, "series.nc")
        real = os.path.realpath(file if os.path.exists(file) else path)
        if real in seen:
            raise ToolError(f"{path}: is the same result as {seen[real]}; give each one once")
        seen[real] = path


def usage():
    rows = "\n".join(f"  weft analyze {name:11} DIR...   {text}" for name, text in COMMANDS.items())
    return f"usage: weft analyze KIND DIR... [options]\n\n{rows}\n\n'weft analyze KIND --help' says more.\n"


def analysis(kind, *paths, **options):
    """What `weft analyze KIND PATH...` finds, as a dictionary: numbers with errors are {"value": ..., "stderr": ...}. Writes nothing.

    Options are those of the command line: analysis("kpz", "out/front", window=(10, 100)). ToolError where the results do not hold
    what the analysis needs."""
    if kind not in COMMANDS:
        raise ToolError(f"there is no analysis '{kind}'; there are: {', '.join(COMMANDS)}")
    if not paths:
        raise ToolError("analysis needs the directory of a result")
    words = list(map(os.fspath, paths))
    for name, value in options.items():
        words += [f"--{name}", *map(str, value if isinstance(value, (list, tuple)) else [value])]
    module = importlib.import_module(f".{kind}", __package__)
    try:
        chosen = module.parse(words)
    except SystemExit:
        raise ToolError(f"analysis {kind}: the options {options} are none of this analysis; see weft analyze {kind} --help") from None
    check_paths(chosen.results)
    return without_none(module.results(chosen)[0])


def main(arguments):
    if arguments[:1] in (["--help"], ["-h"]):
        print(usage(), end="")
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        what = f"there is no analysis '{arguments[0]}'" if arguments else "analyze needs a kind of analysis"
        complain(f"{what}; there are: {', '.join(COMMANDS)}")
        return INPUT_ERROR
    try:
        module = importlib.import_module(f".{arguments[0]}", __package__)
        options = module.parse(arguments[1:])
        check_paths(options.results)
        report, draw, summary = module.results(options)
        write_results(options, arguments[0], report, draw(), summary)
        return 0
    except ToolError as error:
        complain(error)
        return error.code
