/* The model cgle: the complex Ginzburg-Landau equation for a complex amplitude u = re + i im,
 *
 *     u_t = mu u + D (1 + i alpha) lap u - g (1 + i beta) |u|^2 u
 *
 * (I. S. Aranson, L. Kramer, Rev. Mod. Phys. 74, 99 (2002), eq. (1)), by transforms or by second
 * differences. The two parts are one field of two components, each a real field with a transform of
 * its own.
 *
 * Invariants. Spectral: diffusion and dispersion are solved exactly for each mode by the stepper;
 * growth and saturation are formed on the grid. A cubic reaches three times the largest wavenumber;
 * keeping half of the wavenumbers makes the kept modes free of aliases (of the images of higher
 * waves that a grid cannot tell from lower ones), and `dealias: none` relies on a spectrum that has
 * decayed. Differences: each site reads two neighbours along each axis, so that one ghost layer
 * without corners is enough; operations at a site are the same on any rank, and bits do not depend
 * on the cut. The equation is equivariant under u -> u exp(i c): the kernels treat (re, im) as one
 * complex number, with no preferred direction but rounding. */
#include "cgle.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <math.h>
#include <string.h>

/* The section cgle; `.when` ties dealias to the scheme that reads it. */
static const weft_param table[] = {
    {WEFT_BIND_REAL(cgle_params, mu), .standard = "1", .range = "(0, inf)", .unit = "1/time",
     .help = "growth rate of small amplitudes"},
    {WEFT_BIND_REAL(cgle_params, D), .standard = "1", .range = "[0, inf)", .unit = "length^2/time",
     .help = "diffusion"},
    {WEFT_BIND_REAL(cgle_params, alpha), .standard = "0", .help = "dispersion, over D"},
    {WEFT_BIND_REAL(cgle_params, g), .standard = "1", .range = "(0, inf)",
     .unit = "1/(time amplitude^2)", .help = "saturation"},
    {WEFT_BIND_REAL(cgle_params, beta), .standard = "0",
     .help = "shift of the frequency with |u|^2, over g"},
    {WEFT_BIND_CHOICE(cgle_params, scheme), .standard = "spectral",
     .words = CGLE_SCHEMES(WEFT_ENUM_WORD),
     .help = "spectral, or second differences (with rk4 and PETSc's steppers)"},
    {WEFT_BIND_CHOICE(cgle_params, dealias), .standard = "none",
     .words = CGLE_DEALIAS(WEFT_ENUM_WORD),
     .help = "part of the wavenumbers that the nonlinear term sees; 1/2 is exact for a cubic",
     .when = "scheme=spectral"},
    {WEFT_BIND_CHOICES(cgle_params, boundary), .standard = "periodic",
     .words = CGLE_BOUNDARIES(WEFT_ENUM_WORD),
     .help = "of each axis, slowest first, or one for all"},
    {0},
};

/* Neumann boundaries of the spectral scheme are cosine transforms, which the grid chooses by itself
 * from p->boundary. Implicit PETSc steppers use the Jacobian of the family rhs. */
static weft_status plan(const weft_params *all, int dim, const int64_t *n, const double *length,
                        weft_plan *p)
{
    static const weft_boundary boundaries[] = {
        [CGLE_PERIODIC] = WEFT_PERIODIC, [CGLE_NEUMANN] = WEFT_NEUMANN};
    const cgle_params *own = weft_params_values(all, table);
    const bool spectral = own->scheme == CGLE_SPECTRAL;
    const int given = own->boundary.n;
    (void)n;
    (void)length;
    if (given != 1 && given != dim)
        return weft_param_fail(weft_params_section(all, "cgle"), "boundary",
                               "%d words for %d axes; give one for each axis, or one for all",
                               given, dim);
    for (int a = 0; a < dim; a++)
        p->boundary[a] = boundaries[own->boundary.value[given == 1 ? 0 : a]];
    p->layout = spectral ? WEFT_TRANSFORM : WEFT_BLOCKS;
    p->fft = spectral || weft_wants(all, "structure_factor");
    p->families =
        spectral ? WEFT_HAS_LINEAR_KM : WEFT_HAS_RHS | WEFT_HAS_JACOBIAN | WEFT_HAS_AUTONOMOUS;
    p->smooth = p->diffusive = own->D > 0;
    p->n_fields = 1;
    p->field[0] = (weft_field_spec){
        "u", "amplitude", "real and imaginary part of u", WEFT_EVOLVED, WEFT_F64, 2, 1, "u"};
    strcpy(p->parts, "re, im");
    return WEFT_OK;
}

