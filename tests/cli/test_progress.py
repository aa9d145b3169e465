"""Progress lines: one line that fits the width and is drawn again on a real terminal; plain lines every ten seconds under mpirun
(whose processes have a terminal of its making) and in files and pipes; none with -q; no drift where energy goes in or out. And the
records of a run that goes on, which can be read soon after they were made."""
import pty
import re
import signal
import struct
import termios
import fcntl
import threading
import time

from program import *

FIELD = """model: klein_gordon
grid: {n: [64], length: [40]}
klein_gordon: {potential: phi4, laplacian: fd2}
initial: {type: gaussian, amplitude: 0.5}
time: {stepper: verlet, dt: 0.01, end: 1e7}
observe: {every: 1000, list: [energy]}
"""
DAMPED = FIELD.replace("phi4,", "phi4, damping: 0.1,")
SPONGE = FIELD.replace("phi4,", "phi4, boundary: absorbing,")
PHONONS = """model: holstein
grid: {n: [4]}
holstein: {coupling: 1, temperature: 0.5, BATH}
initial: {type: random, Q_sd: 0.3}
time: {stepper: STEPPER, dt: 0.01, end: 1e7}
observe: {every: 1, list: [energy]}
"""
BATH = PHONONS.replace("BATH", "damping: 0.1").replace("STEPPER", "verlet_ou")
CLOSED = PHONONS.replace("BATH", "damping: 0").replace("STEPPER", "verlet")
RAMP = CLOSED.replace("coupling: 1", "coupling: [0, 1, 1e7, 2]")


