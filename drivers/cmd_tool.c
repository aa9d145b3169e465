/* What was installed with this program: the Python tools, inputs and documents. `weft plot` is
 * the program weft-plot beside this one; this process becomes that program, so that signals
 * and the exit code are the tool's own.
 *
 * Invariant. All paths begin at this program, whose own path is asked of the system: they are
 * right in a build, after an installation was moved, and whatever PATH says. */
#include "commands.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The path of something whose place is known as seen from the folder of this program. A new
 * string (weft_free). */
static char *from_here(const char *place)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    return weft_format("%.*s%s", slash ? (int)(slash - self) + 1 : 0, self, place);
}

/* A build that is not installed has none of them. */
void print_places(FILE *file)
{
    static const char *const places[][2] = {{"documents: ", WEFT_DOCUMENTS},
                                            {"inputs to start from: ", WEFT_INPUTS}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path = from_here(places[i][1]), *real = realpath(path, NULL);
        if (real)
            weft_print(file, "%s%s%s\n", i ? "" : "\n", places[i][0], real);
        free(real);
        weft_free(path);
    }
}

/* execv only returns if it fails, most likely because the tools are not installed; the
 * message says what they need. */
int command_tool(const char *name, int argc, char **argv)
{
    char *beside = weft_format("weft-%s", name), *path = from_here(beside);
    weft_free(beside);
    char **arguments = weft_alloc((size_t)argc + 1, sizeof *arguments);
    for (int i = 1; i < argc; i++)
        arguments[i] = argv[i];
    arguments[0] = path;
    execv(path, arguments);
    weft_status status = misuse("cannot start %s: %s; it is installed with weft where Python with "
                                "numpy, scipy, h5py, xarray, matplotlib, jinja2 and yaml was found",
                                path, strerror(errno));
    weft_free(arguments);
    weft_free(path);
    return report(status);
}
