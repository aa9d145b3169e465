"""weft report: one HTML page of a run or a scan that needs no other file."""
import contextlib
import os
import sys
import tempfile

import numpy as np
import yaml

from . import expected
from .classes import Classes, has_classes
from .cli import say
from .errors import IO_ERROR, ToolError
from .files import own, write_text
from .output import Arguments
from .page_html import document, element, figure, join, number, table
from .params import flat, read_yaml
from .plot import parse as drawing_options, plot_result
from .result import Result, files_of, is_auxiliary, text

PROVENANCE = ("date", "host", "command", "weft_version", "weft_git", "weft_build", "libraries", "computed_by", "rank_layout", "seed", "dt",
              "replicas_done", "run_uuid", "parent_uuid")
ANALYSES = ("kpz", "coarsening", "reaction", "field")
MAX_FAILURES, MAX_ROWS = 100, 400


def pictures(results, options):
    """Figures of all files, drawn for this page alone."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        drawing = drawing_options([folder, "--out", folder, "--format", options.format, "--quiet"])
        for result in results:
            with contextlib.suppress(ToolError):
                for path in plot_result(drawing, result.path):
                    name = os.path.basename(path).rsplit(".", 1)[0]
                    variable = result.variables.get(name)
                    caption = f"{name}: {variable.long_name}" if variable is not None else name
                    found.append(figure(path, caption))
                    os.remove(path)
    return found


def last_values(result):
    """The observables of one number at the last record."""
    rows = []
    times = result.coordinate("time") if "time" in result.coordinates else []
    if not len(times):
        return None
    for variable in result.variables.values():
        if variable.dims != ("time",) or is_auxiliary(variable.name):
            continue
        error = result.variables.get(f"{variable.name}_stderr")
        rows.append((variable.name, number(float(variable[0])), number(float(variable[-1]), None if error is None else float(error[-1])),
                     variable.unit, variable.long_name))
    if not rows:
        return None
    return join(element("h2", "Observables"),
                table(("name", f"t = {times[0]:.6g}", f"t = {times[-1]:.6g}", "unit", "meaning"), rows, numeric=(1, 2)))


def verdicts(folder, results, options):
    """Table of the comparison with expected numbers, and how many differ."""
    path, note = expected.find(folder, results, options.expected)
    if not path:
        return (join(element("h2", "Expected numbers"), element("p", note)) if note else None), 0
    rows = expected.judge(results, expected.load(path))
    cells = [(r["name"], r["when"], number(r["value"], r["stderr"]), number(r["expected"]), number(r["allowed"]),
              element("span", r["verdict"], class_=r["verdict"]), r["source"] + (f" ({r['note']})" if r["note"] else ""))
             for r in rows]
    counts = ", ".join(f"{sum(r['verdict'] == kind for r in rows)} {kind}" for kind in ("agrees", "differs", "missing")
                       if any(r["verdict"] == kind for r in rows))
    return join(element("h2", "Expected numbers"), element("p", f"{counts}; from {path}"),
                table(("name", "when", "this run", "expected", "allowed", "verdict", "source"), cells, numeric=(2, 3, 4))), \
        sum(r["verdict"] == "differs" for r in rows)


def evidence(result):
    """Of a scan with classes: how many points each has, where they meet, and what decides for each point."""
    if not has_classes(result):
        return None
    classes = Classes(result)
    counts = [(name.replace("_", " "), n, number(least), number(mean)) for name, n, least, mean in classes.counts()]
    parts = [element("h2", "Classes"), table(("class", "points", "least sure", "mean sureness"), counts, numeric=(1, 2, 3))]
    meetings = [(b["axis"], b["below"].replace("_", " "), b["above"].replace("_", " "),
                 ", ".join(f"{name} = {value:.6g}" for name, value in b["place"].items()), f"{b['error']:.2g}") for b in classes.boundaries()]
    if meetings:
        parts += [element("h2", "Boundaries"), table(("along", "below", "above", "at", "+-"), meetings[:MAX_ROWS], numeric=(4,))]
    cells = classes.cells()
    names = list(classes.evidence(cells[0])) if cells else []
    rows = [point_row(classes, cell, names) for cell in cells[:MAX_ROWS]]
    heading = ("point", "class", "sureness", *names, "what excludes the others")
    parts += [element("h2", "Evidence"), element("p", f"The first {MAX_ROWS} of {len(cells)} points.") if len(cells) > MAX_ROWS else None,
              table(heading, rows, numeric=range(2, 3 + len(names))),
              element("details", join(element("summary", "rules"), element("pre", "\n".join(f"{name}: {clause}" for name, clause in classes.clauses))))]
    return join(*parts)


def point_row(classes, cell, names):
    """A row of the table of evidence."""
    place = ", ".join(f"{name} = {value if isinstance(value, str) else format(value, '.6g')}" for name, value in classes.place(cell).items())
    found, (excluded, unknown) = classes.evidence(cell), classes.against(cell)
    why = [f"{name}: not {clauses[0]}" for name, clauses in excluded.items()]
    why += [f"{name}: not known whether {clauses[0]}" for name, clauses in unknown.items()]
    return (place, classes.name(cell).replace("_", " "), number(float(classes.sureness[cell])), *(number(*found[name]) for name in names),
            element("details", join(element("summary", f"{len(excluded)} excluded"), element("ul", join(*(element("li", w) for w in why))))))


def scan_state(result):
    """How many points are done, and the messages of those that failed."""
    status = result.variables["status"]
    words = text(status.dataset.attrs.get("flag_meanings", "")).split()
    values, counts = np.unique(status[...], return_counts=True)
    rows = [(words[int(v)] if int(v) < len(words) else str(v), int(c)) for v, c in zip(values, counts)]
    ends = [result.words(name) or result.coordinate(name) for name in status.dims]
    axes = [(name, len(values), f"{values[0]} to {values[-1]}", text(result.coordinates[name].attrs.get("parameter", name)))
            for name, values in zip(status.dims, ends)]
    parts = [element("h2", "Scan"), table(("axis", "points", "from, to", "parameter"), axes, numeric=(1,)),
             element("h2", "Points"), table(("state", "points"), rows, numeric=(1,))]
    failures = [line for line in result.attrs.get("failed_points", "").split("\n") if line.strip()]
    if failures:
        more = f"\n... and {len(failures) - MAX_FAILURES} more" if len(failures) > MAX_FAILURES else ""
        parts.append(element("pre", "\n".join(failures[:MAX_FAILURES]) + more))
    return join(*parts)


def analyses(folder):
    """What weft analyze left in the folder."""
    parts = []
    for kind in ANALYSES:
        path = os.path.join(folder, f"{kind}.yaml")
        if not own(path):  # a link may show what is not of this result
            continue
        found = read_yaml(path)
        parts.append(element("h2", f"Analysis: {kind}"))
        if isinstance(found, dict) and "class" in found:
            parts.append(element("p", f"class: {found['class']}"))
            parts.append(element("ul", join(*(element("li", line) for line in found.get("evidence", [])))))
        with open(path, encoding="utf-8", errors="replace") as file:
            parts.append(element("details", join(element("summary", f"{kind}.yaml"), element("pre", file.read()))))
        picture = os.path.join(folder, f"{kind}.png")
        if own(picture):
            parts.append(figure(picture, f"page of weft analyze {kind}"))
    return join(*parts)


def provenance(results):
    rows = []
    for name in PROVENANCE:
        values = list(dict.fromkeys(r.attrs[name] for r in results if r.attrs.get(name)))
        if values:
            rows.append((name, "; ".join(values)))
    return table(("what", ""), rows)


def value_text(value):
    """A value on one line, as YAML writes it."""
    return yaml.safe_dump(value, default_flow_style=True, width=1 << 20, sort_keys=False).removesuffix("\n...\n").strip()


def build(folder, results, options):
    """The page and the number of expected numbers that differ."""
    main = results[0]
    status = ", ".join(dict.fromkeys(r.attrs.get("status", "unknown") for r in results))
    comparison, differing = verdicts(folder, results, options)
    scans = [r for r in results if r.is_scan]
    page = document(
        main.title(), element("h1", main.title()),
        element("p", f"{folder}; status: {status}; files: {', '.join(os.path.basename(r.path) for r in results)}"),
        comparison, *(scan_state(r) for r in scans), *(evidence(r) for r in scans), *(last_values(r) for r in results if not r.is_scan), analyses(folder),
        element("h2", "Figures"), *(pictures(results, options) or [element("p", "nothing to draw")]),
        element("h2", "Parameters"), element("p", "Of the first point; the axes above vary.") if scans else None,
        table(("parameter", "value"), [(key, value_text(value)) for key, value in flat(main.parameters()).items()]),
        element("details", join(element("summary", "scan file"), element("pre", scans[0].attrs.get("scan", "")))) if scans else None,
        element("h2", "Provenance"), provenance(results))
    return page, differing


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
        print(f"weft: error: {error}", file=sys.stderr)
        return error.code
    if not options.quiet:
        say(path + (f": {differing} of the expected numbers differ" if differing else ""))
    return 0
