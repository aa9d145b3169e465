/* Steppers: methods that advance a replica by one step of time. Each is one file,
 * src/stepper/stepper_NAME.c, and knows a model only by the families of functions that it needs
 * (weft/model.h). docs/steppers.md has their orders and limits for users. */
#ifndef WEFT_STEPPER_H
#define WEFT_STEPPER_H

#include "weft/declare.h"
#include "weft/model.h"

WEFT_DECLARE_BEGIN

/* One method. Functions return a status that is the same on all ranks. */
typedef struct weft_stepper {
    const char *name;      /* as in time.stepper; file and symbol have it too */
    const char *summary;   /* one line for lists */
    const char *reference; /* where the method was published */
    int order;             /* of convergence (weak order for stochastic methods) */
    int evaluations; /* of the model's right-hand side, nonlinear part or force in a step (adaptive
                        methods: in a step that is tried); 0: the number is not fixed */
    int timed_evaluations; /* as many more where the model says that N depends on the time by itself
                              (weft_linear_form.timed) */
    int needs;             /* WEFT_HAS_ bits: families that the model must have, all of them */
    int refuses;           /* WEFT_HAS_ bits: families that it must not have (rk4: noise) */
    weft_space space;      /* where the evolved fields live */
    bool adaptive;         /* chooses its own steps: no dt, any advance is possible */
    double oscillation_limit; /* stable while dt times weft_rates.oscillation is below; 0: always */
    double overdamped_limit;  /* likewise of weft_rates.overdamped */
    double decay_limit;       /* stable while dt times weft_rates.decay is below; 0: always */
    const weft_param *params; /* further keys of the section time; NULL: none */
    const char *missing;      /* a library that this build of weft is without; NULL: none */

    /* Allocate what the steps need into *data (later calls get it back). dt: the fixed step; 0 if
     * the method is adaptive. Errors: WEFT_FAILED (memory), WEFT_INPUT (a key of time does not
     * fit). Collective. */
    weft_status (*setup)(weft_sim *sim, double dt, void **data);
    /* Free data, also after a setup that failed (NULL where it made none). Collective. */
    void (*destroy)(weft_sim *sim, void *data);
    /* Advance sim->state by one step of *dt from sim->time; does not change sim->time and
     * sim->step. Adaptive methods advance by at most *dt and set *dt to the advance made. Hands on
     * the errors of the model's functions. Collective. */
    weft_status (*step)(weft_sim *sim, void *data, double *dt);
    /* Transforms that a step of length dt makes of its noise, beside those of the evaluations.
     * Before setup or after it. NULL: none. Local. */
    int (*transforms)(weft_sim *sim, double dt);
    /* Finish what step left pending, so that sim->state is the state at sim->time; must not change
     * what later steps give, to the bit. NULL: never pending. Collective. */
    weft_status (*sync)(weft_sim *sim, void *data);
    /* Write to a checkpoint, and read back, what the next steps need beyond the fields to give the
     * same bits. NULL: nothing. Errors: WEFT_IO. Collective. */
    weft_status (*save)(weft_sim *sim, void *data, struct weft_file *file);
    weft_status (*load)(weft_sim *sim, void *data, struct weft_file *file);
} weft_stepper;

/* All steppers, the last one followed by NULL. CMake makes the list from the files
 * src/stepper/stepper_NAME.c, each of which defines weft_stepper_NAME. */
extern const weft_stepper *const weft_steppers[];
/* The stepper of a name; NULL: there is none. Local. */
const weft_stepper *weft_stepper_find(const char *name);
/* Families (WEFT_HAS_ bits) in words, such as "rhs, additive noise". The text is static; the next
 * call overwrites it. Local. */
const char *weft_stepper_needs(int families);
/* "PETSc x.y.z": name and version of the library that steppers use, or "no PETSc". The text is
 * static. Local. */
const char *weft_stepper_libraries(void);

WEFT_DECLARE_END

#endif
