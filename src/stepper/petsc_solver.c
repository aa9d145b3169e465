/* How the equations of a stage are solved: the tolerances, the linear solver, and when the matrix
 * is made.
 *
 * Newton's method takes whole steps. A search along each step for a smaller residual, PETSc's
 * default, takes ten times the turns where rates are fast: far from equilibrium their residual
 * says nothing of the error. A stage that does not converge is tried with a shorter step. */
#include "petsc_solver.h"
#include "petsc_line.h"
#include "weft/observe.h"
#include <math.h>
#include <string.h>

enum { WIDEST_BAND = 8, WEAK = 3 };

/* Linear systems are solved to a part of what a step changes that is allowed as its error, and
 * Newton's method below the error of the step's equation, so that the error estimate is that of the
 * method: with a hundredth of that part the errors of runs are the same to 1 %. */
static PetscErrorCode set_tolerances(stepper_petsc *p, double rtol, double atol)
{
    SNES snes;
    KSP ksp;
    PetscCall(TSSetTolerances(p->ts, atol, NULL, rtol, NULL));
    PetscCall(TSGetSNES(p->ts, &snes));
    PetscCall(SNESGetKSP(snes, &ksp));
    PetscCall(SNESSetTolerances(snes, 0.01 * atol, fmax(1e-12, 1e-3 * rtol), PETSC_DEFAULT,
                                PETSC_DEFAULT, PETSC_DEFAULT));
    PetscCall(
        KSPSetTolerances(ksp, fmax(1e-12, fmin(1e-3, rtol)), PETSC_DEFAULT, PETSC_DEFAULT, 300));
    return 0;
}

/* Do the user's options name one of these words? Options are read later than the solver is chosen,
 * and must find what they are for. */
static bool names(const stepper_petsc *p, const char *const word[])
{
    for (; *word; word++)
        if (strstr(p->options, *word))
            return true;
    return false;
}

/* On a line that one rank holds whole the matrix has a narrow band: its factors cost what
 * incomplete ones do, and solve at once what GMRES with those needs three turns for. Options for
 * the solver are for PETSc's own. */
static PetscErrorCode solve_directly(stepper_petsc *p, KSP ksp)
{
    static const char *const solver[] = {"ksp_", "pc_", "mat_", "snes_", NULL};
    PC pc;
    PetscCall(KSPSetType(ksp, KSPPREONLY));
    PetscCall(KSPGetPC(ksp, &pc));
    p->line = !names(p, solver) && stepper_petsc_line_fits(p);
    if (p->line)
        return stepper_petsc_line(p, pc);
    PetscCall(PCSetType(pc, PCLU));
    PetscCall(PCFactorSetMatOrderingType(pc, MATORDERINGNATURAL));
    return 0;
}

/* Where sites are coupled weakly over a step, the inverses of the blocks of sites alone do: they
 * take some more turns, each of half the price, and no factors of the whole matrix. WEAK: from
 * there on incomplete factors are cheaper (measured in two dimensions, all methods, rtol 1e-4 and
 * 1e-6). */
static PetscErrorCode precondition(stepper_petsc *p, PetscReal shift)
{
    const weft_grid *grid = p->sim->grid;
    SNES snes;
    KSP ksp;
    PC pc;
    int64_t strong = !(p->spread < WEAK * shift);
    weft_counts_max(grid->comm, &strong, 1);
    PetscCall(TSGetSNES(p->ts, &snes));
    PetscCall(SNESGetKSP(snes, &ksp));
    PetscCall(KSPGetPC(ksp, &pc));
    return PCSetType(pc, !strong ? PCPBJACOBI : grid->size > 1 ? PCBJACOBI : PCILU);
}

PetscErrorCode stepper_petsc_matrix(TS ts, PetscReal t, Vec u, Vec rate, PetscReal shift, Mat a,
                                    Mat out, void *context)
{
    stepper_petsc *p = context;
    PetscCall(stepper_petsc_jacobian(ts, t, u, rate, shift, a, out, p));
    return p->chooses ? precondition(p, shift) : 0;
}

/* Before each stage: the matrix is made anew where a step begins, or is tried again with another
 * length. A method with a memory has one stage a step, and begins with one of half the length,
 * whose factor of u' is another: each stage has its own matrix there. -2: once, and then not until
 * this is said again. */
static PetscErrorCode renew(TS ts, PetscReal stage)
{
    stepper_petsc *p;
    SNES snes;
    PetscReal now, h;
    PetscCall(TSGetApplicationContext(ts, &p));
    PetscCall(TSGetTime(ts, &now));
    PetscCall(TSGetTimeStep(ts, &h));
    const bool same = !p->multistep || stage == p->matrix_stage;
    if (!p->once || (now == p->matrix_time && h == p->matrix_step && same))
        return 0;
    p->matrix_stage = stage;
    p->matrix_time = now;
    p->matrix_step = h;
    PetscCall(TSGetSNES(ts, &snes));
    return SNESSetLagJacobian(snes, -2);
}

/* Where factors are what costs, they are made once a step, and so they are for linear systems, of
 * methods whose order does not need more; else in each second turn of Newton's method. */
PetscErrorCode stepper_petsc_solver(stepper_petsc *p, double rtol, double atol, int reach,
                                    bool linear)
{
    static const char *const own[] = {"pc_", "sub_", NULL};
    SNES snes;
    KSP ksp;
    SNESLineSearch search;
    PetscCall(set_tolerances(p, rtol, atol));
    PetscCall(TSGetSNES(p->ts, &snes));
    PetscCall(SNESGetKSP(snes, &ksp));
    PetscCall(SNESGetLineSearch(snes, &search));
    PetscCall(SNESLineSearchSetType(search, SNESLINESEARCHBASIC));
    const weft_grid *grid = p->sim->grid;
    const bool direct = grid->size == 1 && grid->dim == 1 && p->n * reach <= WIDEST_BAND;
    if (direct)
        PetscCall(solve_directly(p, ksp));
    p->chooses = !direct && !names(p, own);
    p->once = direct || linear;
    if (!p->once)
        PetscCall(SNESSetLagJacobian(snes, 2));
    PetscCall(TSSetApplicationContext(p->ts, p));
    PetscCall(TSSetPreStage(p->ts, renew));
    return 0;
}

PetscErrorCode stepper_petsc_matrix_options(stepper_petsc *p)
{
    PetscBool given;
    PetscCall(PetscOptionsHasName(NULL, NULL, "-snes_lag_jacobian", &given));
    p->once = p->once && !given;
    return 0;
}
