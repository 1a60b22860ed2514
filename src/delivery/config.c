/*
 * config.c: reads channels, credentials and the installation.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "db/plans.h"
#include "db/result.h"
#include "delivery/config.h"

static void
read_rows(SPIPlanPtr *plan, const char *text)
{
	sa_plan_run(plan, text, 0, NULL, NULL, NULL, true);
}

static void
read_channels(SaConfig *config, MemoryContext context)
{
	static SPIPlanPtr plan = NULL;
	MemoryContext previous;

	read_rows(&plan,
			  "SELECT channel, enabled, state, state_at, per_second, burst, host, port, security,"
			  " username, sender, content_sid FROM stockalert.channels ORDER BY channel");
	previous = MemoryContextSwitchTo(context);
	config->channel_count = (int) SPI_processed;
	config->channels = palloc0(sizeof(SaChannelRow) * Max(config->channel_count, 1));
	for (int i = 0; i < config->channel_count; i++)
	{
		SaChannelRow *c = &config->channels[i];
		bool isnull;

		c->channel = sa_result_text(SPI_tuptable, i, 1);
		c->enabled = sa_result_bool(SPI_tuptable, i, 2);
		c->state = sa_result_text(SPI_tuptable, i, 3);
		c->state_at = sa_result_time(SPI_tuptable, i, 4);
		c->per_second = DatumGetFloat8(sa_result(SPI_tuptable, i, 5, &isnull));
		c->burst = sa_result_int(SPI_tuptable, i, 6);
		c->host = sa_result_text(SPI_tuptable, i, 7);
		c->port = sa_result_int(SPI_tuptable, i, 8);
		c->security = sa_result_text(SPI_tuptable, i, 9);
		c->username = sa_result_text(SPI_tuptable, i, 10);
		c->sender = sa_result_text(SPI_tuptable, i, 11);
		c->content_sid = sa_result_text(SPI_tuptable, i, 12);
	}
	MemoryContextSwitchTo(previous);
}

static void
read_credentials(SaConfig *config, MemoryContext context)
{
	static SPIPlanPtr plan = NULL;
	MemoryContext previous;

	read_rows(&plan, "SELECT name, destination, sealed FROM stockalert.credentials ORDER BY name");
	previous = MemoryContextSwitchTo(context);
	config->credential_count = (int) SPI_processed;
	config->credentials = palloc0(sizeof(SaCredentialRow) * Max(config->credential_count, 1));
	for (int i = 0; i < config->credential_count; i++)
	{
		SaCredentialRow *c = &config->credentials[i];
		bool isnull;
		bytea *sealed = DatumGetByteaPP(sa_result(SPI_tuptable, i, 3, &isnull));

		c->name = sa_result_text(SPI_tuptable, i, 1);
		c->destination = sa_result_text(SPI_tuptable, i, 2);
		c->sealed_length = VARSIZE_ANY_EXHDR(sealed);
		c->sealed = palloc(Max(c->sealed_length, 1));
		memcpy(c->sealed, VARDATA_ANY(sealed), c->sealed_length);
	}
	MemoryContextSwitchTo(previous);
}

static void
mix(SaConfig *config, const void *data, size_t length)
{
	config->fingerprint =
		hash_bytes_extended((const unsigned char *) data, (int) length, config->fingerprint);
}

static void
mix_text(SaConfig *config, const char *text)
{
	mix(config, text ? text : "", text ? strlen(text) + 1 : 0);
}

/* Of what a person sets; not of the state that we write ourselves.  Never 0. */
static void
take_fingerprint(SaConfig *config)
{
	config->fingerprint = 1;
	for (int i = 0; i < config->channel_count; i++)
	{
		const SaChannelRow *c = &config->channels[i];

		mix_text(config, c->channel);
		mix_text(config, c->host);
		mix_text(config, c->security);
		mix_text(config, c->username);
		mix_text(config, c->sender);
		mix_text(config, c->content_sid);
		mix(config, &c->port, sizeof(c->port));
	}
	for (int i = 0; i < config->credential_count; i++)
	{
		mix_text(config, config->credentials[i].name);
		mix(config, config->credentials[i].sealed, config->credentials[i].sealed_length);
	}
}

SaConfig *
sa_config_read(MemoryContext context)
{
	static SPIPlanPtr plan = NULL;
	SaConfig *config = MemoryContextAllocZero(context, sizeof(SaConfig));

	read_channels(config, context);
	read_credentials(config, context);
	read_rows(&plan, "SELECT installation_id, installation_id::text FROM stockalert.installation");
	config->installation_text = MemoryContextStrdup(context, "");
	if (SPI_processed > 0)
	{
		bool isnull;
		char *text = sa_result_text(SPI_tuptable, 0, 2);

		memcpy(config->installation, DatumGetUUIDP(sa_result(SPI_tuptable, 0, 1, &isnull))->data,
			   UUID_LEN);
		if (text != NULL)
			config->installation_text = MemoryContextStrdup(context, text);
	}
	take_fingerprint(config);
	return config;
}

/* A dump travels with its installation; the cluster's identifier and the database's number do not.
 */
SaInstallation
sa_config_installation(void)
{
	static SPIPlanPtr plan = NULL;
	bool isnull;

	read_rows(&plan, "SELECT system_identifier, database_oid FROM stockalert.installation");
	if (SPI_processed == 0)
		return SA_INSTALLATION_NONE;
	if ((uint64) DatumGetInt64(sa_result(SPI_tuptable, 0, 1, &isnull)) == GetSystemIdentifier() &&
		DatumGetObjectId(sa_result(SPI_tuptable, 0, 2, &isnull)) == MyDatabaseId)
		return SA_INSTALLATION_HERE;
	return SA_INSTALLATION_COPY;
}

const SaChannelRow *
sa_config_channel(const SaConfig *config, const char *channel)
{
	for (int i = 0; config != NULL && i < config->channel_count; i++)
		if (strcmp(config->channels[i].channel, channel) == 0)
			return &config->channels[i];
	return NULL;
}

bool
sa_config_assemble(const SaConfig *config, const char *channel, const char *recipient,
				   SaChannelConfig *out)
{
	const SaChannelRow *row = sa_config_channel(config, channel);
	const char *credential = sa_send_credential(channel, recipient);

	memset(out, 0, sizeof(*out));
	if (row == NULL)
		return false;
	memcpy(out->installation, config->installation, sizeof(out->installation));
	out->host = row->host;
	out->port = row->port;
	out->security = row->security;
	out->username = row->username;
	out->sender = row->sender;
	out->content_sid = row->content_sid;
	for (int i = 0; credential != NULL && i < config->credential_count; i++)
		if (strcmp(config->credentials[i].name, credential) == 0)
		{
			out->credential_name = config->credentials[i].name;
			out->destination = config->credentials[i].destination;
			out->sealed = config->credentials[i].sealed;
			out->sealed_length = config->credentials[i].sealed_length;
		}
	return true;
}
