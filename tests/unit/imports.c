/* Who may include what. The modules stand on floors and include only what is below them; each
 * outside library is included by one module alone; models and steppers call no MPI themselves. */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the rules ---- */

/* A folder below src/model is a module of its own, "model/NAME", on the floor of the models. */
static const struct {
    const char *name;
    int floor;
} modules[] = {
    {"core", 1},  {"petsc", 2},    {"params", 2},     {"grid", 2},    {"fft", 3},
    {"state", 3}, {"electron", 3}, {"expression", 3}, {"noise", 4},   {"observe", 4},
    {"io", 4},    {"model", 5},    {"physics", 5},    {"stepper", 6}, {"input", 7},
    {"run", 8},   {"ensemble", 9}, {"scan", 10},      {"train", 10},  {"drivers", 11},
};
enum { FLOOR_OF_MODELS = 6, FLOOR_OF_PHYSICS = 5 };

/* Within a floor: a state lives in the space of a transform; a stepper is made of a model's
 * families, which model.h declares; what several models share is made of them, too. */
static const char *const beside[][2] = {
    {"state", "fft"}, {"stepper", "model"}, {"physics", "model"}};

/* Headers of a library, and the only files that may include them. */
static const struct {
    const char *header, *files[3];
} libraries[] = {
    {"fftw*", {"src/fft/*"}},
    {"hdf5*", {"src/io/*"}},
    {"H5*", {"src/io/*"}},
    {"netcdf*", {0}},
    {"petsc*", {"src/petsc/*", "src/electron/*", "src/stepper/*petsc*"}},
    {"slepc*", {"src/electron/*"}},
    {"lapacke*", {"src/electron/*"}},
    {"cblas*", {"src/electron/*"}},
    {"yaml.h", {"src/params/*"}},
    {"Random123/*", {0}},
};

/* ---- one file ---- */

static int floor_of(const char *module)
{
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        if (strcmp(modules[i].name, module) == 0)
            return modules[i].floor;
    return strncmp(module, "model/", 6) == 0 ? FLOOR_OF_MODELS : 0;
}

/* A public header belongs to the module of its name, or to the one that has NAME.c. */
static void module_of_header(const char *name, char out[64])
{
    char path[1024];
    out[0] = '\0';
    if (strcmp(name, "vmath") == 0 || strcmp(name, "declare") == 0 ||
        strcmp(name, "lanes") == 0) /* no symbols */
        snprintf(out, 64, "core");
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        snprintf(path, sizeof path, "%s/src/%s/%s.c", WEFT_SOURCE_DIR, modules[i].name, name);
        if (strcmp(modules[i].name, name) == 0 || (!out[0] && access(path, F_OK) == 0))
            snprintf(out, 64, "%s", modules[i].name);
        if (strcmp(modules[i].name, name) == 0)
            return;
    }
}

/* "src/fft/x.c" is fft, "drivers/x.c" drivers, "include/weft/clock.h" core, "src/model/kpz/x.c"
 * model/kpz, as "src/model/model_kpz.c" is; "" if unknown. */
static const char *module_of(const char *path, char out[64])
{
    char header[64], name[64];
    out[0] = '\0';
    if (sscanf(path, "src/model/model_%50[^.].c", name) == 1 ||
        sscanf(path, "src/model/%50[^/.]/", name) == 1)
        if (strchr(path + strlen("src/model/"), '/') || strstr(path, "/model_")) {
            snprintf(out, 64, "model/%.50s", name);
            return out;
        }
    if (sscanf(path, "include/weft/%63[^.].h", header) == 1)
        module_of_header(header, out);
    else if (strncmp(path, "drivers/", 8) == 0)
        snprintf(out, 64, "drivers");
    else
        sscanf(path, "src/%63[^/]/", out);
    return out;
}

static bool may_use(const char *module, const char *other)
{
    if (strcmp(module, other) == 0 || floor_of(module) > floor_of(other))
        return true;
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
        if (strcmp(module, beside[i][0]) == 0 && strcmp(other, beside[i][1]) == 0)
            return true;
    return false;
}

static const char *wrong_library(const char *path, const char *header)
{
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        if (fnmatch(libraries[i].header, header, 0) != 0)
            continue;
        for (int k = 0; k < 3 && libraries[i].files[k]; k++)
            if (fnmatch(libraries[i].files[k], path, 0) == 0)
                return NULL;
        return "this library belongs to another module";
    }
    return NULL;
}

