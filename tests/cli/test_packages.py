"""Packages: the Debian package and the source archive are made and used; recipes agree with CMakeLists.txt; man pages and
completions say what the program says."""
import ast
import pty
import re
import select
import tarfile
import time

import yaml

from program import *

BUILD = os.path.dirname(WEFT)
SANITIZED = b"__asan_init" in open(WEFT, "rb").read()


def call(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, **more)


def read(*place):
    with open(os.path.join(SOURCE, *place), encoding="utf-8") as file:
        return file.read()


def policy(path):
    """Debian's lintian finds nothing but where a build for another prefix puts its pkg-config file."""
    if not shutil.which("lintian"):
        print("skipped: lintian is not installed")
        return
    out = call("lintian", "--allow-root", "--suppress-tags", "pkg-config-multi-arch-wrong-dir,pkg-config-unavailable-for-cross-compilation", path)
    check(out.returncode == 0 and not re.search("^[EW]:", out.stdout, re.M), f"lintian: {out.stdout[:1500]}{out.stderr[:300]}")


def installed(path, root):
    """dpkg installs it in a system of its own, the program runs a shipped input there, and nothing is left when it is removed."""
    for name in ("info", "updates", "triggers"):
        os.makedirs(os.path.join(root, "var/lib/dpkg", name))
    write(os.path.join(root, "var/lib/dpkg"), "status", "")
    dpkg = ("dpkg", f"--root={root}", "--force-depends", "--log=/dev/null")
    out = call(*dpkg, "-i", path)
    check(out.returncode == 0, f"dpkg -i: {out.stderr[-500:]}")
    program = os.path.join(root, "usr/bin/weft")
    out = call(program, "--version")
    check(out.returncode == 0 and out.stdout.startswith("weft "), f"the installed program: {out.stdout}{out.stderr}")
    with scratch() as results:
        run = os.path.join(results, "run")
        out = call(program, "run", os.path.join(root, "usr/share/weft/inputs/klein_gordon/breather/input.yaml"), "--out", run, "-q")
        drawn = call(program, "plot", run)
        check(out.returncode == 0 and drawn.returncode == 0 and os.path.exists(os.path.join(run, "phi.png")), f"an installed input: {out.stderr}{drawn.stderr}")
    out = call(*dpkg, "--purge", "weft")
    left = [name for place in ("usr", "etc") for _, _, names in os.walk(os.path.join(root, place)) for name in names if not name.endswith(".pyc")]
    check(out.returncode == 0 and not left, f"what dpkg --purge leaves: {left[:5]}{out.stderr[-300:]}")


def debian(folder):
    """The package, unpacked: the program runs there, and its help names documents and inputs that exist."""
    out = call("cpack", "-G", "DEB", "-B", folder, "-D", "CPACK_PACKAGE_CONTACT=A. Physicist <a.physicist@uni.example.edu>", cwd=BUILD)
    package = [name for name in os.listdir(folder) if name.endswith(".deb")]
    check(out.returncode == 0 and len(package) == 1, f"cpack: {out.stdout[-300:]}{out.stderr[-500:]}")
    if not package:
        return
    path = os.path.join(folder, package[0])
    depends = call("dpkg-deb", "-f", path, "Depends").stdout
    for library in ("libfftw3-mpi3", "libhdf5-openmpi", "libopenmpi3", "libyaml-0-2", "openmpi-bin", "python3"):
        check(library in depends, f"{library} is no dependency: {depends}")
    policy(path)
    if os.geteuid() == 0:
        installed(path, os.path.join(folder, "system"))
    else:
        print("skipped: dpkg installs for root only")
    root = os.path.join(folder, "root")
    check(call("dpkg-deb", "-x", path, root).returncode == 0, "dpkg-deb -x")
    program = os.path.join(root, "usr", "bin", "weft")
    out = call(program, "--help")
    places = dict(re.findall(r"^(documents|inputs to start from): (.*)$", out.stdout, re.M))
    check(len(places) == 2 and all(os.path.isdir(place) for place in places.values()), f"places in the help: {out.stdout[-200:]}")
    check(os.path.exists(os.path.join(places.get("documents", ""), "docs", "guide.md")), "the guide is installed")
    with scratch() as out_dir:
        out = call(program, "run", os.path.join(places.get("inputs to start from", ""), "kpz/edwards_wilkinson_ring/input.yaml"),
                   "-P", "time.end=0.1", "-P", "grid.n=[32]", "-P", "ensemble.replicas=1", "--out", out_dir)
        check(out.returncode == 0, f"an installed input: {out.stderr}")
    call("gunzip", "-r", os.path.join(root, "usr", "share", "man"))
    manual(os.path.join(root, "usr", "share", "man"))
    completions(os.path.join(root, "usr", "share"))


