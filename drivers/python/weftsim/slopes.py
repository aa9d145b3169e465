"""Exponents of power laws, with errors."""
import numpy as np


def pairs(times, ratio):
    """Index pairs (i, j), j the first time with times[j] >= ratio*times[i]."""
    later = np.searchsorted(times, times * ratio * (1 - 1e-9))
    first = np.flatnonzero(later < len(times))
    return first, later[first]


def local_slopes(times, values, errors, ratio):
    """d ln(values)/d ln(times) between times a factor apart: middles, slopes, errors or None.

    The errors take the two values for independent. Along one history they are positively correlated, so that the true
    error is smaller."""
    i, j = pairs(times, ratio)
    span = np.log(times[j] / times[i])
    slope = np.log(values[j] / values[i]) / span
    if errors is None:
        return np.sqrt(times[i] * times[j]), slope, None
    relative = errors / values
    return np.sqrt(times[i] * times[j]), slope, np.hypot(relative[i], relative[j]) / span


def fit_line(x, y, errors=None):
    """Weighted straight line: slope, its error, intercept, its error, chi^2 per degree of freedom.

    Without errors those of the result come from the scatter (nan for two points)."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    w = np.ones_like(x) if errors is None else 1 / np.asarray(errors, float) ** 2
    total, mx, my = w.sum(), np.average(x, weights=w), np.average(y, weights=w)
    sxx = np.sum(w * (x - mx) ** 2)
    slope = np.sum(w * (x - mx) * (y - my)) / sxx
    intercept = my - slope * mx
    rest = np.sum(w * (y - intercept - slope * x) ** 2)
    freedom = len(x) - 2
    reduced = rest / freedom if freedom > 0 else np.nan
    scale = reduced if errors is None else 1.0
    return slope, np.sqrt(scale / sxx), intercept, np.sqrt(scale * (1 / total + mx**2 / sxx)), reduced


def careful_line(x, y, errors=None):
    """Slope of a straight line and its error, which is larger where the points scatter about the line by more than their errors say: they
    do not lie on one."""
    slope, error, _, _, reduced = fit_line(x, y, errors)
    if errors is not None and reduced > 1:
        error *= np.sqrt(reduced)
    return slope, error


def window_slope(times, values, errors, low, high, samples=None):
    """Exponent over times in [low, high] and its error (None without errors).

    samples: (replica, time) values of single replicas; then the error is a jackknife over them. Else it is that of the
    line through the ends, whose errors are taken for independent: an upper bound for one history."""
    keep = (times >= low * (1 - 1e-9)) & (times <= high * (1 + 1e-9)) & (values > 0)
    if keep.sum() < 3:
        return None, None
    x, y = np.log(times[keep]), np.log(values[keep])
    slope = fit_line(x, y)[0]
    if samples is not None and len(samples) > 2:
        return slope, jackknife(samples[:, keep], lambda mean: fit_line(x, np.log(mean))[0])[1]
    if errors is None:
        return slope, None
    third = max(1, keep.sum() // 3)
    relative = errors[keep] / values[keep]
    span = x[-third:].mean() - x[:third].mean()
    return slope, float(np.hypot(relative[:third].mean(), relative[-third:].mean()) / span)


def jackknife(samples, function):
    """function(mean of samples over axis 0) and its jackknife error."""
    n = len(samples)
    total = samples.sum(axis=0)
    parts = np.array([function((total - one) / (n - 1)) for one in samples])
    value = function(total / n)
    return value, np.sqrt((n - 1) / n * np.sum((parts - parts.mean(axis=0)) ** 2, axis=0))
