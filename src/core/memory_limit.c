/* What memory a machine has, and whether the ranks on it have room for more.
 *
 * A batch system keeps a job within its share by a control group (cgroup, man 7 cgroups), and the
 * kernel kills a process that goes beyond it without a word. So the limit is the smaller of main
 * memory and the limits of the process's control group and of every group around it.
 *
 * Invariants: the answer is the same on every rank (a maximum over machines, then a broadcast from
 * that rank), and whether anything is asked at all depends on the largest request only, which all
 * ranks know. So all ranks take the same branches, and the function cannot deadlock even if ranks
 * ask for different amounts. What cannot be read counts as no limit: a refusal must have a reason.
 */
#include "weft/error.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* The number in a file of a control group, in bytes; infinite when there is no such file or when it
 * holds "max", which is how version 2 writes "no limit". */
static double read_limit(const char *path)
{
    double bytes;
    FILE *file = fopen(path, "r");
    if (!file)
        return INFINITY;
    if (fscanf(file, "%lf", &bytes) != 1) /* "max" */
        bytes = INFINITY;
    fclose(file);
    return bytes;
}

/* The smallest limit of a control group and of all groups around it, up to the root. The limit of
 * each of them holds, so that of the group alone would be too generous. */
static double group_limit(const char *root, const char *group, const char *name)
{
    char place[1024], path[1280];
    double least = INFINITY;
    snprintf(place, sizeof place, "%s", group);
    for (;;) {
        snprintf(path, sizeof path, "%s%s/%s", root, place, name);
        least = fmin(least, read_limit(path));
        char *end = strrchr(place, '/');
        if (!end)
            return least;
        *end = '\0';
    }
}

/* Of this process's control groups: a line "0::/a/b" of version 2, or "4:memory:/a/b" of version 1.
 */
static double groups_limit(void)
{
    char line[1024];
    double least = INFINITY;
    FILE *file = fopen("/proc/self/cgroup", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *kind = strchr(line, ':'), *group = kind ? strchr(kind + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0';
        group[strcspn(group, "\n")] = '\0';
        if (kind[1] == '\0')
            least = fmin(least, group_limit("/sys/fs/cgroup", group, "memory.max"));
        else if (strcmp(kind + 1, "memory") == 0)
            least =
                fmin(least, group_limit("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
    if (file)
        fclose(file);
    return least;
}

/* Bytes that this process's machine can hold: main memory, or what control groups leave of it, plus
 * swap. */
static double machine_limit(void)
{
    struct sysinfo info;
    if (sysinfo(&info) != 0)
        return INFINITY;
    double main_memory = (double)info.totalram * info.mem_unit;
    return fmin(main_memory, groups_limit()) + (double)info.totalswap * info.mem_unit;
}

/* The load of one machine: bytes that its ranks have and want together, bytes that it can hold, the
 * number of its ranks in the communicator, and its name for the message. */
typedef struct room {
    double need, limit;
    int ranks;
    char host[64];
} room;

/* Fills `out` for the machine of this rank and returns need / limit. Ranks that share memory form
 * one communicator, so the sum is taken over one machine. Collective over comm. */
static double measure(MPI_Comm comm, double bytes, room *out)
{
    static double limit = 0; /* found once */
    MPI_Comm machine;
    if (limit == 0)
        limit = machine_limit();
    *out = (room){bytes + (double)weft_memory_bytes(), limit, 0, ""};
    gethostname(out->host, sizeof out->host - 1);
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &out->ranks);
    MPI_Allreduce(MPI_IN_PLACE, &out->need, 1, MPI_DOUBLE, MPI_SUM, machine);
    MPI_Comm_free(&machine);
    return out->need / limit;
}

/* MPI_MAXLOC takes the fullest machine and, among equals, the lowest rank: every rank knows the
 * same winner. Small requests (below 0.1 GB on each rank) are let through without a look, so that
 * many small fields do not cost a reduction over machines each. */
weft_status weft_memory_claim(MPI_Comm comm, double bytes)
{
    const double much = 1e8;
    struct {
        double part;
        int rank;
    } worst;
    room r;
    double most = bytes;
    MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_DOUBLE, MPI_MAX, comm);
    if (most < much)
        return WEFT_OK;
    MPI_Comm_rank(comm, &worst.rank);
    worst.part = measure(comm, bytes, &r);
    MPI_Allreduce(MPI_IN_PLACE, &worst, 1, MPI_DOUBLE_INT, MPI_MAXLOC, comm);
    if (!(worst.part > 1))
        return WEFT_OK;
    MPI_Bcast(&r, sizeof r, MPI_BYTE, worst.rank, comm);
    return weft_fail(WEFT_FAILED,
                     "out of memory: %s has %.4g GB, and %d rank%s there would need at least %.4g: "
                     "take a smaller grid, or more machines",
                     r.host, r.limit * 1e-9, r.ranks, r.ranks == 1 ? "" : "s", r.need * 1e-9);
}
