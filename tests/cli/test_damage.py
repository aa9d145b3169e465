"""Resuming from damaged files: an older checkpoint is used, or the run says what is wrong; never other numbers."""
import signal
import time

from program import *

FIELD = """model: klein_gordon
grid: {n: [128, 128], length: [64.0, 64.0]}
klein_gordon: {potential: phi4, laplacian: fd2}
initial: {type: bubble, amplitude: 1.5, width: 2.0}
time: {stepper: verlet, dt: 0.05, end: END}
observe: {every: 1.0, list: [energy]}
checkpoint: {every: 1s, keep: 2}
"""


def checkpoints(out):
    return sorted(n for n in os.listdir(out) if n.startswith("ckpt-") and n.endswith(".h5"))


def damage(path):
    """Change one byte in the middle of the largest dataset."""
    with h5py.File(path, "r") as file:
        field = max(file["fields"].values(), key=lambda d: d.size)
        place = field.id.get_offset() + field.size * 4
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 0x10]))


def stopped_run(path, out):
    """A run that stopped after two checkpoints."""
    process = start("run", path, "--out", out, "-q")
    end_at = time.monotonic() + 60
    while time.monotonic() < end_at and not (os.path.isdir(out) and checkpoints(out)):
        time.sleep(0.05)
    process.send_signal(signal.SIGUSR1)
    process.communicate(timeout=60)
    check(process.returncode == 85, f"stop: code {process.returncode}")
    check(len(checkpoints(out)) == 2, f"checkpoints: {checkpoints(out)}")


