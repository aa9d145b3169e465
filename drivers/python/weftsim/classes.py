"""Classes of the points of a scan: what scan.nc says of them, for pictures, reports and analyses."""
import numpy as np

from .result import text

NO, YES, NOT_KNOWN = 0, 1, 2


def abbreviation(name):
    """At most four letters for a cell of a map: EW of edwards_wilkinson, BOUN of bound."""
    parts = name.split("_")
    return "".join(p if p == "kpz" else p[0] for p in parts).upper()[:4] if len(parts) > 1 else name[:4].upper()


class Classes:
    """The variables of a scan that has classes."""

    def __init__(self, result):
        variable = result.variables["class"]
        self.result, self.axes = result, list(variable.dims)
        self.names = text(variable.dataset.attrs["flag_meanings"]).split()
        self.values = np.asarray(variable[...], float)  # nan: no results
        self.sureness = np.asarray(result.variables["class_sureness"][...], float)
        self.alone = "no other" in text(variable.dataset.attrs.get("decided_by", ""))
        clauses = result.variables["clause_holds"]
        lines = text(clauses.dataset.attrs["clauses"]).split("\n")
        self.clauses = [tuple(line.split(": ", 1)) for line in lines]
        self.holds = np.asarray(clauses[...])

    def name(self, cell):
        """Of a cell with results."""
        return self.names[int(self.values[cell])]

    def short(self):
        """Abbreviations that tell the classes apart; that of undecided is a question mark."""
        found = ["?"]
        for name in self.names[1:]:
            letters, n = abbreviation(name), 1
            while letters in found:
                n += 1
                letters = abbreviation(name)[:3] + str(n)
            found.append(letters)
        return found

    def against(self, cell):
        """{class: clauses of its rule that do not hold} for each class that is excluded, {class: clauses} that are not known."""
        excluded, unknown = {}, {}
        for (name, clause), says in zip(self.clauses, self.holds[cell]):
            if says == NO:
                excluded.setdefault(name, []).append(clause)
            elif says == NOT_KNOWN:
                unknown.setdefault(name, []).append(clause)
        return excluded, {name: clauses for name, clauses in unknown.items() if name not in excluded}

    def counts(self):
        """(class, points, the least and the mean sureness), undecided last; classes without points are left out."""
        for number in [*range(1, len(self.names)), 0]:
            where = self.values == number
            if not where.any():
                continue
            sure = self.sureness[where]
            known = sure[np.isfinite(sure)]
            yield self.names[number], int(where.sum()), known.min() if known.size else np.nan, known.mean() if known.size else np.nan

    def cells(self):
        """All cells with results, in order."""
        return [tuple(cell) for cell in np.argwhere(np.isfinite(self.values))]

    def place(self, cell):
        """{axis: value, or word} of a cell."""
        found = {}
        for name, i in zip(self.axes, cell):
            words = self.result.words(name)
            found[name] = words[i] if words else float(self.result.coordinate(name)[i])
        return found

    def evidence(self, cell):
        """{reduction: (value, standard error or nan)} of those that the rules use or derive lists."""
        found = {}
        for name in self.result.attrs.get("scan_derived", "").split():
            variable, error = self.result.variables.get(name), self.result.variables.get(f"{name}_stderr")
            if variable is not None:
                found[name] = float(variable[...][cell]), np.nan if error is None else float(error[...][cell])
        return found

    def boundaries(self):
        """One dictionary for each: axis (along which), below, above, passage, low, high, error, place {axis: value}; error: from the
        place, which on a logarithmic axis is the geometric middle, to the farther one of low and high."""
        variables = self.result.variables
        if "boundary_along" not in variables:
            return []
        columns = {key: np.asarray(variables[f"boundary_{key}"][...], float)
                   for key in ("along", "below", "above", "passage", "low", "high")}
        places = {name: np.asarray(variables[f"boundary_{name}"][...], float) for name in self.axes}
        return [{"axis": self.axes[int(columns["along"][i])], "below": self.names[int(columns["below"][i])],
                 "above": self.names[int(columns["above"][i])], "passage": int(columns["passage"][i]),
                 "low": float(columns["low"][i]), "high": float(columns["high"][i]),
                 "error": max(float(abs(columns[end][i] - places[self.axes[int(columns["along"][i])]][i])) for end in ("low", "high")),
                 "place": {name: float(values[i]) for name, values in places.items()}} for i in range(len(columns["along"]))]


def has_classes(result):
    return "class" in result.variables and "clause_holds" in result.variables

