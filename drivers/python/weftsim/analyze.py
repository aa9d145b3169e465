"""weft analyze: what results say, with errors."""
import importlib
import sys

from .errors import INPUT_ERROR, ToolError

COMMANDS = {"kpz": "fronts: exponents, amplitudes, laws of fluctuations, universality class",
            "coarsening": "growth of domains: local exponent, collapse of correlations, Porod tail",
            "reaction": "reaction lattices: spectra of densities in time beside mean field, times of extinction",
            "force": "electrons of the model holstein: error against cost of all forces at a run's own states",
            "field": "fields: entropies, densities with errors, phase portraits, tests between runs"}


def usage():
    rows = "\n".join(f"  weft analyze {name:11} DIR...   {text}" for name, text in COMMANDS.items())
    return f"usage: weft analyze KIND DIR... [options]\n\n{rows}\n\n'weft analyze KIND --help' says more.\n"


def main(arguments):
    if arguments[:1] in (["--help"], ["-h"]):
        print(usage(), end="")
        return 0
    if not arguments or arguments[0] not in COMMANDS:
        what = f"there is no analysis '{arguments[0]}'" if arguments else "analyze needs a kind of analysis"
        print(f"weft: error: {what}; there are: {', '.join(COMMANDS)}", file=sys.stderr)
        return INPUT_ERROR
    try:
        return importlib.import_module(f".{arguments[0]}", __package__).main(arguments[1:])
    except ToolError as error:
        print(f"weft: error: {error}", file=sys.stderr)
        return error.code
