/* Pieces of `weft scan collect`, private to collect.c and variables.c. */
#ifndef WEFT_SCAN_COLLECT_H
#define WEFT_SCAN_COLLECT_H

#include "internal.h"
#include "weft/io.h"

enum { COLLECT_NAME = 160, COLLECT_RANK = SCAN_DIMS + 1 + WEFT_MAX_SHAPE };

/* One variable of scan.nc: an observer that some points have. */
typedef struct collect_variable {
    const ens_outcome_item *first;  /* of the first point that has it */
    int64_t extent[WEFT_MAX_SHAPE]; /* the largest of all points */
    bool same[WEFT_MAX_SHAPE];      /* the axis is the same for all */
} collect_variable;

/* A collection at work. It owns its arrays; scan and results belong to the caller. */
typedef struct collection {
    weft_scan *scan;
    const scan_results *results;
    weft_file *file;
    int *place[SCAN_DIMS]; /* where the value of an index stands along the dimension, by size */
    char dim_name[SCAN_DIMS][COLLECT_NAME];
    int64_t cells, *cell;             /* cells of the array; the cell of each point */
    const scan_entry **entry;         /* what is known of each point; NULL: nothing */
    const ens_outcome_layout *layout; /* of the first point that is done; NULL: none */
    int64_t records;                  /* the most of any point */
    bool same_times, errors;          /* all points have the same times; some have errors */
    int n, room;                      /* variables: observers of any point; room for so many */
    collect_variable *variable;
} collection;

/* Are the values of two axes the same? Local. */
bool scan_collect_same_axis(const ens_outcome_axis *a, const ens_outcome_axis *b);
/* Define the axes of the scan and time. Errors of this and the next one: WEFT_IO. Local. */
weft_status scan_collect_axes(collection *c);
/* Define and write a variable with one number for each point; `missing` in cells that are no
 * points. Local. */
weft_status scan_collect_scalar(collection *c, const char *name, weft_store store, const char *unit,
                                const char *long_name, const double *of_point, double missing);
/* Define and write the classes of the points, what they are found by, and where they meet; say how
 * many points each has; the dimensions must be there. The scan has classes (class_variables.c).
 * Local. */
weft_status scan_collect_classes(collection *c);
/* Define and write all variables. Local. */
weft_status scan_collect_values(collection *c);

#endif
