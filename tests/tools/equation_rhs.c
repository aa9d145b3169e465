/* Right-hand sides of equations as the steppers see them, for the comparison with an independent
 * program (tests/cli/test_equation_random.py).
 *
 * usage: equation_rhs LIST: each line of LIST is "INPUT OUTPUT"; the output file holds doubles, all
 * grid values of every component at time 0, then those of its time derivative: by L(k) u + N(u)
 * where the model has these, by its right-hand side on the grid elsewhere. One rank. */
#include "../run.h"
#include <complex.h>
#include <string.h>

enum { MOST = 24 };

static int components(test_run *r, double **data)
{
    int n = 0;
    for (int f = 0; f < r->sim->state->n; f++) {
        weft_field *field = &r->sim->state->field[f];
        if (field->spec.role != WEFT_EVOLVED && field->spec.role != WEFT_MOMENTUM)
            continue;
        for (int c = 0; c < field->spec.components; c++)
            data[n++] = weft_field_data(field, c);
    }
    return n;
}

/* Grid values of coefficients in a buffer, which is used up. */
static void put_modes(weft_fft *fft, double *buffer, FILE *out)
{
    const weft_box *box = &fft->real;
    weft_fft_backward(fft, buffer);
    WEFT_FOR_ROWS(box, z, y) {
        double *row = buffer + weft_box_row(box, z, y);
        for (int64_t x = 0; x < box->local[2]; x++)
            row[x] *= fft->scale;
        fwrite(row, sizeof *row, (size_t)box->local[2], out);
    }
}

static void modes(test_run *r, FILE *out)
{
    weft_fft *fft = r->sim->fft;
    const weft_families *f = &r->input->model->families;
    double *u[MOST], *N[MOST], *work = weft_fft_buffer(fft);
    const int n = components(r, u);
    const size_t bytes = (size_t)(fft->modes * fft->per_mode) * sizeof(double);
    double complex *L = weft_alloc((size_t)(fft->modes * n * n), sizeof *L);
    for (int i = 0; i < n; i++) {
        N[i] = weft_fft_buffer(fft);
        memcpy(work, u[i], bytes);
        put_modes(fft, work, out);
        memcpy(N[i], u[i], bytes);
    }
    run_must(f->nonlinear_km(r->sim, 0.0, N));
    f->linear_km(r->sim, 0, fft->modes, L);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            for (int64_t m = 0; m < fft->modes; m++) {
                double complex a = L[(m * n + i) * n + j];
                if (fft->per_mode == 1) {
                    N[i][m] += creal(a) * u[j][m];
                    continue;
                }
                double complex b = a * (u[j][2 * m] + I * u[j][2 * m + 1]);
                N[i][2 * m] += creal(b);
                N[i][2 * m + 1] += cimag(b);
            }
        put_modes(fft, N[i], out);
    }
    for (int i = 0; i < n; i++)
        weft_fft_buffer_free(fft, N[i]);
    weft_fft_buffer_free(fft, work);
    weft_free(L);
}

static void put_state(weft_state *state, FILE *out)
{
    for (int f = 0; f < state->n; f++) {
        weft_field *field = &state->field[f];
        if (field->spec.role != WEFT_EVOLVED && field->spec.role != WEFT_MOMENTUM)
            continue;
        for (int c = 0; c < field->spec.components; c++) {
            weft_view view = weft_field_view(state, field, c, NULL);
            WEFT_FOR_ROWS(&view, z, y)
                fwrite(weft_row(&view, z, y), sizeof(double), (size_t)view.local[2], out);
        }
    }
}

static void grid(test_run *r, FILE *out)
{
    weft_state *du;
    run_must(weft_state_like(r->sim->state, &du));
    run_must(r->input->model->families.rhs(r->sim, 0.0, r->sim->state, du));
    put_state(r->sim->state, out);
    put_state(du, out);
    weft_state_free(du);
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    static char text[65536];
    if (!file)
        run_must(weft_fail(WEFT_IO, "%s cannot be read", path));
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

/* Is the equation refused as ill posed, when it is read or at the start? */
static bool ill_posed(const char *path)
{
    weft_input *in = NULL;
    weft_sim *sim = NULL;
    weft_status status = weft_input_load(path, read_text(path), 0, NULL, &in);
    if (status == WEFT_OK)
        status = weft_sim_create(MPI_COMM_WORLD, in, &sim);
    if (status == WEFT_OK)
        status = weft_sim_start(sim, in, 0, true);
    const bool ill = status != WEFT_OK && strstr(weft_error_message(), "ill posed");
    weft_error_clear();
    weft_sim_free(sim);
    weft_input_free(in);
    return ill;
}

int main(int argc, char **argv)
{
    char input[4096], output[4096];
    MPI_Init(&argc, &argv);
    FILE *list = argc > 1 ? fopen(argv[1], "r") : NULL;
    while (list && fscanf(list, "%4095s %4095s", input, output) == 2) {
        test_run r;
        FILE *out = fopen(output, "wb");
        if (ill_posed(input)) { /* refused with reason: an empty file */
            fclose(out);
            continue;
        }
        run_start(&r, MPI_COMM_WORLD, read_text(input));
        if (r.sim->state->field[0].space == WEFT_K)
            modes(&r, out);
        else
            grid(&r, out);
        fclose(out);
        run_close(&r);
    }
    if (list)
        fclose(list);
    MPI_Finalize();
    return list ? 0 : 1;
}
