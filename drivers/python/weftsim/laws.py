"""Reference laws of fluctuations: Gauss, Tracy-Widom GOE and GUE, Baik-Rains."""
import os

import numpy as np
from scipy.interpolate import CubicHermiteSpline
from scipy.stats import norm

_TABLE = os.path.join(os.path.dirname(__file__), "laws.txt")


class Law:
    """A law with distribution function and density; mean, variance, skewness and excess kurtosis."""

    def __init__(self, name, label, cdf, pdf, moments):
        self.name, self.label, self._cdf, self._pdf = name, label, cdf, pdf
        self.mean, self.variance, self.skewness, self.kurtosis = moments

    def cdf(self, x, sign=1):
        """Distribution function of the law with mean 0 and variance 1, mirrored where sign is negative."""
        value = self._cdf(self.mean + np.sqrt(self.variance) * np.sign(sign) * np.asarray(x, float))
        return value if sign > 0 else 1 - value

    def pdf(self, x, sign=1):
        scale = np.sqrt(self.variance)
        return scale * self._pdf(self.mean + scale * np.sign(sign) * np.asarray(x, float))


def _from_table(name, label, s, cdf, pdf):
    spline = CubicHermiteSpline(s, cdf, pdf)
    step = s[1] - s[0]
    mean = step * np.sum(s * pdf)
    central = [step * np.sum((s - mean) ** n * pdf) for n in (2, 3, 4)]
    moments = mean, central[0], central[1] / central[0] ** 1.5, central[2] / central[0] ** 2 - 3

    def value(x):
        return spline(np.clip(x, s[0], s[-1]))

    def slope(x):
        return np.where((x > s[0]) & (x < s[-1]), spline(np.clip(x, s[0], s[-1]), 1), 0.0)

    return Law(name, label, value, slope, moments)


def laws(dimension=1):
    """{name: Law}, in the order gauss, goe, gue, baik_rains. The last three are those of fronts along a line; fronts of other
    dimensions are compared with Gauss alone."""
    found = [Law("gauss", "Gauss", norm.cdf, norm.pdf, (0.0, 1.0, 0.0, 0.0))]
    if dimension != 1:
        return {law.name: law for law in found}
    s, *columns = np.loadtxt(_TABLE, unpack=True)
    for i, (name, label) in enumerate((("goe", "Tracy-Widom GOE"), ("gue", "Tracy-Widom GUE"),
                                       ("baik_rains", "Baik-Rains"))):
        found.append(_from_table(name, label, s, columns[2 * i], columns[2 * i + 1]))
    return {law.name: law for law in found}