def manual(folder):
    """A page a command and a model; groff finds nothing to say, and the text is that of the help."""
    models = [line.split()[0] for line in weft("models").stdout.splitlines() if line and line[0] not in " '"]
    pages = [f"man1/weft{name}.1" for name in ("", "-run", "-check", "-scan", "-models", "-params", "-steppers", "-info", "-plot", "-analyze",
                                               "-report")] + [f"man7/weft-{model}.7" for model in models]
    for page in pages:
        path = os.path.join(folder, page)
        check(os.path.exists(path), f"{page} is missing")
        if os.path.exists(path) and shutil.which("groff"):
            out = call("groff", "-ww", "-man", "-Tutf8", "-z", path)
            check(out.returncode == 0 and not out.stderr, f"{page}: {out.stderr[:200]}")
    if shutil.which("groff"):
        text = call("groff", "-man", "-Tutf8", "-rLL=200n", "-P-c", "-P-b", "-P-u", os.path.join(folder, "man1/weft-run.1")).stdout
        squeezed = re.sub(r"\s+", " ", text)
        for line in weft("run", "--help").stdout.splitlines():
            check(re.sub(r"\s+", " ", line.strip()) in squeezed, f"weft-run(1) lacks: {line}")


def completions(folder):
    """bash completes commands, options, models and parameters; zsh and fish can read theirs."""
    script = os.path.join(folder, "bash-completion/completions/weft")
    with scratch() as here:
        write(here, "in.yaml", "# my input\nmodel: kpz\n")

        def complete(*words):
            line = " ".join(f"'{word}'" for word in words)
            out = call("bash", "-c", f"compopt() {{ :; }}; . {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _weft; "
                       "printf '%s\\n' \"${COMPREPLY[@]}\"", cwd=here)
            check(out.returncode == 0 and not out.stderr, f"completion of {words}: {out.stderr}")
            return out.stdout.split()

        for words, expected in ((("weft", "ru"), ["run"]), (("weft", "run", "in.yaml", "--re"), ["--resume"]),
                                (("weft", "run", "in.yaml", "-P", "kpz.nu"), ["kpz.nu="]), (("weft", "scan", "col"), ["collect"]),
                                (("weft", "params", "hol"), ["holstein"]), (("weft", "analyze", "c"), ["coarsening"]),
                                (("weft", "check", "in.yaml", "--w"), ["--wall"]), (("weft", "plot", "x", "--mov"), ["--movie"])):
            check(complete(*words) == expected, f"completion of {words}: {complete(*words)} instead of {expected}")
    for shell, path in (("zsh", "zsh/site-functions/_weft"), ("fish", "fish/vendor_completions.d/weft.fish")):
        path = os.path.join(folder, path)
        check(os.path.exists(path), f"{path} is missing")
        if shutil.which(shell):
            out = call(shell, "-n", path)
            check(out.returncode == 0 and not out.stderr, f"{shell}: {out.stderr}")
    at_a_terminal(script, *(os.path.join(folder, path) for path in ("zsh/site-functions/_weft", "fish/vendor_completions.d/weft.fish")))


CASES = (("weft ru", "weft run "), ("weft run in.yaml --res", "weft run in.yaml --resume "), ("weft scan col", "weft scan collect "),
         ("weft run in.yaml -P kpz.nu", "weft run in.yaml -P kpz.nu="), ("weft params hol", "weft params holstein "),
         ("weft scan slurm in.yaml --points", "weft scan slurm in.yaml --points-per-node "), ("weft check in.y", "weft check in.yaml "))


def typed(shell, setup, here):
    """What a shell at a terminal makes of the words and a Tab: Ctrl-X then shows the line, between < and >."""
    main, child = pty.openpty()
    process = subprocess.Popen(shell, stdin=child, stdout=child, stderr=child, cwd=here, start_new_session=True,
                               env={"PATH": os.environ["PATH"], "HOME": here, "TERM": "dumb", "LANG": "C.UTF-8"})
    os.close(child)

    def read_until(pattern, seconds=30):
        text, end_at = "", time.monotonic() + seconds
        while not re.search(pattern, text) and time.monotonic() < end_at:
            if select.select([main], [], [], 0.2)[0]:
                text += os.read(main, 65536).decode(errors="replace")
        found = re.search(pattern, text)
        return found[1] if found else f"nothing: {text!r}"

    os.write(main, (setup + "; echo 'set' 'up'\n").encode())
    check(read_until(r"(set up)").startswith("set up"), f"{shell[0]} starts")
    for words, expected in CASES:
        os.write(main, words.encode() + b"\t")
        time.sleep(0.5)
        os.write(main, b"\x18")
        line = read_until(r"<(weft[^<>]*)>")
        check(line == expected, f"{shell[0]} completes '{words}': '{line}'")
        os.write(main, b"\x15")  # an empty line
    process.kill()
    process.wait()
    os.close(main)


