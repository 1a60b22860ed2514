/*
 * stockalert-seal: seals one secret so that only the worker can open it.
 *
 * Needs nothing but public values: the key id printed by stockalert-keygen (to
 * be sure whose key it is), and the public key and installation shown by
 * stockalert.public_key().  The secret comes from the terminal, unseen, or
 * from standard input; never from an option, which others could read.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "pure/envelope.h"
#include "tools/tool.h"

#define TEXT_ROOM 300

typedef struct Wanted
{
	char key_id[TEXT_ROOM];
	char public_key[TEXT_ROOM];
	char installation[TEXT_ROOM];
	char name[TEXT_ROOM];
	char destination[TEXT_ROOM];
	bool sql;
	bool may_ask; /* the terminal is there, and standard input is not the secret */
} Wanted;

static const char help[] =
	"stockalert-seal seals a secret for StockAlert's worker and prints the envelope.\n"
	"\n"
	"Usage:\n"
	"  stockalert-seal [OPTION]...            asks on the terminal for what is not given\n"
	"  stockalert-seal OPTION... < FILE       reads the secret from standard input\n"
	"\n"
	"Options:\n"
	"  --key-id ID           the key id that stockalert-keygen printed\n"
	"  --public-key KEY      the public key, 64 hexadecimal digits\n"
	"  --installation UUID   the installation, from stockalert.public_key()\n"
	"  --name NAME           square, square_webhook, slack, twilio, smtp or webhook;\n"
	"                        with a label where there are several: slack:ops\n"
	"  --dest HOST:PORT      the only place the secret may be sent to; known for\n"
	"                        square, slack (hooks.slack.com:443) and twilio\n"
	"  --sql                 print SQL, ready for psql, instead of the bare envelope\n"
	"  --help                print this and end\n"
	"\n"
	"The secret: an access token or, on one line without blanks,\n"
	"{\"access_token\":...,\"refresh_token\":...,\"client_id\":...,\"client_secret\":...}\n"
	"(square); the signature key and the notification URL, KEY#URL (square_webhook);\n"
	"the webhook's URL (slack), URL#whsec_SECRET (webhook), SID:TOKEN or\n"
	"SID:KEY:SECRET (twilio), the password (smtp).\n"
	"In SQL, SELECT stockalert.seal_command('slack') prints this command with all public\n"
	"values; compare its key id with the one that stockalert-keygen printed.\n"
	"Exit status: 0 done, 1 it could not be done, 2 wrong use.\n";

static void
keep_option(char *kept, const char *value, const char *option)
{
	if (strlen(value) >= TEXT_ROOM)
		sa_tool_misuse("--%s is too long", option);
	(void) snprintf(kept, TEXT_ROOM, "%s", value);
}

/* Asks for a value that was not given; with a usual one, just Enter takes that. */
static void
want_value(const Wanted *wanted, char *kept, const char *option, const char *question,
		   const char *usual)
{
	char prompt[TEXT_ROOM];

	if (kept[0] != '\0')
		return;
	if (!wanted->may_ask)
	{
		if (usual == NULL)
			sa_tool_misuse("--%s is missing", option);
		keep_option(kept, usual, option);
		return;
	}
	(void) snprintf(prompt, sizeof(prompt), "%s%s%s%s: ", question, usual == NULL ? "" : " [",
					usual == NULL ? "" : usual, usual == NULL ? "" : "]");
	if (!sa_tool_ask(prompt, true, kept, TEXT_ROOM))
		sa_tool_misuse("--%s is missing", option);
	if (kept[0] == '\0' && usual != NULL)
		keep_option(kept, usual, option);
}

/* The key must have the id that its owner was told: a wrong key would open for somebody else. */
static void
read_key(const Wanted *wanted, SaPublicKey *key)
{
	uint8_t key_id[SA_KEY_ID_SIZE];
	uint8_t public[SA_PUBLIC_SIZE];

	if (!sa_public_key_read_hex(key_id, sizeof(key_id), wanted->key_id, strlen(wanted->key_id)))
		sa_tool_fail("the key id must be 16 hexadecimal digits, as stockalert-keygen printed it");
	if (!sa_public_key_read_hex(public, sizeof(public), wanted->public_key,
								strlen(wanted->public_key)))
		sa_tool_fail("the public key must be 64 hexadecimal digits");
	sa_public_key_make(key, public);
	if (sodium_memcmp(key->key_id, key_id, sizeof(key_id)) != 0)
		sa_tool_fail("this public key does not have the key id %s: nothing was sealed; check both "
					 "with stockalert-keygen --check",
					 wanted->key_id);
}

static void
read_installation(const char *text, uint8_t *installation)
{
	static const int groups[] = {8, 4, 4, 4, 12};
	char digits[2 * SA_INSTALLATION_SIZE + 1];
	size_t used = 0;
	const char *at = text;
	bool good = true;

	for (int i = 0; i < 5 && good; i++)
	{
		good = strlen(at) >= (size_t) groups[i] && at[groups[i]] == (i < 4 ? '-' : '\0');
		if (!good)
			break;
		memcpy(digits + used, at, (size_t) groups[i]);
		used += (size_t) groups[i];
		at += groups[i] + (i < 4);
	}
	if (!good || !sa_public_key_read_hex(installation, SA_INSTALLATION_SIZE, digits, used))
		sa_tool_fail("the installation must be a UUID, as stockalert.public_key() shows it");
}

