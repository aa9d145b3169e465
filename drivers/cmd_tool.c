/* The Python tools: `weft plot` is the program weft-plot beside this one. This process
 * becomes that program, so that signals and the exit code are the tool's own. */
#include "commands.h"
#include "weft/memory.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The path of this program is asked of the system, so that the tools of the same
 * installation are found, whatever PATH says. execv only returns if it fails, most likely
 * because the tools are not installed; the message says what they need. */
int command_tool(const char *name, int argc, char **argv)
{
    char self[4096], *path;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    path = weft_format("%.*sweft-%s", slash ? (int)(slash - self) + 1 : 0, self, name);
    char **arguments = weft_alloc((size_t)argc + 1, sizeof *arguments);
    for (int i = 1; i < argc; i++)
        arguments[i] = argv[i];
    arguments[0] = path;
    execv(path, arguments);
    weft_status status = misuse("cannot start %s: %s; it is installed with weft where Python with "
                                "numpy, scipy, h5py, xarray, matplotlib and yaml was found",
                                path, strerror(errno));
    weft_free(arguments);
    weft_free(path);
    return report(status);
}
