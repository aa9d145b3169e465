"""weft analyze kpz: exponents, amplitudes, laws and class of fronts."""
import numpy as np

from . import fronts
from .errors import ToolError
from .front_law import goodness_of_fit, one_point
from .fronts import Front
from .kpz_class import Verdict, classify, read_evidence, read_rules
from .kpz_scan import analyse_scan, is_scan
from .laws import laws
from .output import analysis_arguments, estimate
from .slopes import careful_line


def analyse(front, window=None):
    """All that one run tells."""
    plateau = fronts.saturation(front)
    found = {"front": front, "plateau": plateau}
    found["window"] = window or fronts.growth_window(front, plateau)
    found["growth"] = fronts.growth(front, found["window"])
    found["t_sat"] = fronts.saturation_time(front, plateau)
    late = front.times[-1] if plateau else found["window"][1]
    found["spectrum"] = fronts.spectrum(front, late)
    found["exponent"] = fronts.spectral_exponent(front, found["spectrum"]) if found["spectrum"] else None
    found["A_S"] = fronts.amplitude_from_spectrum(front, found["spectrum"], found["exponent"]) \
        if found["exponent"] else (None, None)
    found["A_W"] = (None, None)
    if plateau and front.dimension == 1:
        factor = 12 * front.size / (front.size**2 - front.spacing**2)
        found["A_W"] = plateau[0] * factor, None if plateau[1] is None else plateau[1] * factor
    half = np.sqrt(found["window"][0] * found["window"][1])
    found["skewness"] = front.mean_over("skewness", half, found["window"][1])
    found["kurtosis"] = front.mean_over("kurtosis", half, found["window"][1])
    found["pdf"] = goodness_of_fit(front, found["window"][1], found)
    found["velocity"] = velocity(front)
    found["slips"] = slips_per_link(front, found["window"][1])
    return found


def velocity(front):
    """d<mean>/dt over the last half of the time."""
    mean, errors, samples = front.get("mean")
    if mean is None:
        return None, None
    start = int(np.argmin(np.abs(front.times - front.times[-1] / 2)))
    span = front.times[-1] - front.times[start]
    if span <= 0:
        return None, None
    error = None if errors is None else float(np.hypot(errors[-1], errors[start]) / span)
    if samples is not None and len(samples) > 2:
        error = float((samples[:, -1] - samples[:, start]).std(ddof=1) / np.sqrt(len(samples)) / span)
    return float((mean[-1] - mean[start]) / span), error


def slips_per_link(front, end):
    rate, _, _ = front.get("slip_rate")
    if rate is None:
        return None
    keep = front.times <= end * (1 + 1e-9)
    return float(np.sum(np.diff(front.times[keep], prepend=0.0) * rate[keep]))


# ---- over several runs ----

def check_agreement(runs):
    base = runs[0].fixed()
    for run in runs[1:]:
        other = run.fixed()
        for key in sorted({*base, *other}):
            if base.get(key) != other.get(key):
                raise ToolError(f"{run.path}: {key} is {other.get(key)}, in {runs[0].path} {base.get(key)}; runs of one "
                                "analysis may differ in size, initial state, time and seed alone")


def power_of_size(analyses, values):
    """Exponent of a quantity over system sizes and its error."""
    rows = [(a["front"].size, *v) for a, v in zip(analyses, values) if v and v[0]]
    if len({r[0] for r in rows}) < 2:
        return None, None
    size, value, error = np.array([(r[0], r[1], np.nan if r[2] is None else r[2]) for r in rows], float).T
    relative = None if np.isnan(error).any() or np.any(error <= 0) else error / value
    slope, spread = careful_line(np.log(size), np.log(value), relative)
    return float(slope), None if np.isnan(spread) else float(spread)


