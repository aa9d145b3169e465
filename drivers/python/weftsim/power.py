"""Power spectra of records in time, and the peak of a damped oscillation in them."""
import numpy as np
from scipy import optimize, signal

from .errors import ToolError

NEAR = 4.0  # fits are to frequencies up to this many times that of the largest power
FEWEST = 16  # records of a part
PARTS = 8    # where nothing else is asked for


def sampling_interval(times):
    """The interval of equidistant records."""
    steps = np.diff(times)
    if len(steps) < 32:
        raise ToolError("a power spectrum needs at least 33 records after the start; observe more often or longer")
    if np.ptp(steps) > 1e-6 * np.mean(steps):
        raise ToolError("a power spectrum needs equidistant records; use observe.every with one interval")
    return float(np.mean(steps))


def periodograms(series, dt, segments):
    """Angular frequencies above 0, and the spectral density of each part of each row: integral P d omega/(2 pi) over both
    signs = variance. The parts do not overlap; each has its mean removed and a Hann window."""
    length = series.shape[1] // segments
    parts = series[:, -segments * length:].reshape(-1, length)
    f, power = signal.periodogram(parts, 1 / dt, window="hann", detrend="constant", scaling="density")
    inside = slice(1, -1 if length % 2 == 0 else None)
    return 2 * np.pi * f[inside], power[:, inside] / 2


def damped(parameters, omega):
    """Spectrum of two densities with linear dynamics and white noise: (a + b w^2)/((W^2 - w^2)^2 + (g w)^2)."""
    a, b, W, g = np.exp(parameters)
    return (a + b * omega**2) / ((W**2 - omega**2) ** 2 + (g * omega) ** 2)


def hann(x):
    """Power of the Fourier transform of a Hann window at x lowest frequencies, up to a factor: (sinc(x)/(1 - x^2))^2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(np.abs(x) - 1) < 1e-9, 0.25, (np.sinc(x) / (1 - x * x)) ** 2)


# What a periodogram under this window sees of a spectrum: its mean with these weights at FINE points a lowest frequency.
FINE, REACH = 8, 4
WEIGHTS = hann(np.arange(-REACH * FINE, REACH * FINE + 1) / FINE)
WEIGHTS /= WEIGHTS.sum()


def expected(parameters, omega):
    """Mean of the periodograms of the spectrum `damped` at the frequencies omega, which are 1, 2, ... times the lowest one: a peak that
    is narrower than that appears as wide as the window makes it."""
    fine = omega[0] / FINE * np.arange((1 - REACH) * FINE, (len(omega) + REACH) * FINE + 1)
    return np.convolve(damped(parameters, fine), WEIGHTS, "valid")[::FINE]


def fit(omega, power, start=None):
    """Parameters of damped by the likelihood of periodograms (each an exponential variate about its mean, `expected`)."""
    def minus_log_likelihood(p):
        model = expected(np.clip(p, -200, 200), omega)
        return np.sum(np.log(model) + power / model)
    starts = [start] if start is not None else []
    if start is None:
        smooth = np.convolve(power, np.ones(3) / 3, "same")
        W = omega[np.argmax(smooth)]
        for width in (0.2 * W, W):
            top = np.max(smooth) * (width * W) ** 2
            starts.append(np.log([top / 2, top / (2 * W**2), W, width]))
    found = [optimize.minimize(minus_log_likelihood, s, method="Nelder-Mead",
                               options={"maxiter": 4000, "maxfev": 4000, "xatol": 1e-5, "fatol": 1e-7}) for s in starts]
    return np.clip(min(found, key=lambda r: r.fun).x, -200, 200)


def peak(parameters, omega):
    """Place of the largest value of the fit within the range, and half the width at half of it; nan where it has no maximum
    inside, or does not fall to its half on a side (then twice the other side counts)."""
    fine = np.linspace(omega[0] / 4, omega[-1], 20001)
    values = damped(parameters, fine)
    top = int(np.argmax(values))
    if top == 0 or top == len(fine) - 1:
        return np.nan, np.nan
    below = values < values[top] / 2
    low = np.flatnonzero(below[:top])
    high = np.flatnonzero(below[top:])
    if not high.size:
        return fine[top], np.nan
    right = fine[top + high[0]] - fine[top]
    return fine[top], (right + fine[top] - fine[low[-1]]) / 2 if low.size else right


class Spectrum:
    """Mean of the periodograms, its errors, and peak and half width with jackknife errors over the parts."""

    def __init__(self, series, dt, segments):
        self.omega, parts = periodograms(series, dt, segments)
        self.count, self.segments = len(parts), segments
        self.power = parts.mean(axis=0)
        self.stderr = parts.std(axis=0, ddof=1) / np.sqrt(self.count) if self.count > 1 else None
        top = self.omega[np.argmax(np.convolve(self.power, np.ones(3) / 3, "same"))]
        near = self.omega <= max(NEAR * top, self.omega[min(15, len(self.omega) - 1)])
        omega, power = self.omega[near], self.power[near]
        self.parameters = fit(omega, power)
        self.peak, self.half_width = peak(self.parameters, omega)
        self.peak_error = self.half_width_error = None
        if self.count > 3:
            left = [peak(fit(omega, (power * self.count - p) / (self.count - 1), self.parameters), omega)
                    for p in parts[:, near]]
            scatter = np.std(np.array(left), axis=0) * np.sqrt(self.count - 1)
            self.peak_error, self.half_width_error = map(float, scatter)

    @property
    def resolved(self):
        """Whether the peak lies above the two lowest frequencies, which the window joins with the mean and slow drifts."""
        return self.peak > 2 * self.omega[0]

    def fitted(self):
        return expected(self.parameters, self.omega)


def spectrum_of(series, dt, segments=None):
    """The Spectrum of rows in so many parts; of 8, 4, 2 or 1, the most whose length resolves the peak. A peak that is not
    resolved is nan, and so is a width of less than a quarter of the resolution."""
    counts = [segments] if segments else [PARTS >> i for i in range(PARTS.bit_length())]
    counts = [count for count in counts if series.shape[1] // count >= FEWEST]
    if not counts:
        raise ToolError(f"{segments or 1} segments of {series.shape[1]} records are too short; use fewer (--segments), or "
                        "observe more often or longer")
    for count in counts:
        found = Spectrum(series, dt, count)
        if found.resolved:
            break
    if not found.resolved:
        found.peak, found.peak_error = np.nan, None
    if not found.resolved or found.half_width < found.omega[0] / 4:
        found.half_width, found.half_width_error = np.nan, None
    return found