def at_a_terminal(bash, zsh, fish):
    """The files of completion in the shells themselves."""
    with scratch() as here:
        write(here, "in.yaml", "# my input\nmodel: kpz\n")
        typed(["bash", "--norc", "--noprofile", "-i"],
              f""". {bash}; PS1=; bind 'set enable-bracketed-paste off'; bind -x '"\\C-x": echo "<$READLINE_LINE>"'""", here)
        if shutil.which("zsh"):
            typed(["zsh", "-f", "-i"], f"PROMPT=; fpath=({os.path.dirname(zsh)} $fpath); autoload -Uz compinit; compinit -u -D; unsetopt beep; "
                  "shown() { print -r -- \"<$BUFFER>\" }; zle -N shown; bindkey '^X' shown; bindkey '^U' kill-whole-line", here)
        if shutil.which("fish"):
            for words, expected in CASES:
                out = call("fish", "--no-config", "-c", f"source {fish}; complete -C '{words}'", cwd=here,
                           env={"PATH": os.environ["PATH"], "HOME": here, "LANG": "C.UTF-8"})
                found = [line.split("\t")[0] for line in out.stdout.splitlines()]
                check(found == [expected.split()[-1]], f"fish completes '{words}': {found} {out.stderr}")


def source_archive(folder):
    """cmake --build --target dist: what is committed, and it configures."""
    if not os.path.exists(os.path.join(SOURCE, ".git")):
        return
    out = call("cmake", "--build", BUILD, "--target", "dist")
    archives = [name for name in os.listdir(BUILD) if re.fullmatch(r"weft-[\d.]+\.tar\.gz", name)]
    check(out.returncode == 0 and len(archives) == 1, f"dist: {out.stdout[-200:]}{out.stderr[-300:]}")
    for name in archives:
        with tarfile.open(os.path.join(BUILD, name)) as archive:
            archive.extractall(folder)
        root = os.path.join(folder, name[:-len(".tar.gz")])
        check(os.path.exists(os.path.join(root, "CMakeLists.txt")), "the archive has one folder with the source")
        out = call("cmake", "-S", root, "-B", os.path.join(folder, "b"), "-DWEFT_TESTS=OFF")
        check(out.returncode == 0, f"the source archive: {out.stderr[-500:]}")


def recipes():
    """Spack, conda and containers: they can be read, and the options and lists that they use exist."""
    cmake, folder = read("CMakeLists.txt"), "docs/packages"
    known = set(re.findall(r"^(?:option|set)\((\w+)", cmake, re.M))
    spack = ast.parse(read(folder, "spack/package.py"))
    words = {node.value for node in ast.walk(spack) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    used = {word for word in words if word.startswith("WEFT_") or word == "BUILD_SHARED_LIBS"}
    check(len(used) >= 7 and used <= known, f"options of the Spack recipe: {used - known}")
    conda = yaml.safe_load(read(folder, "conda/recipe.yaml"))
    check(conda["package"]["version"] == re.search(r"project\(weft VERSION ([\d.]+)", cmake)[1], "version of the conda recipe")
    lines = "\n".join(line if isinstance(line, str) else "\n".join((line["then"], line["else"])) for line in conda["build"]["script"])
    for text in (lines, read(folder, "Dockerfile"), read(folder, "apptainer.def")):
        used = set(re.findall(r"-D(WEFT_\w+)", text))
        check(used and used <= known, f"options of a recipe: {used - known}")
    for name in ("Dockerfile", "apptainer.def"):
        check("bash .ci/install packages-user" in read(folder, name), f"{name} installs what users need")
    check(os.path.exists(os.path.join(SOURCE, ".ci", "packages-user")), "the list of packages for users")


with scratch() as folder:
    recipes()
    source_archive(folder)
    if shutil.which("dpkg-shlibdeps") and not SANITIZED:
        debian(os.path.join(folder))
end()
