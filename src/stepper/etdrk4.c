/* Exponential Runge-Kutta method of order 4 for coupled fields, u_t = L(k) u + N(u, t):
 *     p = E2 u + Q N(u), q = E2 u + Q N(p), r = E2 p + Q (2 N(q) - N(u)),
 *     u = E u + f1 N(u) + 2 f2 (N(p) + N(q)) + f3 N(r),
 * E = exp(L h), E2 = exp(L h/2), Q = (h/2) phi_1(L h/2), f1 = h (phi_1 - 3 phi_2 + 4 phi_3),
 * f2 = h (phi_2 - 2 phi_3), f3 = h (4 phi_3 - phi_2), phi_k = phi_k(L h): S. M. Cox, P. C.
 * Matthews, J. Comput. Phys. 176, 430 (2002), eqs. (26)-(29), which hold for matrices as they
 * stand.
 *
 * The classical order 4 shows for h |L| of order one. Where the nonlinear part feeds modes with a
 * large h |L| the order falls, to 2 at worst (M. Hochbruck, A. Ostermann, SIAM J. Numer. Anal. 43,
 * 1069 (2005)).
 *
 * A diagonal L, and the 2 x 2 rows (a, -b), (b, a) of one complex field, are numbers for each mode:
 * their functions are those of numbers. */
#include "etdrk4.h"
#include "phi.h"
#include "weft/memory.h"
#include <string.h>

/* ---- functions of one matrix ---- */

/* All six coefficients of one number L. E2 is taken from its own exponential: a square root
 * of E would lose the sign. */
static void of_number(double complex L, double h, double complex out[ETDRK4_TABLES])
{
    const double complex z = stepper_complex(h * creal(L), h * cimag(L));
    double complex c[4];
    stepper_phi_etdrk4(z, c);
    out[ETDRK4_E] = stepper_exp(z);
    out[ETDRK4_E2] = stepper_exp(0.5 * z);
    for (int j = 0; j < 4; j++)
        out[ETDRK4_Q + j] = h * c[j];
}

/* The rows (a, -b), (b, a) of a complex field u_t = (a + i b) u. */
static bool is_complex_number(int n, const double complex *L)
{
    return n == 2 && L[0] == L[3] && L[1] == -L[2] && cimag(L[0]) == 0.0 && cimag(L[1]) == 0.0;
}

/* Components that do not feel each other in the linear part. */
static bool is_diagonal(int n, const double complex *L)
{
    for (int e = 0; e < n * n; e++)
        if (e % (n + 1) != 0 && L[e] != 0.0)
            return false;
    return true;
}

/* phi functions of L h/2, then of L h, by their own scaling and squaring (phi.c). */
static void of_matrix(int n, const double complex *L, double h, double complex *const *out)
{
    const int m = n * n;
    double complex A[m], memory[STEPPER_PHIS][m];
    double complex *phi[STEPPER_PHIS] = {memory[0], memory[1], memory[2], memory[3]};
    for (int e = 0; e < m; e++)
        A[e] = 0.5 * h * L[e];
    stepper_phi(n, A, phi);
    for (int e = 0; e < m; e++) {
        out[ETDRK4_E2][e] = phi[0][e];
        out[ETDRK4_Q][e] = 0.5 * h * phi[1][e];
        A[e] = h * L[e];
    }
    stepper_phi(n, A, phi);
    for (int e = 0; e < m; e++) {
        out[ETDRK4_E][e] = phi[0][e];
        out[ETDRK4_F1][e] = h * (phi[1][e] - 3.0 * phi[2][e] + 4.0 * phi[3][e]);
        out[ETDRK4_F2][e] = h * (phi[2][e] - 2.0 * phi[3][e]);
        out[ETDRK4_F3][e] = h * (4.0 * phi[3][e] - phi[2][e]);
    }
}

/* The six matrices of one mode. The forms that are numbers go first: they are faster, and
 * more accurate than small matrices. What is taken depends on L alone, so that a table is
 * the same in every run. */
