"""Growing fronts: what one run tells of its exponents and amplitudes."""
import numpy as np

from .errors import IO_ERROR, ToolError
from .params import flat
from .result import one_file
from .slopes import careful_line, local_slopes, window_slope

# Parameters in which the runs of one analysis may differ.
FREE = ("grid.n", "grid.length", "initial.", "time.", "observe.", "output.", "checkpoint.", "ensemble.", "fft.",
        "kpz.tilt")
RATIO = 3.0          # between the times of a local exponent
GROWING = 1.35       # S(k) that grows more than this over a factor 3 of time is not stationary


def constants(parameters):
    """nu, lambda, D and s of the continuum limit, as far as the parameters give them."""
    own = parameters.get(parameters.get("model"), {}) or {}
    disorder = 0.0 if own.get("disorder_type") in (None, "none") else own.get("disorder", 0.0)
    if parameters.get("model") == "kuramoto" and own.get("topology", "ring") != "all_to_all":
        k, lag = own.get("coupling", 1.0), own.get("phase_lag", 0.0)
        odd, even = own.get("harmonics") or [], own.get("harmonics_even") or []
        slope = k * np.cos(lag) + k * sum(n * a for n, a in enumerate(odd, 2))
        curvature = -k * np.sin(lag) - k * sum(n * n * b for n, b in enumerate(even, 2))
        return {"nu": float(slope), "lambda": float(2 * curvature) + 0.0, "D": own.get("noise", 0.0), "s": disorder}
    if parameters.get("model") == "oscillators" and own.get("kind", "stuart_landau") == "stuart_landau":  # weak coupling
        k, c1, c2 = own.get("coupling", 1.0), own.get("reactive", 0.0), own.get("shear", 0.0)
        return {"nu": k * (1 + c1 * c2), "lambda": 2 * k * (c2 - c1), "s": disorder,
                "D": own.get("noise", 0.0) * (1 + c2**2) / own.get("growth", 1.0)}
    if parameters.get("model") == "kpz":
        return {"nu": own.get("nu"), "lambda": own.get("lambda"), "D": own.get("noise", 0.0), "s": disorder}
    return {}


class Front:
    """The series of one run."""

    def __init__(self, path):
        self.path, self.result = path, one_file(path, "series.nc")
        if "width2" not in self.result.variables:
            raise ToolError(f"{path}: has no observable width2; add it to observe.list")
        self.parameters = self.result.parameters()
        grid = self.parameters.get("grid", {})
        n = grid.get("n") or [0]
        if not isinstance(n, list) or not n[-1]:
            raise ToolError(f"{path}: the file does not tell the grid (attribute input)")
        self.sites, self.dimension = int(n[-1]), len(n)
        self.spacing = grid["length"][-1] / self.sites if grid.get("length") else 1.0
        self.size = self.sites * self.spacing
        self.times = self.result.times()
        self.constants = constants(self.parameters)
        initial = self.parameters.get("initial", {})
        self.tilt = float((self.parameters.get("kpz") or {}).get("tilt", 0.0))
        if initial.get("type") == "twisted":
            self.tilt = 2 * np.pi * initial.get("winding", 1) / self.size
        if np.any(np.diff(self.times) <= 0):
            raise ToolError(f"{path}: the times of its records do not grow; the file is damaged", IO_ERROR)
        usable = np.sum((self.times > 0) & (self.get("width2")[0] > 0))
        if self.times[-1] <= 0 or usable < 8:
            raise ToolError(f"{path}: holds {usable} records with a width2 after the start; an analysis needs 8, best at "
                            "log-spaced times (observe.every: {log: 60})")

    def fixed(self):
        """The parameters that must agree between runs."""
        return {key: value for key, value in flat(self.parameters).items() if not key.startswith(FREE)}

    def get(self, name):
        """Values, standard errors or None, values of single replicas or None."""
        variable = self.result.variables.get(name)
        if variable is None:
            return None, None, None
        return variable[...], self.result.error_of(name), self.result.samples(name)

    def mean_over(self, name, low, high):
        """Mean over times in [low, high]; its error is jackknifed over replicas or the mean error (an upper bound)."""
        values, errors, samples = self.get(name)
        if values is None:
            return None, None
        keep = (self.times >= low * (1 - 1e-9)) & (self.times <= high * (1 + 1e-9)) & np.isfinite(values)
        if not keep.any():
            return None, None
        error = None if errors is None else float(np.nanmean(errors[keep]))
        if samples is not None and len(samples) > 2 and not name.startswith(("skewness", "kurtosis")):
            error = float(samples[:, keep].mean(axis=1).std(ddof=1) / np.sqrt(len(samples)))
        return float(values[keep].mean()), error


