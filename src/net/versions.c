/*
 * versions.c: asks the libraries what they are, as they were loaded, not as
 * they were compiled against.
 */
#include "postgres.h"

#include <curl/curl.h>
#include <sodium.h>

#include "net/versions.h"

void
sa_net_versions(char *out, size_t size)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

	snprintf(out, size, "libcurl %s (%s), libsodium %s", curl->version,
			 curl->ssl_version != NULL ? curl->ssl_version : "without TLS",
			 sodium_version_string());
}
