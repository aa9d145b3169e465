"""The page docs/dev/speed.md from the table docs/dev/speed.json: the words are here, all figures are from the table."""
import json
import math
import os

COLUMNS = ("part", "name", "unit", "value", "beside", "other", "ratio", "lowest", "highest")
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "dev")
TABLE, PAGE = os.path.join(DOCS, "speed.json"), os.path.join(DOCS, "speed.md")

# Title of each part, and what a reader must know to understand its rows.
WORDS = {
    "grid": ("The layer of grids", "Halo exchanges of one component of doubles: on one rank they are copies between the two sides of the box, of layers that lie apart in memory; on two ranks of one "
             "machine the time is that between two barriers. Transforms: backward and forward, beside FFTW's own real transform in place, planned the same way."),
    "files": ("Snapshots", "Six records of a field in a new file, brought to the disk, and as many bytes of the same ranks by MPI-IO into a new file. Weft's records are in chunks with a checksum each. "
              "These are times between two barriers, on the disk where the bench runs."),
    "ranks": ("Work on several ranks", "Pencils beside slabs of the same points, on more ranks than cores; checkpoints of coefficients, of which a rank has pieces of some modes, beside those "
              "of slabs or of grid values; whole runs on two ranks beside the same on one, where 0.5 is perfect. Wall time, the least of five short turns. Fields larger than the cache "
              "share the way to memory; halos take 0.2 % of their steps (docs/dev/grid.md)."),
    "noise": ("Random numbers", "Rows of 4096. A normal needs a word of 32 bits, a uniform number two; the word of a pair of normals is shared. A step of noise with memory has as many modes as its horizon and "
              "shortest time need; each takes a normal (`ou`: two)."),
    "klein_gordon": ("Klein-Gordon fields", "A step of a splitting needs one backward and one forward transform a stage. What it takes beyond them are the kernel "
                     "of the points and the pass over the modes. Of a step of sine_gordon on 512 points transforms are 70 %, sines 14 %, the pass (kick and two rotations) 13 %; of phi4 the "
                     "kernel is 3 %. Both loops keep the multiplying units busy: 14 multiplications a sine, and 12 a coefficient. In two and three dimensions the kernel is done "
                     "while rows or planes are in cache."),
    "chains": ("Chains of phases, fronts and oscillators", "Rings of 4096 sites. Normals are doubles made of 64 random bits a pair, unless `ensemble.normals: single` "
               "is set. `heun` of oscillators evaluates its two components twice a step."),
    "observables": ("What observables cost", "In % of a run of 10,000 steps of 4096 sites with records at 100 times a decade. Moments of the field are "
                    "computed together, so that `mean` to `velocity` cost once what one of them costs. The share falls with the length of a run."),
    "records": ("Records", "A record of a run of one replica in `series.nc`, with what its observables cost: the difference of two whole runs of a ring of 64 sites, one with a "
                "record at each of 200,000 steps and one with two records."),
    "lattices": ("Reaction lattices", "Lotka-Volterra in two dimensions. An attempt needs one block of random numbers (128 bits). Besides, exact lattices sort attempts by "
                 "time and look up two sites; lattices larger than the cache are replayed patch by patch. `fast` in a build for AVX2 makes 0.6 of the rate of "
                 "AVX-512: a vector has half the sites, and rotations of random words and logic of three operands take several instructions."),
    "fields": ("Fields by explicit steps", "Copying reads and writes each field once a stage, and is what a step would take if arithmetic cost nothing. etdrk4 also needs six tables of "
               "coefficients for each mode."),
    "stiff": ("Implicit steppers", "A network 2 A <-> B at a growing rate, with slow decay and diffusion, 1024 sites, to t = 1: processor time of the cheapest run with an error "
              "below 1e-4, on a ladder of tolerances, or for rk4 of steps. Below a ratio of 1 the implicit stepper is ahead."),
    "equations": ("Equations of the input", "The same physics by `model: equation` and by the model that weft has for it."),
    "electrons": ("Electrons of Holstein lattices", "Windowed forces at the parameters of arXiv:2601.04104 on one core, with their mean square error on a quenched state."),
    "memory": ("Memory", "Bytes a site while a lattice runs."),
    "scans": ("Scans", "Beside what is promised."),
    "peers": ("Beside other programs", "The same work on the same machine in the same run. Below a ratio of 1 weft is ahead. Equations: weft and the C program both let FFTW search for its "
              "plans (`fft: {planning: measure}`) where a row does not say another thing. By default weft does not (`estimate`), so that the bits of a run are the same each time; what the search "
              "gains by size is in docs/dev/fft.md."),
}


def figure(value):
    """Three digits; nothing for what is not known."""
    if value is None or math.isnan(value):
        return ""
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:.{digits}f}" if 1e-4 <= abs(value) < 1e6 or value == 0 else f"{value:.2e}"


def spread(row):
    text = figure(row["ratio"])
    return f"{text} ({figure(row['lowest'])} to {figure(row['highest'])})" if text and row["lowest"] != row["highest"] else text


def line(row):
    """A row as it is shown while it is measured."""
    text = f"{row['name']:56s} {figure(row['value']):>9s} {row['unit']}"
    return text + (f"  {row['beside']} {figure(row['other'])}  ratio {spread(row)}" if row["beside"] else "")


def merged(old, new):
    """Rows of a table with those of some parts measured again. Rows of peers are replaced one by one."""
    parts = {row["part"] for row in new} - {"peers"}
    peers = {(row["name"], row["beside"]) for row in new if row["part"] == "peers"}
    return [row for row in old if row["part"] not in parts and not (row["part"] == "peers" and (row["name"], row["beside"]) in peers)] + new


def keep(table):
    """Write the table; nan, which JSON does not know, as null."""
    clean = [{k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()} for row in table["rows"]]
    with open(TABLE, "w", encoding="utf-8") as file:
        json.dump(dict(table, rows=clean), file, indent=1)
        file.write("\n")


def kept():
    with open(TABLE, encoding="utf-8") as file:
        table = json.load(file)
    for row in table["rows"]:
        row.update({k: math.nan for k, v in row.items() if v is None})
    return table


def text(table):
    """The page."""
    out = ["# Speed", "",
           "This page is written by `cmake --build --preset release --target bench`, or `bench-peers`, which also runs other programs on the same work "
           "(`-DWEFT_PEERS=DIR`, a folder with their scripts). Each row has a figure of weft, what it is held against, and the ratio of the two: the median of five "
           "pairs that were timed in turn, with the lowest and the highest. Quote ratios, not times. Times are those of one core.", "",
           f"Measured on {table['machine']}, {table['date']}, {table['version']}.", ""]
    for part, (title, words) in WORDS.items():
        rows = [row for row in table["rows"] if row["part"] == part]
        if not rows:
            continue
        out += [f"## {title}", "", words, ""]
        if any(row["beside"] for row in rows):
            out += ["| | weft | | beside | its figure | ratio |", "|---|---|---|---|---|---|"]
            out += [f"| {row['name']} | {figure(row['value'])} | {row['unit']} | {row['beside']} | {figure(row['other'])} | {spread(row)} |"
                    for row in rows]
        else:
            out += ["| | weft | |", "|---|---|---|"]
            out += [f"| {row['name']} | {figure(row['value'])} | {row['unit']} |" for row in rows]
        out.append("")
    return "\n".join(out).rstrip() + "\n"


def write(table):
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text(table))
