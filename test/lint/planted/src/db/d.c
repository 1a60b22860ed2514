#include "postgres.h"
#include "worker/w.h"
#include "d.h"
#include <db/d.h>
#include "pure/right.h"
void
f(void)
{
	ereport(ERROR, (errmsg("errcode(")));
	ereport(ERROR, (errcode(RIGHT), errmsg(")")));
	ereport(NOTICE, (errmsg("right")));
	elog(ERROR, "x");
	/* cannot happen */
	elog(ERROR, "right");
	if (SPI_execute("", false, 0) != SPI_OK_SELECT)
		elog(ERROR, "right");
	curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);
	if (memcmp(a->mac, b, 3) == 0 || strcmp(right, "") == 0)
		strcpy(a, b);
	/* strcpy(right) */
}
#if PG_VERSION_NUM > 1
#endif
