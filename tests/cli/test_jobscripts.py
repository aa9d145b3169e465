"""Job scripts that need no batch system here: GNU parallel for real, PBS by the variables that it sets. (SLURM: test_slurm.py.)"""
import signal

from program import *

SCRIPTS = os.path.join(SOURCE, "jobscripts")
BASE = """model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 10}
observe: {every: 1, list: [width2, slip_rate]}
"""


def script(name, folder, **settings):
    environment = {**os.environ, "PATH": os.path.dirname(WEFT) + ":" + os.environ["PATH"], "PBS_O_WORKDIR": folder,
                   **settings}
    return subprocess.run(["bash", os.path.join(SCRIPTS, name)], cwd="/" if name.endswith(".pbs") else folder,
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


def stub(folder, name, text):
    """A program of a batch system that says what it would."""
    os.chmod(write(folder, name, f"#!/bin/bash\n{text}\n"), 0o755)


def equal(folder, a, b):
    difference = same_scan(os.path.join(folder, a), os.path.join(folder, b))
    check(difference == "", f"{b}: {difference}")


with scratch() as folder:
    base = write(folder, "base.yaml", BASE)
    path = write(folder, "scan.yaml", "base: base.yaml\naxes: {kuramoto.noise: {values: [0.01, 0.02, 0.05, 0.1, 0.2]}}\n")
    for command in ("run", "collect"):
        done = weft("scan", command, path, "--out", os.path.join(folder, "want"), "-q")
        check(done.returncode == 0, f"scan {command}: {done.stderr}")

    if shutil.which("parallel"):
        os.environ["PARALLEL_HOME"] = os.path.join(folder, "parallel")
        done = script("scan_parallel.sh", folder, SCAN="scan.yaml", OUT="by_parallel", JOBS="2", TASKS="3")
        check(done.returncode == 0, f"scan_parallel.sh: {done.returncode}: {done.stdout}{done.stderr}")
        logs = os.listdir(os.path.join(folder, "by_parallel", "results"))
        check(len({n[:9] for n in logs}) == 3, f"three tasks: {logs}")
        equal(folder, "want", "by_parallel")
        done = script("scan_parallel.sh", folder, SCAN="missing.yaml", OUT="missing", JOBS="2", TASKS="2")
        check(done.returncode != 0 and "cannot be read" in done.stderr, f"a failed task is told: {done.returncode}: {done.stderr}")
    else:
        print("skipped: GNU parallel is not installed")

    # a file stop stops tasks that start later, too, until resubmit
    out = os.path.join(folder, "by_pbs")
    os.makedirs(out)
    open(os.path.join(out, "stop"), "w").close()
    done = script("scan_array.pbs", folder, SCAN="scan.yaml", OUT="by_pbs", TASKS="2", PBS_ARRAY_INDEX="1")
    check(done.returncode == 85 and "asks all tasks to stop" in done.stderr and os.path.exists(os.path.join(out, "stop")),
          f"stop of tasks: {done.returncode}: {done.stderr}")
    check("stop is removed" in weft("scan", "resubmit", path, "--out", out).stdout, "resubmit removes stop")
    for task in ("0", "1"):
        done = script("scan_array.pbs", folder, SCAN="scan.yaml", OUT="by_pbs", TASKS="2", PBS_ARRAY_INDEX=task)
        check(done.returncode == 0, f"scan_array.pbs {task}: {done.returncode}: {done.stdout}{done.stderr}")
    done = weft("scan", "collect", path, "--out", os.path.join(folder, "by_pbs"), "-q")
    equal(folder, "want", "by_pbs")

    # failed points do not keep the others from being collected; the directory is the one that weft itself would take
    write(folder, "wave.yaml", """model: klein_gordon
grid: {n: [32], length: [10]}
klein_gordon: {potential: polynomial, coefficients: [0, 0, 0.5, 0, -0.25]}
initial: {type: gaussian, amplitude: 1}
time: {stepper: verlet, dt: 0.001, end: 1}
observe: {every: 0.5, list: [energy]}
""")
    os.makedirs(os.path.join(folder, "failing"))
    write(os.path.join(folder, "failing"), "scan.yaml", "base: ../wave.yaml\naxes: {initial.amplitude: {values: [0.1, 30, 1]}}\n")
    for name in ("scan_parallel.sh", "scan.slurm"):
        if name == "scan.slurm" or shutil.which("parallel"):
            shutil.rmtree(os.path.join(folder, "out"), ignore_errors=True)
            done = script(name, folder, SCAN="failing/scan.yaml", MPIRUN=f"{MPIEXEC} -n 1", JOBS="2", TASKS="2")
            check(done.returncode != 0 and os.path.exists(os.path.join(folder, "out", "failing", "scan.nc")),
                  f"{name} with a failed point: {done.returncode}: {done.stdout}{done.stderr}")

    # a stop that the user asks for does not go back into the queue, one at the limit does (scontrol is a stub here)
    write(folder, "endless.yaml", BASE.replace("end: 10", "end: 1000000").replace("every: 1,", "every: 100000,"))
    tools = os.path.join(folder, "tools")
    os.makedirs(tools)
    stub(tools, "scontrol", 'echo "requeued $2"')
    for ask, requeued in (("stop", False), ("USR1", True)):
        out = os.path.join(folder, f"chain_{ask}")
        environment = {**os.environ, "PATH": f"{os.path.dirname(WEFT)}:{tools}:" + os.environ["PATH"], "SLURM_JOB_ID": "7",
                       "INPUT": "endless.yaml", "OUT": out, "MPIRUN": f"{MPIEXEC} -n 1"}
        chain = subprocess.Popen(["bash", os.path.join(SCRIPTS, "resume_chain.slurm")], cwd=folder, env=environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        until(lambda: os.path.exists(os.path.join(out, "series.nc")))
        if ask == "stop":
            open(os.path.join(out, "stop"), "w").close()
        else:
            chain.send_signal(signal.SIGUSR1)
        told = chain.communicate(timeout=60)[0]
        check(chain.returncode == 85 and ("requeued 7" in told) == requeued, f"resume_chain.slurm, {ask}: {chain.returncode}: {told}")

    # a lock of a job that was lost with its node: SLURM tells whether it has ended (squeue is a stub here)
    write(folder, "short.yaml", BASE)
    lost = "host elsewhere\nprocess 1\nstarted 1\nsince x\nslurm_job 41\nslurm_restart 0\nslurm_cluster c1\n"
    for what, squeue, cluster, code in (("is listed", "echo RUNNING", "c1", 2), ("has ended", "exit 0", "c1", 0),
                                        ("is not known", "echo slurm_load_jobs error: Invalid job id specified; exit 1", "c1", 0),
                                        ("cannot be asked for", "echo Unable to contact slurm controller; exit 1", "c1", 2),
                                        ("is of another cluster", "exit 0", "c2", 2)):
        out = os.path.join(folder, "lost")
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        write(out, "lock", lost)
        stub(tools, "squeue", squeue)
        done = weft("run", os.path.join(folder, "short.yaml"), "--out", out, "-q", env={
            **os.environ, "PATH": tools + ":" + os.environ["PATH"], "SLURM_JOB_ID": "42", "SLURM_CLUSTER_NAME": cluster})
        check(done.returncode == code and (code == 0 or "SLURM job 41" in done.stderr), f"a lock whose job {what}: {done.returncode}: {done.stderr}")

    # ---- modules, by Lmod, which reads both kinds; MODULES of the scripts ----
    lmod = "/usr/share/lmod/lmod/libexec/lmod"
    if os.path.exists(lmod):
        prefix = os.path.join(folder, "prefix")
        os.makedirs(os.path.join(prefix, "bin"))
        os.symlink(WEFT, os.path.join(prefix, "bin", "weft"))
        for kind in ("lua", "tcl"):
            modules = os.path.join(folder, "modules_" + kind)
            os.makedirs(os.path.join(modules, "weft"))
            with open(os.path.join(SCRIPTS, "modulefile." + kind)) as file:
                text = file.read()
            check(text.count("/opt/weft/0.1.0") == 1, f"modulefile.{kind}: the root is set in one place")
            write(os.path.join(modules, "weft"), "0.1.0" + (".lua" if kind == "lua" else ""), text.replace("/opt/weft/0.1.0", prefix))
            module = f'module() {{ eval "$({lmod} bash "$@")"; }}\nexport -f module\n'
            environment = {**os.environ, "PATH": "/usr/bin:/bin", "MODULEPATH": modules, "LMOD_SYSTEM_DEFAULT_MODULES": ""}
            show = 'which weft; echo "$PKG_CONFIG_PATH $CMAKE_PREFIX_PATH $OPENBLAS_NUM_THREADS"; '
            done = subprocess.run(["bash", "-c", module + "module load weft; " + show + "module unload weft; which weft; echo $PATH"],
                                  env=environment, capture_output=True, text=True, timeout=60)
            lines = done.stdout.split("\n")
            check(lines[:3] == [f"{prefix}/bin/weft", f"{prefix}/lib/pkgconfig {prefix} 1", "/usr/bin:/bin"],
                  f"modulefile.{kind}: {done.stdout}{done.stderr}")
            done = subprocess.run(["bash", "-c", module + f"bash {os.path.join(SCRIPTS, 'single.pbs')}"], cwd="/", timeout=60, env={
                **environment, "PBS_O_WORKDIR": folder, "INPUT": "short.yaml", "OUT": f"by_{kind}", "MODULES": "weft",
                "MPIRUN": f"{MPIEXEC} -n 1"}, capture_output=True, text=True)
            check(done.returncode == 0, f"MODULES of single.pbs, {kind}: {done.stdout}{done.stderr}")
    else:
        print("skipped: Lmod is not installed")

    # a run that meets its wall budget, and goes on when it is submitted again
    write(folder, "long.yaml", BASE.replace("end: 10", "end: 300000").replace("every: 1,", "every: 100000,"))
    done = script("single.pbs", folder, INPUT="long.yaml", OUT="single", WALL="0.2s", MPIRUN=f"{MPIEXEC} -n 1")
    check(done.returncode == 85, f"single.pbs: {done.returncode}: {done.stdout}{done.stderr}")
    done = script("single.pbs", folder, INPUT="long.yaml", OUT="single", WALL="1h", MPIRUN=f"{MPIEXEC} -n 1")
    check(done.returncode == 0 and "resumed from" in done.stdout, f"single.pbs again: {done.returncode}: {done.stderr}")
    done = weft("run", os.path.join(folder, "long.yaml"), "--out", os.path.join(folder, "plain"), "-q")
    difference = same(os.path.join(folder, "plain", "series.nc"), os.path.join(folder, "single", "series.nc"))
    check(difference == "", f"single.pbs: {difference}")
end()
