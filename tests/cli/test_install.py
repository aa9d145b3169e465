"""cmake --install: the program and its tools run, and others can build with the library."""
from program import *

CONSUMER = """#include "weft/weft.h"
#include <stdio.h>
int main(void)
{
    int n = 0;
    while (weft_models[n])
        n++;
    printf("%d models\\n", n);
    return weft_model_find("klein_gordon") ? 0 : 1;
}
"""
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(consumer C)
find_package(weft REQUIRED)
add_executable(consumer consumer.c)
target_link_libraries(consumer PRIVATE weft::weft)
"""


def call(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, **more)


with scratch() as folder:
    prefix = os.path.join(folder, "usr")
    out = call("cmake", "--install", os.path.dirname(WEFT), "--prefix", prefix)
    check(out.returncode == 0, f"install: {out.stderr[-500:]}")
    program = os.path.join(prefix, "bin", "weft")
    out = call(program, "models")
    check(out.returncode == 0 and "klein_gordon" in out.stdout, "the installed program")
    out = call(program, "plot", "--help")
    check(out.returncode == 0 and "usage" in out.stdout, f"the installed weft plot: {out.stderr}")
    for place in ("share/weft/inputs/klein_gordon/kink_collision/input.yaml", "share/weft/jobscripts/single.slurm",
                  "include/weft/weft.h", "share/doc/weft/LICENSE"):
        check(os.path.exists(os.path.join(prefix, place)), place)

    write(folder, "consumer.c", CONSUMER)
    write(folder, "CMakeLists.txt", PROJECT)
    build = os.path.join(folder, "build")
    out = call("cmake", "-S", folder, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}")
    check(out.returncode == 0, f"find_package: {out.stdout[-300:]}{out.stderr[-700:]}")
    sanitize = ["-fsanitize=address,undefined"] if b"__asan_init" in open(WEFT, "rb").read() else []
    if not sanitize:
        out = call("cmake", "--build", build)
        check(out.returncode == 0, f"a project that uses weft: {out.stdout[-700:]}")
        out = call(os.path.join(build, "consumer"))
        check(out.returncode == 0 and "models" in out.stdout, "it runs")

    env = dict(os.environ, PKG_CONFIG_PATH=":".join(
        os.path.join(root) for root, _, files in os.walk(prefix) if "weft.pc" in files))
    flags = call("pkg-config", "--cflags", "--libs", "weft", env=env)
    check(flags.returncode == 0, f"pkg-config: {flags.stderr}")
    out = call("cc", os.path.join(folder, "consumer.c"), "-o", os.path.join(folder, "by_pkg_config"), *sanitize,
               *flags.stdout.split())
    check(out.returncode == 0, f"by pkg-config: {out.stderr[-700:]}")
end()
