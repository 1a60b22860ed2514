/*
 * stockalert.c: what happens when the library is loaded.  Nothing else.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"

#include "alerts/item_trigger.h"
#include "compat.h"
#include "ipc/shmem.h"
#include "ipc/wake.h"
#include "settings.h"
#include "watch/trigger.h"
#include "worker/launcher.h"
#include "worker/utility.h"

PG_MODULE_MAGIC;

void
_PG_init(void)
{
	/* pg_upgrade starts servers that must stay without company. */
	if (IsBinaryUpgrade)
		return;
	sa_settings_define();
	sa_wake_init();
	sa_item_trigger_init();
	sa_watch_init();
	if (!process_shared_preload_libraries_in_progress)
		return;
	sa_ipc_init();
	sa_launcher_register();
	sa_utility_install();
}
