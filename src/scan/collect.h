/* Pieces of weft scan collect, private to scan_collect*.c. */
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

typedef struct collection {
    weft_scan *scan;
    const scan_results *results;
    weft_file *file;
    int *place[SCAN_DIMS]; /* of a value's index along the dimension */
    char dim_name[SCAN_DIMS][COLLECT_NAME];
    int64_t cells, *cell; /* of all points: their place in the array */
    const scan_entry **entry;
    const ens_outcome_layout *layout; /* of the first point that is done; NULL: none */
    int64_t records;                  /* the most of any point */
    bool same_times, errors;
    int n;
    collect_variable *variable;
} collection;

/* Are the values of two axes the same? Local. */
bool scan_collect_same_axis(const ens_outcome_axis *a, const ens_outcome_axis *b);
/* The axes of the scan and time, and then all variables. Local. */
weft_status scan_collect_axes(collection *c);
weft_status scan_collect_values(collection *c);

#endif
