"""weft analyze reaction: oscillations of densities beside mean field; times of extinction."""
import numpy as np

from .errors import ToolError
from .mean_field import MeanField
from .output import analysis_arguments, estimate
from .power import sampling_interval, spectrum_of
from .result import is_auxiliary, one_file


def histories(result, name):
    """The series (replica, time, ...) of an observable; the run itself where there is one replica."""
    single = result.samples(name)
    if single is None and f"{name}_stderr" in result.variables:
        raise ToolError(f"{result.path}: holds the mean over replicas alone, in which oscillations cancel; "
                        "run with ensemble.keep: all, or one replica")
    return result.variables[name][...][None] if single is None else single


def densities(result):
    """{species: series (replica, time)} of all observed densities."""
    found = {}
    for name, variable in result.variables.items():
        if is_auxiliary(name, result.variables) or variable.dims[:1] != ("time",):
            continue
        if name.startswith("density_") and variable.dims == ("time",):
            found[name.removeprefix("density_")] = histories(result, name)
    return found


def without_ending(times):
    """Number of records without the last one of a run that ended early, which has the time of the event that ended it."""
    steps = np.diff(times)
    return len(times) - int(len(steps) > 1 and steps[-1] < (1 - 1e-6) * steps[:-1].min())


def spectra_of(result, options):
    """{species: Spectrum} after the start; empty without densities."""
    series = densities(result)
    if not series:
        return {}, {}
    count = without_ending(result.times())
    times = result.times()[:count]
    series = {name: values[:, :count] for name, values in series.items()}
    late = times >= times[0] + options.start * (times[-1] - times[0])
    dt = sampling_interval(times[late])
    kept, means = {}, {}
    for name, values in series.items():
        alive = values[np.all(np.isfinite(values), axis=1)][:, late]
        alive = alive[(alive.std(axis=1) > 0) & (alive[:, -1] > 0)]  # those that did not die out
        means[name] = float(values[:, late].mean())
        if len(alive):
            kept[name] = spectrum_of(alive, dt, options.segments)
    return kept, means


def theory(result, means):
    """Mean field about the fixed point that is nearest to the mean densities, and what to say of it."""
    field = MeanField(result.parameters())
    if field.why:
        return None, {"note": f"no mean field: {field.why}"}
    if set(field.species) - set(means):
        return None, {"note": "no mean field: observe the densities of all species"}
    point = field.fixed_point([max(means[s], 1e-3) for s in field.species])
    if point is None:
        return None, {"note": "mean field has no stationary point with all species near the mean densities"}
    report = {"densities": dict(zip(field.species, map(float, point)))}
    pair = field.oscillation(point)
    if pair is None:
        return None, {**report, "note": "mean field does not oscillate about its stationary point"}
    return pair, {**report, "omega": pair[0], "damping": pair[1], "period": 2 * np.pi / pair[0]}


def lifetimes(result, suffix):
    """Times at which the particles of replicas (suffix "": all; "_A": those of a species) died out, and how many replicas had
    some at the end; None if not kept. A replica whose particles live has the time of the end as its time of extinction,
    whether it went on to the end or was at an end before (a lattice that filled up); survival, where it was kept, tells
    them from one that died out just then."""
    single = result.variables.get(f"extinction_time{suffix}_replica")
    if single is None:
        return None
    last = single[...][:, -1]
    last = last[np.isfinite(last)]  # of replicas that are there
    survival = result.variables.get(f"survival{suffix}_replica")
    if survival is not None:
        kept = survival[...][:, -1]
        dead = kept[np.isfinite(kept)] == 0
    else:
        dead = last < result.times()[-1] * (1 - 1e-12)
    return last[dead], int(np.sum(~dead))


def extinction_report(dead, alive, start, end):
    """What times of extinction say. Lifetimes are counted from the start of the run, as its clock may go on from another
    one: their plain mean where all replicas died out; else total time over number of extinctions, which is right for an
    exponential law. The median and the histogram are of the times themselves."""
    report = {"replicas": len(dead) + alive, "alive_at_the_end": alive}
    if start != 0:
        report["lifetimes_since"] = start
    if not len(dead):
        return report
    report["median_of_extinct"] = float(np.median(dead))
    if alive == 0:
        error = float(dead.std(ddof=1) / np.sqrt(len(dead))) if len(dead) > 1 else None
        report["mean_lifetime"] = estimate(float(dead.mean()) - start, error, method="mean of the times to extinction")
    else:
        mean = ((dead - start).sum() + alive * (end - start)) / len(dead)
        report["mean_lifetime"] = estimate(mean, mean / np.sqrt(len(dead)),
                                           method="total time over number of extinctions: right for an exponential law")
    counts, edges = np.histogram(dead, bins="auto")
    report["histogram"] = {"edges": [float(e) for e in edges], "counts": [int(c) for c in counts]}
    return report


def extinctions(result):
    """Times of extinction of all particles, and reports of those and of each species that was kept; None if none was."""
    start, end = float((result.parameters().get("time") or {}).get("start") or 0), result.times()[-1]
    found = {suffix: lifetimes(result, suffix) for suffix in [""] + [f"_{s}" for s in result.species()]}
    found = {suffix: lives for suffix, lives in found.items() if lives is not None}
    if not found:
        return None, None
    reports = {suffix: extinction_report(*lives, start, end) for suffix, lives in found.items()}
    report = reports.pop("", {})
    if reports:
        report["species"] = {suffix[1:]: r for suffix, r in reports.items()}
    return found[""][0] if "" in found else None, report


