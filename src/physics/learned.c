/* The file of a learned force: HDF5 that h5py and xarray read as well. Numbers that are used are
 * datasets, which carry checksums; what is only told is text.
 *
 * Invariant: a file that was read has passed its checksums, says that it is of this kind and
 * version, has numbers with which the density is bounded (weft_learned_flaw), and says for which
 * temperatures, couplings and energies they were made. */
#include "learned.h"
#include "electron/network.h"
#include "weft/io.h"
#include "weft/memory.h"
#include "weft/provenance.h"
#include <math.h>
#include <string.h>

static const char kind[] = "learned force of electrons, version 1";

/* The small arrays, in the order in which they are written; data: where the values lie. */
typedef struct part {
    const char *name, *dimension;
    int n;
    double *data;
    const char *about;
} part;

enum { PARTS = 6 };

/* errors: four values of the caller, in the order that the text tells. */
static void parts_of(learned_file *f, double errors[4], part out[PARTS])
{
    const part all[PARTS] = {
        {"temperature", "ends", 2, f->numbers.temperature,
         "least and largest electron temperature"},
        {"coupling", "ends", 2, f->coupling, "least and largest coupling"},
        {"hopping", "one", 1, &f->numbers.hopping, "hopping amplitude"},
        {"energy_bound", "one", 1, &f->numbers.bound, "largest distance of an energy from mu"},
        {"error", "errors", 4, errors,
         "root mean square errors of the density: start, trained, held out, held out and late"},
        {"configurations", "ends", 2, f->configurations, "configurations: trained, held out"}};
    for (int i = 0; i < PARTS; i++)
        out[i] = all[i];
}

/* Dimensions first, then what lies over them. Without poles (the network stands alone) there is no
 * such dimension, because a dimension of no length is none. */
static weft_status define(weft_file *file, const learned_file *f, const part *parts)
{
    static const char *const poles[] = {"pole", "number"}, *const loss[] = {"step"};
    if (f->numbers.poles > 0)
        WEFT_TRY(weft_file_dimension(file, "pole", f->numbers.poles, NULL, "", ""));
    WEFT_TRY(weft_file_dimension(file, "number", WEFT_LEARNED_NUMBERS, NULL, "", ""));
    WEFT_TRY(weft_file_dimension(file, "ends", 2, NULL, "", ""));
    WEFT_TRY(weft_file_dimension(file, "one", 1, NULL, "", ""));
    WEFT_TRY(weft_file_dimension(file, "errors", 4, NULL, "", ""));
    WEFT_TRY(weft_file_dimension(file, "step", f->steps + 1, NULL, "", ""));
    if (f->numbers.poles > 0)
        WEFT_TRY(weft_file_variable(file, "poles", WEFT_STORE_F64, 2, poles, 1, "",
                                    "y/T, w/T; factors: centre, axial, corner, outer, ring"));
    WEFT_TRY(weft_file_variable(file, "loss", WEFT_STORE_F64, 1, loss, 1, "",
                                "mean square of the density's error after each step"));
    for (int i = 0; i < PARTS; i++)
        WEFT_TRY(weft_file_variable(file, parts[i].name, WEFT_STORE_F64, 1, &parts[i].dimension, 1,
                                    "", parts[i].about));
    return WEFT_OK;
}

/* The network, where there is one. */
static weft_status put_network(weft_file *file, const weft_learned *l)
{
    static const char *const of_scales[] = {"scale"}, *const of_weights[] = {"weight"};
    const double shape[2] = {(double)l->width, (double)l->depth};
    static const char *const ends[] = {"ends"};
    if (l->depth == 0)
        return WEFT_OK;
    WEFT_TRY(weft_file_dimension(file, "scale", WEFT_LEARNED_SCALES, NULL, "", ""));
    WEFT_TRY(weft_file_dimension(file, "weight", l->weights, NULL, "", ""));
    WEFT_TRY(weft_file_variable(file, "network", WEFT_STORE_F64, 1, ends, 1, "",
                                "channels of a layer, layers"));
    WEFT_TRY(weft_file_variable(file, "scales", WEFT_STORE_F64, 1, of_scales, 1, "hopping",
                                "scales of the inputs of the network"));
    WEFT_TRY(weft_file_variable(file, "weights", WEFT_STORE_F64, 1, of_weights, 1, "",
                                "weights of the network, layer after layer, then its end"));
    WEFT_TRY(weft_file_write(file, "network", -1, shape));
    WEFT_TRY(weft_file_write(file, "scales", -1, l->scale));
    return weft_file_write(file, "weights", -1, l->weight);
}

