/* Damaged result files: the bytes are written to a file, which is opened as weft opens checkpoints
 * and series, and everything in it is read. Any bytes are read or refused with a message, and
 * nothing of weft's is left in memory. HDF5 itself is not under test; what weft does with what HDF5
 * says is. */
#include "fuzz.h"
#include "weft/io.h"
#include <mpi.h>
#include <unistd.h>

static void start(void)
{
    int on;
    MPI_Initialized(&on);
    if (!on)
        MPI_Init(NULL, NULL);
    weft_log_setup(0, WEFT_QUIET);
}

/* Attributes and sizes of what weft writes; after the first error the file can only be closed. */
static weft_status look(weft_file *file)
{
    static const char *const names[] = {NULL, "time", "energy", "phi", "x", "fields/phi"};
    char *text;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool there = true;
        int64_t n;
        weft_status status = names[i] ? weft_file_has(file, names[i], &there) : WEFT_OK;
        if (status != WEFT_OK)
            return status;
        if (!there)
            continue;
        if (names[i])
            FUZZ_MUST(weft_file_length(file, names[i], &n) == WEFT_OK && n >= -1);
        status = weft_file_get_text(file, names[i], names[i] ? "units" : "input", &text);
        weft_free(text);
        if (status != WEFT_OK)
            return status;
    }
    return WEFT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    start();
    const int64_t before = weft_memory_blocks();
    snprintf(path, sizeof path, "%s/weft_fuzz_XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    int descriptor = mkstemp(path);
    FUZZ_MUST(descriptor >= 0);
    FUZZ_MUST(write(descriptor, data, size) == (ssize_t)size);
    close(descriptor);
    weft_file *file;
    weft_status status = weft_file_open_replicated(MPI_COMM_SELF, path, WEFT_READ, &file);
    if (status == WEFT_OK) {
        status = look(file);
        weft_status closed = weft_file_close(file);
        status = status != WEFT_OK ? status : closed;
    }
    fuzz_check_error(status);
    status = weft_checkpoint_open(MPI_COMM_SELF, path, &file);
    if (status == WEFT_OK) {
        status = look(file);
        weft_status closed = weft_file_close(file);
        status = status != WEFT_OK ? status : closed;
    }
    fuzz_check_error(status);
    unlink(path);
    FUZZ_MUST(weft_memory_blocks() == before);
    return 0;
}
