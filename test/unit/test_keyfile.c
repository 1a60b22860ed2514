/*
 * test_keyfile.c: the text of a key file, and the checks on the file itself.
 */
#include "pure/keyfile.h"
#include "pure/keyfile_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "golden_v1.h"
#include "unit.h"

#define ID     GOLDEN_KEY_ID
#define SECRET "01080f161d242b323940474e555c636a71787f868d949ba2a9b0b7bec5ccd3da"
#define LINE   "stockalert-key-v1 " ID " " SECRET
#define SECOND "2222222222222222222222222222222222222222222222222222222222222222"

static SaKeyRing ring;

typedef struct TextRow
{
	const char *name;
	const char *text;
	SaKeyfileStatus expected;
	int line;
} TextRow;

static const TextRow text_rows[] = {
	{"one line", LINE "\n", SA_KEYFILE_OK, 0},
	{"no newline at the end", LINE, SA_KEYFILE_OK, 0},
	{"comments and blank lines", "# made today\n\n  \t\n" LINE "\n# end", SA_KEYFILE_OK, 0},
	{"written on Windows", "# x\r\n" LINE "\r\n", SA_KEYFILE_OK, 0},
	{"tabs", "\tstockalert-key-v1\t" ID "\t" SECRET "  ", SA_KEYFILE_OK, 0},
	{"capitals", "stockalert-key-v1 28983D5DC368A3F8 " SECRET, SA_KEYFILE_OK, 0},
	{"empty", "", SA_KEYFILE_NO_KEY, 0},
	{"comments only", "# nothing\n\n", SA_KEYFILE_NO_KEY, 0},
	{"other version", "stockalert-key-v2 " ID " " SECRET, SA_KEYFILE_BAD_LINE, 1},
	{"two words", "\nstockalert-key-v1 " ID, SA_KEYFILE_BAD_LINE, 2},
	{"four words", LINE " x", SA_KEYFILE_BAD_LINE, 1},
	{"garbage after a good line", LINE "\nhello\n", SA_KEYFILE_BAD_LINE, 2},
	{"15 digits of id", "stockalert-key-v1 28983d5dc368a3f " SECRET, SA_KEYFILE_BAD_KEY_ID, 1},
	{"63 digits",
	 "stockalert-key-v1 " ID " 1080f161d242b323940474e555c636a71787f868d949ba2a9b0b7bec5ccd3da",
	 SA_KEYFILE_BAD_SECRET, 1},
	{"65 digits", LINE "0", SA_KEYFILE_BAD_SECRET, 1},
	{"not hexadecimal",
	 "stockalert-key-v1 " ID " g1080f161d242b323940474e555c636a71787f868d949ba2a9b0b7bec5ccd3da",
	 SA_KEYFILE_BAD_SECRET, 1},
	{"id of another key", "stockalert-key-v1 28983d5dc368a3f9 " SECRET, SA_KEYFILE_MISMATCH, 1},
	{"secret of another key", "# x\nstockalert-key-v1 " ID " " SECOND, SA_KEYFILE_MISMATCH, 2},
	{"twice", LINE "\n" LINE "\n", SA_KEYFILE_DUPLICATE, 2},
};

static void
check_texts(void)
{
	int line;

	for (size_t i = 0; i < sizeof(text_rows) / sizeof(text_rows[0]); i++)
	{
		const TextRow *row = &text_rows[i];
		size_t size = strlen(row->text);
		char *exact = malloc(size == 0 ? 1 : size);

		memcpy(exact, row->text, size);
		CHECK_ROW(sa_keyfile_parse(exact, size, &ring, &line) == row->expected, row->name);
		CHECK_ROW(line == row->line, row->name);
		CHECK_ROW((ring.count > 0) == (row->expected == SA_KEYFILE_OK), row->name);
		CHECK_ROW(row->expected == SA_KEYFILE_OK || sodium_is_zero((uint8_t *) &ring, sizeof(ring)),
				  row->name);
		free(exact);
	}
	CHECK_INT(sa_keyfile_parse(LINE "\0\n", strlen(LINE) + 2, &ring, &line), SA_KEYFILE_BAD_LINE);
}

