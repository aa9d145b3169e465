"""What newcomers and users of clusters met once (docs/decisions/0016-builds-and-sites.md), where no other test keeps it."""
import re

from program import *

INPUT = """model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 20}
observe: {every: 0.1, list: [width2, slip_rate]}
ensemble: {seed: 5}
"""
# A transport that does not exist: MPI cannot start.
NO_MPI = {**os.environ, "OMPI_MCA_btl": "none_such", "OMPI_MCA_pml": "none_such"}


def without_mpi(folder, scan):
    """On a login node that refuses MPI a scan can be looked at and collected."""
    check(weft("scan", "run", scan, "--out", os.path.join(folder, "scan"), "-q").returncode == 0, "the scan")
    if "Open MPI" in weft("--version").stdout:
        refused = weft("run", os.path.join(folder, "in.yaml"), "--out", os.path.join(folder, "no"), env=NO_MPI)
        check(refused.returncode not in (0, 2), f"MPI does start: {refused.returncode}")
    for command, words in (("status", "2 done"), ("expand", "identity"), ("collect", "scan.nc"), ("resubmit", "0 points of 2 are open")):
        done = weft("scan", command, scan, "--out", os.path.join(folder, "scan"), env=NO_MPI)
        check(done.returncode == 0 and words in done.stdout, f"scan {command} without MPI: {done.returncode}: {done.stdout}{done.stderr}")


def wrong_kind(path, scan):
    """An input where a scan is meant, a scan where an input is meant, an option that scans do not have."""
    for arguments, words in ((("scan", "run", path), "the input of one run, not a scan: weft run"), (("run", scan), "weft scan run"),
                             (("scan", "run", scan, "-P", "time.end=1"), "or as an axis of one value")):
        refused = weft(*arguments)
        check(refused.returncode == 2 and words in refused.stderr, f"{arguments}: {refused.returncode}: {refused.stderr}")


def standard_input(folder, scan):
    """What comes through a pipe names files from the working directory."""
    def piped(text, *arguments, ranks=0):
        command = [MPIEXEC, "-n", str(ranks)] if ranks else []
        return subprocess.run([*command, WEFT, *arguments], input=text, capture_output=True, text=True, timeout=60, cwd=folder)
    done = piped(INPUT, "check", "-")
    check(done.returncode == 0 and "estimated time" in done.stdout, f"weft check -: {done.returncode}: {done.stdout}{done.stderr}")
    with open(scan, encoding="utf-8") as file:
        text = file.read()
    listed = weft("scan", "expand", scan).stdout
    for ranks, name in ((0, "-"), (0, "/dev/fd/0"), (2, "-")):
        done = piped(text, "scan", "expand", name, ranks=ranks)
        check(done.returncode == 0 and done.stdout == listed, f"scan expand {name}: {done.returncode}: {done.stdout}{done.stderr}")
    done = piped(text, "scan", "run", "-", "--out", "piped", "-q", ranks=2)
    check(done.returncode == 0 and os.path.exists(os.path.join(folder, "piped", "results")), f"scan run -: {done.stderr}")
    done = piped(text, "scan", "slurm", "-", "--time", "1h")
    check(done.returncode == 2 and "every task reads the scan again" in done.stderr, f"scan slurm -: {done.returncode}: {done.stderr}")
    done = piped("base: in.yaml\nseeds: [1]\nheld_out: [2]\n", "train", "-")
    check(done.returncode == 2 and "in.yaml is an input of the model kuramoto" in done.stderr, f"train -: {done.returncode}: {done.stderr}")


def size(folder, path):
    """The estimate of series.nc knows that all replicas are kept."""
    more = ("-P", "ensemble.replicas=200", "-P", "ensemble.keep=all")
    told = re.search(r"series\.nc .*\n +([\d.]+) (kB|MB)", weft("check", path, *more).stdout)
    told = float(told[1]) * {"kB": 1e3, "MB": 1e6}[told[2]] if told else 0
    out = os.path.join(folder, "kept")
    check(weft("run", path, *more, "--out", out, "-q").returncode == 0, "the ensemble")
    written = os.path.getsize(os.path.join(out, "series.nc"))
    check(0.8 * told < written < 1.3 * told, f"told {told} bytes, written {written}")
    done = weft("info", out)
    check(done.returncode == 0 and "kuramoto" in done.stdout, f"weft info of a directory: {done.returncode}: {done.stderr}")


