"""The universality class of a front, from bands that each class allows, and what speaks for and against it."""
from dataclasses import dataclass, field

import numpy as np

# Effective exponents are a little off the asymptotic ones; beyond these margins a value needs its error bar.
BETA_MARGIN, ALPHA_MARGIN, SKEW_MARGIN, DRIFT_MARGIN = 0.03, 0.06, 0.06, 0.06
SIGMAS = 3.0
SLIPS = 0.05  # slips per link over the run beyond which synchronized scaling is distorted


@dataclass
class Class:
    """Bands [low, high]; p is that of S ~ k^-p; settled: do the modes of large k stop to grow?"""
    name: str
    beta: tuple
    p: tuple
    alpha: tuple = ()
    z: tuple = ()
    skewness: tuple = ()
    settled: bool = True
    synchronized: bool = True
    may_drift: bool = False


CLASSES = {
    1: [Class("RD", (0.5, 0.5), (-0.15, 0.15), skewness=(0, 0), settled=False, synchronized=False),
        Class("EW", (0.25, 0.25), (1.85, 2.15), (0.5, 0.5), (1.9, 2.1), (0, 0)),
        Class("KPZ", (1 / 3, 1 / 3), (1.85, 2.15), (0.5, 0.5), (1.4, 1.6), (0.2, 0.36)),
        Class("linear growth", (1, 1), (-0.15, 0.15), settled=False, synchronized=False),
        Class("columnar EW", (0.75, 0.75), (3.8, 4.2), (1.5, 1.5), (1.9, 2.1), (0, 0)),
        # No sharp exponents: effective ones drift with powers of logarithms.
        Class("columnar KPZ", (0.78, 0.95), (2.6, 3.8), (0.9, 1.3), (1.0, 1.5), (0.1, 3.0), may_drift=True)],
    2: [Class("RD", (0.5, 0.5), (-0.15, 0.15), skewness=(0, 0), settled=False, synchronized=False),
        Class("EW", (0.0, 0.1), (1.85, 2.15), (0.0, 0.1), (1.9, 2.1), (0, 0)),
        Class("KPZ", (0.2415, 0.2415), (2.7, 2.85), (0.387, 0.393), (1.58, 1.64), (0.2, 0.45)),
        Class("linear growth", (1, 1), (-0.15, 0.15), settled=False, synchronized=False),
        Class("columnar EW", (0.5, 0.5), (3.8, 4.2), (1.0, 1.0), (1.9, 2.1), (0, 0))]}


@dataclass
class Verdict:
    name: str
    reasons: list = field(default_factory=list)
    against: dict = field(default_factory=dict)  # {class: what excludes it}


def outside(value, error, band, margin):
    """How a value lies outside a band by more than margin and SIGMAS errors; '' where it does not."""
    low, high = band[0] - margin - SIGMAS * error, band[1] + margin + SIGMAS * error
    if low <= value <= high:
        return ""
    wanted = f"{band[0]:.3g}" if band[0] == band[1] else f"{band[0]:.3g} to {band[1]:.3g}"
    return f"{value:.3f} +- {error:.3f}, not {wanted}"


def skew_outside(value, error, band):
    """The sign is that of lambda. A skewness that its error hides speaks against no class."""
    return outside(value, error, band, SKEW_MARGIN) if band[1] == 0 else outside(abs(value), error, band, SKEW_MARGIN / 2)


def objections(kind, facts):
    """What excludes a class."""
    found = []
    for name, margin in (("beta", BETA_MARGIN), ("p", 0.15), ("alpha", ALPHA_MARGIN), ("z", 0.2)):
        band = getattr(kind, name)
        if band and facts.get(name):
            what = outside(*facts[name], band, margin)
            found += [f"{name} = {what}"] if what else []
    if kind.skewness and facts.get("skewness"):
        what = skew_outside(*facts["skewness"], kind.skewness)
        found += [f"skewness = {what}"] if what else []
    if kind.skewness and kind.skewness[0] > 0 and facts.get("lambda") is not None:
        value, error = facts.get("skewness") or (0.0, 0.0)
        found += ["lambda of the parameters is 0"] if facts["lambda"] == 0 else []
        found += [f"skewness = {value:.3f} +- {error:.3f} against the sign of lambda"] \
            if value * np.sign(facts["lambda"]) < -SIGMAS * error else []
    if facts.get("settled") is not None and kind.settled and not facts["settled"] and not kind.may_drift:
        found.append("S(k) still grows at all k")
    if facts.get("settled") and not kind.settled:
        found.append("S(k) has stopped to grow at large k")
    if facts.get("slips") and facts["slips"] > SLIPS and kind.synchronized:
        found.append(f"{facts['slips']:.3g} phase slips a link")
    return found


def drift_of(facts):
    """(change of beta, its error) between the halves of the window."""
    if not facts.get("halves"):
        return None
    (a, ea), (b, eb) = facts["halves"]
    return b - a, (ea**2 + eb**2) ** 0.5


def classify(dimension, facts):
    """facts: beta, p, alpha, z, skewness: (value, error); settled, slips; halves: ((beta, error), (beta, error)); grows;
    lambda: that of the parameters.

    A class is concluded when it is the only one that nothing excludes, by the growth exponent and at least one more kind of
    evidence."""
    if dimension not in CLASSES:
        return Verdict("undecided", [f"no classes are known here in {dimension} dimensions"])
    if not facts.get("grows", True):
        return Verdict("undecided", ["W^2 does not grow over the records: the start is stationary or rough, or the first record "
                                     "comes too late; start flat and record at log-spaced times"])
    if not facts.get("beta"):
        return Verdict("undecided", ["no growth exponent with an error; run replicas (ensemble.replicas) with width2 at "
                                     "log-spaced times"])
    verdict = Verdict("undecided")
    possible = []
    for kind in CLASSES[dimension]:
        against = objections(kind, facts)
        drift = drift_of(facts)
        if drift and not kind.may_drift and abs(drift[0]) > DRIFT_MARGIN + SIGMAS * drift[1]:
            against.append(f"beta changes by {drift[0]:+.3f} +- {drift[1]:.3f} within the window")
        if against:
            verdict.against[kind.name] = against
        else:
            possible.append(kind)
    if not possible:
        verdict.reasons.append("every class is excluded: a crossover, slips, or a window that is too early")
    elif len(possible) > 1:
        verdict.reasons.append("the data allow " + ", ".join(k.name for k in possible) + ": more replicas or time would tell")
    elif not any(facts.get(name) for name in ("p", "alpha", "z", "skewness")):
        verdict.reasons.append(f"only beta speaks for {possible[0].name}; observe structure_factor and skewness too")
    else:
        kind = possible[0]
        verdict.name = kind.name
        for name in ("beta", "p", "alpha", "z"):
            if getattr(kind, name) and facts.get(name):
                value, error = facts[name]
                verdict.reasons.append(f"{name} = {value:.3f} +- {error:.3f} agrees with {kind.name}")
        if kind.skewness and facts.get("skewness"):
            verdict.reasons.append("skewness {:.3f} +- {:.3f} agrees".format(*facts["skewness"]))
        if not kind.settled and facts.get("settled") is False:
            verdict.reasons.append("S(k) grows at all k: no correlations spread")
    return verdict
