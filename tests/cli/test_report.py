"""weft report: self-contained, escaped, with true verdicts, and shown by a browser."""
import re
import sys
from html.parser import HTMLParser

import numpy as np

from program import *
from synthetic import write_file

sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))
from weftsim.report import number  # noqa: E402

VOID = {"meta", "img", "br", "hr"}
EVIL = '<script>alert("x")</script>&amp;'


class Page(HTMLParser):
    """Checks that tags close in order, and keeps what is inside."""

    def __init__(self, path):
        super().__init__()
        self.open, self.bad, self.images, self.tags, self.text = [], [], [], [], []
        with open(path, encoding="utf-8") as file:
            self.source = file.read()
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for key, value in attrs:
            if key in ("src", "href") and not value.startswith("data:"):
                self.bad.append(f"reference to {value[:40]}")
            if key.startswith("on"):
                self.bad.append(f"handler {key}")
        if tag == "img":
            self.images.append(dict(attrs)["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"</{tag}> out of order")

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)

    def ok(self):
        return not self.bad and not self.open and "script" not in self.tags and "link" not in self.tags

    def words(self):
        return " ".join(" ".join(self.text).split())


def shows(path):
    """Does headless Chromium show every image of the page? Returns images shown, and the title it found."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    probe = ("<script>addEventListener('load',()=>{const i=[...document.images];document.title='shown '+"
             "i.filter(x=>x.complete&&x.naturalWidth>0).length+' of '+i.length+' tables '+document.querySelectorAll('table').length"
             "+' policy '+(window.injected===undefined)})</script>")
    copy = path.replace(".html", "_probe.html")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text).replace("</head>", probe + "</head>"))
    out = subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                          f"--user-data-dir={os.path.dirname(path)}/profile", "--dump-dom", "file://" + copy],
                         capture_output=True, text=True, timeout=200)
    found = re.search(r"<title>(shown .*?)</title>", out.stdout)
    return found.group(1) if found else out.stderr[-300:]


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

check(number(0.31774, 0.00973) == "0.3177(97)" and number(12.0, None) == "12" and number(5.0, 123.0).startswith("5 +-"), "numbers with errors")

with scratch() as folder:
    # ---- a run of a shipped input, compared with the numbers beside it ----
    case = os.path.join(SOURCE, "inputs", "klein_gordon", "breather", "input.yaml")
    run = os.path.join(folder, "breather")
    out = weft("run", case, "--out", run, "-q")
    check(out.returncode == 0, f"run: {out.stderr}")
    out = weft("report", run)
    check(out.returncode == 0 and not out.stderr and "differ" not in out.stdout, f"report: {out.stdout}{out.stderr}")
    page = Page(os.path.join(run, "report.html"))
    check(page.ok(), f"page is well formed: {page.bad} {page.open}")
    words = page.words()
    check("5 agrees" in words and "differs" not in words, "all expected numbers of the shipped case agree")
    check("13.85640646" in words and "16 sqrt(1 - omega^2)" in words, "value and source are told")
    check(len(page.images) >= 2 and all(i.startswith("data:image/png;base64,iVBOR") for i in page.images), "pictures are inline")
    check("klein_gordon.potential sine_gordon" in words and "time.stepper split4" in words, "parameters")
    with h5py.File(os.path.join(run, "series.nc")) as file:
        check(str(file.attrs["run_uuid"].decode() if isinstance(file.attrs["run_uuid"], bytes) else file.attrs["run_uuid"]) in words,
              "provenance")
    # changed parameters: the numbers of the input do not hold
    changed = os.path.join(folder, "changed")
    weft("run", case, "--out", changed, "-q", "-P", "initial.frequency=0.6")
    out = weft("report", changed, "-q")
    words = Page(os.path.join(changed, "report.html")).words()
    check("not compared" in words and "initial.frequency" in words and not out.stdout, "a changed run is not compared")
    # wrong and missing numbers
    path = write(folder, "expected.yaml", """- {name: energy, time: all, value: 13.0, tolerance: 0.1, source: wrong}
- {name: nothing, value: 1, tolerance: 1, source: not observed}
- {name: energy, time: 0.1, value: 1, tolerance: 1, source: no such record}
- {name: phi, time: 0, at: {x: 0}, value: 4.18879, tolerance: 1e-4, source: field at a point}
""")
    out = weft("report", run, "--expected", path, "--out", os.path.join(folder, "wrong.html"), "--format", "svg")
    page = Page(os.path.join(folder, "wrong.html"))
    words = page.words()
    check("1 of the expected numbers differ" in out.stdout and "1 agrees, 1 differs, 2 missing" in words, f"verdicts: {out.stdout}")
    check("not observed in this run" in words and "there is no record at time 0.1" in words, "why a number is missing")
    check(page.ok() and page.images[0].startswith("data:image/svg+xml;base64,"), "figures as SVG")

    # ---- errors of an ensemble, texts that want to be HTML, and what weft analyze left ----
    t = np.linspace(0, 10, 11)
    series = os.path.join(folder, "series")
    write_file(series, "series.nc", {
        "width2": (("time",), t, {"long_name": EVIL, "units": "<b>"}), "width2_stderr": (("time",), 0.1 * np.ones(11))},
        {"time": t}, "model: '<i>m</i>'\ngrid:\n  n: [8]\n", title=EVIL, command="weft run <x> & 'y'", status="stopped")
    write(series, "kpz.yaml", "analysis: kpz\nclass: EW\nevidence: ['beta < 1 & \"quoted\"']\n")
    write(series, "expected.yaml", "- {name: width2, value: 10.3, sigmas: 4, source: '<u>x</u>'}\n- {name: width2, value: 10.5, sigmas: 4, source: y}\n")
    out = weft("report", series)
    page = Page(os.path.join(series, "report.html"))
    words = page.words()
    check(out.returncode == 0 and page.ok() and "b" not in page.tags and "i" not in page.tags and "u" not in page.tags,
          f"texts are escaped: {out.stderr} {page.bad}")
    check(EVIL in words and "<u>x</u>" in words and "status: stopped" in words, "and shown as they are")
    check("1 agrees, 1 differs" in words and "10.00(10)" in words, "standard errors count")
    check("class: EW" in words and 'beta < 1 & "quoted"' in words, "the analysis is shown")

    # ---- files too long to be read whole (this one has 2 GB that were never written) ----
    check("was read" not in words, "all of a short file is read")
    with h5py.File(os.path.join(series, "series.nc"), "r+") as file:
        file.create_dataset("unused", (1 << 28,), "f8", chunks=(1 << 20,))
    out = weft("report", series, "-q")
    words = Page(os.path.join(series, "report.html")).words()
    check(out.returncode == 0 and "series.nc: 2.15 GB, of which only what is shown was read" in words, f"a long file: {out.stderr} {words[:200]}")

    # ---- a real scan ----
    write(folder, "base.yaml", """model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1.0}
