/* What a point of a scan is called: in messages by its values along the axes, on the disk by its
 * identity. Both follow from the point alone, so that files of a scan that is extended keep their
 * names. */
#include "internal.h"
#include "weft/log.h"
#include "weft/memory.h"
#include <stdio.h>

/* With the texts of the values, not their overrides: for people. */
void scan_describe(const weft_scan *s, const scan_point *p, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int a = 0; a < s->n_axes && used < size; a++)
        used += (size_t)snprintf(out + used, size - used, "%s%s=%s", a ? ", " : "", s->axis[a].path,
                                 s->axis[a].texts[p->index[s->axis[a].dim]]);
}

void scan_warn_about(const weft_scan *s, const scan_point *p)
{
    char point[512];
    scan_describe(s, p, point, sizeof point);
    weft_warn_case(point);
}

/* By the identity: a point keeps its checkpoints in a scan that is extended. */
char *scan_point_dir(const weft_scan *s, const scan_point *p)
{
    return weft_format("%s/under_way/%016llx%016llx", s->dir, (unsigned long long)p->id[0],
                       (unsigned long long)p->id[1]);
}