def on_terminal(columns, *arguments, ranks=0, **variables):
    """What a run writes on a terminal with so many columns until it has drawn four lines, or --wall ends it."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm", **variables}
    environment.pop("COLUMNS", None) if "COLUMNS" not in variables else None
    command = [WEFT, "run", *arguments]
    command = [MPIEXEC, "-n", str(ranks), *command] if ranks else command
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=subprocess.PIPE, env=environment)
    os.close(follower)
    said, end_at = b"", time.monotonic() + 120
    while time.monotonic() < end_at:
        try:
            more = os.read(leader, 65536)
        except OSError:  # the terminal is closed: the run has ended
            break
        if not more:
            break
        said += more
        if len(drawn(said.decode(errors="replace"))) >= 4 and process.poll() is None:
            process.send_signal(signal.SIGUSR1)
    process.communicate(timeout=60)
    os.close(leader)
    return said.decode()


def drawn(text):
    """The lines that were drawn one over the other."""
    return [line for line in re.split(r"\r\033\[K", text) if "% " in line]


RINGS = """model: kuramoto
grid: {n: [4096]}
kuramoto: {coupling: 1, noise: 0.05}
initial: {type: flat}
time: {dt: 0.05, end: END}
observe: {every: 50, list: [width2]}
ensemble: {replicas: REPLICAS}
"""


def told(line):
    """Share in per cent and seconds that are left, of a drawn line."""
    share, hours, minutes, seconds = re.search(r"([\d.]+) %.*?  (?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)? left", line).groups()
    return float(share), 3600 * float(hours or 0) + 60 * float(minutes or 0) + float(seconds or 0)


def resumed_ensembles(folder):
    """The share of a resumed ensemble counts what is done, and the time left what this start did: of many short replicas the share
    began at 0 again, and of few long ones what an earlier start did was taken for the work of a moment."""
    for name, replicas, end_at in (("short", 64, 100), ("long", 3, 10000)):
        path = write(folder, name + ".yaml", RINGS.replace("REPLICAS", str(replicas)).replace("END", str(end_at)))
        out = os.path.join(folder, name)
        first = drawn(on_terminal(200, path, "--out", out))
        again = drawn(on_terminal(200, path, "--out", out, "--resume"))
        check(first and again and all(re.search(r"%  replica \d+ at time ", line) for line in first + again), f"{name}: {first} {again}")
        if not first or not again:
            continue
        (share, left), (share_again, left_again) = told(first[-1]), told(again[0])
        check(share_again >= share - 100 / replicas / 10, f"{name}: share {share_again} after {share}")
        check(left_again > left / 4, f"{name}: {left_again} s left after {left}")


def in_file(folder, name, path, ranks):
    """A run of more than ten seconds whose standard output is a file; what is in it then."""
    said = os.path.join(folder, name + ".txt")
    command = [WEFT, "run", path, "--out", os.path.join(folder, name), "--wall", "17s"]
    with open(said, "wb") as file:
        subprocess.run(([MPIEXEC, "-n", str(ranks)] if ranks else []) + command, stdout=file, stderr=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)
    with open(said, encoding="utf-8") as file:
        return file.read()


def records(path):
    """How many records a file has that is being written; 0 while it cannot be opened."""
    try:
        with h5py.File(path, "r") as file:
            return int(np.isfinite(file["time"][...]).sum())
    except (OSError, KeyError):
        return 0


def arrive(folder, path, ranks):
    """Records enter the file while a run goes on, long before its first checkpoint."""
    out = os.path.join(folder, f"arrive_{ranks}")
    command = [WEFT, "run", path, "--out", out, "-q", "-P", "observe.every=10"]
    process = subprocess.Popen([MPIEXEC, "-n", str(ranks), *command] if ranks else command)
    seen, end_at = [0], time.monotonic() + 60
    while len(seen) < 5 and time.monotonic() < end_at:
        now = records(os.path.join(out, "series.nc"))
        seen += [now] if now > seen[-1] else []
        time.sleep(0.5)
    process.send_signal(signal.SIGUSR1)
    process.communicate(timeout=60)
    check(len(seen) == 5, f"records arrive on {ranks} ranks: {seen}")


with scratch() as folder:
    path = write(folder, "field.yaml", FIELD)
    for ranks in (0, 2):
        arrive(folder, path, ranks)
    texts, slow = {}, []
    for name, ranks in (("alone", 0), ("ranks", 1)):
        slow.append(threading.Thread(target=lambda n=name, r=ranks: texts.update({n: in_file(folder, n, path, r)})))
    slow.append(threading.Thread(target=lambda: texts.update(
        terminal=on_terminal(80, path, "--out", os.path.join(folder, "mpirun"), "--wall", "17s", ranks=1))))
    for thread in slow:
        thread.start()

    for columns in (200, 80, 40, 12):
        text = on_terminal(columns, path, "--out", os.path.join(folder, f"t{columns}"), "--wall", "60s")
        lines = drawn(text)
        check(len(lines) >= 2, f"{columns} columns: redrawn: {text!r}")
        check(all("\n" not in line and len(line) < columns for line in lines[:-1]), f"{columns} columns: fits: {lines}")
        check(columns < 80 or all("drift" in line for line in lines[1:]) or "drift" not in text, f"{columns} columns: {lines}")
        check("\033[K" in text[text.rfind("%"):], f"{columns} columns: the line is taken away at the end: {text[-80:]!r}")
    lines = drawn(on_terminal(200, path, "--out", os.path.join(folder, "columns"), "--wall", "60s", COLUMNS="30"))
    check(lines and all(len(line) < 30 for line in lines[:-1]), f"COLUMNS is obeyed: {lines}")
    for name, text, has_drift in (("closed", FIELD, True), ("damped", DAMPED, False), ("sponge", SPONGE, False), ("bath", BATH, False),
                                  ("phonons", CLOSED, True), ("ramp", RAMP, False)):
        lines = drawn(on_terminal(200, write(folder, name + ".yaml", text), "--out", os.path.join(folder, name), "--wall", "60s", "-P",
                                  "observe.every=1"))
        check(lines and any("drift" in line for line in lines) == has_drift, f"{name}: drift {has_drift}: {lines}")
    for what, arguments, variables in (("-q", ("-q",), {}), ("a dumb terminal", (), {"TERM": "dumb"}),
                                       ("WEFT_PROGRESS=lines", (), {"WEFT_PROGRESS": "lines"})):
        text = on_terminal(80, path, "--out", os.path.join(folder, "x"), "--overwrite", "--wall", "2s", *arguments, **variables)
        check("\033" not in text and "% " not in text, f"{what}: {text!r}")
    text = on_terminal(80, path, "--out", os.path.join(folder, "told"), "--wall", "60s", ranks=1, WEFT_PROGRESS="terminal")
    check(len(drawn(text)) >= 2, f"mpirun with WEFT_PROGRESS=terminal: {text!r}")

    resumed_ensembles(folder)

    for thread in slow:
        thread.join()
    for name in ("alone", "ranks", "terminal"):
        lines = [line for line in texts[name].splitlines() if re.match(r" *\d+\.\d %  step", line)]
        check(1 <= len(lines) <= 2 and "\033" not in texts[name] and "\r" not in texts[name].replace("\r\n", "\n"),
              f"{name}: a plain line in ten seconds: {texts[name]!r}")
end()
