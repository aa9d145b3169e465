/* What the user sees while a run goes on: one line that is drawn again and again on a
 * terminal, and a line every ten seconds elsewhere.
 *
 * Invariant: the line is redrawn only where it fits into one row, since "to the start of
 * the line" goes back one row. Open MPI's mpirun gives its processes a terminal of their
 * own, whose output may go into a file, so that isatty() says nothing there: lines, unless
 * the user tells otherwise with WEFT_PROGRESS=terminal. Nothing here is collective: rank 0
 * alone has a progress, and what it shows was computed by all. */
#include "parts.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double seconds_between_redraws = 0.2, seconds_between_lines = 10;

/* start and shown are readings of the clock in seconds; done_before and total are in the
 * unit of the caller, sites is the number of sites that one unit updates. */
struct run_progress {
    double start, shown; /* clock */
    double done_before;  /* by an earlier part of a resumed run */
    double total, sites;
    bool terminal, drawn;
};

/* WEFT_PROGRESS decides where it is set; a terminal that calls itself dumb cannot go back
 * in its line. */
static bool on_terminal(void)
{
    const char *told = getenv("WEFT_PROGRESS"), *term = getenv("TERM");
    if (told && *told)
        return strcmp(told, "terminal") == 0;
    return isatty(STDOUT_FILENO) && !getenv("OMPI_COMM_WORLD_SIZE") && term &&
           strcmp(term, "dumb") != 0;
}

/* Columns of the terminal: the variable COLUMNS, else what the terminal says, else 80. */
static int width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    int told = columns ? atoi(columns) : 0;
    if (told > 0)
        return told;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* What an earlier part of the run has done counts in the share that is shown, and not in the speed
 * from which the remaining time is estimated. */
run_progress *run_progress_create(double done_before, double total, double sites)
{
    run_progress *p = weft_alloc(1, sizeof *p);
    p->start = p->shown = weft_now();
    p->done_before = done_before;
    p->total = total;
    p->sites = sites;
    p->terminal = on_terminal();
    return p;
}

void run_progress_skip(run_progress *p, double done)
{
    if (p)
        p->done_before += done;
}

/* The time that is left is estimated from this start alone: what an earlier start did
 * (done_before) took other time on perhaps another machine. "\033[K" erases the rest of the
 * row, so that a shorter line leaves nothing of a longer one. */
void run_progress_show(run_progress *p, double done, const char *where, double updates,
                       double drift)
{
    double now = weft_now(), elapsed = now - p->start;
    if (weft_log_level() == WEFT_QUIET ||
        now - p->shown < (p->terminal ? seconds_between_redraws : seconds_between_lines))
        return;
    p->shown = now;
    double fresh = done - p->done_before;
    char left[32], line[256], invariant[48] = "";
    weft_duration_text(fresh > 0 ? elapsed * (p->total - done) / fresh : -1, left, sizeof left);
    if (!isnan(drift))
        snprintf(invariant, sizeof invariant, "  drift %.1e", drift);
    int n = snprintf(line, sizeof line, "%5.1f %%  %s  %.3g M site updates/s%s  %s left",
                     100 * done / p->total, where,
                     elapsed > 0 ? updates * p->sites / elapsed * 1e-6 : 0, invariant, left);
    if (!p->terminal) {
        weft_say("%s", line);
        return;
    }
    int room = width() - 1; /* a full row makes some terminals go to the next */
    printf("\r\033[K%.*s", n < room ? n : room, line);
    fflush(stdout);
    p->drawn = true;
}

/* The line of a terminal is wiped, so that the next message begins in an empty one. */
void run_progress_end(run_progress *p)
{
    if (p->drawn)
        printf("\r\033[K");
    p->drawn = false;
    fflush(stdout);
}

void run_progress_free(run_progress *p)
{
    weft_free(p);
}