/* A quoted header with a folder before it: "../lattice.h" from a room of a model's folder, or
 * "run/parts.h", which what lies above src/run may include. Headers named internal.h are for their
 * own folder alone. */
static const char *wrong_private(const char *path, const char *module, const char *header)
{
    char other[64], full[300];
    if (strncmp(header, "../", 3) == 0) {
        int slashes = 0;
        for (const char *p = path; *p; p++)
            slashes += *p == '/';
        bool room = strncmp(module, "model/", 6) == 0 && slashes == 4;
        return room && !strchr(header + 3, '/') ? NULL : "a private header of another folder";
    }
    snprintf(full, sizeof full, "src/%s", header);
    module_of(full, other);
    if (strcmp(strrchr(header, '/'), "/internal.h") == 0 || strncmp(other, "model/", 6) == 0)
        return "a private header of another folder";
    return may_use(module, other) ? NULL : "this module is not below";
}

/* Why the file may not include the header; NULL if it may. quoted: "header", else <header>. */
static const char *wrong_include(const char *path, const char *header, bool quoted)
{
    char module[64], other[64], full[300];
    module_of(path, module);
    if (strncmp(header, "weft/", 5) != 0) {
        if (quoted && strchr(header, '/'))
            return wrong_private(path, module, header);
        return wrong_library(path, header);
    }
    snprintf(full, sizeof full, "include/%s", header);
    module_of(full, other);
    if (strcmp(header, "weft/weft.h") == 0)
        return strcmp(module, "drivers") == 0 ? NULL : "weft.h is for programs";
    if (floor_of(other) == 0)
        return "a public header of no module";
    return may_use(module, other) ? NULL : "this module is not below";
}

/* MPI_Name( on a line that is no comment. */
static bool calls_mpi(const char *line)
{
    const char *p = line;
    if (strstr(line, "/*") == line || line[0] == '*')
        return false;
    while ((p = strstr(p, "MPI_"))) {
        p += 4;
        const char *end = p + strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        if (*p >= 'A' && *p <= 'Z' && p[1] >= 'a' && p[1] <= 'z' && *end == '(')
            return true;
    }
    return false;
}

/* Number of violations in a file; each is printed if loud. */
static int check_file(const char *path, const char *text, bool loud)
{
    char module[64], line[1024], header[256], open;
    int count = 0, number = 0;
    module_of(path, module);
    bool umbrella = strcmp(path, "include/weft/weft.h") == 0;
    bool silent = floor_of(module) == FLOOR_OF_MODELS || floor_of(module) == FLOOR_OF_PHYSICS;
    if (floor_of(module) == 0 && !umbrella) {
        if (loud)
            fprintf(stderr, "%s: a module that stands on no floor\n", path);
        return 1;
    }
    while (*text) {
        size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(n < sizeof line ? n : sizeof line - 1),
                 text + strspn(text, " \t"));
        text += n + (text[n] == '\n');
        number++;
        const char *why = NULL;
        if (sscanf(line, "# include %c%255[^\">]", &open, header) == 2 && !umbrella)
            why = wrong_include(path, header, open == '"');
        else if (silent && strncmp(path, "src/", 4) == 0 && calls_mpi(line))
            why = "models and steppers call no MPI";
        count += why != NULL;
        if (why && loud)
            fprintf(stderr, "%s:%d: %s: %s\n", path, number, line, why);
    }
    return count;
}

/* ---- the tree ---- */

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long n = ftell(file);
    rewind(file);
    char *text = calloc((size_t)n + 1, 1);
    if (text && fread(text, 1, (size_t)n, file) != (size_t)n) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

/* All C files under a folder of the source tree. */
static void check_folder(const char *folder, int *files, int *violations)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", WEFT_SOURCE_DIR, folder);
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *name = entry->d_name, *dot = strrchr(name, '.');
        char inner[512];
        snprintf(inner, sizeof inner, "%s/%s", folder, name);
        if (name[0] == '.')
            continue;
        if (entry->d_type == DT_DIR) {
            check_folder(inner, files, violations);
            continue;
        }
        if (!dot || (strcmp(dot, ".c") != 0 && strcmp(dot, ".h") != 0))
            continue;
        snprintf(path, sizeof path, "%s/%s", WEFT_SOURCE_DIR, inner);
        char *text = read_text(path);
        CHECK(text != NULL);
        if (text)
            *violations += check_file(inner, text, true);
        (*files)++;
        free(text);
    }
    closedir(dir);
}

