"""The walls of the house: which symbols are visible where, no circles, and names.

  walls    nothing but weft_model_NAME of src/model/NAME is referenced from outside that folder
  circles  no two C files, and no two Python modules of the tools, need each other, directly or through others
  names    weft_ belongs to what include/weft declares; private symbols begin with the short name of their module

  limits   files of at most 450 lines, functions of at most 60; every .c file begins with a comment; at least 15 % of
           the lines of .c files are comments, over the tree
  shown    only what include/weft declares is visible in a shared library
  said     every function of include/weft has a description that says Collective or Local

The symbols are those of the built objects, as readelf lists them. usage: test_walls.py PROGRAM SOURCE [MPIEXEC]"""
import ast
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict

# The prefixes of private symbols; a module that is not listed uses its own name.
PREFIXES = {"params": ["par"], "electron": ["el"], "expression": ["expr"], "observe": ["obs"], "ensemble": ["ens"],
            "physics": ["coloured", "disorder", "formula", "front", "learned", "network", "phases", "place", "protocol", "resolution", "shells"],
            "model/equation": ["eq"], "model/holstein": ["ho"], "model/klein_gordon": ["kg"], "model/reaction_diffusion": ["rd"],
            "model/reaction_lattice": ["rl"]}


# ---- rules, on tables: defined is {symbol: file}, needed is {file: set of symbols} ----

def room(path):
    """src/fft/x.c is of fft, src/model/kpz/a/x.c of model/kpz, src/model/x.c of model, drivers/x.c of drivers."""
    parts = path.split("/")
    if parts[:2] == ["src", "model"] and len(parts) > 3:
        return "model/" + parts[2]
    return parts[1] if parts[0] == "src" else parts[0]


def breaches(defined, needed):
    """What files use of a model's folder that is not theirs."""
    found = []
    for path, symbols in needed.items():
        for symbol in symbols:
            home = room(defined.get(symbol, path))
            if home.startswith("model/") and home != room(path) and symbol != "weft_model_" + home[6:]:
                found.append(f"{path} uses {symbol} of {defined[symbol]}")
    return sorted(found)


def circles(graph):
    """The strongly connected components with more than one node (R. Tarjan, SIAM J. Comput. 1, 146 (1972)).
    graph: {node: set of nodes}."""
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            component = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return found


def edges(defined, needed):
    """{file: set of other files whose symbols it uses}."""
    return {path: {defined[s] for s in symbols if s in defined} - {path} for path, symbols in needed.items()}


# Functions of MPI that src/io/absorb.c wraps: they keep MPI's names and must be seen by HDF5.
WRAPPED = {f"MPI_File_{name}" for name in ("get_size", "read_at", "read_at_all", "set_size", "set_view", "sync", "write_at", "write_at_all")}


def misnamed(defined, declared):
    """Symbols of the library with the prefix of others; declared are those of include/weft."""
    found = []
    for symbol, path in sorted(defined.items()):
        row = re.match(r"src/model/(\w+)/model\.c$|src/model/(model)_\w+\.c$|src/stepper/(stepper)_\w+\.c$", path)
        if symbol.startswith("weft_"):
            registered = row and re.match("weft_(model|stepper)_", symbol)
            if symbol not in declared and not registered:
                found.append(f"{path}: {symbol} is not declared in include/weft")
        elif path.startswith("src/") and not (symbol in WRAPPED and path == "src/io/absorb.c"):
            home = room(path)
            allowed = PREFIXES.get(home, [home.split("/")[-1]])
            if not symbol.startswith(tuple(p + "_" for p in allowed)):
                found.append(f"{path}: {symbol} does not begin with {' or '.join(p + '_' for p in allowed)}")
    return found


# ---- names that a public header declares ----