def lambda_by_tilt(analyses):
    """v(m) = v(0) + lambda m^2/2."""
    rows = [(a["front"].tilt ** 2 / 2, *a["velocity"]) for a in analyses if a["velocity"][0] is not None]
    if len({round(r[0], 12) for r in rows}) < 2:
        return None, None
    x, v, e = np.array([(r[0], r[1], np.nan if r[2] is None else r[2]) for r in rows], float).T
    slope, error = careful_line(x, v, None if np.isnan(e).any() or np.any(e <= 0) else e)
    return float(slope), None if np.isnan(error) else float(error)


def best(*candidates):
    """The first that has a value."""
    return next((c for c in candidates if c[0] is not None), (None, None))


def amplitudes(main, analyses):
    """A, lambda, Gamma, g and g_eff."""
    known = main["front"].constants
    tilt = lambda_by_tilt(analyses)
    nominal = known.get("lambda")
    a = best(main["A_S"], main["A_W"])
    lam = best(tilt, (nominal, 0.0))
    found = {"A": {"from_spectrum": estimate(*main["A_S"]), "from_saturation": estimate(*main["A_W"])},
             "lambda": {"by_tilt": estimate(*tilt), "of_the_parameters": nominal}}
    nu, noise = known.get("nu"), known.get("D")
    if nu and noise:
        found["A"]["of_the_parameters"] = noise / nu
        if nominal is not None:
            found["g"] = nominal**2 * noise / nu**3
    if a[0] is not None and lam[0]:
        spread = relative_error((a, 2), (lam, 1))
        gamma = abs(lam[0]) * a[0] ** 2 / 2
        found["Gamma"] = estimate(gamma, None if spread is None else gamma * spread)
        if nu:
            spread = relative_error((a, 1), (lam, 2))
            g = lam[0] ** 2 * a[0] / nu**2
            found["g_eff"] = estimate(g, None if spread is None else g * spread)
    return found


def sentence(point):
    text = "one site over {replicas} replicas: skewness {skewness[0]:.3f} +- {skewness[1]:.3f}".format(**point)
    if "variance_over_Gamma_t" in point:
        known = ", ".join(f"{law.label} {law.variance * (0.25 ** (2 / 3) if law.name == 'goe' else 1):.3f}"
                          for law in laws().values() if law.name != "gauss")
        text += ", variance/(Gamma t)^(2/3) = {0[0]:.3f} +- {0[1]:.3f} ({1})".format(point["variance_over_Gamma_t"], known)
    return text


def gamma_of(report):
    """Measured, or that of the parameters where there is none (a droplet)."""
    known = report["parameters"]
    if "Gamma" in report:
        return report["Gamma"]["value"]
    return abs(known["lambda"]) * (known["D"] / known["nu"]) ** 2 / 2 if known.get("nu") and known.get("lambda") else None


def relative_error(*factors):
    """Of a product of powers ((value, error), power)."""
    if any(value[1] is None for value, _ in factors):
        return None
    return float(np.sqrt(sum((power * value[1] / value[0]) ** 2 for value, power in factors)))


def verdict_of(front):
    """The class, by what the program wrote of it."""
    rules, evidence = front.result.attrs.get("class_rules"), front.result.attrs.get("class_evidence")
    if not fronts.grows(front):
        return Verdict(reasons=["W^2 does not grow over the records: the start is stationary or rough, or the first record comes "
                                "too late; start flat and record at log-spaced times"])
    if rules is None:
        return Verdict(reasons=["series.nc has no evidence for classes: that is written at the end of a run with replicas "
                                "(ensemble.replicas)"])
    if not rules:
        return Verdict(reasons=[f"no classes are known here in {front.dimension} dimensions"])
    return classify(read_rules(rules), read_evidence(evidence))


