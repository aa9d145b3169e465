/* What the program says. One rank prints, chosen once at the start, so that a line comes once and
 * not once a rank; each line is flushed, so that a log file is up to date when a job is killed.
 *
 * Invariant: no name of an input or a file steers a terminal. All text that may hold one is printed
 * by weft_print or by the functions that call it; what is printed past it (the help, the row of
 * progress that is drawn anew) is weft's own. */
#include "weft/log.h"
#include "weft/error.h"
#include "weft/memory.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Before weft_log_setup every rank prints: an error before MPI starts must not be lost. */
static int printing = 1;
static weft_verbosity verbosity = WEFT_NORMAL;

void weft_log_setup(int printing_rank, weft_verbosity level)
{
    printing = printing_rank;
    verbosity = level;
}

weft_verbosity weft_log_level(void)
{
    return verbosity;
}

/* Control characters become blanks: those of ASCII but for ends of lines and tabs, and the 32 that
 * Unicode has beside them, which are 0xC2 0x80 to 0xC2 0x9F in UTF-8. Other letters stay. */
static void make_harmless(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
            c[0] = c[1] = ' ';
        else if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
            *c = ' ';
    }
}

/* Most lines fit into `text`; longer ones, which hold lists of names, are not cut. */
static void print(FILE *out, const char *format, va_list args)
{
    char text[1024], *whole = text;
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(text, sizeof text, format, args);
    if (n >= (int)sizeof text) {
        whole = weft_alloc((size_t)n + 1, 1);
        vsnprintf(whole, (size_t)n + 1, format, again);
    }
    va_end(again);
    make_harmless(whole);
    fputs(whole, out);
    if (whole != text)
        weft_free(whole);
}

void weft_print(FILE *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(out, format, args);
    va_end(args);
}

/* One whole line, and out at once. */
static void line(FILE *out, const char *prefix, const char *format, va_list args)
{
    fputs(prefix, out);
    print(out, format, args);
    fputc('\n', out);
    fflush(out);
}

/* ---- warnings of cases ---- */

/* Warnings are of one kind if they have the same format. The formats themselves are compared, since
 * kinds travel between processes, in which they lie at different addresses. */
enum { KINDS = 32, FORMAT = 128, TEXT = 2048 };
typedef struct warned {
    char format[FORMAT], text[TEXT]; /* text: of the first case */
    int64_t first, last, cases;      /* numbers of cases on this rank; how many there were */
    bool printed, counted;
} warned;

static char about[512]; /* the present case; empty: none */
static int64_t number;  /* of it on this rank */
static int n_kinds;
static warned kinds[KINDS];

void weft_warn_case(const char *name)
{
    snprintf(about, sizeof about, "%s", name ? name : "");
    number++;
}

void weft_warn_forget(void)
{
    n_kinds = 0;
}

/* The kind of a format, a new one where it is not known; NULL: there are too many. */
static warned *kind_of(const char *format, const char *text)
{
    for (int k = 0; k < n_kinds; k++)
        if (strncmp(kinds[k].format, format, FORMAT - 1) == 0)
            return &kinds[k];
    if (n_kinds == KINDS)
        return NULL;
    warned *kind = &kinds[n_kinds++];
    *kind = (warned){.first = number};
    snprintf(kind->format, FORMAT, "%s", format);
    snprintf(kind->text, TEXT, "%s", text);
    return kind;
}

/* The first case is told in full, also if it has several warnings of a kind (of its replicas). */
static void warn_of_case(const char *format, va_list args)
{
    char text[TEXT];
    const int n = snprintf(text, sizeof text, "%s: ", about);
    vsnprintf(text + n, sizeof text - (size_t)n, format, args);
    warned *kind = kind_of(format, text);
    if (kind && (kind->counted || kind->first != number)) {
        kind->cases += kind->last != number;
        kind->last = number;
        return;
    }
    if (kind) {
        kind->cases = 1;
        kind->last = number;
        kind->printed = printing;
    }
    if (printing)
        weft_print(stderr, "weft: warning: %s\n", text);
}

/* Rank 0 prints what other ranks met first. */
static void tell(const char *one)
{
    for (int k = 0; k < n_kinds; k++) {
        warned *kind = &kinds[k];
        if (!kind->counted && !kind->printed)
            weft_print(stderr, "weft: warning: %s\n", kind->text);
        if (!kind->counted && kind->cases > 1)
            weft_print(stderr, "weft: warning: at %lld more %s%s so far as at %s\n",
                       (long long)kind->cases - 1, one, kind->cases > 2 ? "s" : "", kind->text);
    }
}

/* Kinds that are counted are the same on all ranks, and so take no part. */
void weft_warn_count(MPI_Comm comm, const char *one)
{
    int rank, size;
    weft_ranks(comm, &rank, &size);
    int *of_rank = weft_alloc((size_t)size, sizeof *of_rank);
    MPI_Gather(&n_kinds, 1, MPI_INT, of_rank, 1, MPI_INT, 0, comm);
    if (rank > 0 && n_kinds > 0)
        MPI_Send(kinds, n_kinds * (int)sizeof *kinds, MPI_BYTE, 0, 0, comm);
    warned *theirs = weft_alloc(KINDS, sizeof *theirs);
    for (int r = 1; rank == 0 && r < size; r++) {
        if (of_rank[r] > 0)
            MPI_Recv(theirs, of_rank[r] * (int)sizeof *theirs, MPI_BYTE, r, 0, comm,
                     MPI_STATUS_IGNORE);
        for (int k = 0; k < of_rank[r]; k++) {
            warned *kind = theirs[k].counted ? NULL : kind_of(theirs[k].format, theirs[k].text);
            if (kind)
                kind->cases += theirs[k].cases;
        }
    }
    if (rank == 0 && printing)
        tell(one);
    for (int k = 0; k < n_kinds; k++)
        kinds[k].counted = true;
    MPI_Bcast(&n_kinds, 1, MPI_INT, 0, comm);
    MPI_Bcast(kinds, n_kinds * (int)sizeof *kinds, MPI_BYTE, 0, comm);
    weft_free(of_rank);
    weft_free(theirs);
}

/* ---- lines ---- */

/* The body of the functions below, which differ in condition, stream and prefix only. A macro,
 * because arguments after `...` can only be read in the function that received them. */
#define PRINT(condition, out, prefix)                                                              \
    do {                                                                                           \
        if (printing && (condition)) {                                                             \
            va_list args;                                                                          \
            va_start(args, format);                                                                \
            line(out, prefix, format, args);                                                       \
            va_end(args);                                                                          \
        }                                                                                          \
    } while (0)

/* Messages go to standard output, so that results of a pipeline and its log are one; what a user
 * must not miss goes to standard error, also with -q. */
void weft_say(const char *format, ...)
{
    PRINT(verbosity >= WEFT_NORMAL, stdout, "");
}

void weft_detail(const char *format, ...)
{
    PRINT(verbosity >= WEFT_VERBOSE, stdout, "");
}

void weft_warn(const char *format, ...)
{
    if (about[0]) {
        va_list args;
        va_start(args, format);
        warn_of_case(format, args);
        va_end(args);
    } else {
        PRINT(1, stderr, "weft: warning: ");
    }
}

/* The text is printed as it stands, and not as a format: it may hold a % that came from an input.
 */
void weft_print_error(const char *text)
{
    if (printing)
        weft_print(stderr, "weft: error: %s\n", text);
}

void weft_print_stop(const char *text)
{
    if (printing)
        weft_print(stderr, "weft: %s\n", *text ? text : "stopped");
}