static size_t
read_secret(const Wanted *wanted, char *secret, size_t room)
{
	char question[2 * TEXT_ROOM];

	if (!wanted->may_ask)
		return sa_tool_read_input(secret, room - 1);
	(void) snprintf(question, sizeof(question), "Secret of %s (not shown): ", wanted->name);
	if (!sa_tool_ask(question, false, secret, room))
		sa_tool_fail("there is no terminal to ask for the secret; give it on standard input");
	return strlen(secret);
}

static void
fail_seal(SaSealStatus status, const Wanted *wanted)
{
	switch (status)
	{
		case SA_SEAL_OK:
			return;
		case SA_SEAL_BAD_NAME:
			sa_tool_fail(
				"\"%s\" is no credential: use square, square_webhook, slack, twilio, smtp or "
				"webhook, with a label as in slack:ops (1 to 32 of a-z 0-9 _ -)",
				wanted->name);
		case SA_SEAL_BAD_DESTINATION:
			sa_tool_fail(
				"\"%s\" is no destination: write host:port with the host in lower case, such "
				"as mail.example.com:587",
				wanted->destination);
		case SA_SEAL_EMPTY:
			sa_tool_fail("the secret is empty");
		case SA_SEAL_TOO_LONG:
			sa_tool_fail("the secret is longer than %d bytes", SA_SECRET_MAX);
		case SA_SEAL_BAD_CHARSET:
			sa_tool_fail(
				"the secret holds a line break, another control character, or (unless it is "
				"a mail password) a space or a letter outside ASCII");
		case SA_SEAL_NO_ROOM:
		case SA_SEAL_NO_KEY:
			sa_tool_fail("the secret cannot be sealed for this public key");
	}
}

static void
print_envelope(const Wanted *wanted, const uint8_t *sealed, size_t size)
{
	char text[SA_ENVELOPE_TEXT_MAX + 1];

	if (!sa_envelope_write_text(sealed, size, text, sizeof(text)))
		sa_tool_fail("the envelope does not fit");
	/* Nothing to quote: names and envelopes are plain ASCII without quotes, or sealing refused
	 * them. */
	if (wanted->sql)
	{
		(void) printf("SELECT * FROM stockalert.set_credential('%s', '%s');\n", wanted->name, text);
		/* Said where it does not get into a file or a pipe. */
		if (wanted->may_ask)
			(void) fprintf(stderr, "Next: run this statement in the database, as a member of "
								   "stockalert_admin; it is no secret.\n");
	}
	else
		(void) printf("%s\n", text);
	if (fflush(stdout) != 0)
		sa_tool_fail("cannot write: %s", strerror(errno));
}

static void
seal_secret(Wanted *wanted)
{
	char *secret = sa_tool_secret_memory(SA_SECRET_MAX + 1);
	uint8_t *work = sa_tool_secret_memory(SA_ENVELOPE_INNER_MAX);
	uint8_t sealed[SA_ENVELOPE_MAX];
	size_t size;
	SaPublicKey key;
	SaBinding binding = {{0}, wanted->name, wanted->destination};
	SaCredentialKind kind;

	want_value(wanted, wanted->key_id, "key-id", "Key id", NULL);
	want_value(wanted, wanted->public_key, "public-key", "Public key", NULL);
	read_key(wanted, &key);
	want_value(wanted, wanted->installation, "installation", "Installation", NULL);
	read_installation(wanted->installation, binding.installation);
	want_value(wanted, wanted->name, "name", "Name (square, slack, twilio, smtp, ...)", NULL);
	kind = sa_credential_kind(wanted->name, strlen(wanted->name));
	if (kind == SA_CREDENTIAL_INVALID)
		fail_seal(SA_SEAL_BAD_NAME, wanted);
	want_value(wanted, wanted->destination, "dest", "Destination host:port",
			   sa_credential_usual_destination(kind));
	if (!sa_credential_destination_valid(wanted->destination, strlen(wanted->destination)))
		fail_seal(SA_SEAL_BAD_DESTINATION, wanted);
	size = read_secret(wanted, secret, SA_SECRET_MAX + 1);
	if (!sa_credential_url_fits(secret, size, wanted->destination))
		sa_tool_fail("the URL does not lead to %s: nothing was sealed", wanted->destination);
	if (kind == SA_CREDENTIAL_SLACK && strncmp(secret, "http", 4) != 0)
		sa_tool_fail("the secret of slack is the webhook's URL, https://hooks.slack.com/...");
	fail_seal(sa_envelope_seal(&key, &binding, secret, size, work, sealed, &size), wanted);
	sodium_free(secret);
	sodium_free(work);
	print_envelope(wanted, sealed, size);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"key-id", required_argument, NULL, 'k'},
		{"public-key", required_argument, NULL, 'p'},
		{"installation", required_argument, NULL, 'i'},
		{"name", required_argument, NULL, 'n'},
		{"dest", required_argument, NULL, 'd'},
		{"sql", no_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	Wanted wanted = {0};
	int option;

	sa_tool_start("stockalert-seal");
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
	{
		if (option == 'h')
			return fputs(help, stdout) < 0;
		else if (option == 'k')
			keep_option(wanted.key_id, optarg, "key-id");
		else if (option == 'p')
			keep_option(wanted.public_key, optarg, "public-key");
		else if (option == 'i')
			keep_option(wanted.installation, optarg, "installation");
		else if (option == 'n')
			keep_option(wanted.name, optarg, "name");
		else if (option == 'd')
			keep_option(wanted.destination, optarg, "dest");
		else if (option == 's')
			wanted.sql = true;
		else
			sa_tool_misuse("wrong options");
	}
	if (argc != optind)
		sa_tool_misuse("there is one argument too many; the secret is read, never given as one");
	wanted.may_ask = isatty(STDIN_FILENO) == 1;
	seal_secret(&wanted);
	return 0;
}
