/* What memory a machine has, and whether the ranks on it have room for more. */
#include "weft/error.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* A limit in a file of a control group; no limit if there is none. */
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

/* The least limit of a control group and those around it. */
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

/* Main memory or what control groups leave of it, and swap. */
static double machine_limit(void)
{
    struct sysinfo info;
    if (sysinfo(&info) != 0)
        return INFINITY;
    double main_memory = (double)info.totalram * info.mem_unit;
    return fmin(main_memory, groups_limit()) + (double)info.totalswap * info.mem_unit;
}

/* What the machine with the least room for its ranks would have to hold. */
typedef struct room {
    double need, limit;
    int ranks;
    char host[64];
} room;

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