def report_of(spectrum, pair):
    found = {"omega": estimate(spectrum.peak, spectrum.peak_error),
             "half_width": estimate(spectrum.half_width, spectrum.half_width_error),
             "period": estimate(2 * np.pi / spectrum.peak), "periodograms": spectrum.count, "segments": spectrum.segments,
             "resolution": float(spectrum.omega[0])}
    if pair and spectrum.peak == spectrum.peak:
        error = spectrum.peak_error
        found["omega_over_mean_field"] = estimate(spectrum.peak / pair[0], None if error is None else error / pair[0])
        if pair[1] > 0 and spectrum.half_width == spectrum.half_width:
            error = spectrum.half_width_error
            found["half_width_over_damping"] = estimate(spectrum.half_width / pair[1],
                                                        None if error is None else error / pair[1])
    return found


def draw(analyses):
    from .style import COLOURS, plt
    figure, axes = plt.subplots(len(analyses), 3, figsize=(12, 3.4 * len(analyses)), squeeze=False)
    for row, a in zip(axes, analyses):
        times = a["result"].times()
        for (name, values), colour in zip(densities(a["result"]).items(), COLOURS * 9):
            row[0].plot(times, values[0], color=colour, lw=0.8, label=name)
        for (name, s), colour in zip(a["spectra"].items(), COLOURS * 9):
            row[1].plot(s.omega, s.power, ".", ms=3, color=colour, label=name)
            row[1].plot(s.omega, s.fitted(), lw=1, color=colour)
        if a["pair"]:
            row[1].axvline(a["pair"][0], color="0.5", ls="--", lw=0.8, label="mean field")
        row[0].set(xlabel="time", ylabel="density")
        row[1].set(xlabel="angular frequency", ylabel="power spectrum", xscale="log", yscale="log")
        row[0].set_title(a["result"].path, loc="left", fontsize="x-small")
        if a["dead"] is not None and len(a["dead"]):
            row[2].hist(a["dead"], bins="auto", color=COLOURS[0])
            row[2].set(xlabel="time of extinction", ylabel="replicas")
        else:
            row[2].set_axis_off()
        for axis in row[:2]:
            if axis.get_legend_handles_labels()[0]:
                axis.legend(fontsize="x-small")
    return figure


def summary_of(a):
    lines = []
    for name, s in a["spectra"].items():
        if s.peak != s.peak:
            lines.append(f"{a['result'].path}: {name}: no peak above {2 * s.omega[0]:.3g}, twice the lowest frequency of "
                         f"{s.segments} segments; longer runs resolve lower ones")
            continue
        error = "" if s.peak_error is None else f" +- {s.peak_error:.2g}"
        width = "" if s.half_width_error is None else f" +- {s.half_width_error:.2g}"
        field = f"; mean field {a['pair'][0]:.4g}, damping {a['pair'][1]:.4g}" if a["pair"] else ""
        half = f"half width {s.half_width:.3g}{width}" if s.half_width == s.half_width else f"half width below {s.omega[0] / 4:.2g}"
        lines.append(f"{a['result'].path}: {name}: omega {s.peak:.4g}{error}, {half}{field}")
    reports = {"replicas": a["extinction"] or {}, **{f"replicas lost all {s}": r for s, r in
                                                    (a["extinction"] or {}).get("species", {}).items()}}
    for what, r in reports.items():
        if "replicas" not in r:
            continue
        mean = r.get("mean_lifetime")
        error = "" if not mean or mean.get("stderr") is None else f" +- {mean['stderr']:.2g}"
        lines.append(f"{a['result'].path}: {r['replicas'] - r['alive_at_the_end']} of {r['replicas']} "
                     f"{what if what != 'replicas' else 'replicas died out'}"
                     + (f", mean lifetime {mean['value']:.4g}{error}" if mean else ""))
    return lines


def parse(arguments):
    parser = analysis_arguments("reaction", "Power spectra of the densities in time: peak and half width beside mean field; "
                                "times of extinction over replicas.")
    parser.add_argument("--start", type=float, default=0.2, metavar="F",
                        help="spectra are of the records after this fraction of the time; default: 0.2")
    parser.add_argument("--segments", type=int, metavar="N",
                        help="parts of a series, each a periodogram; default: the most of 8, 4, 2, 1 that resolve the peak")
    options = parser.parse_args(arguments)
    if not 0 <= options.start < 1:
        parser.error("--start: needs a fraction from 0 to below 1")
    if options.segments is not None and options.segments < 1:
        parser.error("--segments: needs at least 1")
    return options


def results(options):
    """The report, a function that draws its page, and lines for people."""
    analyses = []
    for path in options.results:
        result = one_file(path, "series.nc")
        dead, extinction = extinctions(result)
        spectra, means, note = {}, {}, None
        try:
            spectra, means = spectra_of(result, options)
        except ToolError as error:
            if extinction is None:
                raise
            note = {"note": f"no spectra: {error}"}
        if not spectra and extinction is None:
            raise ToolError(f"{result.path}: holds no densities that change, and no extinction_time of single "
                            "replicas (ensemble.keep: all)")
        pair, field = theory(result, means) if spectra else (None, note)
        analyses.append({"result": result, "spectra": spectra, "means": means, "pair": pair, "field": field,
                         "dead": dead, "extinction": extinction})
    report = {"analysis": "reaction", "start": options.start, "segments": options.segments or "auto", "runs": [
        {"path": a["result"].path, "mean_densities": a["means"],
         "spectra": {name: report_of(s, a["pair"]) for name, s in a["spectra"].items()},
         "mean_field": a["field"], "extinction": a["extinction"]} for a in analyses]}
    return report, lambda: draw(analyses), [line for a in analyses for line in summary_of(a)]
