/* Values of the axes of a scan.
 *
 * Invariants. A value is the decimal number that is meant, and does not depend on how many values
 * the axis has: points of an extended scan are found again by it (round_to). Each value has a
 * text, which goes into seeds and names of points, and a way it is written in YAML; both are made
 * once. No value stands twice on an axis. */
#include "internal.h"
#include "weft/memory.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of one axis. Points are limited as well (SCAN_MAX_POINTS). */
enum { MAX_VALUES = 1000000 };

/* The array doubles its room. The text of a number is the shortest one that reads back to
 * it. */
void scan_add_value(scan_axis *a, double value, const char *text, const char *written)
{
    if (a->n == a->room) {
        a->room = a->room ? 2 * a->room : 64;
        a->values = weft_grow(a->values, (size_t)a->n, (size_t)a->room, sizeof *a->values);
        a->texts = weft_grow(a->texts, (size_t)a->n, (size_t)a->room, sizeof *a->texts);
        a->written = weft_grow(a->written, (size_t)a->n, (size_t)a->room, sizeof *a->written);
    }
    char number[40];
    if (!text) {
        weft_number_text(value, number);
        text = written = number;
    }
    a->values[a->n] = value;
    a->texts[a->n] = weft_strdup(text);
    a->written[a->n++] = weft_strdup(written);
}

/* first + i (last - first)/(n - 1) ends in bits that depend on n: 0.30000000000000004 on one axis
 * is 0.3 on a longer one, and the point would not be known again. To 12 digits of the step (or 15
 * of the value, where those are fewer) both are the same decimal number; the parameter itself moves
 * by less than 1e-12 of the step or 1e-15 of its value. */
static double round_to(double value, double step)
{
    char text[40];
    if (value == 0 || !(fabs(step) > 0))
        return value;
    /* a step that is a power of ten but for its last bit counts as that power */
    double digits = floor(log10(fabs(value)) + 1e-9) - floor(log10(fabs(step)) + 1e-9) + 12;
    if (digits < 1)
        return 0;
    snprintf(text, sizeof text, "%.*e", (int)fmin(digits, 15) - 1, value);
    return strtod(text, NULL);
}

/* [first, last, number]: equal steps, or equal factors (a->log). The ends are what was
 * written; values between are rounded to decimals. A single value is the first. */
weft_status scan_read_space(scan_axis *a, const weft_node *node)
{
    double first, last;
    int64_t number;
    if (weft_node_what(node) != WEFT_NODE_LIST || weft_node_count(node) != 3)
        return weft_node_fail(node, 0, "expected [first, last, number of values]");
    WEFT_TRY(weft_node_real(weft_node_item(node, 0), &first));
    WEFT_TRY(weft_node_real(weft_node_item(node, 1), &last));
    WEFT_TRY(weft_node_int(weft_node_item(node, 2), &number));
    if (number < 1 || number > MAX_VALUES)
        return weft_node_fail(node, 0, "%lld values; the number must be from 1 to %d",
                              (long long)number, MAX_VALUES);
    if (number > 1 && first == last)
        return weft_node_fail(node, 0, "first and last are equal; give one value, or an interval");
    if (number == 1 && first != last)
        return weft_node_fail(
            node, 0,
            "one value cannot be both %.10g and %.10g; give at least 2 values, or "
            "{values: [%.10g]}",
            first, last, first);
    if (a->log && !(first * last > 0))
        return weft_node_fail(node, 0,
                              "first and last of logspace must both be above 0 (they are the "
                              "values themselves, not exponents)");
    for (int64_t i = 0; i < number; i++) {
        double share = number > 1 ? (double)i / (double)(number - 1) : 0;
        double value = a->log ? first * pow(last / first, share) : first + (last - first) * share;
        double step = a->log ? value : (last - first) / (double)(number > 1 ? number - 1 : 1);
        value = round_to(value, step);
        scan_add_value(a, i == 0 ? first : i == number - 1 ? last : value, NULL, NULL);
    }
    return WEFT_OK;
}

/* A single value as its text, a list of single values as "[a, b]". An override is YAML
 * again: what would mean something else there ("a #1.nc", "b: c.nc") is written in quotes. */
static weft_status add_text(scan_axis *a, const weft_node *item, double value)
{
    static const char expected[] = "expected a single value, or a list of single values";
    bool list = weft_node_what(item) == WEFT_NODE_LIST;
    if (weft_node_what(item) == WEFT_NODE_MAP)
        return weft_node_fail(item, 0, "%s", expected);
    for (int i = 0; list && i < weft_node_count(item); i++)
        if (weft_node_what(weft_node_item(item, i)) != WEFT_NODE_SCALAR)
            return weft_node_fail(weft_node_item(item, i), 0, "%s", expected);
    char *written = weft_node_yaml(item);
    scan_add_value(a, value, list ? written : weft_node_text(item), written);
    weft_free(written);
    return WEFT_OK;
}

/* In quotes "0.5" is the number as well as the text, but "007" is no number. */
static bool is_number(const weft_node *item)
{
    char *end, number[40];
    if (weft_node_what(item) != WEFT_NODE_SCALAR)
        return false;
    const char *text = weft_node_text(item);
    double x = strtod(text, &end);
    if (end == text || *end || !isfinite(x))
        return false;
    weft_number_text(x, number);
    return weft_node_plain(item) || strcmp(number, text) == 0;
}

/* One word among the values makes all of them words. */
static bool all_numbers(const weft_node *list)
{
    for (int i = 0; i < weft_node_count(list); i++)
        if (!is_number(weft_node_item(list, i)))
            return false;
    return true;
}

/* Values that grow by factors are shown, and refined, on a logarithmic axis: more than two,
 * positive, each at least 1.5 times the one before. */
static bool by_factors(const scan_axis *a)
{
    for (int i = 1; i < a->n; i++)
        if (!(a->values[i - 1] > 0 && a->values[i] >= 1.5 * a->values[i - 1]))
            return false;
    return !a->text && a->n > 2;
}

/* Words have the numbers 0, 1, 2, ... in their order. */
weft_status scan_read_values(scan_axis *a, const weft_node *node)
{
    if (weft_node_what(node) != WEFT_NODE_LIST || weft_node_count(node) == 0)
        return weft_node_fail(node, 0, "expected a list of values");
    a->text = !all_numbers(node);
    for (int i = 0; i < weft_node_count(node); i++) {
        const weft_node *item = weft_node_item(node, i);
        double value = i;
        if (a->text) {
            WEFT_TRY(add_text(a, item, value));
        } else {
            WEFT_TRY(weft_node_real(item, &value));
            scan_add_value(a, value == 0 ? 0 : value, NULL, NULL); /* -0 is no other value than 0 */
        }
    }
    a->log = by_factors(a);
    return WEFT_OK;
}

/* For qsort. */
static int by_text(const void *x, const void *y)
{
    return strcmp(*(char *const *)x, *(char *const *)y);
}

/* Sorted, equal texts stand next to each other; an axis may have a million values. */
weft_status scan_check_distinct(const scan_axis *a)
{
    char **sorted = weft_alloc((size_t)a->n, sizeof *sorted);
    memcpy(sorted, a->texts, (size_t)a->n * sizeof *sorted);
    qsort(sorted, (size_t)a->n, sizeof *sorted, by_text);
    weft_status status = WEFT_OK;
    for (int i = 1; i < a->n && status == WEFT_OK; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            status = weft_node_fail(a->node, 0, "the value %s is given twice", sorted[i]);
    weft_free(sorted);
    return status;
}
