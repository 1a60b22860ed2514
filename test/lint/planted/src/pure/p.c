#include "postgres.h"
#include <utils/elog.h>
#include "worker/w.h"
int
too_long(void)
{
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
	step();
}




































































































































































































































































































































































































