/* Keys that were made, in their order; the limits of number and size. */
static void
check_many(void)
{
	static char text[SA_KEYFILE_MAX + 1];
	SaKey keys[SA_KEY_RING_MAX + 1];
	char *at = text;
	int line;

	for (int i = 0; i <= SA_KEY_RING_MAX; i++)
	{
		CHECK(sa_keyfile_make_key(&keys[i]));
		if (i == SA_KEY_RING_MAX)
		{
			CHECK_INT(sa_keyfile_parse(text, (size_t) (at - text), &ring, &line), SA_KEYFILE_OK);
			CHECK_INT(ring.count, SA_KEY_RING_MAX);
		}
		sa_keyfile_write_line(&keys[i], at);
		at += strlen(at);
	}
	CHECK(memcmp(ring.keys, keys, sizeof(SaKey) * SA_KEY_RING_MAX) == 0);
	CHECK(sa_keyfile_find(&ring, keys[7].pair.key_id) == &ring.keys[7]);
	CHECK(sa_keyfile_find(&ring, keys[SA_KEY_RING_MAX].pair.key_id) == NULL);
	CHECK_INT(sa_keyfile_parse(text, (size_t) (at - text), &ring, &line), SA_KEYFILE_TOO_MANY);
	CHECK_INT(line, SA_KEY_RING_MAX + 1);
	memset(text, '#', sizeof(text));
	memcpy(text, LINE "\n", strlen(LINE) + 1);
	CHECK_INT(sa_keyfile_parse(text, SA_KEYFILE_MAX, &ring, &line), SA_KEYFILE_OK);
	CHECK_INT(sa_keyfile_parse(text, SA_KEYFILE_MAX + 1, &ring, &line), SA_KEYFILE_TOO_LARGE);
}

static char folder[] = "/tmp/sa-keyfile.XXXXXX";
static char made[64];

static const char *
in_folder(const char *name)
{
	(void) snprintf(made, sizeof(made), "%s/%s", folder, name);
	return made;
}

static void
write_file(const char *name, const char *text, size_t size, mode_t mode)
{
	int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	CHECK(write(fd, text, size) == (ssize_t) size);
	CHECK(fchmod(fd, mode) == 0);
	(void) close(fd);
}

static SaKeyfileStatus
read_as(const char *path, const char *data_directory, uid_t user)
{
	SaKeyfileProblem problem;
	char reason[SA_KEYFILE_REASON_MAX];
	SaKeyfileStatus status = sa_keyfile_read(path, data_directory, user, &ring, &problem);

	CHECK((ring.count == 1) == (status == SA_KEYFILE_OK));
	CHECK_INT(problem.status, status);
	sa_keyfile_describe(&problem, reason, sizeof(reason));
	CHECK(strlen(reason) > 5 && strstr(reason, "0108") == NULL);
	return status;
}

static SaKeyfileStatus
read_one(const char *name)
{
	return read_as(in_folder(name), NULL, geteuid());
}

static void
check_modes(void)
{
	static const mode_t open_modes[] = {0644, 0660, 0604, 0610, 0601, 0620, 0666, 0777};

	write_file("good", LINE "\n", strlen(LINE) + 1, 0600);
	CHECK_INT(read_one("good"), SA_KEYFILE_OK);
	CHECK(chmod(in_folder("good"), 0400) == 0);
	CHECK_INT(read_one("good"), SA_KEYFILE_OK);
	for (size_t i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]); i++)
	{
		CHECK(chmod(in_folder("good"), open_modes[i]) == 0);
		CHECK_INT(read_one("good"), SA_KEYFILE_BAD_MODE);
	}
	/* A group may read root's file, and nobody else's. */
	CHECK(chmod(in_folder("good"), 0640) == 0);
	CHECK_INT(read_one("good"), geteuid() == 0 ? SA_KEYFILE_OK : SA_KEYFILE_BAD_MODE);
	CHECK_INT(read_as(in_folder("good"), NULL, 54321),
			  geteuid() == 0 ? SA_KEYFILE_OK : SA_KEYFILE_BAD_OWNER);
	CHECK(chmod(in_folder("good"), 0600) == 0);
	if (geteuid() == 0)
	{
		CHECK(chown(in_folder("good"), 12345, 0) == 0);
		CHECK_INT(read_one("good"), SA_KEYFILE_BAD_OWNER);
		CHECK_INT(read_as(in_folder("good"), NULL, 12345), SA_KEYFILE_OK);
		CHECK(chown(in_folder("good"), 0, 0) == 0);
	}
	else
	{
		CHECK(chmod(in_folder("good"), 0) == 0);
		CHECK_INT(read_one("good"), SA_KEYFILE_UNREADABLE);
		CHECK(chmod(in_folder("good"), 0600) == 0);
	}
}

