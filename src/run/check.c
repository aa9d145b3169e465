/* `weft check`: what a run would be, without running it.
 *
 * A plan (--ranks) tells the same of a run on other machines, whose grid need not fit here: it is
 * measured on a part of the grid, with the same spacings, and what grows with the sites is scaled.
 *
 * The estimate is measured and not modelled: everything is set up as for the run, the
 * stepper runs for half a second, and one record is timed. Nothing is written. Sizes of
 * files are those of whole chunks, without compression; the memory is the largest amount that
 * weft's own counter has seen on a rank; what the process has before anything is set up, the
 * program and its libraries, is told beside it.
 *
 * Invariant: the ranks leave every loop together. Clocks differ between ranks, so rank 0
 * alone decides how long the calibration goes on and tells the others; a decision from each
 * rank's own clock would leave one rank in a step that the others never enter. */
#include "method.h"
#include "parts.h"
#include "plan.h"
#include "rows.h"
#include "weft/clock.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is asked for, and the member that is measured: for a plan a part of it. */
typedef struct question {
    const weft_input *input;
    run_member *m;
    bool plan;
    int ranks;         /* of the run */
    double wall;       /* seconds; 0: no limit */
    double before;     /* bytes that were counted before the setup */
    double process;    /* bytes of the process beside what is counted, before the setup */
    weft_grid planned; /* of a plan */
} question;

/* The calibration runs steps for about this long, in seconds. */
static const double calibration_seconds = 0.5;

