/* Steppers: one file a method. */
#ifndef WEFT_STEPPER_H
#define WEFT_STEPPER_H

#include "weft/declare.h"
#include "weft/model.h"

WEFT_DECLARE_BEGIN

typedef struct weft_stepper {
    const char *name;
    const char *summary;
    const char *reference;
    int order;                /* of convergence (weak order for stochastic methods) */
    int needs;                /* WEFT_HAS_ bits, all needed */
    int refuses;              /* WEFT_HAS_ bits of which none may hold (rk4 refuses noise) */
    weft_space space;         /* where the evolved fields live */
    bool adaptive;            /* chooses its own steps: no dt, any advance is possible */
    double oscillation_limit; /* stable while dt*oscillation < this; 0: no limit */
    double decay_limit;       /* stable while dt*decay < this; 0: no limit */
    const weft_param *params; /* further keys of the section time; NULL: none */
    const char *missing;      /* a library that this build of weft is without; NULL: none */

    /* dt: the fixed step (0 if adaptive). *data: whatever the stepper keeps. Collective. */
    weft_status (*setup)(weft_sim *sim, double dt, void **data);
    void (*destroy)(weft_sim *sim, void *data);
    /* One step of *dt from sim->time; does not change sim->time and sim->step. Adaptive methods
     * advance by at most *dt and set *dt to the advance made. Collective. */
    weft_status (*step)(weft_sim *sim, void *data, double *dt);
    /* Finish what step left pending, so that sim->state is the state at sim->time; must not change
     * what later steps give, to the bit. NULL: never pending. Collective. */
    weft_status (*sync)(weft_sim *sim, void *data);
    /* What a bitwise resume needs beyond the fields. NULL: nothing. Collective. */
    weft_status (*save)(weft_sim *sim, void *data, struct weft_file *file);
    weft_status (*load)(weft_sim *sim, void *data, struct weft_file *file);
} weft_stepper;

/* The registry, generated from src/stepper/stepper_NAME.c: each file defines weft_stepper_NAME.
 * Local. */
extern const weft_stepper *const weft_steppers[]; /* ends with NULL */
const weft_stepper *weft_stepper_find(const char *name);
/* Families (WEFT_HAS_ bits) in words, "rhs, additive noise"; a text that the next call overwrites.
 * Local. */
const char *weft_stepper_needs(int families);
/* Name and version of the libraries that steppers use, or that they are not there. Local. */
const char *weft_stepper_libraries(void);

WEFT_DECLARE_END

#endif