static void
check_kinds_of_file(void)
{
	static char large[SA_KEYFILE_MAX + 1];
	char link[64];

	CHECK_INT(read_one("missing"), SA_KEYFILE_MISSING);
	CHECK_INT(read_as("", NULL, geteuid()), SA_KEYFILE_MISSING);
	CHECK_INT(read_one("good/below"), SA_KEYFILE_UNREADABLE);
	CHECK_INT(read_one("."), SA_KEYFILE_NOT_REGULAR);
	CHECK(mkfifo(in_folder("fifo"), 0600) == 0);
	CHECK_INT(read_one("fifo"), SA_KEYFILE_NOT_REGULAR);
	CHECK_INT(read_as("/dev/null", NULL, geteuid()), SA_KEYFILE_NOT_REGULAR);
	write_file("bad", "", 0, 0600);
	CHECK_INT(read_one("bad"), SA_KEYFILE_NO_KEY);
	write_file("bad", LINE, strlen(LINE) - 1, 0600);
	CHECK_INT(read_one("bad"), SA_KEYFILE_BAD_SECRET);
	memset(large, '#', sizeof(large));
	write_file("bad", large, sizeof(large), 0600);
	CHECK_INT(read_one("bad"), SA_KEYFILE_TOO_LARGE);
	(void) snprintf(link, sizeof(link), "%s/link", folder);
	CHECK(symlink("good", link) == 0);
	CHECK_INT(read_as(link, NULL, geteuid()), SA_KEYFILE_OK);
	CHECK(symlink("loop", in_folder("loop")) == 0);
	CHECK_INT(read_one("loop"), SA_KEYFILE_UNREADABLE);
}

static void
check_data_directory(void)
{
	char data[64];
	char link[64];

	(void) snprintf(data, sizeof(data), "%s/data", folder);
	CHECK(mkdir(data, 0700) == 0);
	write_file("data/key", LINE, strlen(LINE), 0600);
	write_file("data-not", LINE, strlen(LINE), 0600);
	CHECK_INT(read_as(in_folder("data/key"), data, geteuid()), SA_KEYFILE_IN_DATA_DIRECTORY);
	CHECK_INT(read_as(in_folder("data/../data/key"), data, geteuid()),
			  SA_KEYFILE_IN_DATA_DIRECTORY);
	CHECK_INT(read_as(in_folder("data-not"), data, geteuid()), SA_KEYFILE_OK);
	CHECK_INT(read_as(in_folder("good"), data, geteuid()), SA_KEYFILE_OK);
	(void) snprintf(link, sizeof(link), "%s/inward", folder);
	CHECK(symlink("data/key", link) == 0);
	CHECK_INT(read_as(link, data, geteuid()), SA_KEYFILE_IN_DATA_DIRECTORY);
	CHECK_INT(read_as(in_folder("good"), "/nowhere/at/all", geteuid()), SA_KEYFILE_UNREADABLE);
}

static void
remove_folder(void)
{
	static const char *const names[] = {"good",     "bad",      "fifo",   "link", "loop",
										"data/key", "data-not", "inward", "data"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void) remove(in_folder(names[i]));
	CHECK(rmdir(folder) == 0);
}

int
main(void)
{
	if (sodium_init() < 0 || mkdtemp(folder) == NULL)
		return 1;
	check_texts();
	check_many();
	check_modes();
	check_kinds_of_file();
	check_data_directory();
	remove_folder();
	for (int status = SA_KEYFILE_OK; status <= SA_KEYFILE_TOO_MANY; status++)
		CHECK(sa_keyfile_explain((SaKeyfileStatus) status)[0] != '\0');
	return unit_end();
}