/* Every key with the value it has now, as params.used.yaml will have it. */
static void print_parameters(const weft_input *input)
{
    char *yaml = weft_params_yaml(input->params), *rest = NULL;
    weft_say("resolved input:");
    for (char *line = strtok_r(yaml, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        weft_say("  %s", line);
    weft_free(yaml);
}

/* How the lattice is cut. The smallest and the largest number of sites tell whether a rank
 * waits for others: each rank can compute the block of any other, so no message is needed. */
static void print_layout(const run_member *m, int64_t replicas)
{
    const weft_grid *g = m->sim->grid;
    int64_t least = INT64_MAX, most = 0;
    for (int r = 0; r < g->size; r++) {
        int64_t start[3], local[3];
        weft_grid_block(g, r, start, local);
        int64_t sites = local[0] * local[1] * local[2];
        least = sites < least ? sites : least;
        most = sites > most ? sites : most;
    }
    weft_say("%-24s %d rank%s as %d x %d x %d (%s), %lld to %lld sites a rank%s", "rank layout",
             g->size, g->size == 1 ? "" : "s", g->procs[0], g->procs[1], g->procs[2],
             weft_layout_name(g->layout), (long long)least, (long long)most,
             replicas > 1 ? " (for one replica on all of them)" : "");
}

/* Bytes of a variable: of all of it, or of what a checkpoint keeps of it. */
typedef double room_of(int ndims, const int64_t *extent, int bytes);

/* Bytes of fields.nc before compression: the fields that the input wants, of all ranks together, a
 * variable for each component. */
static double fields_bytes(const question *q, int64_t snapshots, room_of *room)
{
    const run_member *m = q->m;
    const int dim = q->input->dim;
    const int one = m->input->output->precision == WEFT_PRECISION_SINGLE ? 4 : 8;
    const double attributes = 8192;
    int64_t extent[4] = {snapshots};
    for (int a = 0; a < dim; a++)
        extent[1 + a] = q->input->n[a];
    double sum = attributes + room(1, &snapshots, 8);
    for (int i = 0; i < m->sim->state->n; i++) {
        const weft_field_spec *f = &m->sim->state->field[i].spec;
        if (run_output_wants(m->input, f->name))
            sum += f->components * room(1 + dim, extent, f->element == WEFT_U8 ? 1 : one);
    }
    return sum;
}

/* Bytes of one checkpoint: the fields that a resume needs, always in double precision. What
 * the model and the stepper keep beside them is small and left out. */
static double checkpoint_bytes(const question *q)
{
    const run_member *m = q->m;
    double sum = 0;
    for (int i = 0; i < m->sim->state->n; i++) {
        const weft_field *f = &m->sim->state->field[i];
        if (weft_state_keeps(f))
            sum += (f->spec.element == WEFT_U8 ? 1.0 : 8.0) * f->spec.components;
    }
    return sum * run_plan_sites(q->input);
}

/* Numbers of a record that are written. */
static double visible_numbers(const run_member *m)
{
    double sum = 0;
    for (int i = 0; i < m->observers.n; i++)
        sum += m->observers.item[i].hidden ? 0.0 : (double)m->observers.item[i].count;
    return sum;
}

/* Bytes of series.nc. An observable is there once; with its standard error where there are
 * replicas, that of each replica where all are kept, its error where a run at half the step goes
 * along. */
static double series_bytes(const run_member *m, int64_t records, room_of *room)
{
    const int64_t replicas = m->input->ensemble->replicas,
                  each = m->input->ensemble->keep == WEFT_KEEP_ALL ? replicas : 0;
    const double attributes = 8192;
    double sum = attributes + room(1, &records, 8);
    for (int i = 0; i < m->observers.n; i++) {
        const run_observer *item = &m->observers.item[i];
        int64_t extent[WEFT_MAX_SHAPE + 2] = {each, records};
        if (item->hidden)
            continue;
        for (int a = 0; a < item->n_axes; a++)
            extent[2 + a] = item->axes[a].n;
        sum += (replicas > 1 || m->half ? 2 : 1) * room(1 + item->n_axes, extent + 1, 8);
        if (replicas > 1 && each > 0)
            sum += room(2 + item->n_axes, extent, 8);
    }
    return sum;
}

/* What the files will take, without compression. */
static void print_outputs(const question *q)
{
    const run_member *m = q->m;
    const double records = (double)run_calendar_records(&m->observe),
                 snapshots = (double)run_calendar_records(&m->fields), numbers = visible_numbers(m),
                 replicas = (double)m->input->ensemble->replicas;
    weft_say("%-24s %.0f records of %.0f numbers%s", "series.nc", records, numbers,
             q->plan ? ", and more where the axis of an observable grows with the grid" : "");
    run_say_bytes("", series_bytes(m, (int64_t)records, weft_file_room));
    if (snapshots > 0) {
        weft_say("%-24s %.0f snapshots", "fields.nc", snapshots);
        run_say_bytes("", fields_bytes(q, (int64_t)snapshots, weft_file_room));
    }
    /* those of an ensemble have sums over replicas, of each number and of its square */
    const double sums = replicas > 1 ? 2 * 8 * records * (double)m->observers.total : 0,
                 own = m->input->ensemble->keep == WEFT_KEEP_ALL ? sums / 2 : 0;
    /* that of a single run has the frames of its result files, from which a resume mends them */
    const double frames =
        replicas > 1
            ? 0
            : series_bytes(m, (int64_t)records, weft_file_frame_room) +
                  (snapshots > 0 ? fields_bytes(q, (int64_t)snapshots, weft_file_frame_room) : 0);
    run_say_bytes("a checkpoint", checkpoint_bytes(q) + sums + frames);
    if (replicas > 1)
        run_say_bytes("last states, at most", replicas * (checkpoint_bytes(q) + sums + own));
}

/* Seconds for one unit of progress (a step, or a unit of time), and how many units the run takes. A
 * run that is over (an absorbing state) within the calibration is counted as it is. Every rank gets
 * rank 0's figure. */
static weft_status calibrate(run_member *m, double *per_unit, double *length)
{
    const weft_stepper *stepper = m->input->stepper;
    double begin = weft_now(), done = 0, elapsed, event;
    bool over = false;
    int more = 1;
    do {
        double dt = m->timing.dt > 0 ? m->timing.dt : m->timing.end - m->sim->time;
        WEFT_TRY(stepper->step(m->sim, m->stepper_data, &dt));
        m->sim->step++;
        m->sim->time += dt;
        done += m->timing.dt > 0 ? 1 : dt;
        elapsed = weft_now() - begin;
        over = m->sim->model->finished && m->sim->model->finished(m->sim, &event);
        more = !over && elapsed < calibration_seconds &&
               (m->timing.dt > 0 ? m->sim->step < m->timing.steps : m->sim->time < m->timing.end);
        MPI_Bcast(&more, 1, MPI_INT, 0, m->sim->grid->comm);
    } while (more);
    *per_unit = elapsed / done;
    *length = over ? done : run_member_length(m);
    MPI_Bcast(per_unit, 1, MPI_DOUBLE, 0, m->sim->grid->comm);
    return WEFT_OK;
}

/* Seconds that one record takes. The first one is not timed: it takes memory and may build
 * tables that later ones use again. */
static weft_status record_seconds(run_member *m, double *seconds)
{
    if (m->input->stepper->sync)
        WEFT_TRY(m->input->stepper->sync(m->sim, m->stepper_data));
    WEFT_TRY(run_observers_compute(&m->observers, m->sim, m->record));
    m->sim->step++; /* nothing that is kept for the step of the first one counts */
    double begin = weft_now();
    weft_status status = run_observers_compute(&m->observers, m->sim, m->record);
    *seconds = weft_now() - begin;
    m->sim->step--;
    return status;
}

/* Is the grid cut along its slowest axis alone? */
static bool cut_in_slabs(const question *q)
{
    const weft_grid *g = q->plan ? &q->planned : q->m->sim->grid;
    int parts = 1;
    for (int a = 4 - g->dim; a < 3; a++)
        parts *= g->procs[a];
    return parts == 1;
}

/* What snapshots take beside the run. Where several ranks write chunks that are compressed, or that
 * they share since the grid is cut along another axis than the slowest one, HDF5 holds all chunks
 * that a rank writes of a field at once; else one chunk (of 1 MiB) is in memory, and of those that
 * are shared at the two ends of a slab two copies. The coordinates of the longest axis are in
 * memory when the file is made, and when a checkpoint keeps what a later write may change. */
static double snapshot_bytes(const question *q)
{
    const run_member *m = q->m;
    double most = 0, longest = 0;
    if (run_calendar_records(&m->fields) == 0)
        return 0;
    for (int i = 0; i < m->sim->state->n; i++) {
        const weft_field_spec *f = &m->sim->state->field[i].spec;
        if (run_output_wants(m->input, f->name))
            most = fmax(most, f->element == WEFT_U8 ? 1 : 8);
    }
    for (int a = 0; a < q->input->dim; a++)
        longest = fmax(longest, 8.0 * (double)q->input->n[a]);
    double held = q->ranks > 1 ? most * run_plan_sites(q->input) / q->ranks : 0;
    if (m->input->output->compress == 0 && cut_in_slabs(q))
        held = fmin(held, 5.0 * 1024 * 1024);
    return longest + held;
}

/* After steps and a record, which take memory of their own: the tables and stages of a stepper are
 * often larger than the fields. Checkpoints are packed in turns of some megabytes. */
static void print_memory(const question *q)
{
    MPI_Comm comm = q->m->sim->grid->comm;
    double peak = (double)weft_memory_peak(), writing = snapshot_bytes(q);
    MPI_Allreduce(MPI_IN_PLACE, &peak, 1, MPI_DOUBLE, MPI_MAX, comm);
    if (q->plan)
        run_plan_say_memory(q->m, &q->planned, q->before, peak, writing);
    else
        run_say_bytes("memory a rank, at most", peak + writing);
    double process = fmax(q->process, (double)(weft_memory_process() - weft_memory_bytes()));
    MPI_Allreduce(MPI_IN_PLACE, &process, 1, MPI_DOUBLE, MPI_MAX, comm);
    if (process > 0)
        run_say_bytes("program and libraries", process);
}

/* The factor 3 is the error check, which advances a second replica by two half steps for each step.
 * Replicas are counted one after the other, each on all ranks. */
static weft_status estimate(const question *q)
{
    run_member *m = q->m;
    const int64_t replicas = q->input->ensemble->replicas;
    const double more =
        run_plan_sites(q->input) / run_plan_sites(m->input) * m->sim->grid->size / q->ranks;
    double per_unit, per_record, length;
    char text[32];
    WEFT_TRY(run_member_start(m, 0));
    WEFT_TRY(calibrate(m, &per_unit, &length));
    WEFT_TRY(run_rest_look(m));
    WEFT_TRY(record_seconds(m, &per_record));
    if (replicas == 1) /* records wait in memory, those of an ensemble in its sums */
        run_rows_free(run_rows_create(NULL, m));
    print_memory(q);
    double seconds = length * per_unit * (m->half ? 3 : 1) +
                     (double)run_calendar_records(&m->observe) * per_record;
    seconds *= more * (double)replicas;
    weft_duration_text(seconds, text, sizeof text);
    weft_say("%-24s %s (from a calibration of %lld steps; outputs%s not counted)", "estimated time",
             text, (long long)(m->sim->step - m->timing.first),
             q->plan ? " and messages between the ranks" : "");
    if (q->wall > 0 && seconds > q->wall) {
        char budget[32];
        weft_duration_text(q->wall, budget, sizeof budget);
        weft_warn("the run will take about %s, more than --wall %s: it will stop in good order and "
                  "need --resume",
                  text, budget);
    }
    return WEFT_OK;
}

/* How the ranks of a plan share the sites. Errors: WEFT_INPUT if the grid has no use for them. What
 * they share is said as a mean: the parts of a grid that cannot be cut evenly differ, as those of
 * slabs do where the ranks do not divide the slowest axis. */
static weft_status print_plan(question *q)
{
    const weft_input *in = q->input;
    const weft_layout layout = in->stepper->space == WEFT_K ? WEFT_TRANSFORM : in->plan.layout;
    const weft_layout narrowest = q->m->sim->fft ? WEFT_TRANSFORM : layout;
    const int most = weft_grid_max_ranks(in->dim, in->n, narrowest, q->ranks);
    char part[96] = "";
    if (most < q->ranks || !weft_grid_foresee(in->dim, in->n, layout, q->ranks, &q->planned))
        return weft_fail(WEFT_INPUT, "--ranks %d: this grid can use at most %d", q->ranks, most);
    for (int a = 0; a < in->dim; a++)
        snprintf(part + strlen(part), sizeof part - strlen(part), "%s%lld", a ? " x " : "",
                 (long long)q->m->input->n[a]);
    weft_say("%-24s %d rank%s (%s), %.4g sites a rank; measured on %s sites of the same spacing",
             "planned for", q->ranks, q->ranks == 1 ? "" : "s", weft_layout_name(layout),
             run_plan_sites(in) / q->ranks, part);
    return WEFT_OK;
}

/* Creating the member takes all the memory of a run and checks all that only the real
 * fields can tell, so that whatever passes here also starts. */
static weft_status check(MPI_Comm comm, const weft_input *measured, question *q)
{
    q->before = (double)weft_memory_bytes();
    q->process = (double)(weft_memory_process() - weft_memory_bytes());
    WEFT_TRY(run_member_create(comm, measured, &q->m));
    const run_member *m = q->m;
    print_parameters(q->input);
    if (m->timing.dt > 0)
        weft_say("%-24s %.10g%s, %lld steps", "time step", m->timing.dt,
                 m->timing.chosen ? " (chosen)" : "",
                 (long long)(m->timing.steps - m->timing.first));
    run_method_say(m);
    if (q->plan)
        WEFT_TRY(print_plan(q));
    else {
        q->ranks = m->sim->grid->size;
        print_layout(m, q->input->ensemble->replicas);
    }
    print_outputs(q);
    if (measured->model->describe)
        measured->model->describe(m->sim);
    return estimate(q);
}

/* The member is made as for a run, so that an error of a setup is found here and not in the queue.
 */
weft_status weft_run_check(MPI_Comm comm, const weft_input *input, double wall)
{
    question q = {.input = input, .wall = wall};
    weft_status status = check(comm, input, &q);
    run_member_free(q.m);
    return status;
}

weft_status weft_run_plan(MPI_Comm comm, const weft_input *input, const weft_input *part, int ranks,
                          double wall)
{
    question q = {.input = input, .plan = true, .ranks = ranks, .wall = wall};
    weft_status status = check(comm, part, &q);
    run_member_free(q.m);
    return status;
}
