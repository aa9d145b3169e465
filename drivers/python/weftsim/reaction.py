"""weft analyze reaction: oscillations of densities beside mean field; times of extinction."""
import numpy as np

from .errors import ToolError
from .mean_field import MeanField
from .output import analysis_arguments, estimate, write_results
from .power import sampling_interval, spectrum_of
from .result import is_auxiliary, one_file


def histories(result, name):
    """The series (replica, time, ...) of an observable; the run itself where there is one replica."""
    single = result.variables.get(f"{name}_replica")
    if single is None and f"{name}_stderr" in result.variables:
        raise ToolError(f"{result.path}: holds the mean over replicas alone, in which oscillations cancel; "
                        "run with ensemble.keep: all, or one replica")
    return result.variables[name][...][None] if single is None else single[...]


def densities(result):
    """{species: series (replica, time)} of all observed densities."""
    found = {}
    for name, variable in result.variables.items():
        if is_auxiliary(name) or variable.dims[:1] != ("time",):
            continue
        if name == "density" and len(variable.dims) == 2 and variable.shape[1] == len(result.species()):
            found.update(zip(result.species(), np.moveaxis(histories(result, name), 2, 0)))
        elif name.startswith("density_") and variable.dims == ("time",):
            found[name.removeprefix("density_")] = histories(result, name)
    return found


def spectra_of(result, options):
    """{species: Spectrum} after the start; empty without densities."""
    series = densities(result)
    if not series:
        return {}, {}
    times = result.times()
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


def extinctions(result):
    """Times at which replicas died out, how many did not, and the mean time from both (exponential law); None if not kept."""
    single = result.variables.get("extinction_time_replica")
    if single is None:
        return None, None
    last = single[...][:, -1]
    end = result.times()[-1]
    dead = last[last < end * (1 - 1e-12)]
    alive = len(last) - len(dead)
    report = {"replicas": len(last), "alive_at_the_end": alive}
    if len(dead):
        report.update(median_of_extinct=float(np.median(dead)),
                      mean_lifetime=estimate((dead.sum() + alive * end) / len(dead),
                                             (dead.sum() + alive * end) / len(dead) / np.sqrt(len(dead)),
                                             method="total time over number of extinctions"))
        counts, edges = np.histogram(dead, bins="auto")
        report["histogram"] = {"edges": [float(e) for e in edges], "counts": [int(c) for c in counts]}
    return dead, report


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
    if a["extinction"]:
        lines.append(f"{a['result'].path}: {a['extinction']['replicas'] - a['extinction']['alive_at_the_end']} of "
                     f"{a['extinction']['replicas']} replicas died out")
    return lines


def main(arguments):
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
    write_results(options, "reaction", report, draw(analyses), [line for a in analyses for line in summary_of(a)])
    return 0
