#!/usr/bin/env python3
"""Write laws.txt: the Tracy-Widom laws GOE and GUE and the law of Baik and Rains.

F2 is the Fredholm determinant of 1 - Airy kernel on (s, inf), F1 that of 1 - Ai((x+y)/2 + s)/2 on (0, inf)
[P. Ferrari, H. Spohn, J. Phys. A 38, L557 (2005)], by Gauss-Legendre quadrature [F. Bornemann, Math. Comp. 79, 871
(2010)]. With q the solution of Hastings and McLeod, q(s) = ((1 - K)^-1 Ai)(s),

    F0 = (1 - (s - 2 q' + 2 q^2) v) F1^4/F2,  v = -(ln F2)',  (ln F2)' = q'^2 - s q^2 - q^4

[J. Baik, E. Rains, J. Stat. Phys. 100, 523 (2000)].

usage: make_laws.py > laws.txt
"""
import sys

import numpy as np
from scipy.special import airy

NODES, LENGTH = 80, 16.0
LOW, HIGH, STEP = -9.0, 13.0, 0.05
# Left of this F2 is known to fewer than 5 digits; F0 is below 1e-9.
LOWEST_F0 = -6.5


def quadrature(a, b):
    x, w = np.polynomial.legendre.leggauss(NODES)
    return a + (x + 1) * (b - a) / 2, w * (b - a) / 2


def f1(s):
    """F1 and its derivative."""
    x, w = quadrature(0.0, 2 * LENGTH)
    root = np.sqrt(w)
    kernel, slope = airy((x[:, None] + x) / 2 + s)[:2]
    matrix = np.eye(NODES) - root[:, None] * kernel / 2 * root
    change = -root[:, None] * slope / 2 * root
    cdf = np.linalg.det(matrix)
    return cdf, cdf * np.trace(np.linalg.solve(matrix, change))


def airy_kernel(x):
    ai, slope = airy(x)[:2]
    distance = x[:, None] - x
    np.fill_diagonal(distance, 1.0)
    kernel = (ai[:, None] * slope - slope[:, None] * ai) / distance
    np.fill_diagonal(kernel, slope**2 - x * ai**2)
    return kernel


def f2(s):
    """F2, q and q'."""
    x, w = quadrature(s, s + LENGTH + max(-s, 0))
    root = np.sqrt(w)
    matrix = np.eye(NODES) - root[:, None] * airy_kernel(x) * root
    at, slope = airy(s)[:2]
    ai, slopes = airy(x)[:2]
    row = (at * slopes - slope * ai) / (s - x)  # K(s, x)
    solved = np.linalg.solve(matrix, np.column_stack([root * ai, root * slopes]))
    q = at + (row * root) @ solved[:, 0]
    p = slope + (row * root) @ solved[:, 1]
    u = (root * ai) @ solved[:, 0]
    return np.linalg.det(matrix), q, p - q * u


def baik_rains(s, cdf1, cdf2, q, slope):
    """F0 and its derivative; q'' = s q + 2 q^3."""
    v, second = -(slope**2 - s * q**2 - q**4), s * q + 2 * q**3
    bracket = 1 - (s - 2 * slope + 2 * q**2) * v
    factor = cdf1**4 / cdf2
    change = -(1 - 2 * second + 4 * q * slope) * v - (s - 2 * slope + 2 * q**2) * q**2
    return bracket * factor, (change + bracket * (2 * q - v)) * factor


def moments(s, pdf):
    mean = STEP * np.sum(s * pdf)
    central = [STEP * np.sum((s - mean) ** n * pdf) for n in (2, 3, 4)]
    return mean, central[0], central[1] / central[0] ** 1.5, central[2] / central[0] ** 2 - 3


def main():
    s = np.linspace(LOW, HIGH, round((HIGH - LOW) / STEP) + 1)
    found = [f2(x) for x in s]
    cdf2, q, slope = np.array(found).T
    rate = slope**2 - s * q**2 - q**4  # (ln F2)'
    gue = cdf2, cdf2 * rate
    goe = np.array([f1(x) for x in s]).T
    stationary = np.zeros((2, len(s)))
    for i in np.flatnonzero(s >= LOWEST_F0):
        stationary[:, i] = baik_rains(s[i], goe[0][i], *found[i])
    columns = [s, *goe, *gue, *stationary]
    print("# Made by make_laws.py. F and f: distribution function and density.")
    for name, pdf in (("GOE", goe[1]), ("GUE", gue[1]), ("Baik-Rains", stationary[1])):
        print("# {:10} mean {:.8f} variance {:.8f} skewness {:.8f} excess kurtosis {:.8f}".format(name, *moments(s, pdf)))
    print("# s F_goe f_goe F_gue f_gue F_br f_br")
    np.savetxt(sys.stdout, np.column_stack([s, *np.maximum(columns[1:], 0)]), fmt=["%.2f"] + ["%.13f"] * 6)


if __name__ == "__main__":
    main()