/* ---- the rules can fail ---- */

static void self_check(void)
{
#define BAD(path, text)  CHECK(check_file(path, text, false) == 1)
#define FINE(path, text) CHECK(check_file(path, text, true) == 0)
    FINE("src/model/model_x.c", "#include \"weft/model.h\"\n#include <math.h>\n");
    FINE("src/state/state.c", "#include \"weft/fft.h\"\n");
    FINE("src/stepper/stepper_x.c", "#include \"weft/stepper.h\"\n#include \"weft/model.h\"\n");
    FINE("src/stepper/petsc_ts.c", "#include <petscts.h>\n");
    FINE("src/stepper/stepper_petsc_bdf.c", "#include <petscts.h>\n");
    FINE("src/run/run.c", "#include \"weft/clock.h\"\n#include \"weft/vmath.h\"\n");
    FINE("drivers/main.c", "#include \"weft/weft.h\"\n#include <mpi.h>\n");
    FINE("src/run/run.c",
         "#include \"internal.h\"\n#include \"weft/io.h\"\n    MPI_Barrier(comm);\n");
    FINE("src/model/model_x.c", "/* MPI_Barrier(comm) is for others */\nMPI_Comm comm;\n");
    BAD("src/grid/grid.c", "#include \"weft/fft.h\"\n");
    BAD("src/grid/grid.c", "#include \"weft/params.h\"\n");
    BAD("src/fft/fft.c", "#include \"weft/state.h\"\n");
    BAD("src/io/io.c", "int x;\n#include \"weft/model.h\"\n");
    BAD("src/model/model_x.c", "#include \"weft/stepper.h\"\n");
    BAD("src/model/model_x.c", "#include \"weft/run.h\"\n");
    BAD("src/model/model_x.c", "#  include <hdf5.h>\n");
    BAD("src/run/run.c", "#include <hdf5_hl.h>\n");
    BAD("src/state/state.c", "#include <fftw3-mpi.h>\n");
    BAD("src/stepper/stepper_x.c", "#include <petscts.h>\n");
    BAD("src/model/model_x.c", "#include \"slepceps.h\"\n");
    BAD("src/model/model_x.c", "#include \"../stepper/additive.h\"\n");
    BAD("src/noise/noise.c", "#include <Random123/philox.h>\n");
    BAD("src/core/log.c", "#include <yaml.h>\n");
    BAD("src/run/run.c", "#include \"weft/weft.h\"\n");
    BAD("src/run/run.c", "#include \"weft/unheard_of.h\"\n");
    BAD("include/weft/grid.h", "#include \"weft/state.h\"\n");
    BAD("include/weft/unheard_of.h", "int x;\n");
    BAD("src/elsewhere/x.c", "int x;\n");
    BAD("src/model/model_x.c", "    MPI_Allreduce(a, b, 1, MPI_INT, MPI_SUM, comm);\n");
    BAD("src/stepper/stepper_x.c", "if (MPI_Barrier(comm))\n");
    FINE("src/model/x/model.c", "#include \"physics/front.h\"\n#include \"x.h\"\n");
    FINE("src/model/x/room/y.c", "#include \"../x.h\"\n");
    FINE("src/ensemble/block.c", "#include \"run/parts.h\"\n");
    FINE("src/physics/front.c", "#include \"weft/model.h\"\n");
    BAD("src/physics/front.c", "#include \"weft/run.h\"\n");
    BAD("src/physics/front.c", "#include \"model/x/x.h\"\n");
    BAD("src/model/x/model.c", "#include \"../y/y.h\"\n");
    BAD("src/model/x/room/z.c", "#include \"../other/y.h\"\n");
    BAD("src/model/x/model.c", "#include \"model/y/y.h\"\n");
    BAD("src/model/x/model.c", "#include \"weft/stepper.h\"\n");
    BAD("src/model/x/model.c", "    MPI_Barrier(comm);\n");
    BAD("src/run/run.c", "#include \"ensemble/ensemble.h\"\n");
    BAD("src/run/run.c", "#include \"fft/internal.h\"\n");
    BAD("src/input/input.c", "#include \"run/parts.h\"\n");
#undef BAD
#undef FINE
}

int main(void)
{
    int files = 0, violations = 0;
    self_check();
    check_folder("include/weft", &files, &violations);
    check_folder("src", &files, &violations);
    check_folder("drivers", &files, &violations);
    CHECK(files > 50);
    CHECK(violations == 0);
    return check_end();
}