def description(folder):
    """The git description is that of the moment of the build, and none in the repository of something else."""
    def git(*arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=outer, check=True, capture_output=True)

    def described(source):
        header = os.path.join(folder, "weft_git.h")
        subprocess.run(["cmake", f"-DSOURCE={source}", f"-DOUTPUT={header}", "-P", os.path.join(SOURCE, "src/cmake/git.cmake")], check=True)
        with open(header, encoding="utf-8") as file:
            return re.search('"(.*)"', file.read())[1]

    outer = os.path.join(folder, "outer")
    inner = os.path.join(outer, "inner")
    os.makedirs(inner)
    write(outer, "a.txt", "1")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "thesis-v9")
    check(described(outer) == "thesis-v9", f"a tag: {described(outer)}")
    write(outer, "a.txt", "2")
    check(described(outer) == "thesis-v9-dirty", f"a change: {described(outer)}")
    git("commit", "-qam", "two")
    check(re.fullmatch("thesis-v9-1-g[0-9a-f]+", described(outer)), f"a commit: {described(outer)}")
    check(described(inner) == "", f"a foreign repository: {described(inner)}")


def suggestions(folder):
    """What is proposed for a name that lacks its last part is an observable that the input can have."""
    for name, text, wrong in (
            ("lattice", "model: reaction_lattice\ngrid: {n: [16, 16]}\n" + LOTKA_VOLTERRA.replace("rate: 0.1}", "rate: 0.1, name: death}"),
             {"domain_size": "domain_size_A", "domain_siz_B": "domain_size_B", "structure_factor": "structure_factor_A", "pair": "pair_A_A",
              "par_A_B": "pair_A_B", "event_profil_hop": "event_profile_hop", "reaction_profile": "reaction_profile_r2", "reaction_profil_death": "reaction_profile_death", "front_positoin": "front_position_A",
              "profile": "profile_A", "variance": "variance_A", "survivals": "survival", "extinction_tim_B": "extinction_time_B"}),
            ("densities", "model: reaction_diffusion\ngrid: {n: [16], length: [16]}\nreaction_diffusion: {species: [prey, hunter], diffusion: 1, "
             "reactions: [{reaction: prey -> hunter, rate: 1}]}\ninitial: {type: homogeneous, density: 1}\n",
             {"structure_factor": "structure_factor_prey", "max": "max_prey", "mn_hunter": "min_hunter", "wavenumber": "wavenumber_prey",
              "front_position": "front_position_prey", "corelation_hunter": "correlation_hunter", "total": "total_prey"})):
        path = write(folder, name + ".yaml", text + "time: {end: 0.1}\n")
        for written, meant in wrong.items():
            told = weft("check", path, "-P", f"observe.list=[{written}]").stderr
            check(f"no observable '{written}'; did you mean '{meant}'?" in told, f"{name}, {written}: {told}")
            run = weft("check", path, "-P", f"observe.list=[{meant}]")
            check("no observable" not in run.stderr, f"{name}, {meant}: {run.stderr}")


def built(folder):
    """A build after another commit, without a configuration between, has that commit's description."""
    clone, place = os.path.join(folder, "clone"), os.path.join(folder, "build")
    if subprocess.run(["git", "clone", "-q", "--no-tags", "--depth", "1", "file://" + SOURCE, clone], check=False).returncode:
        return  # a checkout of another user
    subprocess.run(["cmake", "-S", clone, "-B", place, "-DWEFT_TESTS=OFF"], check=True, capture_output=True)
    found = []
    for _ in range(2):
        subprocess.run(["cmake", "--build", place, "--target", "weft_git"], check=True, capture_output=True)
        with open(os.path.join(place, "git", "weft_git.h"), encoding="utf-8") as file:
            found.append(re.search('"(.*)"', file.read())[1])
        commit = ["git", "-C", clone, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "another"]
        subprocess.run(commit, check=True)
    check(found[0] != found[1] and all(re.fullmatch("[0-9a-f]{7,}", one) for one in found), f"two builds of two commits: {found}")


with scratch() as folder:
    path = write(folder, "in.yaml", INPUT)
    scan = write(folder, "scan.yaml", "base: in.yaml\naxes: {kuramoto.noise: {values: [0.05, 0.1]}}\n")
    without_mpi(folder, scan)
    wrong_kind(path, scan)
    standard_input(folder, scan)
    size(folder, path)
    suggestions(folder)
    if shutil.which("git"):
        description(folder)
        if os.path.exists(os.path.join(SOURCE, ".git")):
            built(folder)
end()
