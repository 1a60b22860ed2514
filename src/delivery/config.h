/*
 * config.h: the configured channels, their sealed credentials and who we are.
 *
 * Read in one go in the transaction of a claim, used after its end: everything
 * is palloc'd in the context that is handed in.
 */
#ifndef SA_DELIVERY_CONFIG_H
#define SA_DELIVERY_CONFIG_H

#include "datatype/timestamp.h"

#include "delivery/send.h"

typedef struct SaChannelRow
{
	char *channel;
	bool enabled;
	char *state; /* active, broken, paused */
	TimestampTz state_at;
	double per_second;
	int burst;
	char *host;
	int port;
	char *security;
	char *username;
	char *sender;
	char *content_sid;
} SaChannelRow;

typedef struct SaCredentialRow
{
	char *name;
	char *destination;
	uint8_t *sealed;
	size_t sealed_length;
} SaCredentialRow;

typedef struct SaConfig
{
	SaChannelRow *channels;
	int channel_count;
	SaCredentialRow *credentials;
	int credential_count;
	uint8_t installation[16];
	char *installation_text;
	uint64_t fingerprint; /* differs when anything a person set does */
} SaConfig;

typedef enum SaInstallation
{
	SA_INSTALLATION_NONE, /* no channel or credential was ever set */
	SA_INSTALLATION_HERE,
	SA_INSTALLATION_COPY /* made elsewhere: sends nothing before confirm_takeover() */
} SaInstallation;

/* With SPI connected. */
extern SaConfig *sa_config_read(MemoryContext context);
extern SaInstallation sa_config_installation(void);

/* NULL: none, or config is NULL. */
extern const SaChannelRow *sa_config_channel(const SaConfig *config, const char *channel);
/* Puts a channel's row and its credential together; false: the channel is not configured. */
extern bool sa_config_assemble(const SaConfig *config, const char *channel, const char *recipient,
							   SaChannelConfig *out);

#endif
