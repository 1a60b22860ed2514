/*
 * square.c: Square as a connector.
 */
#include "postgres.h"

#include "pos/square/square.h"

static const char *
base_url(const char *environment)
{
	return strcmp(environment, "production") == 0 ? "https://connect.squareup.com"
												  : "https://connect.squareupsandbox.com";
}

const SaPosConnector sa_square_connector = {
	.provider = "square",
	.streams = sa_square_streams,
	.base_url = base_url,
	.version_header = "Square-Version",
	.read = sa_square_read,
	.read_token = sa_square_read_token,
	.write_token = sa_square_write_token,
	.renew = sa_square_renew,
	.renewed = sa_square_renewed,
	.status = sa_square_ask_status,
};
