/* Where a result came from: what was built, when and where it runs, and a name of its own.
 *
 * Invariant: the git description is that of the sources as they were compiled; the build writes it
 * into weft_git.h each time (src/cmake/git.cmake). */
#include "weft/provenance.h"
#include "weft_git.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* A random UUID (RFC 4122, version 4: the two masks set the version and the variant). Without
 * random bytes from the kernel, time and process number at least keep two runs of one machine
 * apart. Only one rank may make it and must send it to the others. */
static void new_uuid(char *out, size_t size)
{
    uint8_t b[16] = {0};
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b) {
        uint64_t seed = (uint64_t)time(NULL) * 1000003u + (uint64_t)getpid();
        memcpy(b, &seed, sizeof seed);
    }
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    snprintf(out, size, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}

/* The time is UTC in ISO 8601, so that results from different places can be sorted. The structure
 * is cleared first: each text ends with a zero even if the host name fills its field. */
void weft_provenance_now(weft_provenance *p)
{
    memset(p, 0, sizeof *p);
    snprintf(p->version, sizeof p->version, "%s", WEFT_VERSION);
    snprintf(p->git, sizeof p->git, "%s", WEFT_GIT);
    snprintf(p->build, sizeof p->build, "%s", WEFT_BUILD);
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(p->date, sizeof p->date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    gethostname(p->host, sizeof p->host - 1);
    new_uuid(p->uuid, sizeof p->uuid);
}
