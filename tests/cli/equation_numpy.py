"""Equations of an input evaluated by NumPy from their text alone: derivatives by transforms, or by differences, on the grid
continued over its boundaries to a full period (mirror images between walls). Knows nothing of linear parts and programs."""
import json
import re

import numpy as np
from scipy.special import erf

LENGTH = 2 * np.pi


class Evaluator:
    """case: the parts of an input, as in test_equation_language.py; components: values at the sites in the order of the state."""

    def __init__(self, case, components):
        self.case, self.n, self.dim = case, case["n"], len(case["n"])
        kind = case.get("boundary", "periodic")
        self.kind = [kind] * self.dim if isinstance(kind, str) else kind
        self.lattice, self.order = case.get("space") == "lattice", case.get("difference", 2)
        self.whole = [n if b == "periodic" else 2 * n for n, b in zip(self.n, self.kind)]
        lengths = [LENGTH if b == "periodic" else 2 * LENGTH for b in self.kind]
        self.k = np.meshgrid(*[2 * np.pi / l * np.fft.fftfreq(m, 1 / m) for l, m in zip(lengths, self.whole)], indexing="ij")
        self.k2 = sum(q ** 2 for q in self.k)
        x = [-LENGTH / 2 + LENGTH / n * (np.arange(n) + (0.5 if b in ("neumann", "dirichlet") else 0))
             for n, b in zip(self.n, self.kind)]
        self.x = [self.continued(v, True) for v in np.meshgrid(*x, indexing="ij")]
        self.fields, at = {}, 0
        for name, cplx, order in case["fields"]:
            for key in [name, name + "_t"][:order]:
                v = components[at] + 1j * components[at + 1] if cplx else components[at]
                self.fields[key] = self.continued(v)
                at += 2 if cplx else 1

    def continued(self, v, place=False):
        for a, b in enumerate(self.kind):
            if b == "antiperiodic":
                v = np.concatenate([v, v if place else -v], a)
            elif b != "periodic":
                image = np.flip(v, a)
                v = np.concatenate([v, -image if b == "dirichlet" and not place else image], a)
        return v

    def box(self, v):
        return np.broadcast_to(np.asarray(v), self.whole)[tuple(slice(0, n) for n in self.n)]

    def transform(self, factor, v):
        v = np.broadcast_to(np.asarray(v), self.whole)
        return np.fft.ifftn(np.where(np.isfinite(factor), factor, 0) * np.fft.fftn(v))

    def operator(self, factor, v):
        out = self.transform(factor, v)
        return out if np.iscomplexobj(v) else out.real

    def derivative(self, axis, v, order=1):
        if not self.lattice:
            return self.operator((1j * self.k[axis]) ** order, v)
        v, h, half = np.broadcast_to(np.asarray(v), self.whole), LENGTH / self.n[axis], self.order // 2
        offsets = np.arange(-half, half + 1)
        powers = np.vander(offsets, 2 * half + 1, increasing=True).T.astype(float)
        for step in [2] * (order // 2) + [1] * (order % 2):
            target = np.zeros(2 * half + 1)
            target[step] = step
            v = sum(w * np.roll(v, -o, axis) for w, o in zip(np.linalg.solve(powers, target) / h ** step, offsets))
        return v

    def fraclap(self, v, power):
        with np.errstate(all="ignore"):
            return self.operator(self.k2 ** float(power), v)

    def names(self):
        out = {"pi": np.pi, "i": 1j, "t": 0.0, "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos,
               "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2, "sinh": np.sinh,
               "cosh": np.cosh, "tanh": np.tanh, "abs": np.abs, "sign": np.sign, "min": np.minimum, "max": np.maximum,
               "erf": erf, "step": lambda v: np.heaviside(v, 0.5), "re": np.real, "im": np.imag, "conj": np.conj,
               "abs2": lambda v: np.abs(v) ** 2, "arg": np.angle, "where": np.where, "k": np.sqrt(self.k2),
               "lap": lambda v: sum(self.derivative(a, v, 2) for a in range(self.dim)),
               "grad2": lambda v: sum(np.abs(self.derivative(a, v)) ** 2 for a in range(self.dim)),
               "fraclap": self.fraclap, "fourier": self.transform, "mean": lambda v: self.box(v).mean(),
               "shift": lambda v, *o: np.roll(v, [-q for q in o], range(self.dim))}
        for a in range(self.dim):
            letter = "zyx"[3 - self.dim + a]
            out[letter], out["k" + letter] = self.x[a], self.k[a]
            out["d" + letter] = (lambda a: lambda v, order=1: self.derivative(a, v, order))(a)
        return {**out, **self.case.get("parameters", {}), **self.fields}

    def value(self, text, names):
        text = re.sub(r"\bdt\((\w+)\)", r"\1_t", text.replace("^", "**"))
        return eval(re.sub(r"\b(\w+)\[([-0-9, ]+)\]", r"shift(\1, \2)", text), {}, names)

    def solved(self):
        """Names with those of the equations that are expressions and constraints; and the right sides of the others."""
        names, rates, waiting = self.names(), {}, {}
        for equation in self.case["equations"]:
            left, right = (part.strip() for part in re.split(r"(?<![<>=!])=(?!=)", equation, maxsplit=1))
            field = re.match(r"dtt?\((\w+)\)$", left)
            (rates if field else waiting)[field.group(1) if field else left] = right
        while waiting:
            for left, right in list(waiting.items()):
                try:
                    v = self.value(right, names)
                except NameError:
                    continue
                del waiting[left]
                if re.match(r"\w+$", left):
                    names[left] = v
                    continue
                unknown, factor = self.case["solve"][left]
                with np.errstate(all="ignore"):
                    inverse = 1 / (eval(factor, {}, {**names, "k2": self.k2}) + 0j)
                names[unknown] = self.operator(inverse, v)
        return names, rates

    def rates(self):
        names, rates = self.solved()
        out = []
        for name, cplx, order in self.case["fields"]:
            for v in [self.fields[key] for key in [name + "_t"][:order - 1]] + [self.value(rates[name], names)]:
                v = self.box(v) + 0.0
                out += [v.real, v.imag] if cplx else [v.real]
        return out

    def observable(self, text):
        names, volume = self.solved()[0], LENGTH ** self.dim
        low, high = names["min"], names["max"]
        names.update(integral=lambda v: self.box(v).mean() * volume, variance=lambda v: self.box(v).var(),
                     correlation=lambda a, b: np.corrcoef(self.box(a).ravel(), self.box(b).ravel())[0, 1],
                     max=lambda *a: high(*a) if len(a) > 1 else self.box(a[0]).max(),
                     min=lambda *a: low(*a) if len(a) > 1 else self.box(a[0]).min())
        return self.value(text, names)


def keys(case):
    return [key for name, _, order in case["fields"] for key in [name, name + "_t"][:order]]


def text(case):
    kinds = ", ".join(f"{name}: {'complex' if cplx else 'real'}" for name, cplx, _ in case["fields"])
    start = [f"{key}: " + case.get("start", "normal + i*normal" if cplx else "normal")
             for name, cplx, order in case["fields"] for key in [name, name + "_t"][:order]]
    kind = case.get("boundary", "periodic")
    lattice = f"space: lattice\n  difference: '{case.get('difference', 2)}'"
    return f"""model: equation
grid: {{n: {case['n']}, length: {[float(LENGTH)] * len(case['n'])}}}
equation:
  fields: {{{kinds}}}
  parameters: {json.dumps(case.get('parameters', {'unused': 1.0}))}
  {lattice if case.get('space') == 'lattice' else 'dealias: none'}
  boundary: {json.dumps(kind)}
  observables: {json.dumps(case.get('observables', {'first': 'mean(t)'}))}
  equations:
{chr(10).join("    - " + json.dumps(e) for e in case["equations"])}
initial: {{type: formula, {', '.join(start)}}}
time: {{dt: 0.001, end: 0.001{case.get('time', '')}}}
{case.get('more', '')}
"""