# ---- growth and saturation ----

ENOUGH = 15.0        # times of saturation in a run after which the growth that a test of it could overlook is over


def saturation(front):
    """W_sat^2 and its error where the last third of the time shows no growth; else None.

    In a short or noisy run those ensembles pass the test whose late values are low by chance. So the error holds what the test cannot
    exclude, the difference of the two means and its own error, less in longer runs: growth ends exponentially."""
    end = front.times[-1]
    late, late_error = front.mean_over("width2", end / 3, end)
    early, early_error = front.mean_over("width2", end / 9, end / 3)
    w2 = front.get("width2")[0]
    if early is None or np.min(w2[front.times > 0]) > 0.2 * late:
        return None
    noise = 0.0 if late_error is None else np.hypot(late_error, early_error)
    if abs(late - early) >= max(0.03 * late, min(3 * noise, 0.1 * late)):
        return None
    if late_error is None:
        return late, None
    times = end / front.times[int(np.argmax(w2 >= (1 - np.exp(-1)) * late))]
    return late, float(np.hypot(late_error, (abs(late - early) + noise) * min(1.0, (ENOUGH / times) ** 2)))


def grows(front):
    """Does W^2 grow at all from its first record on? Not from a stationary start, nor where all records are late."""
    w2 = front.get("width2")[0]
    late = front.mean_over("width2", front.times[-1] / 3, front.times[-1])[0]
    return late is not None and bool(w2[front.times > 0][0] < 0.5 * late)


def growth_window(front, plateau):
    """Times over which the growth exponent is taken."""
    t, w2 = front.times, front.get("width2")[0]
    if plateau is None:
        return t[-1] / 10, t[-1]
    half = t[np.argmax(w2 > 0.5 * plateau[0])]
    return max(half / 30, t[t > 0][0]), half / 3


def growth(front, window):
    """beta over the window and its drift from the first half of it to the second."""
    w2, errors, samples = front.get("width2")
    beta, error = window_slope(front.times, w2, errors, *window, samples) if grows(front) else (None, None)
    if beta is None:
        return None
    middle = np.sqrt(window[0] * window[1])
    first = window_slope(front.times, w2, errors, window[0], middle, samples)
    second = window_slope(front.times, w2, errors, middle, window[1], samples)
    found = {"beta": beta / 2, "error": None if error is None else error / 2, "halves": None, "halves_error": None}
    if first[0] is not None and second[0] is not None:
        found["halves"] = (first[0] / 2, second[0] / 2)
        if first[1] is not None:
            found["halves_error"] = (first[1] / 2, second[1] / 2)
    return found


def saturation_time(front, plateau):
    """t_sat: when W^2 reaches 1 - 1/e of its plateau, and its error. By scaling it grows as L^z."""
    if plateau is None:
        return None, None
    w2, errors, _ = front.get("width2")
    level = (1 - np.exp(-1)) * plateau[0]
    after = int(np.argmax(w2 >= level))
    before = after - 1
    if before < 0 or front.times[before] <= 0 or w2[before] <= 0:
        return None, None
    slope = np.log(w2[after] / w2[before]) / np.log(front.times[after] / front.times[before])
    value = front.times[before] * (level / w2[before]) ** (1 / slope)
    if errors is None or plateau[1] is None:
        return float(value), None
    low = max(0, after - 6)
    gentle = np.log(w2[after] / w2[low]) / np.log(front.times[after] / front.times[low]) if front.times[low] > 0 else slope
    return float(value), float(value * np.hypot(errors[after] / w2[after], plateau[1] / plateau[0]) / abs(gentle))


# ---- structure factor ----

def smooth(front, k):
    """Modes far from the zone boundary."""
    return k < np.pi / 3 / front.spacing


