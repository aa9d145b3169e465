/* weft models, params, steppers, info: what there is, and what files hold. No MPI is
 * started, but to verify.
 *
 * Nothing is listed by hand here: models and steppers come from the registries, parameters
 * from the tables by which inputs are checked, so that a list can never differ from what a
 * run accepts.
 *
 * The functions command_* get the arguments of their command and return the exit code. */
#include "commands.h"
#include "options.h"
#include "weft/io.h"
#include "weft/log.h"
#include "weft/memory.h"
#include "weft/provenance.h"
#include "weft/run.h"
#include "weft/train.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool asks_for_help(int argc, char **argv)
{
    return argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

/* An argument that would have no effect is an error. */
static int takes_nothing(const char *command, const char *what)
{
    return report(misuse("weft %s takes no argument '%s'", command, what));
}

/* ---- models, steppers ---- */

/* Name, one line about it, and where its equation is from. */
int command_models(int argc, char **argv)
{
    if (asks_for_help(argc, argv))
        return printf("usage: weft models\nlists the models with their references\n") < 0;
    if (argc > 1)
        return takes_nothing(argv[0], argv[1]);
    for (int i = 0; weft_models[i]; i++) {
        const weft_model *m = weft_models[i];
        printf("%-20s %s\n%-20s %s\n", m->name, m->summary, "", m->reference);
    }
    printf("\n'weft params MODEL' lists the parameters of a model.\n");
    return 0;
}

/* What a stepper needs tells for which models it can be chosen. */
int command_steppers(int argc, char **argv)
{
    if (asks_for_help(argc, argv))
        return printf("usage: weft steppers\nlists the methods of time integration\n") < 0;
    if (argc > 1)
        return takes_nothing(argv[0], argv[1]);
    for (int i = 0; weft_steppers[i]; i++) {
        const weft_stepper *s = weft_steppers[i];
        if (s->missing) {
            printf("%-22s needs %s\n", s->name, s->missing);
            continue;
        }
        printf("%-22s order %d  %s\n%-22s %s\n%-22s needs: ", s->name, s->order, s->summary, "",
               s->reference, "");
        printf("%s", weft_stepper_needs(s->needs));
        printf("\n");
    }
    return 0;
}

/* ---- params ---- */

/* Printed by --help. */
static const char params_usage[] = "usage: weft params MODEL [--template | --json | --markdown]\n"
                                   "  lists the parameters of a model, the steppers and the "
                                   "observables, or the keys of weft train\n"
                                   "  (MODEL train): as text, as an input to start from, as a JSON "
                                   "schema, or as the page of the\n"
                                   "  reference\n";

/* The model of a name, or an error with the nearest name. */
static weft_status find_model(const char *name, const weft_model **out)
{
    const char *names[64];
    int n = 0;
    for (; n < 64 && weft_models[n]; n++)
        names[n] = weft_models[n]->name;
    *out = weft_model_find(name);
    if (*out)
        return WEFT_OK;
    return misuse("there is no model '%s'%s; 'weft models' lists them", name,
                  weft_did_you_mean(name, names, n).text);
}

/* The written forms, each by its option; the first without one. */
typedef enum form { TEXT, TEMPLATE, JSON, MARKDOWN, N_FORMS } form;
static const char *const form_options[N_FORMS] = {"", "--template", "--json", "--markdown"};

/* ---- what an input may name: steppers, observables ---- */

/* One thing that has a name; for Markdown a row of a table, in which '|' must not end a
 * cell. */
static void print_named(form how, const char *name, const char *argument, const char *unit,
                        const char *about)
{
    char full[128];
    snprintf(full, sizeof full, "%s%s%s%s", name, argument ? "(" : "", argument ? argument : "",
             argument ? ")" : "");
    if (how == MARKDOWN) {
        printf("| `%s` | %s | ", full, unit);
        for (const char *p = about; *p; p++)
            printf("%s%c", *p == '|' ? "\\" : "", *p);
        printf(" |\n");
    } else {
        printf("%s%-28s %s%s%s%s\n", how == TEMPLATE ? "  # " : "  ", full, about,
               *unit ? " [" : "", unit, *unit ? "]" : "");
    }
}

/* The heading of a list, in the form that is wanted. */
static void print_title(form how, const char *key, const char *about)
{
    if (how == MARKDOWN)
        printf("### `%s`: %s\n\n| name | unit | meaning |\n|---|---|---|\n", key, about);
    else
        printf("\n%s%s: %s\n", how == TEMPLATE ? "# " : "", key, about);
}

/* Those whose needs the model's functions can meet; whether they do for the parameters of
 * an input is found when it is checked. */
static void print_steppers(const weft_model *model, form how)
{
    int families = weft_model_families(model);
    print_title(how, "time.stepper", "those that can fit the model, by its parameters");
    for (int i = 0; weft_steppers[i]; i++)
        if (!weft_steppers[i]->missing && !(weft_steppers[i]->needs & ~families))
            print_named(how, weft_steppers[i]->name, NULL, "", weft_steppers[i]->summary);
}

/* Observables, families of them, and derived quantities, as they may stand in observe.list. */
static void print_observables(const weft_model *model, form how)
{
    char name[80];
    bool families = false;
    for (const weft_observable *o = model->observables; o->name; o++)
        families = families || o->family;
    print_title(how, "observe.list",
                families ? "observables (NAME: that of a species or of a reaction)"
                         : "observables");
    for (const weft_observable *o = model->observables; o->name; o++) {
        /* the rest of the name is that of a species or a reaction */
        snprintf(name, sizeof name, "%s%s", o->name, o->family ? "NAME" : "");
        print_named(how, name, o->argument, o->unit, o->long_name);
    }
    for (const weft_derived *d = model->derived; d && d->name; d++)
        print_named(how, d->name, NULL, d->unit, d->long_name);
}

/* In one of the forms. The schema is that of the model with its default stepper; keys of
 * other steppers and initial states are in it as further tables. The template is an input
 * to start from: steppers and observables follow in it as comments. */
static void print_schema(const weft_schema *schema, const char *title, form how)
{
    if (how == TEMPLATE)
        weft_schema_template(schema, stdout);
    else if (how == JSON)
        weft_schema_json(schema, title, stdout);
    else if (how == MARKDOWN)
        weft_schema_markdown(schema, stdout);
    else
        weft_schema_print(schema, stdout);
}

static void print_names(const weft_model *model, form how)
{
    print_steppers(model, how);
    if (how == MARKDOWN)
        printf("\n");
    print_observables(model, how);
}

/* Options and model may stand in any order. */
static weft_status params(int argc, char **argv)
{
    const char *name = NULL;
    form how = TEXT;
    for (int i = 1; i < argc; i++) {
        form found = TEXT;
        for (form f = TEMPLATE; f < N_FORMS; f++)
            if (strcmp(argv[i], form_options[f]) == 0)
                found = f;
        if (argv[i][0] == '-' && found == TEXT)
            return misuse("weft params has no option %s; it has --template, --json and --markdown",
                          argv[i]);
        if (found != TEXT && how != TEXT)
            return misuse("%s and %s exclude each other", form_options[how], argv[i]);
        if (found != TEXT)
            how = found;
        else if (name)
            return misuse("weft params takes one model, not also '%s'", argv[i]);
        else
            name = argv[i];
    }
    if (!name)
        return misuse("weft params needs a model; 'weft models' lists them");
    const weft_model *model = NULL;
    const bool training = strcmp(name, "train") == 0;
    if (!training)
        WEFT_TRY(find_model(name, &model));
    weft_schema *schema = weft_alloc(1, sizeof *schema);
    if (training)
        weft_train_schema(schema);
    else
        weft_input_schema(model, NULL, NULL, schema);
    print_schema(schema, training ? "weft train" : model->name, how);
    if (model && how != JSON)
        print_names(model, how);
    weft_free(schema);
    return WEFT_OK;
}

int command_params(int argc, char **argv)
{
    if (asks_for_help(argc, argv))
        return fputs(params_usage, stdout) < 0;
    return report(params(argc, argv));
}

/* ---- info ---- */

/* For reports of errors: version, sources, compiler, libraries. */
static void print_build(void)
{
    weft_provenance p;
    char libraries[512];
    weft_provenance_now(&p);
    weft_libraries(libraries, sizeof libraries);
    printf("weft %s%s%s\n%s\n%s\n", p.version, p.git[0] ? ", git " : "", p.git, p.build, libraries);
}

/* Reading files needs MPI in the HDF5 that weft uses; rank 0 reads, and all get its status. */
static weft_status verify(void *path)
{
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return weft_agree(MPI_COMM_WORLD, rank == 0 ? weft_verify(path) : WEFT_OK);
}

/* The files of a result directory, one after the other; checkpoints are only counted. A
 * directory that holds none of these is most likely a mistake, and the message says what it
 * might be. */
static weft_status print_directory(const char *path)
{
    static const char *const names[] = {"scan.nc", "series.nc", "fields.nc"};
    int shown = 0, checkpoints = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return weft_fail(WEFT_IO, "%s: cannot be read: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(folder));)
        checkpoints += strncmp(entry->d_name, "ckpt-", 5) == 0;
    closedir(folder);
    weft_status status = WEFT_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && status == WEFT_OK; i++) {
        char *file = weft_format("%s/%s", path, names[i]);
        if (access(file, F_OK) == 0) {
            weft_print(stdout, "%s%s\n", shown++ ? "\n" : "", file);
            status = weft_file_print(file, stdout);
        }
        weft_free(file);
    }
    if (checkpoints && status == WEFT_OK)
        printf("%s%d checkpoint%s\n", shown ? "\n" : "", checkpoints, checkpoints == 1 ? "" : "s");
    if (status != WEFT_OK || shown || checkpoints)
        return status;
    char *scan = weft_format("%s/scan.yaml", path);
    bool begun = access(scan, F_OK) == 0;
    weft_free(scan);
    return misuse(begun ? "%s: the scan is not collected yet; run weft scan collect first"
                        : "%s: holds neither series.nc nor fields.nc nor scan.nc nor a checkpoint",
                  path);
}

/* A file, a directory, or the build. */
static weft_status info(int argc, char **argv)
{
    struct stat about;
    if (argc != 2)
        return misuse(
            "weft info takes a file, a result directory, --verify with either, or --build");
    if (strcmp(argv[1], "--build") == 0) {
        print_build();
        return WEFT_OK;
    }
    if (argv[1][0] == '-')
        return misuse("weft info has no option %s; it has --verify and --build", argv[1]);
    if (stat(argv[1], &about) == 0 && S_ISDIR(about.st_mode))
        return print_directory(argv[1]);
    return weft_file_print(argv[1], stdout);
}

/* Only --verify starts MPI. */
int command_info(int argc, char **argv)
{
    if (asks_for_help(argc, argv))
        return printf("usage: weft info FILE | DIR | --verify FILE|DIR | --build\n"
                      "says what a result file, a checkpoint or all files of a result directory "
                      "hold; reads all of\nit and compares the checksums; or says how weft was "
                      "built\n") < 0;
    if (argc == 3 && strcmp(argv[1], "--verify") == 0)
        return under_mpi(WEFT_NORMAL, verify, argv[2]);
    return report(info(argc, argv));
}
