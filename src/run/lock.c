/* One run at a time in a directory: the file DIR/lock names the process that writes there.
 *
 * It is made exclusively, by link(2), which is atomic also on the network file systems of
 * clusters, where locks of the kernel (flock) may not reach other nodes. Whoever finds a
 * lock takes over only if its owner has provably ended: its process is gone from this very
 * machine (and no later process has its number), or SLURM says that its job has ended or
 * was started again. A doubt means that the directory is in use: refusing costs the user a
 * command, two writers cost the results.
 *
 * Invariants. (1) A lock that can be seen says whose it is: it is written under another
 * name first, and gets its name complete. (2) A lock is only removed by its owner, or by
 * somebody who moved it aside and saw that the moved file is the one that was judged. (3)
 * Two processes that take over at the same moment cannot both succeed for long: the one
 * that lost finds by run_results_own, before each checkpoint, that the lock is not its own,
 * and stops without touching anything. Only rank 0 works on the lock; all ranks get its
 * status. */
#include "parts.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* When mpirun is killed, its ranks end a little later. A lock of a process that is still
 * there is waited for so long, in seconds, before the user is told to wait. */
static const double patience = 5;

/* Who holds the lock. The members stand in the file as words without blanks; "-" where
 * there is none. A process number is used again sooner or later, so the time of its start
 * is kept beside it; likewise a SLURM job keeps its number when it is started again, and
 * restart counts that. */
typedef struct owner {
    char host[128], since[32], job[64], cluster[64];
    long process, restart;
    long long started; /* ticks since the machine was started; 0: not known */
} owner;

/* Field 22 of /proc/PID/stat, see proc(5): the start of the process in clock ticks since
 * the machine was started. It tells a process from a later one of the same number. The
 * second field is the program's name in parentheses, which may hold blanks and parentheses
 * itself: counting begins behind the last ")". -1: it has ended, and only its parent has not asked
 * for its exit code, as in containers whose first process asks for none. */
static long long started_at(long process)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    const char *at = strrchr(text, ')');
    if (at && at[1] == ' ' && (at[2] == 'Z' || at[2] == 'X'))
        return -1;
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    return at ? atoll(at) : 0;
}

/* This process, as it will stand in the lock. */
static owner me(void)
{
    weft_provenance p;
    owner o = {.process = getpid(), .started = started_at(getpid())};
    const char *job = getenv("SLURM_JOB_ID"), *restart = getenv("SLURM_RESTART_COUNT"),
               *cluster = getenv("SLURM_CLUSTER_NAME");
    weft_provenance_now(&p);
    snprintf(o.host, sizeof o.host, "%s", p.host[0] ? p.host : "-");
    snprintf(o.since, sizeof o.since, "%s", p.date);
    snprintf(o.job, sizeof o.job, "%s", job && job[0] ? job : "-");
    snprintf(o.cluster, sizeof o.cluster, "%s", job && cluster && cluster[0] ? cluster : "-");
    o.restart = job && restart ? atol(restart) : 0;
    return o;
}

/* False where there is no lock, or where it is not complete (a file system without links is
 * writing it at this moment). The buffers are filled with zeros first, since whole structs
 * are compared by memcmp. */
static bool read_owner(const char *path, owner *o)
{
    FILE *f = fopen(path, "r");
    memset(o, 0, sizeof *o);
    if (!f)
        return false;
    int n = fscanf(f,
                   "host %127s process %ld started %lld since %31s slurm_job %63s slurm_restart "
                   "%ld slurm_cluster %63s",
                   o->host, &o->process, &o->started, o->since, o->job, &o->restart, o->cluster);
    fclose(f);
    return n == 7;
}

/* Does squeue no longer list the job? From a job of the same cluster alone, since elsewhere its
 * number means nothing; and no answer (the controller is away) is no proof. */
static bool slurm_ended(const owner *o, const owner *mine)
{
    char command[128], said[512];
    if (strcmp(o->job, "-") == 0 || o->job[strspn(o->job, "0123456789")] ||
        strcmp(o->cluster, "-") == 0 || strcmp(o->cluster, mine->cluster) != 0)
        return false;
    snprintf(command, sizeof command, "squeue -h -o %%T -j %s 2>&1", o->job);
    FILE *answer = popen(command, "r");
    if (!answer)
        return false;
    size_t n = fread(said, 1, sizeof said - 1, answer);
    said[n] = '\0';
    int code = pclose(answer);
    return (code == 0 && n == 0) || strstr(said, "Invalid job id");
}

/* Has the owner provably ended? Its process is gone from this machine, or SLURM started its
 * job again or does not know it any more. kill with signal 0 sends nothing: ESRCH is the
 * only answer that proves that there is no such process (EPERM means that it is there and
 * belongs to somebody else). */
static bool ended(const owner *o, const owner *mine)
{
    if (strcmp(o->job, "-") != 0 && strcmp(o->job, mine->job) == 0 && o->restart < mine->restart)
        return true;
    if (strcmp(o->host, mine->host) != 0)
        return slurm_ended(o, mine);
    if (kill((pid_t)o->process, 0) != 0 && errno == ESRCH)
        return true;
    long long started = started_at(o->process);
    return started && o->started && started != o->started;
}

/* 0, or the reason as errno. A disk that is full shows in write or only in close; an
 * incomplete file is removed again. */
static int write_owner(const char *path, int flags, const owner *mine)
{
    char text[512];
    int n = snprintf(text, sizeof text,
                     "host %s\nprocess %ld\nstarted %lld\nsince %s\nslurm_job %s\nslurm_restart "
                     "%ld\nslurm_cluster %s\n",
                     mine->host, mine->process, mine->started, mine->since, mine->job,
                     mine->restart, mine->cluster);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (file < 0)
        return errno;
    int reason = write(file, text, (size_t)n) == n ? 0 : ENOSPC;
    if (close(file) != 0 && !reason)
        reason = errno;
    if (reason)
        unlink(path);
    return reason;
}