/* work is a second copy of the field, on the grid and with ghosts, for the observables: the field
 * itself lives in k under a spectral stepper. */
static weft_status setup(weft_sim *sim)
{
    cgle *m = sim->data = weft_alloc(1, sizeof *m);
    static const double kept[] = {
        [CGLE_KEEP_ALL] = 1.0, [CGLE_KEEP_2_3] = 2.0 / 3.0, [CGLE_KEEP_1_2] = 0.5};
    m->p = *(const cgle_params *)weft_params_values(sim->params, table);
    sim->kept = m->keep = kept[m->p.dealias];
    m->field = &sim->state->field[0];
    m->extent = weft_grid_extent(sim->grid, 1);
    m->work = weft_alloc((size_t)(2 * m->extent.size), sizeof *m->work);
    return weft_halo_create(sim->grid, 1, 1, sizeof(double), 2, NULL, &m->halo);
}

static void destroy(weft_sim *sim)
{
    cgle *m = sim->data;
    weft_halo_free(m->halo);
    weft_free(m->work);
    if (m->buffer)
        weft_fft_buffer_free(sim->fft, m->buffer);
    weft_free(m->power);
    weft_free(m->count);
    weft_free(m);
}

/* ---- spectral ---- */

/* Two rows (re, im); the entries are real functions of k^2. */
static void linear_form(weft_sim *sim, weft_linear_form *form)
{
    (void)sim;
    *form = (weft_linear_form){.n = 2, .real = true, .isotropic = true};
}

/* -D (1 + i alpha) k^2 of the complex number (re, im), as a real 2 x 2 matrix a mode. The growth mu
 * is left to the nonlinear part: a linear part that does not grow needs no care for the
 * coefficients that a real field has twice (weft/model.h says what would go wrong). */
static void linear_km(weft_sim *sim, int64_t first, int64_t count, double complex *L)
{
    const cgle *m = sim->data;
    for (int64_t i = 0; i < count; i++) {
        double k2;
        weft_fft_k2(sim->fft, first + i, 1, &k2);
        const double a = m->p.D * k2, w = k2 * (m->p.D * m->p.alpha);
        L[4 * i] = L[4 * i + 3] = -a;
        L[4 * i + 1] = w;
        L[4 * i + 2] = -w;
    }
}

/* mu u - g (1 + i beta) |u|^2 u of n sites, in place. scale normalises what the backward transform
 * leaves. */
static void cubic_row(const cgle *m, double scale, int64_t n, double *restrict re,
                      double *restrict im)
{
    for (int64_t i = 0; i < n; i++) {
        double x = scale * re[i], y = scale * im[i], r = m->p.g * (x * x + y * y);
        re[i] = m->p.mu * x - r * (x - m->p.beta * y);
        im[i] = m->p.mu * y - r * (y + m->p.beta * x);
    }
}

/* In: coefficients of re and im. Out: those of the local part N(u). High modes are removed before
 * the product, so that they cannot fold back, and after it, so that the removed part stays empty.
 * Collective. */
static weft_status nonlinear_km(weft_sim *sim, double t, double *const *u)
{
    const cgle *m = sim->data;
    weft_fft *fft = sim->fft;
    const weft_box *box = &fft->real;
    (void)t;
    for (int c = 0; c < 2; c++) {
        if (m->keep < 1.0)
            weft_fft_dealias(fft, m->keep, u[c]);
        weft_fft_backward(fft, u[c]);
    }
    WEFT_FOR_ROWS(box, z, y) {
        int64_t at = weft_box_row(box, z, y);
        cubic_row(m, fft->scale, box->local[2], u[0] + at, u[1] + at);
    }
    for (int c = 0; c < 2; c++) {
        weft_fft_forward(fft, u[c]);
        if (m->keep < 1.0)
            weft_fft_dealias(fft, m->keep, u[c]);
    }
    return WEFT_OK;
}

