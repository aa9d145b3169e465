/* Equations of the input: ns per site and step, beside the models that weft has for the same
 * physics, or alone for other programs to be held against.
 *
 * usage: bench_equation [WORD]      pairs of an equation and a built-in model, with their ratio;
 *                                   those alone whose name has WORD in it
 *        bench_equation ks|sh|ns N [PLANNING]
 *                                   one equation with etdrk4, that of equation_bound.c
 *        bench_equation ks|sh|ns N STEPS
 *                                   its values after so many steps, y slowest, one on a line */
#include "bench.h"
#include <ctype.h>

typedef struct pair_case {
    const char *name, *built_in, *equation;
} pair_case;

static const pair_case pairs[] = {
    {"kpz 1D 4096, etd_heun",
     "model: kpz\ngrid: {n: [4096], length: [2048.0]}\n"
     "kpz: {nu: 1.3, lambda: 2.0, noise: 0.5, scheme: spectral}\n"
     "initial: {type: flat}\ntime: {stepper: etd_heun, dt: 0.02, end: 1000.0}\n",
     "model: equation\ngrid: {n: [4096], length: [2048.0]}\n"
     "equation: {fields: [h], equations: [\"dt(h) = 1.3*lap(h) + grad2(h) + sqrt(2*0.5)*xi\"]}\n"
     "initial: {type: formula, h: 0}\n"
     "time: {stepper: etd_heun, dt: 0.02, end: 1000.0}\n"},
    {"cgle 256^2, etdrk4",
     "model: cgle\ngrid: {n: [256, 256], length: [200.0, 200.0]}\n"
     "cgle: {D: 1.2, alpha: 1.5, beta: -0.7, scheme: spectral, dealias: 1/2}\n"
     "time: {stepper: etdrk4, dt: 0.02, end: 1000.0}\ninitial: {type: random}\n",
     "model: equation\ngrid: {n: [256, 256], length: [200.0, 200.0]}\n"
     "equation: {fields: {u: complex}, parameters: {D: 1.2, alpha: 1.5, beta: -0.7}, equations: "
     "[\"dt(u) = u + D*(1 + i*alpha)*lap(u) - (1 + i*beta)*abs2(u)*u\"]}\n"
     "initial: {type: formula, u: 0.1*normal + 0.1*i*normal}\n"
     "time: {stepper: etdrk4, dt: 0.02, end: 1000.0}\n"},
    {"klein_gordon sine-Gordon 1D 4096, strang",
     "model: klein_gordon\ngrid: {n: [4096], length: [400.0]}\n"
     "klein_gordon: {potential: sine_gordon}\n"
     "initial: {type: gaussian, amplitude: 0.5, width: 3.0}\n"
     "time: {stepper: strang, dt: 0.01, end: 1000.0}\n",
     "model: equation\ngrid: {n: [4096], length: [400.0]}\n"
     "equation: {fields: [phi], equations: [\"dtt(phi) = lap(phi) - sin(phi)\"]}\n"
     "initial: {type: formula, phi: 0.5*exp(-x^2/18)}\n"
     "time: {stepper: strang, dt: 0.01, end: 1000.0}\n"},
    {"klein_gordon phi^4 256^2, split4",
     "model: klein_gordon\ngrid: {n: [256, 256], length: [64.0, 64.0]}\n"
     "klein_gordon: {potential: phi4}\n"
     "initial: {type: gaussian, amplitude: 0.5, width: 3.0}\n"
     "time: {stepper: split4, dt: 0.05, end: 1000.0}\n",
     "model: equation\ngrid: {n: [256, 256], length: [64.0, 64.0]}\n"
     "equation: {fields: [phi], dealias: none, equations: [\"dtt(phi) = lap(phi) + phi - "
     "phi^3\"]}\n"
     "initial: {type: formula, phi: 0.5*exp(-(x^2 + y^2)/18)}\n"
     "time: {stepper: split4, dt: 0.05, end: 1000.0}\n"},
    {"Gray-Scott 256^2, rk4",
     "model: reaction_diffusion\ngrid: {n: [256, 256], length: [256.0, 256.0]}\n" BENCH_GRAY_SCOTT
     "time: {stepper: rk4, dt: 0.5, end: 1000.0}\n",
     "model: equation\ngrid: {n: [256, 256], length: [256.0, 256.0]}\n"
     "equation:\n  fields: [U, V]\n  space: lattice\n  parameters: {feed: 0.037, kill: 0.06}\n"
     "  equations:\n    - dt(U) = 0.16*lap(U) - U*V^2 + feed*(1 - U)\n"
     "    - dt(V) = 0.08*lap(V) + U*V^2 - (feed + kill)*V\n"
     "initial: {type: formula, U: \"where(x^2 + y^2 < 64, 0.5, 1)\", V: \"where(x^2 + y^2 < 64, "
     "0.25, 0)\"}\n"
     "time: {stepper: rk4, dt: 0.5, end: 1000.0}\n"},
    {"Kuramoto ring 4096, rk4",
     "model: kuramoto\ngrid: {n: [4096]}\nkuramoto: {coupling: 1.2, phase_lag: 0.3}\n"
     "initial: {type: random}\ntime: {stepper: rk4, dt: 0.02, end: 1000.0}\n",
     "model: equation\ngrid: {n: [4096], length: [4096.0]}\n"
     "equation:\n  fields: [p]\n  space: lattice\n  parameters: {K: 1.2, a: 0.3}\n"
     "  equations: [\"dt(p) = K*(sin(p[1] - p + a) + sin(p[-1] - p + a) - 2*sin(a))\"]\n"
     "initial: {type: formula, p: 6.283*uniform}\ntime: {stepper: rk4, dt: 0.02, end: 1000.0}\n"},
};

