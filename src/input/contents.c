/* What is in the files that an input names: a state (initial.path), a field of the lattice, a
 * map of rates.
 *
 * Invariant: a result belongs to what was in the files, not to their names. A point of a scan
 * whose file has changed is another point, with another identity: it is computed anew, and
 * its checkpoints are not gone on from. And ranks that see other files under the same names
 * (nodes with disks of their own) must not work on one run: replicas would start from
 * different states.
 *
 * Which keys name files is known to the models alone. Any scalar of the input that can be a
 * path is therefore tried: a text under the key `path`, or one with a dot or a slash that
 * is no number. A text that names no regular file adds nothing, so that identities of
 * inputs without files are those of their parameters. Trying too much does no harm; missing
 * a file would mix results of two states. Each file is read once a process. */
#include "contents.h"
#include "weft/memory.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

/* A file that was read: its path as written and 128 bits that stand for its contents. */
typedef struct {
    char *path;
    uint64_t digest[2];
} read_file;

struct input_contents {
    int n;
    read_file *file;
};

/* Keys of sections that name files which do not change what a run computes. */
static const char *const passed_over[] = {"output", "checkpoint", "fft"};

input_contents *input_contents_new(void)
{
    return weft_alloc(1, sizeof(input_contents));
}

void input_contents_free(input_contents *c)
{
    for (int i = 0; c && i < c->n; i++)
        weft_free(c->file[i].path);
    if (c)
        weft_free(c->file);
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

/* Add one text of the input, which may be the path of a file. A file is read at its first name
 * only; there are few of them, so that looking one up goes through all.
 *
 * Identities are sums (see weft_params_digest), so the contents are added as well. They are
 * mixed with the name first, so that two files which change places do not cancel. */
static void add_file(input_contents *c, const char *path, uint64_t id[2])
{
    int i = 0;
    while (i < c->n && strcmp(c->file[i].path, path) != 0)
        i++;
    if (i == c->n) {
        c->file = weft_grow(c->file, (size_t)i, (size_t)i + 1, sizeof *c->file);
        c->file[i].path = weft_strdup(path);
        digest_file(path, c->file[i].digest);
        c->n++;
    }
    const uint64_t *digest = c->file[i].digest;
    if (!digest[0] && !digest[1])
        return;
    uint64_t mixed[2], own[2];
    weft_digest(path, strlen(path), own);
    uint64_t both[4] = {own[0], own[1], digest[0], digest[1]};
    weft_digest(both, sizeof both, mixed);
    id[0] += mixed[0];
    id[1] += mixed[1];
}

/* Keys whose values are names of files, which need not look like one: "disorder". */
static const char *const of_files[] = {"path", "file", "force_file", "field"};

/* A number is no path, though it may hold a dot. The empty text is none. */
static bool may_be_path(const char *key, const char *text)
{
    char *end;
    strtod(text, &end);
    if (!*text || !*end)
        return false;
    for (size_t i = 0; key && i < sizeof of_files / sizeof *of_files; i++)
        if (strcmp(key, of_files[i]) == 0)
            return true;
    return strpbrk(text, "./");
}

/* All scalars below a node; elements of a list have the key of the list. */
static void walk(input_contents *c, const char *key, const weft_node *node, uint64_t id[2])
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
 * no result. but: a further section that does not count; NULL: none. */
static void add_sections(input_contents *c, const weft_node *input, const char *but, uint64_t id[2])
{
    for (int i = 0; i < weft_node_count(input); i++) {
        bool counts = !but || strcmp(weft_node_key(input, i), but) != 0;
        for (size_t k = 0; k < sizeof passed_over / sizeof *passed_over; k++)
            counts &= strcmp(weft_node_key(input, i), passed_over[k]) != 0;
        if (counts)
            walk(c, weft_node_key(input, i), weft_node_item(input, i), id);
    }
}

void input_add_contents(input_contents *c, const weft_node *input, uint64_t id[2])
{
    add_sections(c, input, NULL, id);
}

/* The lines name the files, so that a later start can say which of them has changed. They are
 * made for one process and are the same on all.
 *
 * One replica has left its initial state behind, which may be gone or have grown since: the
 * snapshots of a run that goes on, say. Of several, some may not have begun. Only rank 0 reads, and
 * tells the others: input_same_files has seen to it that they see the same. */
char *input_contents_to_keep(MPI_Comm comm, const weft_input *input)
{
    int rank, size;
    weft_ranks(comm, &rank, &size);
    char *lines = weft_strdup("");
    if (rank == 0) {
        uint64_t id[2] = {0, 0};
        input_contents *c = input_contents_new();
        const char *but = input->ensemble->replicas == 1 ? "initial" : NULL;
        add_sections(c, weft_document_root(input->document), but, id);
        for (int i = 0; i < c->n; i++) {
            const read_file *f = &c->file[i];
            if (!f->digest[0] && !f->digest[1])
                continue;
            for (char *end = strchr(f->path, '\n'); end; end = strchr(end, '\n'))
                *end = '?'; /* it stays one line */
            char *longer =
                weft_format("%s# file %s: %016llx%016llx\n", lines, f->path,
                            (unsigned long long)f->digest[0], (unsigned long long)f->digest[1]);
            weft_free(lines);
            lines = longer;
        }
        input_contents_free(c);
    }
    long long n = (long long)strlen(lines) + 1;
    MPI_Bcast(&n, 1, MPI_LONG_LONG, 0, comm);
    char *text = weft_alloc((size_t)n, 1);
    if (rank == 0)
        memcpy(text, lines, (size_t)n);
    MPI_Bcast(text, (int)n, MPI_CHAR, 0, comm);
    weft_free(lines);
    return text;
}

weft_status input_same_files(MPI_Comm comm, const weft_input *input)
{
    int rank, size;
    uint64_t mine[2] = {0, 0}, first[2];
    weft_ranks(comm, &rank, &size);
    if (size == 1)
        return WEFT_OK;
    input_contents *c = input_contents_new();
    input_add_contents(c, weft_document_root(input->document), mine);
    input_contents_free(c);
    memcpy(first, mine, sizeof first);
    MPI_Bcast(first, 2, MPI_UINT64_T, 0, comm);
    weft_status status = WEFT_OK;
    if (memcmp(first, mine, sizeof first) != 0)
        status = weft_fail(WEFT_IO,
                           "%s: rank %d sees other files than rank 0 (or none) under the names in "
                           "this input; all ranks must work on one file system",
                           input->path, rank);
    return weft_agree(comm, status);
}
