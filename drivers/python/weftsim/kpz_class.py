"""The class of a front, by the rules and the evidence that weft run wrote into series.nc.

There is one table of rules, that of the program (src/physics/front_class.c). It is also what classifies the points of scans; here its
texts are evaluated with the reductions of the file."""
import ast
import math
from dataclasses import dataclass, field

FUNCTIONS = {"abs": abs, "min": min, "max": max}


class NotKnown(Exception):
    """A reduction that is nan, or was not recorded."""


@dataclass
class Verdict:
    name: str = "undecided"
    reasons: list = field(default_factory=list)
    against: dict = field(default_factory=dict)    # {class: clauses that do not hold}
    not_known: dict = field(default_factory=dict)  # {class: clauses that are not known}


def variable(node):
    """mean(skewness) is the variable mean_skewness."""
    return ast.unparse(node).replace(" ", "").replace("(", "_").replace(")", "")


def number(node, evidence):
    """evidence: {variable: (value, error)}."""
    if isinstance(node, ast.Constant):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -number(node.operand, evidence)
    if isinstance(node, ast.BinOp):
        a, b = number(node.left, evidence), number(node.right, evidence)
        return {ast.Add: a + b, ast.Sub: a - b, ast.Mult: a * b}[type(node.op)]
    if isinstance(node, ast.Call) and node.func.id == "error":
        return known(node.args[0], evidence, 1)
    if isinstance(node, ast.Call) and node.func.id == "known":
        value, error = evidence.get(variable(node.args[0]), (math.nan, math.nan))
        return float(not math.isnan(value) and not math.isnan(error))
    if isinstance(node, ast.Call) and node.func.id in FUNCTIONS:
        return FUNCTIONS[node.func.id](*(number(x, evidence) for x in node.args))
    return known(node, evidence, 0)


def known(node, evidence, which):
    value = float(evidence.get(variable(node), (math.nan, math.nan))[which])
    if math.isnan(value):
        raise NotKnown
    return value


COMPARISONS = {ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b,
               ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b}


def truth(node, evidence):
    """True, False, or None: not known (the logic of Kleene)."""
    if isinstance(node, ast.BoolOp):
        deciding = isinstance(node.op, ast.Or)
        found = [truth(x, evidence) for x in node.values]
        return deciding if deciding in found else None if None in found else not deciding
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth(node.operand, evidence)
        return None if inner is None else not inner
    try:
        return COMPARISONS[type(node.ops[0])](number(node.left, evidence), number(node.comparators[0], evidence))
    except NotKnown:
        return None


def clauses(rule):
    """[(text, node)] of the parts that `and` joins."""
    node = ast.parse(rule, mode="eval").body
    parts = node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]
    return [(ast.get_source_segment(rule, x), x) for x in parts]


def read_rules(text):
    """{class: rule} of lines "class: rule"."""
    return dict(line.split(": ", 1) for line in text.splitlines())


def read_evidence(text):
    """{variable: (value, error)} of lines "variable value error"."""
    found = {}
    for line in text.splitlines():
        name, value, error = line.split()
        found[name] = float(value), float(error)
    return found


def used(rule, evidence):
    """Sentences about the reductions of a rule that have an error."""
    names = {variable(x) for x in ast.walk(ast.parse(rule, mode="eval")) if isinstance(x, (ast.Name, ast.Call))}
    return [f"{name} = {value:.4g} +- {error:.2g}" for name, (value, error) in evidence.items()
            if name in names and math.isfinite(value) and error > 0]


def classify(rules, evidence):
    """A class is concluded when it is the only one that nothing excludes, and every other one is excluded."""
    verdict, possible = Verdict(), []
    for name, rule in rules.items():
        says = [(text, truth(node, evidence)) for text, node in clauses(rule)]
        no, open_ = [text for text, holds in says if holds is False], [text for text, holds in says if holds is None]
        if no:
            verdict.against[name] = no
        elif open_:
            verdict.not_known[name] = open_
        else:
            possible.append(name)
    if len(possible) == 1 and not verdict.not_known:
        verdict.name = possible[0]
        verdict.reasons = used(rules[possible[0]], evidence)
    elif verdict.not_known:
        lacking = {variable(x) for texts in verdict.not_known.values() for text in texts
                   for x in ast.walk(ast.parse(text, mode="eval")) if isinstance(x, (ast.Name, ast.Call))}
        lacking = sorted(x for x in lacking if x in evidence and any(map(math.isnan, evidence[x])))
        verdict.reasons.append("it could be " + ", ".join([*possible, *verdict.not_known]) + ": not known "
                               + (", ".join(lacking) or "what was not recorded"))
    elif possible:
        verdict.reasons.append("the data allow " + ", ".join(possible) + ": more replicas or time would tell")
    else:
        verdict.reasons.append("every class is excluded: a crossover, slips, or a window that is too early")
    return verdict