def declarations(text):
    """(kind, name) of all that a header declares at file scope; kind: macro, constant, tag, type, function,
    inline, variable."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S).replace("\\\n", " ")
    for name in re.findall(r"^\s*#\s*define\s+(\w+)", text, flags=re.M):
        yield "macro", name
    text = re.sub(r"^\s*#.*$", "", text, flags=re.M)
    text = re.sub(r"\bWEFT_DECLARE_(BEGIN|END)\b", "", text)
    text = re.sub(r'"(\\.|[^"])*"', '""', text)
    while re.search(r"__attribute__\s*\(\(", text):
        text = re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", text)
    for body in re.findall(r"\benum\b\s*\w*\s*\{([^}]*)\}", text):
        for constant in body.split(","):
            if constant.split():
                yield "constant", re.match(r"\s*(\w+)", constant).group(1)
    for name in re.findall(r"\b(?:struct|union|enum)\s+(\w+)\s*\{", text):
        yield "tag", name
    while re.search(r"\{[^{}]*\}", text):
        text = re.sub(r"\)\s*\{[^{}]*\}", ");", text)  # the body of an inline function
        text = re.sub(r"\{[^{}]*\}", " ", text)
    for statement in text.split(";"):
        yield from statement_names(statement.strip())


def statement_names(statement):
    kind = "type" if statement.startswith("typedef") else "variable"
    pointer = re.search(r"\(\s*\*\s*(\w+)", statement)
    call = re.search(r"(\w+)\s*\(", statement)
    if not statement or re.fullmatch(r"\}?\s*(struct|union|enum)?\s*\w*", statement):
        return
    kind = "inline" if statement.startswith("static inline") else kind
    if call and (not pointer or call.start() < pointer.start() and call.group(1) not in ("void", "double", "int")):
        yield ("function" if kind == "variable" else kind), call.group(1)
    elif pointer:
        yield kind, pointer.group(1)
    else:
        for part in statement.split("=")[0].split(","):
            yield kind, re.search(r"(\w+)\s*(\[[^\]]*\]\s*)*$", part).group(1)


def foreign(kind, name):
    """Does a name of a public header lack the public prefix?"""
    return not name.startswith("WEFT_" if kind in ("macro", "constant") else "weft_")


# ---- descriptions of public functions ----

TOKENS = re.compile(r'(?P<comment>/\*.*?\*/)|(?P<directive>^[ \t]*#(?:\\\n|[^\n])*)|(?P<text>"(?:\\.|[^"])*")'
                    r'|(?P<gap>\n[ \t]*(?=\n))|(?P<open>\{)|(?P<close>\})|(?P<end>;)|(?P<rest>.|\n)', flags=re.S | re.M)


def undescribed(text):
    """Functions of a public header without a description that says Collective or Local. The description is the
    comment above a function or above the group of functions in which it stands (no empty line between), or the
    head of the file, which says "All functions here are local"."""
    if re.search(r"\bAll functions here are\s+(\*\s+)?local\b", text.split("*/")[0]):
        return []
    found, said, statement, depth = [], "", "", 0
    for token in TOKENS.finditer(text):
        kind, piece = token.lastgroup, token.group()
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        if depth > 0 or (kind == "close" and not statement.rstrip().endswith(")")):
            continue
        if kind == "comment":
            said = said + piece if statement.strip() else piece
        elif kind == "gap" and not statement.strip():
            said = ""
        elif kind in ("end", "close"):
            name = function_of(statement)
            if name and not re.search(r"\b(Collective|Local)\b", said):
                found.append(name)
            statement = ""
        elif kind == "rest":
            statement += piece
    return found


def function_of(statement):
    """The name of the function that a statement at file scope declares; None: it declares something else."""
    statement = re.sub(r"\bWEFT_DECLARE_(BEGIN|END)\b", "", statement).strip()
    statement = re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", statement)
    call = re.search(r"(\w+)\s*\(", statement)
    return call.group(1) if call and not statement.startswith("typedef") else None


# ---- sizes ----

MOST_LINES, MOST_OF_FUNCTION, LEAST_COMMENTS = 450, 60, 0.15


def oversized(path, text):
    """What is too long in a source file, or lacks a comment at its head. The format of the tree puts the braces
    of a function into the first column."""
    lines, found, begin = text.splitlines(), [], None
    if len(lines) > MOST_LINES:
        found.append(f"{path}: {len(lines)} lines; at most {MOST_LINES}, split it by idea")
    if path.endswith(".c") and not text.startswith("/*"):
        found.append(f"{path}: no comment at the head that says what the file does")
    for i, line in enumerate(lines):
        if line == "{":
            begin = i
        elif line == "}" and begin is not None:
            if i - begin + 1 > MOST_OF_FUNCTION:
                found.append(f"{path}:{begin + 1}: a function of {i - begin + 1} lines; at most {MOST_OF_FUNCTION}")
            begin = None
    return found


def comment_lines(text):
    """How many lines hold a comment alone, or a part of one."""
    count, inside = 0, False
    for line in text.splitlines():
        line = line.strip()
        count += inside or line.startswith(("/*", "//"))
        inside = (inside or line.startswith("/*")) and "*/" not in line
    return count


def sizes(source):
    found, lines, comments = [], 0, 0
    for top in ("src", "include", "drivers"):
        for folder, _, names in os.walk(os.path.join(source, top)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        text = file.read()
                    found += oversized(os.path.relpath(path, source), text)
                    lines += name.endswith(".c") and text.count("\n")
                    comments += name.endswith(".c") and comment_lines(text)
    print(f"{comments} of {lines} lines of .c files are comments: {100 * comments / lines:.1f} %")
    if comments < LEAST_COMMENTS * lines:
        found.append(f"too few comments: {comments} of {lines} lines; {LEAST_COMMENTS:.0%} are wanted, which say why")
    return found


# ---- the tree ----

def symbols_of(objects, source):
    """({symbol: file}, {file: symbols}, symbols that a shared library shows) of the objects below a folder whose
    sources still exist."""
    defined, needed, shown = {}, defaultdict(set), set()
    for folder, _, names in os.walk(objects):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), objects)[:-2]
            if not name.endswith(".o") or not (os.path.exists(os.path.join(source, path)) or "registry" in path):
                continue
            listed = subprocess.run(["readelf", "-sW", os.path.join(folder, name)], capture_output=True, text=True,
                                    check=True)
            for line in listed.stdout.splitlines():
                columns = line.split()
                if len(columns) < 8 or columns[4] not in ("GLOBAL", "WEAK"):
                    continue
                visibility, section, symbol = columns[5:8]
                if section == "UND":
                    needed[path].add(symbol)
                    continue
                defined[symbol] = path
                if visibility == "DEFAULT":
                    shown.add(symbol)
    return defined, needed, shown


def module_graph(package):
    """{module: modules of the package that it imports}, wherever the import stands."""
    names = {}
    for folder, _, files in os.walk(package):
        for file in files:
            if file.endswith(".py"):
                path = os.path.relpath(os.path.join(folder, file), package)[:-3].split(os.sep)
                names[".".join(path[:-1] if path[-1] == "__init__" else path)] = os.path.join(folder, file)
    graph = {}
    for name, path in names.items():
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        inside = name.split(".") if os.path.basename(path) == "__init__.py" else name.split(".")[:-1]
        inside = [part for part in inside if part]
        graph[name] = imports(tree, inside, set(names)) - {name, ""}
    return graph


def imports(tree, inside, names):
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = inside[:len(inside) - node.level + 1] + (node.module.split(".") if node.module else [])
        for alias in node.names:
            longer = ".".join(base + [alias.name])
            found.add(longer if longer in names else ".".join(base))
    return found & names


# ---- the rules can fail ----

def self_test():
    defined = {"weft_model_a": "src/model/a/model.c", "a_f": "src/model/a/f.c", "weft_g": "src/run/g.c"}
    assert breaches(defined, {"registry_model.c": {"weft_model_a"}, "src/model/a/model.c": {"a_f"}}) == []
    assert len(breaches(defined, {"src/run/g.c": {"a_f"}})) == 1
    assert len(breaches(defined, {"src/model/b/model.c": {"weft_model_a"}})) == 0
    assert len(breaches(defined, {"src/model/b/model.c": {"a_f"}})) == 1
    assert circles({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles(edges({"f": "1.c", "g": "2.c"}, {"1.c": {"g", "f"}, "2.c": {"f"}})) == [["1.c", "2.c"]]
    assert misnamed(defined, {"weft_g"}) == []
    assert len(misnamed(defined, set())) == 1
    assert len(misnamed({"b_f": "src/model/a/f.c", "el_x": "src/electron/x.c", "y": "src/run/y.c"}, set())) == 2
    header = ('#define WEFT_N 1\n#define BAD 2\ntypedef enum weft_e {WEFT_A, /* {no} */ B = 3} weft_e;\n'
              'typedef double weft_f(int x);\ntypedef void (*weft_p)(int);\nstruct tag { int member; };\n'
              'extern const weft_q *const weft_r[];\nint weft_h(void (*call)(int), int x) __attribute__((pure));\n'
              'static inline int g(int x) { if (x) { return 1; } return 2; }\n')
    kinds = list(declarations(header))
    assert {n for k, n in kinds if foreign(k, n)} == {"BAD", "B", "tag", "g"}, kinds
    assert {n for k, n in kinds if k == "function"} == {"weft_h"}, kinds
    assert ("inline", "g") in kinds
    assert {n for k, n in kinds if k in ("type", "variable")} == {"weft_e", "weft_f", "weft_p", "weft_r"}, kinds
    group = "/* f. Local. */\nint f(void);\nint g(void);\n\nstatic inline int h(void)\n{\n    return 0;\n}\n"
    assert undescribed(group) == ["h"], undescribed(group)
    assert undescribed("/* Local. */\ntypedef int t(void);\n\nt *f(int (*call)(void))\n    __attribute__((pure));\n") == ["f"]
    assert undescribed("/* All functions here are local. */\nint f(void);\n") == []
    group = "/* f. Local. */\nint f(void);\nint g(void);\n\nstatic inline int h(void)\n{\n    return 0;\n}\n"
    assert undescribed(group) == ["h"], undescribed(group)
    assert undescribed("/* Local. */\ntypedef int t(void);\n\nint f(int (*call)(void))\n    __attribute__((pure));\n") == ["f"]
    assert undescribed("/* All functions here are local. */\nint f(void);\n") == []
    assert oversized("a.c", "/* a */\nint f(void)\n{\n}\n") == []
    assert len(oversized("a.c", "int f(void)\n{\n" + "\n" * 58 + "}\n")) == 1
    assert len(oversized("a.c", "/* a */\nint f(void)\n{\n" + "\n" * 59 + "}\n")) == 1
    assert len(oversized("a.h", "\n" * 451)) == 1
    assert comment_lines("/* a\n * b */\nint x; /* no */\n// c\n/* d */\n") == 4
    tree = ast.parse("from . import b\nfrom .c import d\ndef f():\n    from ..e import g\nimport numpy\n")
    assert imports(tree, ["p"], {"p.b", "p.c", "e", "z"}) == {"p.b", "p.c", "e"}


def main():
    program, source = sys.argv[1:3]
    self_test()
    if not shutil.which("readelf"):
        print("skipped: there is no readelf")
        return 77
    build = os.path.join(os.path.dirname(program), "CMakeFiles")
    defined, needed, shown = symbols_of(os.path.join(build, "weft.dir"), source)
    own, used, _ = symbols_of(os.path.join(build, "weft_program.dir"), source)
    assert len(defined) > 500 and len(used) > 3, "objects of the library and the program were found"
    whole, all_needed = {**defined, **own}, {**needed, **used}
    wrong = breaches(whole, all_needed)
    wrong += [f"a circle: {' '.join(c)}" for c in circles(edges(whole, all_needed))]
    modules = module_graph(os.path.join(source, "drivers", "python", "weftsim"))
    assert len(modules) > 20 and sum(map(len, modules.values())) > 40, "imports of the tools were found"
    wrong += [f"a circle of Python modules: {' '.join(c)}" for c in circles(modules)]
    wrong += sizes(source)
    declared, folder = set(), os.path.join(source, "include", "weft")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        wrong += [f"include/weft/{name}: the description of {found} does not say Collective or Local" for found in undescribed(text)]
        for kind, found in declarations(text):
            if foreign(kind, found):
                wrong.append(f"include/weft/{name}: {kind} {found} lacks the prefix of public names")
            if kind in ("function", "variable"):
                declared.add(found)
                if found not in defined:
                    wrong.append(f"include/weft/{name}: {found} is declared and nowhere defined")
    wrong += misnamed(defined, declared)
    wrong += [f"{defined[s]}: {s} would be visible in a shared library" for s in sorted(shown - declared - WRAPPED)]
    wrong += [f"{defined[s]}: {s} would be hidden in a shared library" for s in sorted(declared & set(defined) - shown)]
    for line in wrong:
        print(line)
    print(f"{len(defined)} symbols of {len(set(defined.values()))} files, {len(modules)} Python modules, "
          f"{len(declared)} public names: {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
