"""weft report: one HTML page of a run or a scan that needs no other file, by the template report.html beside this file."""
import base64
import math
import os
import tempfile

import jinja2
import numpy as np
import yaml

from . import expected
from .classes import Classes, has_classes
from .cli import complain, say
from .errors import IO_ERROR, ToolError
from .files import own, write_text
from .output import Arguments
from .params import flat, read_yaml
from .plot import parse as drawing_options, plot_result
from .result import Result, files_of, is_auxiliary, text

PROVENANCE = ("date", "host", "command", "weft_version", "weft_git", "weft_build", "libraries", "computed_by", "rank_layout", "seed", "dt",
              "replicas_done", "run_uuid", "parent_uuid")
ANALYSES = ("kpz", "coarsening", "reaction", "field")
MAX_FAILURES, MAX_ROWS = 100, 400
TYPES = {"png": "image/png", "svg": "image/svg+xml"}


def number(value, error=None):
    """A value, and its standard error in the unit of the last digits, as 0.318(10)."""
    if value is None:
        return ""
    if error is None or not error > 0 or error != error or not abs(value) < 1e15:
        return f"{value:.10g}"
    digits = 1 - math.floor(math.log10(error))
    if digits < 0 or digits > 12:
        return f"{value:.6g} +- {error:.2g}"
    return f"{value:.{digits}f}({round(error * 10**digits)})"


def image(path, caption):
    """A picture that stands in the page itself."""
    with open(path, "rb") as file:
        return {"caption": caption, "type": TYPES[path.rsplit(".", 1)[-1]], "data": base64.b64encode(file.read()).decode("ascii")}


