/*
 * stockalert-keygen: makes, extends and checks the key file of the worker.
 *
 * Never writes over a file, never makes a key by itself: a key that silently
 * became another one is data nobody can open.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "pure/keyfile_open.h"
#include "tools/tool.h"

typedef enum Mode
{
	MAKE,
	ADD,
	CHECK
} Mode;

static const char help[] =
	"stockalert-keygen makes the key with which StockAlert's worker opens credentials.\n"
	"\n"
	"Usage:\n"
	"  stockalert-keygen [--owner USER] FILE           make a new key file\n"
	"  stockalert-keygen --add [--owner USER] FILE     put a new active key before the old ones\n"
	"  stockalert-keygen --check [--owner USER] FILE   check a key file as the worker does\n"
	"\n"
	"Options:\n"
	"  --owner USER   as root: do it as this user, the one that runs the server\n"
	"  --help         print this and end\n"
	"\n"
	"FILE must not exist yet (without --add and --check) and lies outside the data\n"
	"directory, so that no base backup carries it. Run it as the user that runs the\n"
	"server. Only the key id and the public key are printed. Exit status: 0 done,\n"
	"1 it could not be done or the check failed, 2 wrong use.\n";

/*
 * Becomes the server's user for good.  Making the file as that user, rather
 * than giving it away afterwards, means that a wrong folder shows at once.
 */
static void
become_user(const char *name)
{
	struct passwd *user = getpwnam(name);

	if (user == NULL)
		sa_tool_fail("user \"%s\" is not known on this system", name);
	if (user->pw_uid == geteuid())
		return;
	if (geteuid() != 0)
		sa_tool_fail("only root can work as another user; run this as \"%s\"", name);
	if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
		setuid(user->pw_uid) != 0)
		sa_tool_fail("cannot become user \"%s\": %s", name, strerror(errno));
}

static bool
is_data_directory(const char *folder)
{
	char path[PATH_MAX];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/global/pg_control", folder) >= (int) sizeof(path))
		return false;
	return stat(path, &st) == 0;
}

/* Finds the data directory around a resolved folder, the way the server would refuse it. */
static void
refuse_data_directory(const char *folder)
{
	char work[PATH_MAX];
	char *slash;

	if (snprintf(work, sizeof(work), "%s", folder) >= (int) sizeof(work))
		sa_tool_fail("the path is too long");
	for (;;)
	{
		if (is_data_directory(work))
			sa_tool_fail("\"%s\" is a data directory, and every base backup would carry the key: "
						 "choose a place outside it",
						 work);
		slash = strrchr(work, '/');
		if (slash == NULL || slash == work)
			break;
		*slash = '\0';
	}
}

/* The folder of a file that may not exist yet, resolved; fails if there is none. */
static char *
resolve_folder(const char *path)
{
	char *copy = strdup(path);
	char *folder = copy == NULL ? NULL : realpath(dirname(copy), NULL);

	if (folder == NULL)
		sa_tool_fail("cannot use the folder of \"%s\": %s", path, strerror(errno));
	free(copy);
	return folder;
}

static char *
join_path(const char *folder, const char *name)
{
	size_t room = strlen(folder) + strlen(name) + 2;
	char *path = malloc(room);

	if (path == NULL)
		sa_tool_fail("out of memory");
	(void) snprintf(path, room, "%s%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/", name);
	return path;
}

/* The absolute name of a file that may not exist yet. */
static char *
resolve_file(const char *path)
{
	char *folder = resolve_folder(path);
	char *copy = strdup(path);
	char *resolved;

	if (copy == NULL)
		sa_tool_fail("out of memory");
	refuse_data_directory(folder);
	resolved = join_path(folder, basename(copy));
	free(copy);
	free(folder);
	return resolved;
}

static void
write_all(int fd, const char *path, const char *bytes, size_t size)
{
	while (size > 0)
	{
		ssize_t done = write(fd, bytes, size);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
		{
			int saved = errno;

			(void) unlink(path);
			sa_tool_fail("cannot write \"%s\": %s", path, strerror(saved));
		}
		bytes += done;
		size -= (size_t) done;
	}
}

