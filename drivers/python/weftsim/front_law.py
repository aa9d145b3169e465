"""The law of the heights of a front beside the reference laws."""
import numpy as np
from scipy.stats import chi2

from .laws import laws
from .slopes import jackknife

# A law is rejected below this probability of chi^2, or where its skewness or kurtosis is so many errors off.
REJECT_BELOW, REJECT_ERRORS = 1e-3, 4.0


def independent_sites(front, at, p, width):
    """How many independent sites the standard errors at a record imply: the fewest that the errors of the bins, of the
    skewness (variance 6/N) and of the kurtosis (24/N) allow. Bins alone see too many: neighbours on a front are
    correlated, and that moves the skewness more than single bins."""
    errors = front.result.variables.get("height_pdf_stderr")
    if errors is None:
        return None
    variances = [np.sum((errors[at] * width) ** 2) / np.sum(p * (1 - p))]
    for name, factor in (("skewness", 6), ("kurtosis", 24)):
        spread = front.get(name)[1]
        if spread is not None:
            variances.append(spread[at] ** 2 / factor)
    worst = max(variances)
    return float(1 / worst) if worst > 0 else None


def goodness_of_fit(front, time, moments):
    """height_pdf at a time beside the reference laws, mirrored where lambda (else the skewness) is negative: chi^2 over merged
    bins, distance of Kolmogorov and Smirnov, and how many errors skewness and kurtosis, moments = {name: (value, error)}, are
    off."""
    variable = front.result.variables.get("height_pdf")
    if variable is None:
        return None
    at = int(np.argmin(np.abs(front.times - time)))
    grid, density = front.result.coordinate("height_bin"), variable[at]
    width = grid[1] - grid[0]
    p = density * width
    if not np.isfinite(p).all() or p.sum() < 0.9:
        return None
    sign = -1 if (front.constants.get("lambda") or np.sum(p * grid**3)) < 0 else 1
    count = independent_sites(front, at, p, width)
    found = {"time": front.times[at], "independent_sites": count, "sign": sign, "grid": grid, "density": density,
             "laws": {}}
    edges = np.append(grid - width / 2, grid[-1] + width / 2)
    for law in laws(front.dimension).values():
        cdf = law.cdf(edges, sign)
        entry = {"distance": float(np.max(np.abs(np.cumsum(p) - (cdf[1:] - cdf[0]))))}
        if count:
            entry.update(chi_square(p, np.diff(cdf), count))
        for name, expected in (("skewness", sign * law.skewness), ("kurtosis", law.kurtosis)):
            value, error = moments[name]
            if value is not None and error:
                entry[f"errors_off_in_{name}"] = (value - expected) / error
        offs = [abs(v) for k, v in entry.items() if k.startswith("errors_off")]
        if "p_value" in entry or offs:
            entry["rejected"] = bool(entry.get("p_value", 1.0) < REJECT_BELOW or max(offs, default=0.0) > REJECT_ERRORS)
        found["laws"][law.name] = entry
    return found


def one_point(front, gamma):
    """The growth of one site, `centre`, over the replicas: skewness, kurtosis, and the variance over (Gamma t)^(2/3), which is
    that of the reference laws: GOE for flat fronts, GUE for droplets, Baik-Rains for stationary ones. None without
    centre_replica (ensemble.keep: all) of at least 20 replicas."""
    samples = front.get("centre")[2]
    if samples is None or front.dimension != 1 or len(samples) < 20:
        return None
    time, x = float(front.times[-1]), samples[:, -1] - samples[:, 0]
    if not np.isfinite(x).all() or np.ptp(x) == 0:
        return None
    powers = np.stack([(x - x.mean()) ** n for n in (1, 2, 3, 4)], axis=1)
    found = {"time": time, "replicas": len(x), **{name: jackknife(powers, function) for name, function in MOMENTS.items()}}
    if gamma:
        found["variance_over_Gamma_t"] = tuple(v / (gamma * time) ** (2 / 3) for v in jackknife(powers, variance))
    return found


def variance(powers):
    return powers[1] - powers[0] ** 2


def third(powers):
    m, m2, m3, _ = powers
    return (m3 - 3 * m * m2 + 2 * m**3) / variance(powers) ** 1.5


def fourth(powers):
    m, m2, m3, m4 = powers
    return (m4 - 4 * m * m3 + 6 * m**2 * m2 - 3 * m**4) / variance(powers) ** 2 - 3


MOMENTS = {"skewness": third, "kurtosis": fourth}


def chi_square(p, expected, count):
    """Bins are merged until each expects 10 sites; the mean and the variance were fitted."""
    merged, a, b = [], 0.0, 0.0
    for x, y in zip(p, expected):
        a, b = a + x, b + y
        if b * count >= 10:
            merged.append([a, b])
            a = b = 0.0
    if not merged:
        return {}
    merged[-1][0] += a
    merged[-1][1] += b
    observed, predicted = np.array(merged).T
    freedom = len(merged) - 3
    if freedom < 2:
        return {}
    value = float(count * np.sum((observed - predicted) ** 2 / predicted))
    probability = float(chi2.sf(value, freedom))
    return {"chi2": value, "degrees_of_freedom": freedom, "p_value": probability}
