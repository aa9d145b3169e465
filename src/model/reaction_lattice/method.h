/* A method of the model reaction_lattice: how the state is advanced. */
#ifndef WEFT_MODEL_REACTION_LATTICE_METHOD_H
#define WEFT_MODEL_REACTION_LATTICE_METHOD_H

#include "lattice.h"

/* Functions that may be absent are NULL. They keep what they need in lattice->method_data. */
typedef struct rl_method {
    weft_layout layout; /* how the lattice is cut among the ranks */
    bool places;        /* events have places: their profiles can be observed */
    /* Ask for fields beyond plan->field[0], the state; may be absent. Local. */
    void (*plan)(weft_plan *plan);
    /* Make method_data. What was made is freed by `free` also after an error; errors: WEFT_INPUT,
     * WEFT_IO. Collective. */
    weft_status (*make)(weft_sim *sim);
    /* data: NULL or what `make` made. Local. */
    void (*free)(void *data);
    /* The initial state, or that of a checkpoint, is in the field; may be absent. Collective. */
    void (*begin)(weft_sim *sim);
    /* Advance by at most *dt, or up to the time of the last possible reaction, and set *dt to what
     * it was. Collective. */
    weft_status (*sweep)(weft_sim *sim, double *dt);
    /* Where the data of a method counts the steps or ticks that are done: the model keeps the
     * number in checkpoints, for a bitwise resume. Local. */
    uint64_t *(*progress)(void *data);
    /* What a resume needs beyond that; may be absent. `save` comes before the events are written,
     * and may bring them to where the next sweep will begin. Collective. */
    weft_status (*save)(weft_sim *sim, struct weft_file *file);
    weft_status (*load)(weft_sim *sim, struct weft_file *file);
    /* What the method does, and its errors, for result files and the start of a run. Local. */
    void (*attributes)(weft_sim *sim, weft_attribute *add, void *context);
} rl_method;

/* Number of the first step, for noise, of a method whose steps have no numbers of their own in
 * time: 2^16 for a unit of time, more than a method makes. Noise has steps of 48 bits. Local. */
static inline uint64_t rl_first_step(double start)
{
    return (uint64_t)(start * 0x1p16) & 0xffffffffffff;
}

extern const rl_method rl_exact_method; /* exact and sequential */
extern const rl_method rl_fast_method;
extern const rl_method rl_rdme_method;
extern const rl_method rl_mcs_method;

#endif
