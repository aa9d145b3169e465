"""Random systems of equations, as text and as values: what test_equation_random.py and test_equation_batch.py draw.

Draw(rng) is one system of 1 to 3 fields, of first or second order, real or complex, in 1 to 3 dimensions, in k space or on a
lattice. About a third of the systems are ill posed, which weft refuses."""
import json

import numpy as np

LENGTH = 2 * np.pi
PARAMETERS = {"a": 0.7, "b": -1.3}


class Draw:
    """One random system: its text, and its value on given fields."""

    def __init__(self, rng):
        self.rng = rng
        self.dim = int(rng.integers(1, 4))
        self.lattice = rng.random() < 0.3
        # odd numbers of points: there are no Nyquist modes, about which two ways to nest derivatives differ
        sizes = [[31, 45], [9, 15], [5, 9]][self.dim - 1]
        self.n = [int(rng.integers(sizes[0], sizes[1] + 1)) // 2 * 2 + 1 for _ in range(self.dim)]
        self.difference = int(rng.choice([2, 4, 6, 8]))
        if self.lattice:
            self.n = [max(m, 11) for m in self.n]
        self.fields = [("u", False, int(rng.integers(1, 3)))]
        if rng.random() < 0.6:
            self.fields.append(("v", rng.random() < 0.4, int(rng.integers(1, 3))))
        if rng.random() < 0.3:
            self.fields.append(("w", False, 1))
        self.rates = [self.sum_of(3, cplx) for _, cplx, _ in self.fields]
        self.k = np.meshgrid(*[2 * np.pi / LENGTH * np.fft.fftfreq(m, 1 / m) for m in self.n], indexing="ij")
        self.x = np.meshgrid(*[-LENGTH / 2 + LENGTH / m * np.arange(m) for m in self.n], indexing="ij")

    # ---- expressions: ("op", arguments) ----

    def pick(self, *choices):
        return choices[int(self.rng.integers(len(choices)))]

    def number(self):
        return ("number", round(float(self.rng.uniform(-2, 2)), 3))

    def real(self, name, cplx):
        return ("re" if self.rng.random() < 0.5 else "im", ("field", name)) if cplx else ("field", name)

    def field(self, cplx):
        name, own, _ = self.fields[int(self.rng.integers(len(self.fields)))]
        return ("field", name) if cplx else self.real(name, own)

    def leaf(self, cplx):
        r = self.rng.random()
        if r < 0.6:
            return self.field(cplx)
        if r < 0.75:
            return self.number()
        if r < 0.85:
            return ("parameter", self.pick("a", "b"))
        if r < 0.93:
            return ("sin", ("place", self.pick(*"xyz"[:self.dim])))
        return ("i",) if cplx else self.number()

    def sum_of(self, depth, cplx):
        terms = [self.product(depth - 1, cplx) for _ in range(int(self.rng.integers(2, 5)))]
        out = terms[0]
        for t in terms[1:]:
            out = (self.pick("+", "-"), out, t)
        return out

    def product(self, depth, cplx):
        if depth <= 0:
            return self.leaf(cplx)
        r = self.rng.random()
        if r < 0.35:
            return ("*", self.product(depth - 1, cplx), self.product(depth - 1, cplx))
        if r < 0.45:
            return ("^", self.leaf(cplx), int(self.rng.integers(2, 4)))
        if r < 0.55:
            return ("*", self.number(), self.sum_of(depth - 1, cplx))
        if r < 0.65 and not cplx:
            return (self.pick("sin", "cos", "tanh", "abs", "erf", "atan"), self.sum_of(depth - 1, False))
        if r < 0.70 and not cplx:
            return ("/", self.product(depth - 1, False), ("+", ("number", 3.0), ("sin", self.leaf(False))))
        if r < 0.74 and not cplx:
            return ("where", ("<", self.leaf(False), self.leaf(False)), self.leaf(False), self.product(depth - 1, False))
        if r < 0.78 and not cplx:
            return ("mean", self.product(depth - 1, False))
        if r < 0.82 and cplx:
            return ("*", ("abs2", self.leaf(True)), self.leaf(True))
        return self.operator(depth, cplx)

    def operator(self, depth, cplx):
        inner = self.sum_of(depth - 1, cplx) if self.rng.random() < 0.5 else self.field(cplx)
        r = self.rng.random()
        axis = int(self.rng.integers(self.dim))
        if r < 0.5:
            return ("d", axis, int(self.rng.integers(1, 4)), inner)
        if r < 0.75:
            return ("lap", inner)
        if r < 0.85 and not cplx:
            return ("grad2", inner)
        if self.lattice:
            offset = [int(v) for v in self.rng.integers(-2, 3, self.dim)]
            return ("shift", offset, self.field_name(cplx))
        return self.pick(("fraclap", 0.75, inner), ("gauss", inner), ("hilbert", inner))

    def field_name(self, cplx):
        names = [f for f in self.fields if cplx or not f[1]]
        return names[int(self.rng.integers(len(names)))][0]

    # ---- as text ----

    def axis_name(self, axis):
        return "zyx"[3 - self.dim + axis]

    def text(self, e):
        op, t = e[0], self.text
        if op == "number":
            return repr(e[1]) if e[1] >= 0 else f"({e[1]!r})"
        if op in ("field", "parameter", "place"):
            return e[1]
        if op == "i":
            return "i"
        if op in ("+", "-", "*", "/"):
            return f"({t(e[1])} {op} {t(e[2])})"
        if op == "<":
            return f"{t(e[1])} < {t(e[2])}"
        if op == "^":
            return f"({t(e[1])})^{e[2]}"
        if op == "d":
            order = "" if e[2] == 1 and self.rng.random() < 0.5 else f", {e[2]}"
            return f"d{self.axis_name(e[1])}({t(e[3])}{order})"
        if op == "fraclap":
            return f"fraclap({t(e[2])}, {e[1]})"
        if op == "gauss":
            return f"fourier(exp(-k^2/8) + i*kx/(2 + k^2), {t(e[1])})"
        if op == "hilbert":
            return f"fourier(-i*sign(kx), {t(e[1])})"
        if op == "shift":
            return f"{e[2]}[{','.join(map(str, e[1]))}]"
        return f"{op}({', '.join(t(a) for a in e[1:])})"

    # ---- as values ----

    def transform(self, factor, values):
        out = np.fft.ifftn(factor * np.fft.fftn(values))
        return out if np.iscomplexobj(values) else out.real

    def central(self, axis, order, values):
        h = LENGTH / self.n[axis]
        half = self.difference // 2
        # weights that are exact for polynomials, from the linear system, not from a table
        offsets = np.arange(-half, half + 1)
        powers = np.vander(offsets, 2 * half + 1, increasing=True).T.astype(float)
        for step in [2] * (order // 2) + [1] * (order % 2):
            target = np.zeros(2 * half + 1)
            target[step] = float(step)
            weights = np.linalg.solve(powers, target) / h ** step
            values = sum(w * np.roll(values, -o, axis) for w, o in zip(weights, offsets))
        return values

    def derivative(self, axis, order, values):
        if self.lattice:
            return self.central(axis, order, values)
        return self.transform((1j * self.k[axis]) ** order, values)

    def value(self, e, f):
        op = e[0]
        if op == "number":
            return np.full(self.n, e[1])
        if op == "parameter":
            return np.full(self.n, PARAMETERS[e[1]])
        if op == "field":
            return f[e[1]]
        if op == "place":
            return self.x[self.dim - 1 - "xyz".index(e[1])]
        if op == "i":
            return np.full(self.n, 1j)
        if op == "shift":
            return np.roll(f[e[2]], [-o for o in e[1]], range(self.dim))
        if op == "^":
            return self.value(e[1], f) ** e[2]
        if op == "d":
            return self.derivative(e[1], e[2], self.value(e[3], f))
        k2 = sum(k ** 2 for k in self.k)
        if op == "fraclap":
            return self.transform(k2 ** e[1], self.value(e[2], f))
        v = [self.value(a, f) for a in e[1:]]
        if op == "gauss":
            return self.transform(np.exp(-k2 / 8) + 1j * self.k[-1] / (2 + k2), v[0])
        if op == "hilbert":
            return self.transform(-1j * np.sign(self.k[-1]), v[0])
        if op == "lap":
            return sum(self.derivative(a, 2, v[0]) for a in range(self.dim))
        if op == "grad2":
            return sum(self.derivative(a, 1, v[0]) ** 2 for a in range(self.dim))
        if op == "mean":
            return np.full(self.n, v[0].mean())
        from scipy.special import erf
        table = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "<": np.less, "where": np.where,
                 "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "abs": np.abs, "erf": erf, "atan": np.arctan,
                 "re": np.real, "im": np.imag, "abs2": lambda z: np.abs(z) ** 2}
        return table[op](*v)

    # ---- the input ----

    def yaml(self, seed, time="dt: 0.001, end: 0.001", more=""):
        lines = []
        for (name, _, order), rate in zip(self.fields, self.rates):
            left = f"dt({name})" if order == 1 else f"dtt({name})"
            lines.append("    - " + json.dumps(f"{left} = {self.text(rate)}"))
        kinds = ", ".join(f"{name}: {'complex' if c else 'real'}" for name, c, _ in self.fields)
        start = []
        for name, c, order in self.fields:
            for key in [name, name + "_t"][:order]:
                start.append(f"{key}: normal + i*normal" if c else f"{key}: normal")
        space = f"space: lattice, difference: '{self.difference}'" if self.lattice else "dealias: none"
        return f"""model: equation
grid: {{n: {self.n}, length: {[float(LENGTH)] * self.dim}}}
equation:
  fields: {{{kinds}}}
  parameters: {PARAMETERS}
  {space.split(', ')[0]}
{'  ' + space.split(', ')[1] if self.lattice else ''}
  equations:
{chr(10).join(lines)}
initial: {{type: formula, {', '.join(start)}}}
time: {{stepper: {'rk4' if self.lattice else 'etdrk4'}, {time}}}
ensemble: {{seed: {seed}}}
{more}"""

    def expected(self, values):
        """values: components in the order of the state; returns their rates."""
        f, at, slots = {}, 0, []
        for name, c, order in self.fields:
            for part in range(order):
                f[name if part == 0 else name + "_t"] = values[at] + 1j * values[at + 1] if c else values[at]
                at += 2 if c else 1
        out = []
        for (name, c, order), rate in zip(self.fields, self.rates):
            all_rates = [f[name + "_t"]] if order == 2 else []
            all_rates.append(self.value(rate, f))
            for r in all_rates:
                out += [r.real, r.imag] if c else [r.real]
        return out