def spectrum(front, time):
    """S(k) in logarithmic bins at the record nearest to time: k, q, S, error or None, S a factor 3 of time earlier, the number
    of modes (up to a factor), and the relative error or None.

    The power of a mode scatters in proportion to its mean, so that bins which happen to be low have small errors of their own.
    As weights they would pull means down: the relative error is that of all bins, spread by the numbers of modes."""
    found = [front.result.variables.get(name) for name in ("structure_factor", "structure_factor_log")]
    variable = found[0] or found[1]
    if variable is None:
        return None
    k = front.result.coordinate(variable.dims[-1])
    now = int(np.argmin(np.abs(front.times - time)))
    before = int(np.argmin(np.abs(front.times - front.times[now] / RATIO)))
    errors = front.result.variables.get(f"{variable.name}_stderr")
    edges = np.arange(len(k) + 1)
    if variable.dims[-1] == "k":
        edges = np.unique(np.floor(np.geomspace(1, len(k) + 1, max(8, int(5 * np.log2(len(k) + 1))))).astype(int)) - 1
    rows = []
    for a, b in zip(edges[:-1], edges[1:]):
        s, e = variable[now, a:b], np.nan if errors is None else errors[now, a:b]
        rows.append((k[a:b].mean(), s.mean(), variable[before, a:b].mean(), np.sqrt(np.sum(e**2)) / (b - a)))
    k, s, old, e = np.array(rows).T
    modes = (np.diff(edges) if variable.dims[-1] == "k" else np.gradient(k)) * (k / k[0]) ** (front.dimension - 1)
    relative = None
    if errors is not None:
        known = (s > 0) & np.isfinite(e) & smooth(front, k)
        relative = np.sqrt(np.mean(modes[known] * (e[known] / s[known]) ** 2) / modes) if known.any() else None
    spectral = front.parameters.get(front.parameters.get("model"), {}).get("scheme") == "spectral"
    q = k if spectral else 2 * np.sin(k * front.spacing / 2) / front.spacing
    return {"time": front.times[now], "k": k, "q": q, "S": s, "error": None if errors is None else e, "before": old,
            "modes": modes, "relative": relative}


def has_settled(found, usable):
    """Has S stopped growing over the upper octaves of the usable modes? None where the errors leave it open."""
    upper = usable & (found["k"] > found["k"][usable][-1] / 4)
    ratio = float(np.mean(found["S"][upper] / found["before"][upper]))
    if found["relative"] is None:
        return ratio < GROWING
    noise = 3 * ratio * float(np.sqrt(2 * np.sum(found["relative"][upper]**2)) / upper.sum())
    return True if ratio + noise < GROWING else False if ratio - noise > GROWING else None


def growing_modes(found, usable):
    """Around which k does S still grow, on the mean over an octave? Single modes are too noisy to tell."""
    growth = np.log(found["S"][usable] / found["before"][usable])
    k, weight = np.log(found["k"][usable]), found["modes"][usable]
    near = (np.abs(k[:, None] - k) < np.log(2) / 2) * weight
    mean = near @ growth / near.sum(axis=1)
    noise = 0.0 if found["relative"] is None else np.sqrt(2 * near**2 @ found["relative"][usable]**2) / near.sum(axis=1)
    growing = np.zeros(len(usable), bool)
    growing[usable] = mean > np.log(GROWING) + noise
    return growing


def spectral_exponent(front, found):
    """p of S ~ q^-p over the modes that no longer grow; over all but the lowest where they all grow."""
    k, s, old = found["k"], found["S"], found["before"]
    usable = smooth(front, k) & (s > 0) & (old > 0)
    if usable.sum() < 6:
        return None
    modes, growing, settled = usable.copy(), growing_modes(found, usable), has_settled(found, usable)
    if settled:
        modes[:np.flatnonzero(growing)[-1] + 1 if growing.any() else 0] = False
    else:
        modes &= k > 4 * k[0]
    if modes.sum() < 5:
        return None
    relative = None if found["relative"] is None else np.maximum(found["relative"][modes], 1e-12)
    slope, error = careful_line(np.log(found["q"][modes]), np.log(s[modes]), relative)
    return {"p": -slope, "error": error, "settled": settled, "modes": modes,
            "alpha": (-slope - front.dimension) / 2, "k": (float(k[modes][0]), float(k[modes][-1]))}


def amplitude_from_spectrum(front, found, exponent):
    """A = q^2 S(q) over the settled modes below q = 0.5; only of fronts with alpha = 1/2."""
    low = exponent["modes"] & (found["q"] * front.spacing < 0.5)
    flat = abs(exponent["p"] - 2) < 0.15 + 3 * (exponent["error"] or 0.0)
    if front.dimension != 1 or not exponent["settled"] or not flat or low.sum() < 3:
        return None, None
    values, modes = (found["q"] ** 2 * found["S"])[low], found["modes"][low]
    value = float(np.average(values, weights=modes))
    spread = np.sqrt(np.average((values - value) ** 2, weights=modes) / (len(values) - 1))
    if found["relative"] is not None:
        spread = value * np.sqrt(np.sum((modes * found["relative"][low]) ** 2)) / modes.sum()
    return value, float(spread)


def local_beta(front):
    w2, errors, _ = front.get("width2")
    keep = (front.times > 0) & (w2 > 0)
    middle, slope, spread = local_slopes(front.times[keep], w2[keep], None if errors is None else errors[keep], RATIO)
    return middle, slope / 2, None if spread is None else spread / 2
