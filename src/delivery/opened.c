/*
 * opened.c: a list, counted by users.
 *
 * There are as many as credentials in use at this moment, a handful.  malloc'd
 * like the transfers that hold them; the secrets lie in the vault's locked
 * memory.
 */
#include "postgres.h"

#include "delivery/opened.h"

/* What was opened: the same envelope, asked for under the same name, is the same secret. */
struct SaOpened
{
	struct SaOpened *next;
	int users;
	bool old; /* opened with keys that may be gone */
	SaSecret secret;
	SaChannelConfig config; /* name, destination and envelope are copies, behind this */
	char copies[];
};

static SaOpened *first = NULL;

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_envelope(const SaChannelConfig *a, const SaChannelConfig *b)
{
	return a->sealed_length == b->sealed_length &&
		   memcmp(a->sealed, b->sealed, a->sealed_length) == 0 &&
		   memcmp(a->installation, b->installation, sizeof(a->installation)) == 0 &&
		   same_text(a->credential_name, b->credential_name) &&
		   same_text(a->destination, b->destination);
}

static const char *
copy_to(char **at, const void *data, size_t length)
{
	char *copy = *at;

	if (data == NULL)
		return NULL;
	memcpy(copy, data, length);
	*at += length;
	return copy;
}

static SaOpened *
make(const SaChannelConfig *config)
{
	size_t name = strlen(config->credential_name) + 1;
	size_t destination = config->destination == NULL ? 0 : strlen(config->destination) + 1;
	SaOpened *opened = calloc(1, sizeof(SaOpened) + config->sealed_length + name + destination);
	char *at;

	if (opened == NULL)
		return NULL;
	at = opened->copies;
	memcpy(opened->config.installation, config->installation, sizeof(config->installation));
	opened->config.sealed_length = config->sealed_length;
	opened->config.sealed = (const uint8_t *) copy_to(&at, config->sealed, config->sealed_length);
	opened->config.credential_name = copy_to(&at, config->credential_name, name);
	opened->config.destination = copy_to(&at, config->destination, destination);
	return opened;
}

SaOpenStatus
sa_opened_join(const SaChannelConfig *config, SaOpened **out)
{
	SaOpened *opened;
	SaOpenStatus status;

	*out = NULL;
	for (opened = first; opened != NULL; opened = opened->next)
	{
		if (opened->old || !same_envelope(&opened->config, config))
			continue;
		opened->users++;
		*out = opened;
		return SA_OPEN_OK;
	}
	opened = make(config);
	if (opened == NULL)
		return SA_OPEN_NO_MEMORY;
	status = sa_vault_open(config->sealed, config->sealed_length, config->installation,
						   config->credential_name, config->destination, &opened->secret);
	if (status != SA_OPEN_OK)
	{
		free(opened);
		return status;
	}
	opened->users = 1;
	opened->next = first;
	first = opened;
	*out = opened;
	return SA_OPEN_OK;
}

const SaSecret *
sa_opened_secret(const SaOpened *opened)
{
	return &opened->secret;
}

void
sa_opened_leave(SaOpened *opened)
{
	SaOpened **link = &first;

	if (opened == NULL || --opened->users > 0)
		return;
	while (*link != opened)
		link = &(*link)->next;
	*link = opened->next;
	sa_vault_forget(&opened->secret);
	free(opened);
}

void
sa_opened_renew(void)
{
	for (SaOpened *opened = first; opened != NULL; opened = opened->next)
		opened->old = true;
}