/* 0: made; else the reason. Written beside and linked, so that a kill leaves no lock that
 * does not say whose it is. Some file systems have no links: there the lock is made in
 * place with O_EXCL, and the short moment before its text is there is what `known` in take
 * allows for. */
static int make(const char *path, const owner *mine)
{
    char *beside = weft_format("%s.%s-%ld", path, mine->host, mine->process);
    int reason = write_owner(beside, O_TRUNC, mine);
    if (!reason && link(beside, path) != 0) {
        reason = errno;
        if (reason == EPERM || reason == EOPNOTSUPP || reason == ENOSYS)
            reason = write_owner(path, O_EXCL, mine);
    }
    unlink(beside);
    weft_free(beside);
    return reason;
}

/* Remove a lock whose owner was judged to have ended. 0, or why it cannot be moved. Another
 * process may do the same at this moment, and even have made its own lock since: removing
 * the path would remove that. So the file is moved aside by rename, which only one process
 * can do to the same file, then compared with what was judged, and put back by link if it
 * is another one. */
static int remove_left(const char *path, const owner *judged, const owner *mine)
{
    owner moved;
    char *aside = weft_format("%s.%ld", path, mine->process);
    int reason = rename(path, aside) == 0 || errno == ENOENT ? 0 : errno;
    if (!reason && read_owner(aside, &moved)) {
        if (memcmp(&moved, judged, sizeof moved) != 0) {
            if (link(aside, path) != 0) /* give it back */
                weft_warn("%s: cannot be put back: %s", path, strerror(errno));
        } else {
            weft_say("process %ld, which wrote here since %s, has ended: taking over",
                     judged->process, judged->since);
        }
    }
    unlink(aside);
    weft_free(aside);
    return reason;
}

/* The message for a directory that somebody else holds: who, where and since when, and what
 * the user can do. */
static weft_status in_use(const char *dir, const char *path, const owner *o, bool known)
{
    if (!known)
        return weft_fail(WEFT_INPUT,
                         "%s is in use: %s exists and does not say by whom; remove it if no run "
                         "writes there",
                         dir, path);
    bool job = strcmp(o->job, "-") != 0;
    return weft_fail(WEFT_INPUT,
                     "%s is in use by process %ld on %s%s%s since %s; wait for it or use another "
                     "--out; if it has ended without tidying up, remove %s",
                     dir, o->process, o->host, job ? ", SLURM job " : "", job ? o->job : "",
                     o->since, path);
}

/* Make the lock, or find out why not. The loop ends: each turn either makes the lock, or
 * removes one that was left, or waits a tenth of a second for an owner on this machine, at
 * most for `patience` in all. */
static weft_status take(const char *dir, const char *path)
{
    owner mine = me(), other;
    double begin = weft_now();
    for (;;) {
        bool waited = weft_now() - begin > patience;
        int reason = make(path, &mine);
        if (reason == 0)
            return WEFT_OK;
        /* a run that has just got the lock may have tidied up what was written beside */
        bool tidied = reason == ENOENT && access(dir, F_OK) == 0 && !waited;
        if (reason != EEXIST && !tidied)
            return weft_fail(WEFT_IO, "%s: cannot make it: %s", path, strerror(reason));
        bool known = read_owner(path, &other);
        if (known && ended(&other, &mine)) {
            reason = remove_left(path, &other, &mine);
            if (reason)
                return weft_fail(WEFT_IO,
                                 "%s, left by a process that has ended, cannot be removed: %s",
                                 path, strerror(reason));
            continue;
        }
        bool here = !known || strcmp(other.host, mine.host) == 0;
        if (reason == EEXIST && (!here || waited))
            return in_use(dir, path, &other, known);
        usleep(100000);
    }
}

/* Is the lock at the path this run's? Another one, or none, stands there when the directory was
 * moved under the run, or somebody removed the lock. */
static bool is_mine(const run_results *r)
{
    owner mine = me(), there;
    return read_owner(r->lock_path, &there) && there.process == mine.process &&
           there.started == mine.started && strcmp(there.host, mine.host) == 0;
}

/* Rank 0 may be refused where the others would not even look; weft_agree gives all ranks
 * its answer, so that none goes on alone. The lock is the first file in the directory: a rank that
 * does not see it has another directory under this name. */
weft_status run_results_lock(MPI_Comm comm, run_results *r)
{
    int rank;
    weft_status status = WEFT_OK;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0) {
        status = take(r->dir, r->lock_path);
        r->locked = status == WEFT_OK;
    }
    WEFT_TRY(weft_agree(comm, status));
    return weft_seen_by_all(comm, r->lock_path);
}

/* A cheap check (one small file read on rank 0) before anything that cannot be undone. */
weft_status run_results_own(MPI_Comm comm, const run_results *r)
{
    int rank;
    weft_status status = WEFT_OK;
    MPI_Comm_rank(comm, &rank);
    if (rank == 0 && r->locked && !is_mine(r))
        status = weft_fail(WEFT_IO,
                           "%s is not this run's any more: the directory was moved away, or the "
                           "lock was removed; nothing more is written there; where it is now, "
                           "--resume goes on from its last checkpoint",
                           r->lock_path);
    return weft_agree(comm, status);
}

/* A lock that is another's by now stays. */
void run_results_unlock(run_results *r)
{
    if (r->locked && is_mine(r))
        unlink(r->lock_path);
    r->locked = false;
}