static void functions(int n, const double complex *L, const double complex *B, const void *context,
                      double complex *const *out)
{
    const double h = *(const double *)context;
    double complex c[ETDRK4_TABLES];
    (void)B;
    if (is_diagonal(n, L)) {
        for (int f = 0; f < ETDRK4_TABLES; f++)
            memset(out[f], 0, (size_t)(n * n) * sizeof **out);
        for (int i = 0; i < n; i++) {
            of_number(L[i * n + i], h, c);
            for (int f = 0; f < ETDRK4_TABLES; f++)
                out[f][i * n + i] = c[f];
        }
    } else if (is_complex_number(n, L)) {
        of_number(stepper_complex(creal(L[0]), creal(L[2])), h, c);
        for (int f = 0; f < ETDRK4_TABLES; f++) {
            out[f][0] = out[f][3] = creal(c[f]);
            out[f][1] = -cimag(c[f]);
            out[f][2] = cimag(c[f]);
        }
    } else {
        of_matrix(n, L, h, out);
    }
}

/* ---- life ---- */

/* Fixed steps need five stages; the pair with an error one more, for the new state. */
void stepper_etdrk4_setup(weft_sim *sim, int stages, etdrk4 *e)
{
    stepper_modal_setup(sim, &e->modal);
    for (int i = 0; i < stages; i++)
        e->stage[i] = stepper_modal_buffers(sim->fft, e->modal.n);
}

/* Works on a method whose tables were never made. */
void stepper_etdrk4_free(weft_sim *sim, etdrk4 *e)
{
    for (int f = 0; f < ETDRK4_TABLES; f++)
        stepper_table_free(&e->table[f]);
    for (int i = 0; i < ETDRK4_STAGES; i++)
        stepper_modal_release(sim->fft, e->modal.n, e->stage[i]);
    stepper_modal_free(sim, &e->modal);
}

/* A table is a function of h alone. How often conjugate pairs are made equal is found with
 * the first table; it is a time, and holds for all steps. */
void stepper_etdrk4_prepare(weft_sim *sim, etdrk4 *e, double h)
{
    if (e->table[0].rows && e->h == h)
        return;
    const bool first = e->table[0].rows == 0;
    stepper_modal_tables(sim, &e->modal, functions, &h, ETDRK4_TABLES, e->table);
    e->h = h;
    if (first)
        stepper_modal_watch(sim, &e->modal, h, &e->table[ETDRK4_E]);
}

/* ---- a step ---- */

/* The names are those of the formulas above: nu is N(u), np is N(p), and so on. p itself is
 * kept, since r needs it. */
weft_status stepper_etdrk4_advance(weft_sim *sim, etdrk4 *e, double *const *out)
{
    const weft_fft *fft = sim->fft;
    const stepper_modal *m = &e->modal;
    const stepper_table *f = e->table;
    weft_status (*nonlinear)(weft_sim *, double, double *const *) =
        sim->model->families.nonlinear_km;
    double *const *u = m->u, *const *nu = e->stage[0], *const *np = e->stage[1];
    double *const *nq = e->stage[2], *const *nr = e->stage[3], *const *p = e->stage[4];
    const double t = sim->time, h = e->h;
    stepper_modal_sum(fft, m, NULL, 2,
                      (stepper_term[]){{&f[ETDRK4_E2], 1, u}, {&f[ETDRK4_Q], 1, nu}}, p, np);
    WEFT_TRY(nonlinear(sim, t + 0.5 * h, np));
    stepper_modal_sum(fft, m, NULL, 2,
                      (stepper_term[]){{&f[ETDRK4_E2], 1, u}, {&f[ETDRK4_Q], 1, np}}, nq, NULL);
    WEFT_TRY(nonlinear(sim, t + 0.5 * h, nq));
    stepper_modal_sum(
        fft, m, NULL, 3,
        (stepper_term[]){{&f[ETDRK4_E2], 1, p}, {&f[ETDRK4_Q], 2, nq}, {&f[ETDRK4_Q], -1, nu}}, nr,
        NULL);
    WEFT_TRY(nonlinear(sim, t + h, nr));
    stepper_modal_sum(fft, m, NULL, 5,
                      (stepper_term[]){{&f[ETDRK4_E], 1, u},
                                       {&f[ETDRK4_F1], 1, nu},
                                       {&f[ETDRK4_F2], 2, np},
                                       {&f[ETDRK4_F2], 2, nq},
                                       {&f[ETDRK4_F3], 1, nr}},
                      out, NULL);
    return WEFT_OK;
}