static void bench_case(const pair_case *c)
{
    test_run model, equation;
    run_open(&model, "%s", c->built_in);
    run_open(&equation, "%s", c->equation);
    bench_side built_in = bench_run("the built-in model", &model);
    bench_row("equations", "ns/site/step", bench_run(c->name, &equation), &built_in);
    run_close(&model);
    run_close(&equation);
}

/* ---- the equations of equation_bound.c, with its boxes, steps and initial states ---- */

/* That program lets FFTW search for its plans; weft's default (estimate) does not, so that the bits
 * of a run are the same each time. Like is held against like: planning is the same on both sides.
 */
static void open_bound(test_run *r, const char *name, int n, const char *planning)
{
    if (!strcmp(name, "ks"))
        run_open(r,
                 "model: equation\ngrid: {n: [%d], length: [%.17g]}\n"
                 "equation: {fields: [u], equations: [\"dt(u) = -lap(u) - lap(lap(u)) - "
                 "dx(u^2)/2\"]}\n"
                 "initial: {type: formula, u: \"cos(8*pi*x/%.17g)*(1 + sin(8*pi*x/%.17g))\"}\n"
                 "time: {stepper: etdrk4, dt: 0.05, end: 1000.0}\nfft: {planning: %s}\n",
                 n, M_PI * n / 8, M_PI * n / 8, M_PI * n / 8, planning);
    else if (!strcmp(name, "sh"))
        run_open(r,
                 "model: equation\ngrid: {n: [%d, %d], length: [64.0, 64.0]}\n"
                 "equation: {fields: [u], equations: [\"dt(u) = 0.7*u - (u + 2*lap(u) + "
                 "lap(lap(u))) - u^3\"]}\n"
                 "initial: {type: formula, u: 0.1*sin(x + 32)*cos(y + 32)}\n"
                 "time: {stepper: etdrk4, dt: 0.05, end: 1000.0}\nfft: {planning: %s}\n",
                 n, n, planning);
    else
        run_open(r,
                 "model: equation\ngrid: {n: [%d, %d], length: [%.17g, %.17g]}\n"
                 "equation:\n  fields: [w]\n  equations:\n    - lap(psi) = -w\n"
                 "    - dt(w) = 1.0e-3*lap(w) - dy(psi)*dx(w) + dx(psi)*dy(w)\n"
                 "initial: {type: formula, w: cos(2*y)*sin(3*x + pi) + 0.3*cos(5*x + y)}\n"
                 "time: {stepper: etdrk4, dt: 0.002, end: 1000.0}\nfft: {planning: %s}\n",
                 n, n, 2 * M_PI, 2 * M_PI, planning);
}

static void bench_bound(const char *name, int n, const char *planning)
{
    test_run r;
    open_bound(&r, name, n, planning);
    bench_row("equations", "ns/site/step", bench_run(name, &r), NULL);
    run_close(&r);
}

/* The values of the field after so many steps, one on a line: peers are held against them. */
static void values(const char *name, int n, int steps)
{
    test_run r;
    open_bound(&r, name, n, "estimate");
    bench_steps(&r, steps);
    run_must(r.sim->model->derive ? r.sim->model->derive(r.sim) : WEFT_OK);
    double *x = run_field(&r, *name == 'n' ? "w" : "u", 0);
    for (int64_t i = 0; i < weft_grid_sites(r.sim->grid); i++)
        printf("%.17g\n", x[i]);
    weft_free(x);
    run_close(&r);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    if (argc > 3 && isdigit(argv[3][0]))
        values(argv[1], atoi(argv[2]), atoi(argv[3]));
    else if (argc > 2)
        bench_bound(argv[1], atoi(argv[2]), argc > 3 ? argv[3] : "measure");
    else
        for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
            if (argc < 2 || strstr(pairs[i].name, argv[1]))
                bench_case(&pairs[i]);
    MPI_Finalize();
    return 0;
}
