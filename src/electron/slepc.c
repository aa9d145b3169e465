/* The levels next to the chemical potential by SLEPc, shift-and-invert about mu with MUMPS.
 *
 * Shift-and-invert turns the levels nearest to mu into the largest ones of (H - mu)^-1,
 * which a Krylov method finds in a few steps (V. Hernandez, J. E. Roman, V. Vidal, ACM Trans. Math.
 * Softw. 31, 351 (2005)). If all that are found lie on one side of mu, more are asked for. Where
 * 128 levels have all of them on one side, the other is left at infinity: the gap is not known. */
#include "dense.h"
#include "weft/memory.h"
#include "weft/petsc.h"
#include <math.h>
#include <slepceps.h>
#include <stdio.h>

enum { MOST_LEVELS = 128 };

const char *el_slepc_missing(void)
{
    return NULL;
}

/* Asked of the library that is linked, which may be newer than the headers of the build. */
const char *el_slepc_version(void)
{
    static char text[32];
    PetscInt v[3], release;
    SlepcGetVersionNumber(&v[0], &v[1], &v[2], &release);
    snprintf(text, sizeof text, "SLEPc %d.%d.%d", (int)v[0], (int)v[1], (int)v[2]);
    return text;
}

/* On top of PETSc, which is started first: its memory is counted, and at the end of the program it
 * ends SLEPc's parts with its own. */
static weft_status start_slepc(void)
{
    PetscBool on = PETSC_FALSE;
    WEFT_TRY(weft_petsc_start());
    if (SlepcInitialized(&on) || (!on && SlepcInitializeNoArguments()))
        return weft_fail(WEFT_FAILED, "SLEPc cannot be started");
    return WEFT_OK;
}

static void add_entry(void *context, int64_t i, int64_t j, double value)
{
    (void)MatSetValue((Mat)context, (PetscInt)i, (PetscInt)j, value, ADD_VALUES);
}

/* Each rank makes the rows that PETSc gives it. A row has at most 19 entries: itself, 6
 * nearest and 12 second neighbours. */
static PetscErrorCode make_matrix(const weft_electron *e, Mat *a)
{
    PetscInt n = (PetscInt)e->own->sites, from, to;
    PetscCall(MatCreate(e->grid->comm, a));
    PetscCall(MatSetSizes(*a, PETSC_DECIDE, PETSC_DECIDE, n, n));
    PetscCall(MatSetType(*a, MATAIJ));
    PetscCall(MatSeqAIJSetPreallocation(*a, 19, NULL));
    PetscCall(MatMPIAIJSetPreallocation(*a, 19, NULL, 19, NULL));
    PetscCall(MatGetOwnershipRange(*a, &from, &to));
    for (PetscInt i = from; i < to; i++)
        el_row_entries(e, e->own->whole, i, add_entry, *a);
    PetscCall(MatAssemblyBegin(*a, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(*a, MAT_FINAL_ASSEMBLY));
    return 0;
}

/* PREONLY with an LU factorisation: the shifted system is solved exactly, as an iteration
 * near a level would not converge. */
static PetscErrorCode prepare(EPS eps, Mat a, double mu, PetscInt levels)
{
    ST st;
    KSP ksp;
    PC pc;
    PetscCall(EPSSetOperators(eps, a, NULL));
    PetscCall(EPSSetProblemType(eps, EPS_HEP));
    PetscCall(EPSSetWhichEigenpairs(eps, EPS_TARGET_MAGNITUDE));
    PetscCall(EPSSetTarget(eps, mu));
    PetscCall(EPSSetTolerances(eps, 1e-10, 500));
    PetscCall(EPSSetDimensions(eps, levels, PETSC_DEFAULT, PETSC_DEFAULT));
    PetscCall(EPSGetST(eps, &st));
    PetscCall(STSetType(st, STSINVERT));
    PetscCall(STGetKSP(st, &ksp));
    PetscCall(KSPSetType(ksp, KSPPREONLY));
    PetscCall(KSPGetPC(ksp, &pc));
    PetscCall(PCSetType(pc, PCLU));
    PetscCall(PCFactorSetMatSolverType(pc, MATSOLVERMUMPS));
    return 0;
}

/* The nearest of the levels on either side of mu; inf where there is none among those that
 * were found. A level exactly at mu counts as above. */
static PetscErrorCode look(EPS eps, double mu, double *below, double *above)
{
    PetscInt found;
    PetscCall(EPSSolve(eps));
    PetscCall(EPSGetConverged(eps, &found));
    *below = -INFINITY;
    *above = INFINITY;
    for (PetscInt k = 0; k < found; k++) {
        PetscScalar level, none;
        PetscCall(EPSGetEigenvalue(eps, k, &level, &none));
        if (level < mu)
            *below = fmax(*below, level);
        else
            *above = fmin(*above, level);
    }
    return 0;
}

/* Four times as many levels at each try; a new solver for each. */
static PetscErrorCode edges(const weft_electron *e, double *below, double *above)
{
    Mat a;
    PetscCall(make_matrix(e, &a));
    *below = -INFINITY;
    *above = INFINITY;
    for (PetscInt levels = 4; levels <= MOST_LEVELS && isinf(*above - *below); levels *= 4) {
        EPS eps;
        PetscCall(EPSCreate(e->grid->comm, &eps));
        /* A shift exactly at a level would leave nothing to factor. */
        PetscCall(prepare(eps, a, e->mu + 1e-9, levels));
        PetscCall(look(eps, e->mu, below, above));
        PetscCall(EPSDestroy(&eps));
    }
    PetscCall(MatDestroy(&a));
    return 0;
}

/* The gathered potential is borrowed where the solver has it, else made for the moment. Ranks that
 * cannot start the library tell the others before anything collective is called. */
weft_status el_slepc_levels(weft_electron *e, double *below, double *above)
{
    el_private *p = e->own;
    bool borrowed = p->whole != NULL;
    if (!borrowed)
        p->whole = weft_alloc((size_t)p->sites, sizeof *p->whole);
    el_gather(e, p->whole);
    weft_status status = weft_agree(e->grid->comm, start_slepc());
    if (status == WEFT_OK && edges(e, below, above))
        status = weft_fail(WEFT_FAILED, "SLEPc failed to find the levels at the gap: %s",
                           weft_petsc_message());
    if (!borrowed) {
        weft_free(p->whole);
        p->whole = NULL;
    }
    return weft_agree(e->grid->comm, status);
}