def report_of_run(a):
    front, growth, exponent = a["front"], a["growth"], a["exponent"]
    plateau = a["plateau"] or (None, None)
    root = None if plateau[0] is None else np.sqrt(plateau[0])
    found = {"run": front.path, "size": front.size, "tilt": front.tilt or None, "end": float(front.times[-1]),
             "saturated": a["plateau"] is not None, "growth_window": [float(x) for x in a["window"]],
             "beta": estimate(growth["beta"], growth["error"]) if growth else None,
             "W_sat": estimate(root, None if plateau[1] is None or not root else plateau[1] / (2 * root)),
             "t_sat": estimate(*a["t_sat"]), "skewness": estimate(*a["skewness"]), "kurtosis": estimate(*a["kurtosis"]),
             "velocity": estimate(*a["velocity"]), "slips_per_link": a["slips"]}
    if growth and growth["halves"]:
        errors = growth["halves_error"] or (None, None)
        found["beta_of_halves"] = [estimate(*x) for x in zip(growth["halves"], errors)]
    if exponent:
        found["structure_factor"] = {"exponent": estimate(exponent["p"], exponent["error"]), "k": list(exponent["k"]),
                                     "time": float(a["spectrum"]["time"]), "stationary_modes": exponent["settled"],
                                     "alpha": estimate(exponent["alpha"], None if exponent["error"] is None else exponent["error"] / 2)}
    if a["pdf"]:
        found["height_pdf"] = {"time": float(a["pdf"]["time"]), "mirrored": a["pdf"]["sign"] < 0,
                               "independent_sites": a["pdf"]["independent_sites"], "laws": a["pdf"]["laws"],
                               "agree": [k for k, v in a["pdf"]["laws"].items() if v.get("rejected") is False]}
    middle, beta, spread = fronts.local_beta(front)
    found["local_beta"] = {"time": [float(x) for x in middle], "beta": [float(x) for x in beta],
                           "stderr": None if spread is None else [float(x) for x in spread]}
    return found


def parse(arguments):
    parser = analysis_arguments("kpz", "Exponents, amplitudes, laws of fluctuations and universality class of fronts. "
                                "Runs of several sizes give alpha and z, twisted starts give lambda.")
    parser.add_argument("--window", nargs=2, type=float, metavar=("T1", "T2"),
                        help="times for the growth exponent; default: the last decade, or a decade before saturation")
    options = parser.parse_args(arguments)
    if options.window and not 0 < options.window[0] < options.window[1]:
        parser.error("--window: needs 0 < T1 < T2")
    return options


def results(options):
    """The report, a function that draws its page, and lines for people."""
    if any(is_scan(path) for path in options.results):
        return analyse_scan(options)
    runs = [Front(path) for path in options.results]
    check_agreement(runs)
    analyses = [analyse(run, options.window) for run in runs]
    flat = [a for a in analyses if a["front"].tilt == 0] or analyses
    largest = max(flat, key=lambda a: (a["front"].sites, a["front"].times[-1]))
    widths = [a["plateau"] and (np.sqrt(a["plateau"][0]), a["plateau"][1] and a["plateau"][1] / (2 * np.sqrt(a["plateau"][0])))
              for a in flat]
    alpha, z = power_of_size(flat, widths), power_of_size(flat, [a["t_sat"] for a in flat])
    verdict = verdict_of(largest["front"])
    report = {"analysis": "kpz", "class": verdict.name, "evidence": verdict.reasons, "excluded": verdict.against, "not_known": verdict.not_known,
              "alpha_of_sizes": estimate(*alpha), "z_of_sizes": estimate(*z), **amplitudes(largest, analyses),
              "parameters": largest["front"].constants, "runs": [report_of_run(a) for a in analyses]}
    point = one_point(largest["front"], gamma_of(report))
    if point:
        report["one_point"] = {k: estimate(*v) if isinstance(v, tuple) else v for k, v in point.items()}
        verdict.reasons.append(sentence(point))
    if largest["pdf"] and largest["pdf"]["independent_sites"]:
        agree = [name for name, law in largest["pdf"]["laws"].items() if law.get("rejected") is False]
        verdict.reasons.append(f"the heights {'agree' if agree else 'disagree'} with "
                               + " and ".join(agree or largest["pdf"]["laws"]))
    from .kpz_page import page
    summary = [f"class: {verdict.name}", *(f"  {reason}" for reason in verdict.reasons)]
    return report, lambda: page(largest, analyses, verdict), summary
