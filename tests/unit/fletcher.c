/* The checksum of a chunk, beside what HDF5's own filter puts behind the same bytes: random ones,
 * zeros, ones, and words whose sums are multiples of 65535, which must not become 0. */
#include "check.h"
#include "io/internal.h"
#include "scratch.h"
#include <stdlib.h>
#include <string.h>

enum { MOST = 70000 };

/* What HDF5 stores behind these bytes. */
static uint32_t by_hdf5(hid_t file, const uint8_t *data, size_t bytes)
{
    static int number;
    char name[32];
    uint8_t stored[MOST + 4];
    uint32_t sum, mask;
    const hsize_t extent = bytes, at = 0;
    snprintf(name, sizeof name, "%d", number++);
    hid_t space = H5Screate_simple(1, &extent, NULL), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, &extent);
    H5Pset_fletcher32(list);
    hid_t set = H5Dcreate2(file, name, H5T_STD_U8LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    CHECK(H5Dwrite(set, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    CHECK(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0);
    CHECK(H5Dread_chunk(set, H5P_DEFAULT, &at, &mask, stored) >= 0);
    CHECK(memcmp(stored, data, bytes) == 0);
    memcpy(&sum, stored + bytes, sizeof sum);
    H5Dclose(set);
    H5Pclose(list);
    H5Sclose(space);
    return sum;
}

static void compare(hid_t file, const uint8_t *data, size_t bytes)
{
    const uint32_t want = by_hdf5(file, data, bytes), found = io_fletcher(data, bytes);
    if (found != want)
        printf("%zu bytes: %08x, HDF5 has %08x\n", bytes, found, want);
    CHECK(found == want);
}

int main(int argc, char **argv)
{
    static uint8_t data[MOST];
    static const size_t lengths[] = {1,   2,   3,   4,   510,  511,  512,   513,
                                     514, 720, 721, 722, 1024, 9797, 65535, MOST};
    MPI_Init(&argc, &argv);
    scratch_make();
    hid_t file = H5Fcreate(scratch_path("sums.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    CHECK(file >= 0);
    srand(20261130);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int fill = 0; fill < 2; fill++) {
            memset(data, fill ? 0xff : 0, MOST);
            compare(file, data, lengths[i]);
        }
        for (size_t b = 0; b < MOST; b++)
            data[b] = (uint8_t)(rand() >> 7);
        compare(file, data, lengths[i]);
        /* A last word that makes the first sum a multiple of 65535. */
        if (lengths[i] % 2 == 0) {
            uint32_t sum = 0;
            for (size_t b = 0; b + 2 < lengths[i]; b += 2)
                sum = (sum + ((uint32_t)data[b] << 8 | data[b + 1])) % 65535;
            sum = 65535 - sum;
            data[lengths[i] - 2] = (uint8_t)(sum >> 8);
            data[lengths[i] - 1] = (uint8_t)sum;
            compare(file, data, lengths[i]);
        }
    }
    CHECK(H5Fclose(file) >= 0);
    scratch_remove();
    return check_end();
}