/* ---- second differences ---- */

/* First owned site of a local row of component c; ghosts lie before it and behind it. */
static double *row_of(weft_field *field, int c, int64_t z, int64_t y)
{
    const weft_extent *e = &field->extent;
    return weft_field_data(field, c) + weft_extent_row(e, z, y);
}

/* The local part at the sites of a row; it sets the rates, diffuse_row then adds each axis. */
static void local_row(const cgle *m, int64_t n, const double *restrict re,
                      const double *restrict im, double *restrict out_re, double *restrict out_im)
{
    for (int64_t i = 0; i < n; i++) {
        double r = m->p.g * (re[i] * re[i] + im[i] * im[i]);
        out_re[i] = m->p.mu * re[i] - r * (re[i] - m->p.beta * im[i]);
        out_im[i] = m->p.mu * im[i] - r * (im[i] + m->p.beta * re[i]);
    }
}

/* Adds D (1 + i alpha) times the second difference along the axis whose neighbours are `stride`
 * apart. A difference of differences is exactly zero for a uniform state. */
static void diffuse_row(double D, double alpha, int64_t n, int64_t stride, const double *re,
                        const double *im, double *restrict out_re, double *restrict out_im)
{
    for (int64_t i = 0; i < n; i++) {
        double p = (re[i + stride] - re[i]) - (re[i] - re[i - stride]);
        double q = (im[i + stride] - im[i]) - (im[i] - im[i - stride]);
        out_re[i] += D * (p - alpha * q);
        out_im[i] += D * (q + alpha * p);
    }
}

/* The family rhs for fd2. Axes are added in the order x, y, z on every rank. */
static weft_status rhs(weft_sim *sim, double t, weft_state *u, weft_state *du)
{
    const cgle *m = sim->data;
    const weft_grid *grid = sim->grid;
    weft_field *from = &u->field[0], *to = &du->field[0];
    (void)t;
    weft_field_exchange(from);
    WEFT_FOR_ROWS(grid, z, y) {
        const double *re = row_of(from, 0, z, y), *im = row_of(from, 1, z, y);
        double *out_re = row_of(to, 0, z, y), *out_im = row_of(to, 1, z, y);
        local_row(m, grid->local[2], re, im, out_re, out_im);
        for (int a = 2; a >= 3 - grid->dim; a--)
            diffuse_row(m->p.D / (grid->dx[a] * grid->dx[a]), m->p.alpha, grid->local[2],
                        from->extent.stride[a], re, im, out_re, out_im);
    }
    return WEFT_OK;
}

/* The matrix of the diffusion that an implicit stepper solves: D (1 + i alpha) as a rotation and a
 * stretch. */
static void diffusion(weft_sim *sim, double *D)
{
    const cgle *m = sim->data;
    D[0] = D[3] = m->p.D;
    D[1] = -m->p.D * m->p.alpha;
    D[2] = m->p.D * m->p.alpha;
}

/* Derivatives of local_row: with r = p^2 + q^2, R_re = mu p - g r (p - beta q), R_im = mu q - g r
 * (q + beta p), four blocks of n values: dR_re/dp, dR_re/dq, dR_im/dp, dR_im/dq. */
static void jacobian(weft_sim *sim, double t, weft_state *u, int64_t z, int64_t y, double *out)
{
    const cgle *m = sim->data;
    const int64_t n = sim->grid->local[2];
    const double *re = row_of(&u->field[0], 0, z, y), *im = row_of(&u->field[0], 1, z, y);
    const double g = m->p.g, b = m->p.beta;
    (void)t;
    for (int64_t i = 0; i < n; i++) {
        double p = re[i], q = im[i], r = p * p + q * q;
        out[i] = m->p.mu - g * (r + 2 * p * (p - b * q));
        out[n + i] = -g * (2 * q * (p - b * q) - b * r);
        out[2 * n + i] = -g * (2 * p * (q + b * p) + b * r);
        out[3 * n + i] = m->p.mu - g * (r + 2 * q * (q + b * p));
    }
}