def pictures(results, options):
    """Figures of all files, drawn for this page alone."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        drawing = drawing_options([folder, "--out", folder, "--format", options.format, "--quiet"])
        for result in results:
            try:
                for path in plot_result(drawing, result.path):
                    name = os.path.basename(path).rsplit(".", 1)[0]
                    variable = result.variables.get(name)
                    found.append(image(path, f"{name}: {variable.long_name}" if variable is not None else name))
                    os.remove(path)
            except ToolError as error:
                if error.code == IO_ERROR:  # what is damaged is told; where there is nothing to draw is not
                    raise
    return found


def not_looked_at(results):
    """A line for each file that is too long to be read whole; an error where a checksum is wrong."""
    for result in results:
        size = result.unread()
        if size:
            yield f"{os.path.basename(result.path)}: {size / 1e9:.3g} GB, of which only what is shown was read; weft info --verify reads all"


def last_values(result):
    """The observables of one number at the first and the last record."""
    rows = []
    times = result.coordinate("time") if "time" in result.coordinates else []
    for variable in result.variables.values() if len(times) else ():
        if variable.dims != ("time",) or is_auxiliary(variable.name, result.variables):
            continue
        error = result.variables.get(f"{variable.name}_stderr")
        rows.append((variable.name, number(float(variable[0])), number(float(variable[-1]), None if error is None else float(error[-1])),
                     variable.unit, variable.long_name))
    return {"header": ("name", f"t = {times[0]:.6g}", f"t = {times[-1]:.6g}", "unit", "meaning"), "rows": rows} if rows else None


def verdicts(folder, results, options):
    """The comparison with expected numbers."""
    path, note = expected.find(folder, results, options.expected)
    if not path:
        return {"note": note, "rows": []}
    rows = expected.judge(results, expected.load(path))
    counts = {kind: sum(r["verdict"] == kind for r in rows) for kind in ("agrees", "differs", "missing")}
    return {"note": ", ".join(f"{n} {kind}" for kind, n in counts.items() if n) + f"; from {path}", "rows": rows}


def evidence(result):
    """Of a scan with classes: how many points each has, where they meet, and what decides for each point."""
    if not has_classes(result):
        return None
    classes = Classes(result)
    cells = classes.cells()
    names = list(classes.evidence(cells[0])) if cells else []
    meetings = [(b["axis"], b["below"].replace("_", " "), b["above"].replace("_", " "),
                 ", ".join(f"{name} = {value:.6g}" for name, value in b["place"].items()), f"{b['low']:.6g}", f"{b['high']:.6g}")
                for b in classes.boundaries()]
    return {"counts": [(name.replace("_", " "), n, number(least), number(mean)) for name, n, least, mean in classes.counts()],
            "boundaries": meetings[:MAX_ROWS], "names": names, "all": len(cells),
            "points": [point(classes, cell, names) for cell in cells[:MAX_ROWS]],
            "rules": "\n".join(f"{name}: {clause}" for name, clause in classes.clauses)}


def point(classes, cell, names):
    """A row of the table of evidence."""
    place = ", ".join(f"{name} = {value if isinstance(value, str) else format(value, '.6g')}" for name, value in classes.place(cell).items())
    found, (excluded, unknown) = classes.evidence(cell), classes.against(cell)
    why = [f"{name}: not {clauses[0]}" for name, clauses in excluded.items()]
    why += [f"{name}: not known whether {clauses[0]}" for name, clauses in unknown.items()]
    return {"place": place, "name": classes.name(cell).replace("_", " "), "sureness": float(classes.sureness[cell]),
            "found": [found[name] for name in names], "excluded": len(excluded), "why": why}


def scan_state(result):
    """The axes, how many points are done, and the messages of those that failed."""
    status = result.variables["status"]
    words = text(status.dataset.attrs.get("flag_meanings", "")).split()
    values, counts = np.unique(status[...], return_counts=True)
    ends = [result.words(name) or result.coordinate(name) for name in status.dims]
    failures = [line for line in result.attrs.get("failed_points", "").split("\n") if line.strip()]
    if len(failures) > MAX_FAILURES:
        failures[MAX_FAILURES:] = [f"... and {len(failures) - MAX_FAILURES} more"]
    return {"axes": [(name, len(values), f"{values[0]} to {values[-1]}", text(result.coordinates[name].attrs.get("parameter", name)))
                     for name, values in zip(status.dims, ends)],
            "states": [(words[int(v)] if int(v) < len(words) else str(v), int(c)) for v, c in zip(values, counts)],
            "failures": "\n".join(failures), "classes": evidence(result)}


def analyses(folder):
    """What weft analyze left in the folder."""
    for kind in ANALYSES:
        path, picture = (os.path.join(folder, f"{kind}.{ending}") for ending in ("yaml", "png"))
        if not own(path):  # a link may show what is not of this result
            continue
        found = read_yaml(path)
        found = found if isinstance(found, dict) else {}
        with open(path, encoding="utf-8", errors="replace") as file:
            yield {"kind": kind, "name": found.get("class"), "evidence": found.get("evidence", []), "text": file.read(),
                   "picture": image(picture, f"page of weft analyze {kind}") if own(picture) else None}


def provenance(results):
    for name in PROVENANCE:
        values = list(dict.fromkeys(r.attrs[name] for r in results if r.attrs.get(name)))
        if values:
            yield name, "; ".join(values)


def value_text(value):
    """A value on one line, as YAML writes it."""
    return yaml.safe_dump(value, default_flow_style=True, width=1 << 20, sort_keys=False).removesuffix("\n...\n").strip()


def build(folder, results, options):
    """The page and the number of expected numbers that differ."""
    main, comparison = results[0], verdicts(folder, results, options)
    scans = [r for r in results if r.is_scan]
    pages = jinja2.Environment(loader=jinja2.FileSystemLoader(os.path.dirname(os.path.abspath(__file__))), autoescape=True, trim_blocks=True,
                               undefined=jinja2.StrictUndefined)
    pages.filters["number"] = number
    page = pages.get_template("report.html").render(
        title=main.title(), folder=folder, status=", ".join(dict.fromkeys(r.attrs.get("status", "unknown") for r in results)),
        files=", ".join(os.path.basename(r.path) for r in results), expected=comparison, scans=[scan_state(r) for r in scans],
        observables=list(filter(None, (last_values(r) for r in results if not r.is_scan))), analyses=analyses(folder),
        figures=pictures(results, options), unread=list(not_looked_at(results)),
        parameters=[(key, value_text(value)) for key, value in flat(main.parameters()).items()], scan_file=scans[0].attrs.get("scan", "") if scans else "", provenance=provenance(results))
    return page, sum(r["verdict"] == "differs" for r in comparison["rows"])


def parse(arguments):
    parser = Arguments(prog="weft report", description="One self-contained HTML page of a run or a scan.")
    parser.add_argument("result", metavar="DIR", help="result directory of a run or a scan")
    parser.add_argument("-o", "--out", metavar="FILE", help="the page; default: DIR/report.html")
    parser.add_argument("--expected", metavar="FILE", help="expected numbers; default: expected.yaml in DIR or beside the run's input")
    parser.add_argument("--format", choices=("png", "svg"), default="png", help="of the figures; default: png")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    try:
        folder = options.result if os.path.isdir(options.result) else os.path.dirname(options.result) or "."
        results = [Result(path) for path in files_of(options.result)]
        page, differing = build(folder, results, options)
        path = options.out or os.path.join(folder, "report.html")
        write_text(path, page)
    except ToolError as error:
        complain(error)
        return error.code
    if not options.quiet:
        say(path + (f": {differing} of the expected numbers differ" if differing else ""))
    return 0