/* Owner and mode as of the old file: one of root's that a group may read stays so. */
static bool
set_attributes(int fd, const struct stat *like)
{
	if (like == NULL)
		return fchmod(fd, 0600) == 0;
	if (like->st_uid != geteuid() || like->st_gid != getegid())
	{
		if (fchown(fd, like->st_uid, like->st_gid) != 0)
			return false;
	}
	return fchmod(fd, like->st_mode & 0777) == 0;
}

/* Makes a file that did not exist, with the bytes given, safely on disk; like may be NULL. */
static void
create_file(const char *path, const char *bytes, size_t size, const struct stat *like)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		sa_tool_fail("\"%s\" exists and is left as it is; --add puts a new key into it", path);
	if (fd < 0)
		sa_tool_fail("cannot make \"%s\": %s", path, strerror(errno));
	write_all(fd, path, bytes, size);
	if (!set_attributes(fd, like) || fsync(fd) != 0 || close(fd) != 0)
	{
		int saved = errno;

		(void) unlink(path);
		sa_tool_fail("cannot write \"%s\": %s", path, strerror(saved));
	}
}

static void
sync_folder_of(const char *path)
{
	char *folder = resolve_folder(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		sa_tool_fail("cannot sync \"%s\": %s", folder, strerror(errno));
	(void) close(fd);
	free(folder);
}

/* Reads an existing file into ring; ends the program with the worker's own words if it is bad. */
static void
read_ring(const char *path, SaKeyRing *ring)
{
	SaKeyfileProblem problem;
	char reason[SA_KEYFILE_REASON_MAX];

	if (sa_keyfile_read(path, NULL, geteuid(), ring, &problem) == SA_KEYFILE_OK)
		return;
	sa_keyfile_describe(&problem, reason, sizeof(reason));
	sa_tool_fail("key file \"%s\" %s", path, reason);
}

static void
print_key(const SaPublicKey *key, const char *word)
{
	char id[SA_KEY_ID_HEX_SIZE];
	char public[SA_PUBLIC_HEX_SIZE];

	sa_public_key_id_hex(key->key_id, id);
	sa_public_key_hex(key, public);
	(void) printf("%s\n  key id      %s\n  public key  %s\n", word, id, public);
}

static void
make_file(const char *path)
{
	SaKey *key = sa_tool_secret_memory(sizeof(SaKey));
	char *line = sa_tool_secret_memory(SA_KEYFILE_LINE_MAX);
	char *file = resolve_file(path);

	if (!sa_keyfile_make_key(key))
		sa_tool_fail("cannot make a key");
	sa_keyfile_write_line(key, line);
	create_file(file, line, strlen(line), NULL);
	sync_folder_of(file);
	(void) printf("Made \"%s\", readable by its owner only.\n", file);
	print_key(&key->pair, "New key:");
	(void) printf(
		"Next:\n"
		"  1. Keep a copy of the file in a safe place, apart from the database's backups.\n"
		"  2. In postgresql.conf: stockalert.key_file = '%s'\n"
		"     then, in the database: SELECT pg_reload_conf();\n"
		"  3. SELECT stockalert.seal_command('slack');   -- prints the command that seals a "
		"secret;\n"
		"     its key id must be the one above\n",
		file);
	if (geteuid() == 0)
		(void) printf(
			"Note: the file belongs to root, and the server's user cannot read it. Remove it "
			"and use --owner.\n");
	sodium_free(key);
	sodium_free(line);
	free(file);
}

/* Reads the old text again as bytes, so that comments stay. */
static size_t
read_old_text(const char *path, char *text, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got = -1;

	if (fd < 0)
		sa_tool_fail("cannot read \"%s\": %s", path, strerror(errno));
	while (used < room && (got = read(fd, text + used, room - used)) > 0)
		used += (size_t) got;
	if (got != 0)
		sa_tool_fail("cannot read \"%s\": it is too large or cannot be read", path);
	(void) close(fd);
	return used;
}

/* The new text replaces the old one by rename: at any moment there is one whole key file. */
static void
replace_file(const char *path, const char *text, size_t size)
{
	size_t room = strlen(path) + sizeof(".new");
	char *temporary = malloc(room);
	struct stat old;

	if (temporary == NULL)
		sa_tool_fail("out of memory");
	if (stat(path, &old) != 0)
		sa_tool_fail("cannot look at \"%s\": %s", path, strerror(errno));
	(void) snprintf(temporary, room, "%s.new", path);
	create_file(temporary, text, size, &old);
	if (rename(temporary, path) != 0)
	{
		int saved = errno;

		(void) unlink(temporary);
		sa_tool_fail("cannot replace \"%s\": %s", path, strerror(saved));
	}
	sync_folder_of(path);
	free(temporary);
}

static void
add_key(const char *path)
{
	SaKeyRing *ring = sa_tool_secret_memory(sizeof(SaKeyRing));
	SaKey *key = sa_tool_secret_memory(sizeof(SaKey));
	char *text = sa_tool_secret_memory(SA_KEYFILE_LINE_MAX + SA_KEYFILE_MAX + 1);
	char *file = realpath(path, NULL); /* behind a symlink the file is replaced, not the link */
	size_t size;
	int line;

	if (file == NULL)
		sa_tool_fail("cannot use \"%s\": %s", path, strerror(errno));
	read_ring(file, ring);
	if (!sa_keyfile_make_key(key))
		sa_tool_fail("cannot make a key");
	sa_keyfile_write_line(key, text);
	size = strlen(text);
	size += read_old_text(file, text + size, SA_KEYFILE_MAX + 1);
	if (sa_keyfile_parse(text, size, ring, &line) != SA_KEYFILE_OK)
		sa_tool_fail("\"%s\" has no room for another key: remove old keys that are no longer used",
					 file);
	replace_file(file, text, size);
	(void) printf("Added a key to \"%s\"; %d older %s to open what was sealed for %s.\n", file,
				  ring->count - 1, ring->count == 2 ? "one stays" : "ones stay",
				  ring->count == 2 ? "it" : "them");
	print_key(&key->pair, "Active key:");
	(void) printf(
		"Next:\n"
		"  1. Bring the same file to every standby, and keep a copy in a safe place.\n"
		"  2. SELECT pg_reload_conf();\n"
		"  3. SELECT * FROM stockalert.rotate_credentials();   -- seals everything for the new "
		"key\n"
		"  4. SELECT * FROM stockalert.key_status;   -- an old line may go when its rows are 0 in\n"
		"     every database, and no backup is kept that needs it\n");
	sodium_free(ring);
	sodium_free(key);
	sodium_free(text);
	free(file);
}

static void
check_file(const char *path)
{
	SaKeyRing *ring = sa_tool_secret_memory(sizeof(SaKeyRing));
	char *file;
	char *folder;

	read_ring(path, ring);
	file = realpath(path, NULL);
	if (file == NULL)
		sa_tool_fail("cannot resolve \"%s\": %s", path, strerror(errno));
	folder = resolve_folder(file);
	refuse_data_directory(folder);
	(void) printf("Key file \"%s\" is in order: %d %s.\n", file, ring->count,
				  ring->count == 1 ? "key" : "keys");
	for (int i = 0; i < ring->count; i++)
		print_key(&ring->keys[i].pair, i == 0 ? "Active key:" : "Older key:");
	if (geteuid() == 0)
		(void) printf("Note: checked as root; --owner USER checks as the server's user.\n");
	sodium_free(ring);
	free(folder);
	free(file);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"add", no_argument, NULL, 'a'},
		{"check", no_argument, NULL, 'c'},
		{"owner", required_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	Mode mode = MAKE;
	const char *owner = NULL;
	int option;

	sa_tool_start("stockalert-keygen");
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1)
	{
		if (option == 'h')
			return fputs(help, stdout) < 0;
		if (option == 'o')
			owner = optarg;
		else if ((option == 'a' || option == 'c') && mode == MAKE)
			mode = (option == 'a') ? ADD : CHECK;
		else
			sa_tool_misuse("wrong options");
	}
	if (argc - optind != 1)
		sa_tool_misuse("one file must be named");
	if (owner != NULL)
		become_user(owner);
	if (mode == MAKE)
		make_file(argv[optind]);
	else if (mode == ADD)
		add_key(argv[optind]);
	else
		check_file(argv[optind]);
	return fflush(stdout) == 0 ? 0 : 1;
}
