"""Ensembles: results do not depend on how replicas are farmed over ranks or cut into parts, nor on a stop and a resume when
some of them are done; means and standard errors are those of the replicas."""
import re
import signal
import time

from program import *

INPUT = """model: kuramoto
grid: {{n: [300]}}
kuramoto: {{phase_lag: 0.4, noise: 0.1, disorder_type: gaussian, disorder: 0.1}}
initial: {{type: flat}}
time: {{dt: 0.05, end: {end}}}
observe: {{every: {{log: 12}}, list: [mean, width2, skewness, order_parameter, correlation, locked]}}
ensemble: {{replicas: {replicas}, seed: 3, keep: all, ranks_per_replica: {ranks}}}
checkpoint: {{every: 0.1s}}
"""


def run(folder, name, ranks=0, ranks_per_replica="auto"):
    """A short ensemble on so many ranks; its series."""
    path = write(folder, name + ".yaml", INPUT.format(end=10, replicas=7, ranks=ranks_per_replica))
    out = os.path.join(folder, name)
    result = weft("run", path, "--out", out, "-q", ranks=ranks)
    check(result.returncode == 0, f"{name}: code {result.returncode}: {result.stderr}")
    return os.path.join(out, "series.nc")


def check_means(path):
    with h5py.File(path, "r") as file:
        for name in ("mean", "width2", "order_parameter", "correlation"):
            replicas = file[f"{name}_replica"][...]
            error = replicas.std(axis=0, ddof=1) / np.sqrt(len(replicas))
            scale = np.abs(replicas).max()
            check(np.allclose(file[name][...], replicas.mean(axis=0), rtol=0, atol=1e-14 * scale), f"mean of {name}")
            check(np.allclose(file[f"{name}_stderr"][...], error, rtol=0, atol=1e-13 * scale), f"standard error of {name}")
        # derived from the means, with a jackknife error that is of the size of the scatter of m3
        moment = np.array([s * w**1.5 for s, w in zip(file["skewness_replica"][...], file["width2_replica"][...])])
        width = file["width2"][-1]
        check(abs(file["skewness"][-1] - moment[:, -1].mean() / width**1.5) < 1e-12, "skewness of the mean moments")
        scatter = moment[:, -1].std(ddof=1) / np.sqrt(len(moment)) / width**1.5
        check(0.2 * scatter < file["skewness_stderr"][-1] < 5 * scatter, "jackknife error of the skewness")


def stopped(path, out, ranks):
    """Start, and stop when a checkpoint is there."""
    process = start("run", path, "--out", out, "-q", ranks=ranks)
    end_at = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < end_at:
        if os.path.isdir(out) and any(n.startswith("ckpt-") and n.endswith(".h5") for n in os.listdir(out)):
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGUSR2)
    _, error = process.communicate(timeout=120)
    return process.returncode, error


