/* What is in the files that points start from: a state (initial.path), a field of the
 * lattice, a map of rates.
 *
 * Invariant: a result belongs to what was in the files, not to their names. A point whose
 * file has changed is another point, with another identity: it is computed anew, and its
 * checkpoints are not gone on from.
 *
 * Which keys name files is known to the models alone. Any scalar of the input that can be a
 * path is therefore tried: a text under the key `path`, or one with a dot or a slash that
 * is no number. A text that names no regular file adds nothing, so that identities of
 * inputs without files are those of their parameters. Trying too much does no harm; missing
 * a file would mix results of two states. Only rank 0 looks (see scan.c), since ranks may
 * see different files, and each file is read once a process. */
#include "internal.h"
#include "weft/memory.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_FILES = 256, PIECE = 1 << 20 };

/* Files that were read: their paths as written and 128 bits that stand for their contents. */
struct scan_contents {
    int n;
    char *path[MAX_FILES];
    uint64_t digest[MAX_FILES][2];
};

/* Keys of sections that name files which do not change what a run computes. */
static const char *const passed_over[] = {"output", "checkpoint", "fft"};

scan_contents *scan_contents_new(void)
{
    return weft_alloc(1, sizeof(scan_contents));
}

void scan_contents_free(scan_contents *c)
{
    for (int i = 0; c && i < c->n; i++)
        weft_free(c->path[i]);
    weft_free(c);
}

/* 128 bits of the whole file, piece by piece: each digest is over that of the pieces before
 * and the bytes of this one, so that exchanged pieces are seen and no file needs to fit
 * into memory. Zero where it cannot be read, or where the path names no regular file: the
 * point itself says why. */
static void digest_file(const char *path, uint64_t out[2])
{
    struct stat about;
    out[0] = out[1] = 0;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    char *piece = weft_alloc(2 * sizeof *out + PIECE, 1);
    ssize_t n;
    while ((n = read(file, piece + 2 * sizeof *out, PIECE)) > 0) {
        memcpy(piece, out, 2 * sizeof *out);
        weft_digest(piece, 2 * sizeof *out + (size_t)n, out);
    }
    weft_free(piece);
    close(file);
}

/* Identities are sums (see weft_params_digest), so the contents are added as well. They are
 * mixed with the name first, so that two files which change places do not cancel. */
static void add_file(scan_contents *c, const char *path, uint64_t id[2])
{
    int i = 0;
    while (i < c->n && strcmp(c->path[i], path) != 0)
        i++;
    if (i == MAX_FILES) { /* more files than fit are read again */
        i = 0;
        weft_free(c->path[0]);
        c->path[0] = NULL;
    }
    if (i == c->n || !c->path[i]) {
        c->path[i] = weft_strdup(path);
        digest_file(path, c->digest[i]);
        c->n = i == c->n ? c->n + 1 : c->n;
    }
    if (!c->digest[i][0] && !c->digest[i][1])
        return;
    /* mixed with the name, so that two files which change places do not cancel */
    uint64_t mixed[2], own[2];
    weft_digest(path, strlen(path), own);
    uint64_t both[4] = {own[0], own[1], c->digest[i][0], c->digest[i][1]};
    weft_digest(both, sizeof both, mixed);
    id[0] += mixed[0];
    id[1] += mixed[1];
}

/* A number is no path, though it may hold a dot. The empty text is none. */
static bool may_be_path(const char *key, const char *text)
{
    char *end;
    strtod(text, &end);
    if (!*text || !*end)
        return false;
    return (key && strcmp(key, "path") == 0) || strpbrk(text, "./");
}

/* All scalars below a node; elements of a list have the key of the list. */
static void walk(scan_contents *c, const char *key, const weft_node *node, uint64_t id[2])
{
    weft_node_kind kind = weft_node_what(node);
    if (kind == WEFT_NODE_SCALAR) {
        if (may_be_path(key, weft_node_text(node)))
            add_file(c, weft_node_text(node), id);
        return;
    }
    for (int i = 0; i < weft_node_count(node); i++)
        walk(c, kind == WEFT_NODE_MAP ? weft_node_key(node, i) : key, weft_node_item(node, i), id);
}

/* Section by section, since some sections name only files that are written or that change
 * no result. */
void scan_add_contents(scan_contents *c, const weft_node *input, uint64_t id[2])
{
    for (int i = 0; i < weft_node_count(input); i++) {
        bool counts = true;
        for (size_t k = 0; k < sizeof passed_over / sizeof *passed_over; k++)
            counts &= strcmp(weft_node_key(input, i), passed_over[k]) != 0;
        if (counts)
            walk(c, weft_node_key(input, i), weft_node_item(input, i), id);
    }
}
