/* The lines that a run prints before its first step: what will be computed, with what time
 * step, and where the results go.
 *
 * Everything printed here is the same on all ranks; weft_say prints it once, on rank 0. The
 * function is called after the result directory is locked and a checkpoint was loaded, so
 * that the numbers are those that the run really goes on with. */
#include "method.h"
#include "parts.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <stdio.h>
#include <string.h>

/* Memory is what was taken so far: records, snapshots and checkpoints take a little more, which
 * `weft check` counts in part.
 *
 * The number of steps counts from time.start. A run that goes on from a checkpoint prints
 * the steps of the whole run, not only of what is left: the user compares the line with the
 * one of the first start. */
void run_announce(const run_member *m, const run_results *r, int64_t replicas)
{
    const weft_grid *g = m->sim->grid;
    char size[96] = "";
    for (int a = 3 - g->dim; a < 3; a++) {
        size_t used = strlen(size);
        snprintf(size + used, sizeof size - used, "%s%lld", used ? " x " : "", (long long)g->n[a]);
    }
    weft_say("%s on %s, stepper %s, %d rank%s (%d x %d x %d)%s", m->input->model->name, size,
             m->input->stepper->name, g->size, g->size == 1 ? "" : "s", g->procs[0], g->procs[1],
             g->procs[2], replicas > 1 ? " a replica" : "");
    const run_timing *t = &m->timing;
    if (t->dt > 0)
        weft_say("dt = %.10g%s%s%s%s, %lld steps to time %.10g", t->dt,
                 t->chosen ? " (chosen: " : "", t->chosen ? t->bound : "",
                 t->chosen && t->refines ? "; halved where the motion becomes faster" : "",
                 t->chosen ? ")" : "", (long long)(t->steps - t->first), t->end);
    run_method_say(m);
    if (!m->fresh) /* members of an ensemble are started later, each with its stepper */
        run_say_bytes("memory a rank, so far", (double)weft_memory_peak());
    if (m->input->model->describe)
        m->input->model->describe(m->sim);
    weft_say("results in %s", r->dir);
}