initial: {type: flat}
time: {dt: 0.1, end: 10}
observe: {every: {log: 10}, list: [width2]}
""")
    scan_file = write(folder, "scan.yaml", """base: base.yaml
axes:
  kuramoto.phase_lag: {linspace: [0.0, 1.2, 4]}
  kuramoto.noise: {logspace: [0.02, 0.5, 3]}
collect: [width2]
""")
    scan = os.path.join(folder, "scan")
    made = weft("scan", "run", scan_file, "--out", scan)
    weft("scan", "collect", scan_file, "--out", scan)
    out = weft("report", scan)
    check(out.returncode == 0, f"report of a scan: {made.stderr}{out.stderr}")
    page = Page(os.path.join(scan, "report.html"))
    words = page.words()
    check(page.ok() and len(page.images) == 1, f"page of a scan: {page.bad}")
    check("done 12" in words and "phase_lag 4 0.0 to 1.2 kuramoto.phase_lag" in words, f"axes and states: {words[:300]}")
    write_file(os.path.join(folder, "failed"), "scan.nc", {
        "v": (("a",), [1.0, np.nan, 2.0]), "status": (("a",), np.array([1, 2, 1], "u1"), {"flag_meanings": "waiting done failed"})},
        {"a": [0.0, 1.0, 2.0]}, failed_points="a = 1: phi is not finite <at> t = 3\n")
    weft("report", os.path.join(folder, "failed"))
    words = Page(os.path.join(folder, "failed", "report.html")).words()
    check("failed 1" in words and "phi is not finite <at> t = 3" in words, "failed points and why")

    # ---- a browser ----
    if CHROMIUM:
        for path, least in ((os.path.join(run, "report.html"), 2), (os.path.join(series, "report.html"), 1)):
            title = shows(path)
            found = re.match(r"shown (\d+) of (\d+) tables (\d+) policy true", title)
            check(found and found[1] == found[2] and int(found[1]) >= least and int(found[3]) >= 3, f"Chromium: {title}")
    else:
        print("skipped: no Chromium was found; the pages were not shown in a browser")

    # ---- errors ----
    bad = write(folder, "bad.yaml", "- {name: energy, value: 1, tolerence: 1, source: x}\n")
    none = write(folder, "none.yaml", "- {name: energy, value: 1, source: x}\n")
    word = write(folder, "word.yaml", "- {name: energy, value: one, tolerance: 1, source: x}\n")
    broken = write(folder, "broken.yaml", "- {name: [\n")
    empty = os.path.join(folder, "empty")
    os.mkdir(empty)
    for arguments, code, hint in (([], 2, "required: DIR"), (["nothing"], 2, "no such file"), ([empty], 2, "holds neither"),
                                  ([folder], 2, "not collected yet"),
                                  ([run, "--expected", bad], 2, "unknown key 'tolerence'"),
                                  ([run, "--expected", none], 2, "needs a tolerance or sigmas"),
                                  ([run, "--expected", word], 2, "value must be a number"),
                                  ([run, "--expected", broken], 2, "no valid YAML"),
                                  ([run, "--expected", os.path.join(folder, "no.yaml")], 4, "cannot be read"),
                                  ([run, "--out", os.path.join(folder, "no", "r.html")], 4, "cannot be written"),
                                  ([case], 4, "cannot be read")):
        out = weft("report", *arguments)
        lines = [line for line in out.stderr.split("\n") if line]
        check(out.returncode == code and len(lines) == 1 and lines[0].startswith("weft: error: ") and hint in lines[0],
              f"weft report {arguments}: code {out.returncode}: {out.stderr}")
end()