def ensembles(folder):
    """A complete ensemble in which one number is damaged is no complete one: means are written again as they were, records of replicas
    cannot be, and the file is left as it is."""
    head = FIELD.replace("END", "2")
    for keep, names in (("mean", ("time", "energy", "energy_stderr")), ("all", ("time", "energy", "energy_replica", "replica"))):
        path = write(folder, f"{keep}.yaml", head + f"ensemble: {{replicas: 5, keep: {keep}}}\n")
        whole = os.path.join(folder, "whole_" + keep)
        run = weft("run", path, "--out", whole, "-q")
        check(run.returncode == 0, f"ensemble, {keep}: {run.stderr}")
        for ranks, name in zip((0, 2, 0, 2), names):
            out = os.path.join(folder, f"{keep}_{name}")
            shutil.copytree(whole, out)
            with h5py.File(out + "/series.nc") as file:
                place = file[name].id.get_chunk_info(0).byte_offset
            with open(out + "/series.nc", "r+b") as file:
                file.seek(place + 6)
                byte = file.read(1)[0]
                file.seek(place + 6)
                file.write(bytes([byte ^ 4]))
            with open(out + "/series.nc", "rb") as file:
                before = file.read()
            run = weft("run", path, "--out", out, "--resume", "-q", ranks=ranks)
            check(f"'{name}' cannot be read" in run.stderr, f"{keep}, {name}: {run.stderr}")
            if keep == "mean":
                check(run.returncode == 0 and not same(whole + "/series.nc", out + "/series.nc"), f"{name}: {run.returncode}: {run.stderr}")
            else:
                with open(out + "/series.nc", "rb") as file:
                    check(run.returncode == 4 and file.read() == before, f"{name}: {run.returncode}: {run.stderr}")
                check(run.stderr.count("weft: error") == 1 and "--overwrite" in run.stderr, f"{name}: {run.stderr}")
        for ranks, (name, length) in zip((0, 2, 0, 0), {"cut": -50, "half": 0.5, "empty": 0, "gone": None}.items()):
            out = os.path.join(folder, f"{keep}_{name}")
            shutil.copytree(whole, out)
            size = os.path.getsize(out + "/series.nc")
            if length is None:
                os.remove(out + "/series.nc")
            else:
                os.truncate(out + "/series.nc", {"cut": size - 50, "half": size // 2}.get(name, 0))
            before = sorted((n, os.path.getsize(os.path.join(out, n))) for n in os.listdir(out))
            run = weft("run", path, "--out", out, "--resume", "-q", ranks=ranks)
            if keep == "mean":
                check(run.returncode == 0 and not same(whole + "/series.nc", out + "/series.nc"), f"{name}: {run.returncode}: {run.stderr}")
                check(name == "gone" or "the means are written again" in run.stderr, f"{name}: {run.stderr}")
            else:
                check(run.returncode == 4 and "in this file alone" in run.stderr and "--overwrite" in run.stderr, f"{name}: {run.returncode}: {run.stderr}")
                after = sorted((n, os.path.getsize(os.path.join(out, n))) for n in os.listdir(out))
                check(before == after, f"{name}: {before} {after}")


def away(folder):
    """The series of an ensemble that keeps all replicas is a link to another disk, which is away for a while: it may come back, so
    that a resume leaves the link, says what is missing, and goes on when it is there again. Nothing is made where it leads."""
    path = write(folder, "away.yaml", FIELD.replace("END", "2") + "ensemble: {replicas: 3, keep: all}\n")
    whole, out, disk = (os.path.join(folder, "away_" + name) for name in ("whole", "out", "disk"))
    run = weft("run", path, "--out", whole, "-q")
    check(run.returncode == 0, f"away: {run.stderr}")
    shutil.copytree(whole, out)
    os.mkdir(disk)
    shutil.move(out + "/series.nc", disk + "/series.nc")
    os.symlink(disk + "/series.nc", out + "/series.nc")
    os.rename(disk, disk + "_gone")
    for ranks in (0, 2):
        run = weft("run", path, "--out", out, "-q", "--resume", ranks=ranks)
        check(run.returncode == 4 and run.stderr.count("weft: error") == 1 and "series.nc" in run.stderr, f"away: {run.returncode} {run.stderr}")
        check(os.path.islink(out + "/series.nc") and not os.path.exists(disk), "away: the link is as it was")
    os.rename(disk + "_gone", disk)
    run = weft("run", path, "--out", out, "-q", "--resume", ranks=2)
    difference = same(whole + "/series.nc", out + "/series.nc") if run.returncode == 0 else ""
    check(run.returncode == 0 and not difference, f"away, and back: {run.returncode} {run.stderr} {difference}")


def links(folder):
    """A new run replaces symbolic links under the names of its files; what they lead to stays, and nothing is made where they lead."""
    victim, nothing = write(folder, "victim.txt", "mine"), os.path.join(folder, "nothing")
    for name, more in (("single", ""), ("many", "ensemble: {replicas: 3}\n")):
        path, out = write(folder, f"links_{name}.yaml", FIELD.replace("END", "2") + more), os.path.join(folder, "links_" + name)
        for option in ((), ("--overwrite",)):
            shutil.rmtree(out, ignore_errors=True)
            os.mkdir(out)
            os.symlink(nothing, out + "/series.nc")
            os.symlink(victim, out + "/fields.nc")
            os.symlink(victim, out + "/params.used.yaml")
            run = weft("run", path, "--out", out, "-q", *option, ranks=2)
            with open(victim) as file:
                kept = file.read() == "mine" and not os.path.exists(nothing)
            made = [n for n in os.listdir(out) if os.path.islink(os.path.join(out, n))]
            check(run.returncode == 0 and kept and not made, f"links, {name} {option}: {run.returncode} {kept} {made} {run.stderr}")
        path = write(folder, f"links_{name}.yaml", FIELD.replace("END", "2") + "output: {fields_every: 1}\n" + more)
        shutil.rmtree(out)
        os.mkdir(out)
        for file in ("series.nc", "fields.nc"):
            os.symlink(nothing, os.path.join(out, file))
        run = weft("run", path, "--out", out, "-q", "--resume", ranks=2)
        made = [n for n in os.listdir(out) if os.path.islink(os.path.join(out, n))]
        check(run.returncode == 0 and not made and not os.path.exists(nothing), f"links, {name}, resume: {run.returncode} {made} {run.stderr}")


with scratch() as folder:
    path, out = write(folder, "input.yaml", FIELD.replace("END", "100000")), os.path.join(folder, "out")
    stopped_run(path, out)
    older, newest = checkpoints(out)
    with h5py.File(out + "/" + newest, "r") as file:
        steps = int(newest[5:-3])
    end_time = (steps // 20 + 40) * 1.0
    path = write(folder, "input.yaml", FIELD.replace("END", repr(end_time)))
    for copy in ("damaged", "cut", "series"):
        shutil.copytree(out, os.path.join(folder, copy))

    def resume(name, ranks=0):
        return weft("run", path, "--out", os.path.join(folder, name), "--resume", "-q", ranks=ranks)

    run = resume("out")
    check(run.returncode == 0, f"sound: code {run.returncode}: {run.stderr}")
    reference = out + "/series.nc"

    damage(os.path.join(folder, "damaged", newest))
    run = resume("damaged", 2)
    check(run.returncode == 0 and "passing over" in run.stderr, f"damaged: code {run.returncode}: {run.stderr}")
    difference = same(reference, folder + "/damaged/series.nc")
    check(not difference, f"damaged: {difference}")

    with open(os.path.join(folder, "cut", newest), "r+b") as file:
        file.truncate(5000)
    run = resume("cut")
    check(run.returncode == 0 and "truncated" in run.stderr, f"cut: code {run.returncode}: {run.stderr}")
    difference = same(reference, folder + "/cut/series.nc")
    check(not difference, f"cut: {difference}")

    with h5py.File(folder + "/series/series.nc", "r+") as file:
        for name in ("time", "energy"):
            file[name].resize((1,))
    for ranks in (0, 2):
        run = resume("series", ranks)
        check(run.returncode == 4 and "has 1 records" in run.stderr, f"series: code {run.returncode}: {run.stderr}")
        check(run.stderr.count("weft: error") == 1, f"series: {run.stderr}")
    ensembles(folder)
    away(folder)
    links(folder)
end()