/* Who wrote the file, when and from what: the texts of the training and of its first run can be
 * run again as they are. */
static weft_status tell(weft_file *file, const learned_file *f)
{
    weft_provenance p;
    weft_provenance_now(&p);
    const char *const texts[][2] = {{"title", "weft train"},
                                    {"kind", kind},
                                    {"lattice", "square"},
                                    {"window", "13 sites with outer neighbours"},
                                    {"weft_version", p.version},
                                    {"weft_git", p.git},
                                    {"build", p.build},
                                    {"date", p.date},
                                    {"host", p.host},
                                    {"uuid", p.uuid},
                                    {"command", f->command ? f->command : ""},
                                    {"training", f->spec ? f->spec : ""},
                                    {"inputs", f->inputs ? f->inputs : ""}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        WEFT_TRY(weft_file_set_text(file, NULL, texts[i][0], texts[i][1]));
    return WEFT_OK;
}

/* Everything that the file holds. */
static weft_status fill(weft_file *file, const learned_file *f, const part *parts)
{
    WEFT_TRY(define(file, f, parts));
    WEFT_TRY(tell(file, f));
    if (f->numbers.poles > 0)
        WEFT_TRY(weft_file_write(file, "poles", -1, f->numbers.number[0]));
    WEFT_TRY(put_network(file, &f->numbers));
    WEFT_TRY(weft_file_write(file, "loss", -1, f->loss));
    for (int i = 0; i < PARTS; i++)
        WEFT_TRY(weft_file_write(file, parts[i].name, -1, parts[i].data));
    return WEFT_OK;
}

/* Written beside its name and renamed at the end: a run never reads half of a force. */
weft_status learned_write(MPI_Comm comm, const char *path, const learned_file *f)
{
    weft_file *file;
    learned_file copy = *f;
    double errors[4] = {f->start, f->trained, f->numbers.error, f->late};
    part parts[PARTS];
    parts_of(&copy, errors, parts);
    WEFT_TRY(weft_file_begin(comm, path, false, &file));
    weft_status status = fill(file, f, parts);
    if (status == WEFT_OK)
        return weft_file_commit(file);
    weft_file_abandon(file);
    return status;
}

/* One array, whose shape must be the expected one. */
static weft_status take(weft_file *file, const char *path, const char *name, int ndims,
                        const int64_t *wanted, double *out)
{
    int n = 0;
    int64_t extents[8] = {0};
    bool there;
    WEFT_TRY(weft_file_has(file, name, &there));
    if (!there)
        return weft_fail(WEFT_IO, "%s: the dataset '%s' is missing", path, name);
    WEFT_TRY(weft_file_extents(file, name, &n, extents));
    bool same = n == ndims;
    for (int i = 0; same && i < n; i++)
        same = extents[i] == wanted[i];
    if (!same)
        return weft_fail(WEFT_IO, "%s: the dataset '%s' has another shape", path, name);
    return weft_file_read(file, name, -1, out);
}

/* Its shape says how many weights there must be. */
static weft_status read_network(weft_file *file, const char *path, weft_learned *l)
{
    double shape[2];
    WEFT_TRY(take(file, path, "network", 1, &(int64_t){2}, shape));
    if (!(shape[0] >= 1 && shape[0] <= WEFT_LEARNED_WIDTH && shape[1] >= 1 &&
          shape[1] <= WEFT_LEARNED_DEPTH))
        return weft_fail(WEFT_IO, "%s: a network of %g channels and %g layers is none of weft's",
                         path, shape[0], shape[1]);
    l->width = (int64_t)shape[0];
    l->depth = (int64_t)shape[1];
    l->weights = el_network_weights(l->width, l->depth);
    l->weight = weft_alloc((size_t)l->weights, sizeof *l->weight);
    WEFT_TRY(take(file, path, "scales", 1, &(int64_t){WEFT_LEARNED_SCALES}, l->scale));
    return take(file, path, "weights", 1, &l->weights, l->weight);
}

/* What is not used in the force, but by which it is judged: a range that holds no number would let
 * every temperature pass, and an error that is none would set the wrong reference. */
static const char *odd_fact(const learned_file *f)
{
    const double *T = f->numbers.temperature, *g = f->coupling, error = f->numbers.error;
    if (!(T[0] >= 0 && T[1] >= T[0] && isfinite(T[1])))
        return "its range of temperatures is none";
    if (!(g[1] >= g[0] && isfinite(g[0]) && isfinite(g[1])))
        return "its range of couplings is none";
    if (!(isfinite(f->numbers.hopping) && f->numbers.hopping != 0))
        return "its hopping is zero or no number";
    if (!(f->numbers.bound > 0 && isfinite(f->numbers.bound)))
        return "its largest energy is not positive";
    return error >= 0 && isfinite(error) ? NULL : "its error where it was not trained is none";
}

/* Checksums come first: a value that was changed on the disk must not look like a trained one. The
 * number of poles is not known before, and is bounded before anything is read into its array. */
static weft_status read_numbers(weft_file *file, const char *path, learned_file *f)
{
    int n = 0;
    int64_t extents[8] = {0};
    double errors[4];
    part parts[PARTS];
    WEFT_TRY(weft_file_verify(file, false));
    parts_of(f, errors, parts);
    bool has_poles, has_network, has_pole;
    WEFT_TRY(weft_file_has(file, "poles", &has_poles));
    WEFT_TRY(weft_file_has(file, "network", &has_network));
    WEFT_TRY(weft_file_has(file, "pole", &has_pole));
    if (!has_poles && has_pole)
        return weft_fail(WEFT_IO, "%s: the dataset 'poles' is missing", path);
    if (has_poles)
        WEFT_TRY(weft_file_extents(file, "poles", &n, extents));
    if (has_poles || !has_network) {
        if (n != 2 || extents[0] < 1 || extents[0] > WEFT_LEARNED_POLES)
            return weft_fail(WEFT_IO, "%s: it has no 1 to %d poles", path, (int)WEFT_LEARNED_POLES);
        f->numbers.poles = extents[0];
        const int64_t shape[2] = {extents[0], WEFT_LEARNED_NUMBERS};
        WEFT_TRY(take(file, path, "poles", 2, shape, f->numbers.number[0]));
    }
    if (has_network)
        WEFT_TRY(read_network(file, path, &f->numbers));
    for (int i = 0; i < PARTS; i++)
        WEFT_TRY(take(file, path, parts[i].name, 1, &(int64_t){parts[i].n}, parts[i].data));
    f->start = errors[0];
    f->trained = errors[1];
    f->numbers.error = errors[2];
    f->late = errors[3];
    const char *flaw = weft_learned_flaw(&f->numbers);
    flaw = flaw ? flaw : odd_fact(f);
    return flaw ? weft_fail(WEFT_IO, "%s: %s", path, flaw) : WEFT_OK;
}

/* The kind is asked before checksums, so that a result file of weft gets a message of its own. */
weft_status learned_read(MPI_Comm comm, const char *path, learned_file *f)
{
    weft_file *file;
    char *text = NULL;
    *f = (learned_file){0};
    WEFT_TRY(weft_file_open_replicated(comm, path, WEFT_READ, &file));
    weft_status status = weft_file_get_text(file, NULL, "kind", &text);
    if (status == WEFT_OK && (!text || strcmp(text, kind) != 0))
        status = weft_fail(WEFT_IO, "%s: it is no %s; weft train makes such files", path, kind);
    if (status == WEFT_OK)
        status = read_numbers(file, path, f);
    weft_free(text);
    weft_status closed = weft_file_close(file);
    status = status != WEFT_OK ? status : closed;
    if (status != WEFT_OK) {
        weft_free(f->numbers.weight);
        f->numbers.weight = NULL;
    }
    return status;
}