/* The largest |u|^2 of the present state. Collective. */
static double largest(weft_sim *sim)
{
    weft_field *field = &sim->state->field[0];
    double most = 0.0;
    for (int c = 0; c < 2; c++) { /* of each part, since a spectral state has one buffer */
        weft_view view = weft_field_view(sim->state, field, c, NULL);
        const double top =
            fmax(weft_view_max(sim->grid->comm, &view), -weft_view_min(sim->grid->comm, &view));
        most = fmax(most, top * top);
    }
    return most;
}

/* Rate of the local part: mu (2 + |beta|) near the saturated state, |u|^2 = mu/g. An amplitude that
 * starts far above it falls at the rate of its own Jacobian, whose eigenvalues for s = g |u|^2 are
 * mu - 2 s +- s sqrt(1 - 3 beta^2). Two thirds of their modulus count, so that the overshoot of
 * turbulence (|u|^2 up to 1.5 mu/g) asks for no shorter step. */
static double local_rate(const cgle *m, double s)
{
    const double root = 1.0 - 3.0 * m->p.beta * m->p.beta, trace = fabs(m->p.mu - 2.0 * s);
    const double modulus = root > 0.0 ? trace + s * sqrt(root) : hypot(trace, s * sqrt(-root));
    return fmax(m->p.mu * (2.0 + fabs(m->p.beta)), modulus / 1.5);
}

/* decay: a bound on the modulus of all eigenvalues of the linearised right-hand side. */
static weft_rates rates(weft_sim *sim)
{
    const cgle *m = sim->data;
    double sum = 0.0, local = local_rate(m, m->p.g * largest(sim));
    for (int a = 3 - sim->grid->dim; a < 3 && m->p.scheme != CGLE_SPECTRAL; a++)
        sum += 4.0 * m->p.D / (sim->grid->dx[a] * sim->grid->dx[a]);
    /* A disc about the origin: the spectrum is complex. A tenth more, since the stability region of
     * rk4 has dents; and it sticks out of the disc of its decay limit by less than a tenth. */
    const double linear = hypot(1.0, m->p.alpha) * sum;
    return (weft_rates){.decay = 1.1 * (linear + local),
                        .accuracy = 0.2 / local,
                        .certain = fmax(0.0, linear - local) / (1.21 * (linear + local)),
                        .varies = true};
}

/* Stability of plane waves, a control number of the run: Eckhaus's limit, or none stable
 * (Benjamin-Feir). */
static void describe(weft_sim *sim)
{
    const cgle *m = sim->data;
    double stable = 1.0 + m->p.alpha * m->p.beta;
    if (stable > 0.0)
        weft_say("Eckhaus                  plane waves stable for k^2 < %.4g",
                 m->p.mu / m->p.D * stable /
                     (3.0 + m->p.alpha * m->p.beta + 2.0 * m->p.beta * m->p.beta));
    else
        weft_say("Benjamin-Feir            1 + alpha beta = %.4g < 0: all plane waves unstable",
                 stable);
}

const weft_model weft_model_cgle = {
    .name = "cgle",
    .summary =
        "complex Ginzburg-Landau equation: plane waves, spirals, phase and defect turbulence",
    .reference = "I. S. Aranson, L. Kramer, Rev. Mod. Phys. 74, 99 (2002), eq. (1)",
    .params = table,
    .stepper = WEFT_NAMES("etdrk4", "rk4"),
    .observe = WEFT_NAMES("amplitude", "wavenumber"),
    .fields = WEFT_NAMES("u"),
    .observables = cgle_observables,
    .initials = cgle_initials,
    .families = {.rhs = rhs,
                 .diffusion = diffusion,
                 .jacobian = jacobian,
                 .linear_form = linear_form,
                 .linear_km = linear_km,
                 .nonlinear_km = nonlinear_km},
    .plan = plan,
    .setup = setup,
    .destroy = destroy,
    .rates = rates,
    .describe = describe,
};
