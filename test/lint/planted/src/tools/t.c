#include "db/d.h"