with scratch() as folder:
    reference = run(folder, "alone")
    check_means(reference)
    for ranks, ranks_per_replica in ((2, "auto"), (3, "auto"), (4, "auto"), (3, 3), (4, 2)):
        other = run(folder, f"ranks-{ranks}-{ranks_per_replica}", ranks, ranks_per_replica)
        check(same(reference, other) == "", f"{ranks} ranks, {ranks_per_replica} a replica: {same(reference, other)}")

    # a replica that fails is named; a bound that is never reached changes nothing
    blow = """model: kpz
grid: {n: [64], length: [64]}
kpz: {lambda: %s, noise: 1, scheme: standard%s}
initial: {type: flat}
time: {dt: 0.05, end: 5, stepper: euler_maruyama}
observe: {every: 1, list: [width2, mean]}
ensemble: {replicas: 40, seed: 3}
"""
    path = write(folder, "blow.yaml", blow % (9, ""))
    for ranks in (0, 3):
        result = weft("run", path, "--out", os.path.join(folder, f"blow{ranks}"), "-q", ranks=ranks)
        check(result.returncode == 3 and re.search(r"error: replica 2 \(seed 3\): the height has blown up", result.stderr),
              f"a blow-up on {ranks} ranks: {result.returncode} {result.stderr}")
    # what the others did is kept, and the ensemble goes on without those that fail; the same on any number of ranks
    path = write(folder, "drop.yaml", blow % (9, "") + "checkpoint: {every: 1h}\n")
    dropped = []
    for what, ranks, resume in (("stop", 0, True), ("drop", 0, False), ("drop3", 3, False)):
        out = os.path.join(folder, "fail-" + what)
        if resume:
            result = weft("run", path, "--out", out, "-q", "-P", "ensemble.keep=all")
            with h5py.File(os.path.join(out, "series.nc"), "r") as file:
                kept = len(file["replica"])
                check(result.returncode == 3 and file.attrs["status"] == b"failed" and file.attrs["replicas_done"] == kept > 0
                      and b"seed 3" in file.attrs["ended_because"] and np.all(np.isfinite(file["width2_replica"][...])),
                      f"a failed ensemble: {result.returncode} {dict(file.attrs)}")
        result = weft("run", path, "--out", out, "-q", "-P", "ensemble.keep=all", "-P", "ensemble.on_failure=drop",
                      *(["--resume"] if resume else []), ranks=ranks)
        check(result.returncode == 0 and result.stderr.count("left out: replica") == 3, f"{what}: {result.returncode} {result.stderr}")
        with h5py.File(os.path.join(out, "series.nc"), "r") as file:
            bad = np.isnan(file["width2_replica"][:, -1])
            names = [int(n) for n in re.findall(r"replica (\d+) \(seed 3\)", file.attrs["failed_replicas"].decode())]
            good = file["width2_replica"][...][~bad][:, 1:5]  # one is about to overflow at the end
            check(file.attrs["status"] == b"complete with failures" and list(np.flatnonzero(bad)) == names and
                  file.attrs["replicas_failed"] == bad.sum() and file.attrs["replicas_done"] == 40 - bad.sum(), f"{what}: {dict(file.attrs)}")
            check(np.allclose(file["width2"][1:5], good.mean(axis=0), rtol=1e-13) and
                  np.allclose(file["width2_stderr"][1:5], good.std(axis=0, ddof=1) / np.sqrt(len(good)), rtol=1e-12), f"{what}: means")
        dropped.append(os.path.join(out, "series.nc"))
    for other in dropped[1:]:
        check(same(dropped[0], other) == "", f"dropped replicas: {same(dropped[0], other)}")
    result = weft("run", path, "--out", out, "-P", "ensemble.on_failure=drop", "-P", "ensemble.keep=all", "--resume")
    check(result.returncode == 0 and "already complete" in result.stdout, f"complete with failures: {result.stderr}")
    result = weft("run", path, "--out", os.path.join(folder, "none"), "-q", "-P", "ensemble.on_failure=drop", "-P", "kpz.lambda=60")
    check(result.returncode == 3 and "all 40 replicas failed" in result.stderr, f"all fail: {result.returncode} {result.stderr}")

    found = []
    for clip in ("", ", clip: 20"):
        out = os.path.join(folder, f"calm{len(clip)}")
        result = weft("run", write(folder, "calm.yaml", blow % (1, clip)), "--out", out, "-q")
        check(result.returncode == 0, f"no blow-up: {result.stderr}")
        found.append(os.path.join(out, "series.nc"))
    check(same(*found) == "", f"a bound that is never reached: {same(*found)}")

    path = write(folder, "long.yaml", INPUT.format(end=1500, replicas=24, ranks="auto"))
    reference = os.path.join(folder, "whole")
    check(weft("run", path, "--out", reference, "-q").returncode == 0, "the ensemble in one go")
    for ranks, later in ((0, 2), (2, 3)):
        out = os.path.join(folder, f"stopped-{ranks}")
        code, error = stopped(path, out, ranks)
        check(code == 85, f"stopped on {ranks} ranks: code {code}: {error}")
        # records of replicas are only in series.nc: where it is gone or older, a resume says so
        series, away = os.path.join(out, "series.nc"), os.path.join(out, "away")
        with h5py.File(series, "r") as file:
            some = len(file["replica"]) > 0
        if some:
            os.rename(series, away)
            result = weft("run", path, "--out", out, "--resume", "-q")
            check(result.returncode == 4 and "series.nc" in result.stderr, f"without series.nc: {result.returncode} {result.stderr}")
            shutil.copy(away, series)
            with h5py.File(series, "r+") as file:
                file["replica"].resize((0,))
            result = weft("run", path, "--out", out, "--resume", "-q")
            check(result.returncode == 4 and "has 0 replicas" in result.stderr, f"an older series.nc: {result.returncode} {result.stderr}")
            os.rename(away, series)
        result = weft("run", path, "--out", out, "--resume", "-q", ranks=later)
        check(result.returncode == 0, f"resumed on {later} ranks: code {result.returncode}: {result.stderr}")
        difference = same(os.path.join(reference, "series.nc"), os.path.join(out, "series.nc"))
        check(difference == "", f"stopped on {ranks} ranks, resumed on {later}: {difference}")

    # weft check counts the records of all replicas and their errors
    path = write(folder, "size.yaml", INPUT.format(end=1000, replicas=200, ranks="auto").replace("{log: 12}", "5").replace("[300]", "[32]"))
    out = os.path.join(folder, "size")
    told = re.search(r"series.nc .*\n\s+([0-9.e+]+) (kB|MB)", weft("check", path).stdout)
    check(weft("run", path, "--out", out, "-q").returncode == 0 and told, "an ensemble whose size is estimated")
    size = float(told.group(1)) * {"kB": 1e3, "MB": 1e6}[told.group(2)]
    found = os.path.getsize(os.path.join(out, "series.nc"))
    check(0.7 * size < found < 1.3 * size, f"size of series.nc: {size} estimated, {found} found")
end()
