/* Where a result came from. */
#ifndef WEFT_PROVENANCE_H
#define WEFT_PROVENANCE_H

#include "weft/declare.h"
#include <stddef.h>

WEFT_DECLARE_BEGIN

typedef struct weft_provenance {
    char version[64];    /* of weft */
    char git[64];        /* git description of the source, "" outside a checkout */
    char build[256];     /* compiler and flags */
    char libraries[256]; /* versions of MPI, FFTW, HDF5, libyaml */
    char date[32];       /* ISO 8601, UTC, when this was made */
    char host[128];
    char uuid[40]; /* fresh random UUID */
    char *command; /* the command line; owned by the caller of weft_provenance_now */
} weft_provenance;

/* Fill in all but command and libraries. Local. */
void weft_provenance_now(weft_provenance *p);

WEFT_DECLARE_END

#endif
