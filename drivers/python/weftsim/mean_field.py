"""Mean field of the networks of `reaction_lattice`: rates of change of the densities of well-mixed sites."""
import re

import numpy as np
from scipy import optimize


def _side(text):
    """Particles of one side of a reaction, one entry each; '0' for an empty place."""
    found = []
    for term in text.split("+"):
        number, name = re.fullmatch(r"\s*(\d+(?=\s*\w))?\s*(\w+)\s*", term).groups()
        found += [name] * int(number or 1)
    return found


class MeanField:
    """dn/dt = rhs(n); None of it (`why` says the reason) where rates vary or sites hold more than one particle but not any number."""

    def __init__(self, parameters):
        own = parameters.get("reaction_lattice", {})
        self.species = own.get("species", [])
        self.why = ""
        capacity = own.get("capacity", 1)
        if isinstance(self.species, str):
            self.species = [self.species]
        if own.get("clock") == "mcs":
            self.why = "Monte Carlo steps have other effective rates"
        elif capacity not in (0, 1):
            self.why = "capacities above 1 have no simple mean field"
        elif any("space" in r or "time" in r for r in own.get("reactions", [])):
            self.why = "rates vary in space or time"
        if self.why:
            return
        hopping = own.get("hopping", 0.0)
        hops = {s: hopping if isinstance(hopping, (int, float)) else hopping.get(s, 0.0) for s in self.species}
        self.terms = [self._term(r, hops, capacity == 1) for r in own.get("reactions", [])]

    def _term(self, reaction, hops, exclusion):
        """(rate, factors, change): the densities (-1: that of empty sites) whose product the rate multiplies."""
        before, after = (_side(side) for side in reaction["reaction"].split("->"))
        change = np.array([after.count(s) - before.count(s) for s in self.species], float)
        factors = [self.species.index(s) if s != "0" else -1 for s in before]
        if not exclusion:
            factors = [f for f in factors if f >= 0]
        elif before == ["0"] or len([s for s in after if s != "0"]) > len(before):
            factors = [-1] if before == ["0"] else [*factors, -1]
        rate = reaction["rate"]
        if rate == "contact":
            rate = hops[before[0]] if before[0] == before[1] else hops[before[0]] + hops[before[1]]
        return float(rate), factors, change

    def rhs(self, n):
        extended = np.append(n, 1 - np.sum(n))  # index -1: empty sites
        return sum(rate * np.prod(extended[factors]) * change for rate, factors, change in self.terms)

    def jacobian(self, n):
        step = 1e-6
        return np.array([(self.rhs(n + step * e) - self.rhs(n - step * e)) / (2 * step) for e in np.eye(len(n))]).T

    def fixed_point(self, near):
        """The stationary densities that are found from some others, if they are positive."""
        found = optimize.least_squares(self.rhs, near, xtol=1e-14, ftol=1e-14, gtol=1e-14)
        good = np.max(np.abs(found.fun)) < 1e-9 and np.all(found.x > 1e-9)
        return found.x if good else None

    def oscillation(self, n):
        """Angular frequency and damping rate of the slowest decaying pair of modes about n; None without a pair."""
        values = np.linalg.eigvals(self.jacobian(n))
        pairs = values[values.imag > 1e-9]
        if not len(pairs):
            return None
        slowest = pairs[np.argmax(pairs.real)]
        return float(slowest.imag), float(-slowest.real)
