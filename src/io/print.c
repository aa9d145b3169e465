/* weft info: what a file holds, for people. Serial, without MPI, and for any HDF5 file: it opens
 * each object by itself and passes over what cannot be read.
 *
 * Invariant: nothing is believed of the file but what HDF5 has checked: the number of elements of
 * an attribute is asked for before it is read, shapes are printed into a bounded text, and an
 * object that cannot be opened is left out. */
#include "internal.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The text of an attribute as a new string; NULL if there is no such attribute, or if it is not one
 * text. Files of other programs have lists of texts as well, which must not be read as one:
 * io_read_text looks at the number of elements first. */
static char *text_attribute(hid_t object, const char *name)
{
    if (H5Aexists(object, name) <= 0)
        return NULL;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    char *text = attribute >= 0 ? io_read_text(attribute) : NULL;
    if (attribute >= 0)
        H5Aclose(attribute);
    return text;
}

/* A few numbers (seed, dt, replicas_failed, ...) as they are; longer lists are left out. */
static void print_numbers(hid_t object, const char *name, FILE *out)
{
    enum { MOST = 8 };
    double value[MOST];
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    hid_t type = attribute >= 0 ? H5Aget_type(attribute) : H5I_INVALID_HID;
    const H5T_class_t kind = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    hid_t space = attribute >= 0 ? H5Aget_space(attribute) : H5I_INVALID_HID;
    const hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : 0;
    if ((kind == H5T_INTEGER || kind == H5T_FLOAT) && n > 0 && n <= MOST &&
        H5Aread(attribute, H5T_NATIVE_DOUBLE, value) >= 0) {
        weft_print(out, "%-16s", name);
        for (hssize_t i = 0; i < n; i++)
            weft_print(out, " %.16g", value[i]);
        weft_print(out, "\n");
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    if (attribute >= 0)
        H5Aclose(attribute);
}

/* The lines of a text, one below the other. */
static void print_text(const char *name, char *text, FILE *out)
{
    char *rest = NULL;
    const char *before = name;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        weft_print(out, "%-16s %s\n", before, line);
        before = "";
    }
}

/* The input comes last, by itself; those of a scan are in its directory, and the rules of classes
 * are the model's. Names that begin with '_' are netCDF's own. */
static bool is_left_out(const char *name)
{
    static const char *const inputs[] = {"input", "scan", "base", "class_rules"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        if (strcmp(name, inputs[i]) == 0)
            return true;
    return name[0] == '_';
}

static herr_t print_attribute(hid_t object, const char *name, const H5A_info_t *info, void *out)
{
    (void)info;
    if (is_left_out(name))
        return 0;
    char *text = text_attribute(object, name);
    if (text && text[0])
        print_text(name, text, out);
    else if (!text)
        print_numbers(object, name, out);
    weft_free(text);
    return 0;
}

/* In the words of a user of netCDF. */
static const char *type_name(hid_t set)
{
    hid_t type = H5Dget_type(set);
    H5T_class_t kind = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    H5Tclose(type);
    if (kind == H5T_FLOAT)
        return size == 4 ? "float" : "double";
    return kind != H5T_INTEGER ? "data" : size == 1 ? "byte" : "integer";
}

/* One line: name, type, shape, meaning and unit. `dimension` is weft's own unit, `units` the
 * standard one (see label in structure.c). */
static void print_set(hid_t set, const char *name, FILE *out)
{
    hsize_t extent[H5S_MAX_RANK];
    hid_t space = H5Dget_space(set);
    int dims = H5Sget_simple_extent_dims(space, extent, NULL);
    char shape[256] = "";
    for (int d = 0; d < dims; d++) {
        size_t used = strlen(shape);
        snprintf(shape + used, sizeof shape - used, "%s%llu", d ? " x " : "",
                 (unsigned long long)extent[d]);
    }
    char *unit = text_attribute(set, "dimension"), *meaning = text_attribute(set, "long_name");
    /* Files of other programs have `units` only. */
    if (!unit || !*unit) {
        weft_free(unit);
        unit = text_attribute(set, "units");
    }
    weft_print(out, "  %-24s %-8s %-20s %s%s%s%s\n", name, type_name(set), shape,
               meaning ? meaning : "", unit && unit[0] ? " [" : "", unit ? unit : "",
               unit && unit[0] ? "]" : "");
    weft_free(unit);
    weft_free(meaning);
    H5Sclose(space);
}

/* Groups are not entered; what cannot be opened is passed over. */
static herr_t print_link(hid_t group, const char *name, const H5L_info_t *info, void *out)
{
    (void)info;
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    if (object < 0)
        return 0;
    if (H5Iget_type(object) == H5I_DATASET)
        print_set(object, name, out);
    H5Oclose(object);
    return 0;
}

/* The input that made the file, as it was resolved. */
static void print_input(hid_t file, FILE *out)
{
    char *input = text_attribute(file, "input"), *rest = NULL;
    if (input) {
        weft_print(out, "\ninput:\n");
        for (char *line = strtok_r(input, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            weft_print(out, "  %s\n", line);
    }
    weft_free(input);
}

/* HDF5's own reasons name its layers; a file that is not there, and an input in place of a result,
 * are told apart here. */
static weft_status unreadable(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return weft_fail(WEFT_IO, "%s: cannot be opened: %s", path, strerror(errno));
    fclose(f);
    if (H5Fis_hdf5(path) == 0)
        return weft_fail(WEFT_IO,
                         "%s: cannot be opened: it is not an HDF5 file, as results are ('weft "
                         "check' looks at inputs, 'weft scan status' at scans)",
                         path);
    return weft_fail(WEFT_IO, "%s: cannot be opened: it is damaged, or being written", path);
}

/* Access by name: H5Literate in the order of names works for files of all programs. */
weft_status weft_file_print(const char *path, FILE *out)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0)
        return unreadable(path);
    hsize_t at = 0;
    H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, &at, print_attribute, out);
    weft_print(out, "\n");
    at = 0;
    H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, &at, print_link, out);
    print_input(file, out);
    H5Fclose(file);
    return WEFT_OK;
}
