# Secrets handed to the server: from a file of the server, and in plain text where the configuration allows it. Who may,
# what is refused, and what is kept where: with every kind of logging on, nothing of a file's content, and of a plain
# secret nothing but what was logged before we were called (R13, R14, R15, R56).
use strict;
use warnings;
use File::Temp qw(tempdir);
use IPC::Run;
use POSIX qw(mkfifo);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my ($file_canary, $plain_canary, $mistake_canary) = ('canaryofthefile0001', 'canaryinplaintext02', 'canarybymistake0003');
my $files = tempdir(CLEANUP => 1);
my $key   = "$files/key";
make_key($key);
my $node = new_server('given', "stockalert.delivery = 'off'", "stockalert.key_file = '$key'", 'log_min_messages = debug5', 'log_error_verbosity = verbose', 'log_statement = none');
$node->safe_psql('postgres', q{CREATE EXTENSION stockalert; CREATE ROLE admin LOGIN IN ROLE stockalert_admin; CREATE ROLE reader LOGIN IN ROLE pg_read_server_files;
	CREATE ROLE reading_admin LOGIN IN ROLE stockalert_admin, pg_read_server_files; CREATE ROLE loose LOGIN NOINHERIT IN ROLE pg_read_server_files; GRANT stockalert_admin TO loose;
	CREATE ROLE viewer LOGIN IN ROLE stockalert_viewer});
wait_until($node, 'SELECT count(*) FROM stockalert.key_status WHERE active', 1, 'a key is loaded');

# Runs a statement as a role; returns what it says.
sub as
{
	my ($role, $statement) = @_;
	my (undef, $out, $err) = $node->psql('postgres', $statement, extra_params => [ '-U', $role ], on_error_stop => 1);

	return "$out$err";
}

sub file_with
{
	my ($name, $text, $mode) = @_;

	open(my $handle, '>', "$files/$name") or die $!;
	print $handle $text;
	close $handle;
	chmod $mode || 0600, "$files/$name";
	return "$files/$name";
}

sub from_file
{
	my ($role, $name, $path, $destination) = @_;

	return as($role, "SELECT stockalert.set_credential_from_file('$name', '$path'" . ($destination ? ", '$destination'" : '') . ')');
}

# --- from a file

my $url  = "https://hooks.slack.com/services/T/B/$file_canary";
my $good = file_with('good', "$url\n");
like(from_file('reading_admin', 'slack', $good), qr/^\("credential slack stored and channel slack set up; .*","Remove the file\. SELECT \* FROM stockalert\.add_subscriber\(/, 'set from a file');
wait_until($node, "SELECT state, destination, set_by FROM stockalert.credential_status WHERE name = 'slack'", 'ok|hooks.slack.com:443|reading_admin', 'the worker opens it');
like(from_file('postgres', 'smtp', file_with('dos', "pass $file_canary\r\n"), 'mail.example.com:587'), qr/credential smtp stored/, 'a superuser may; another destination');
wait_until($node, "SELECT state, destination FROM stockalert.credential_status WHERE name = 'smtp'", 'ok|mail.example.com:587', 'the worker opens it too');
like(from_file('reading_admin', 'twilio', file_with('most', 'x' x 4096 . "\n")), qr/credential twilio stored/, 'the longest there may be');
symlink($good, "$files/link");
like(from_file('reading_admin', 'slack:ops', "$files/link"), qr/credential slack:ops stored/, 'through a link, as secrets are mounted');
like(from_file('reading_admin', 'slack', file_with('open', $url, 0644)), qr/WARNING: .*open to others.*mode is 0644/s, 'a file that others may read: a warning');

like(from_file('admin', 'slack', $good), qr/ERROR: .*files of the server may not be read.*pg_read_server_files/s, 'an administrator without the right to read files');
like(from_file('loose', 'slack', $good), qr/permission denied/, 'rights that are not inherited do not count');
like(from_file($_, 'slack', $good), qr/permission denied/, "nor $_") foreach 'reader', 'viewer';
mkdir "$files/folder";
mkfifo("$files/pipe", 0600) or die $!;
foreach my $case (
	[ 'slack', "$files/none", qr/No such file/, 'missing' ],
	[ 'slack', "$files/folder", qr/is no regular file/, 'a folder' ],
	[ 'slack', "$files/pipe", qr/is no regular file/, 'a FIFO' ],
	[ 'slack', '/dev/zero', qr/is no regular file/, 'a device' ],
	[ 'slack', "$url", qr/not named by its whole path/, 'the secret in place of the path' ],
	[ 'slack', "/$mistake_canary", qr/No such file/, 'a secret that looks like a path' ],
	[ 'slack', 'global/pg_control', qr/not named by its whole path/, 'a relative path' ],
	[ 'slack', file_with('empty', ''), qr/the secret of slack is the webhook's URL/, 'empty' ],
	[ 'twilio', file_with('newline', "\n"), qr/the secret is empty/, 'a newline alone' ],
	[ 'twilio', file_with('large', $file_canary x 300), qr/longer than 4096 bytes/, 'too long' ],
	[ 'twilio', file_with('huge', "$file_canary\n" x 200000), qr/longer than 4096 bytes/, 'megabytes' ],
	[ 'twilio', file_with('binary', "$file_canary\0\1\2$file_canary"), qr/control character/, 'binary' ],
	[ 'twilio', file_with('lines', "$file_canary\n$file_canary\n"), qr/line break/, 'two lines' ],
	[ 'smtp', file_with('injection', "$file_canary\r\nRCPT TO:<x\@y>"), qr/a destination is needed/, 'no usual destination' ],
	[ 'slack', file_with('other', 'https://evil.example/canary'), qr/leads to another host/, 'the URL of another host' ],
	[ $mistake_canary, $good, qr/not the name of a credential/, 'no name' ])
{
	my ($name, $path, $why, $what) = @$case;
	my $error = from_file('reading_admin', $name, $path);

	like($error, $why, "from a file: $what");
	like($error, qr/ERROR/, 'which is an error');
}
like(as('reading_admin', "SELECT stockalert.set_credential_from_file($_)"), qr/name and secret are needed/, "not strict: $_") foreach 'NULL, NULL', "'slack', NULL", "NULL, '$good'";
is($node->safe_psql('postgres', "SELECT string_agg(object || ' ' || actor, ', ' ORDER BY audit_id) FROM stockalert.audit_log WHERE action = 'set_credential'"),
	'slack reading_admin, smtp postgres, twilio reading_admin, slack:ops reading_admin, slack reading_admin', 'each that was set left a line, with who logged in');

# --- in plain text

my $plain = "https://hooks.slack.com/services/T/B/$plain_canary";
my $said  = as('admin', "SELECT stockalert.set_credential_plaintext('slack:plain', '$plain')");
like($said, qr/ERROR: .*not taken in plain text.*stockalert\.allow_plaintext_credentials is off/s, 'refused unless the configuration allows it');
like(as('postgres', "SELECT stockalert.set_credential_plaintext('slack:plain', '$plain')"), qr/not taken in plain text/, 'for superusers too');
like(as('postgres', "SET stockalert.allow_plaintext_credentials = on"), qr/cannot be changed now/, 'and no session allows it to itself');
like(as('admin', "SELECT stockalert.seal_plaintext(gen_random_uuid(), 'slack', NULL, '$plain')"), qr/not taken in plain text/, 'its part is refused as well');
$node->append_conf('postgresql.conf', 'stockalert.allow_plaintext_credentials = on');
$node->reload;
wait_until($node, 'SHOW stockalert.allow_plaintext_credentials', 'on', 'allowed');
$said = as('admin', "SELECT stockalert.set_credential_plaintext('slack:plain', '$plain')");
like($said, qr/credential slack:plain stored/, 'now it is taken');
wait_until($node, "SELECT state, destination FROM stockalert.credential_status WHERE name = 'slack:plain'", 'ok|hooks.slack.com:443', 'and opens');
like(as('viewer', "SELECT stockalert.set_credential_plaintext('slack', 'x')"), qr/permission denied/, 'of an administrator only');

# Seen by others while it runs, and in the log of what goes wrong in it.
my %session = (in => "SELECT stockalert.set_credential_plaintext('slack:plain', '$plain');\n", out => '', err => '');
my $psql    = IPC::Run::start([ 'psql', '-XqAt', '-U', 'admin', '-d', $node->connstr('postgres') ], '<', \$session{in}, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout(240));
$psql->pump until $session{out} =~ /stored/;
is($node->safe_psql('postgres', "SELECT query FROM pg_stat_activity WHERE usename = 'admin'"), '<a statement with a secret>', 'others do not see the statement');
like($session{err}, qr/WARNING: .*a secret was passed in a statement.*No setting is known to keep it/s, 'a warning, and what keeps statements');
$session{in} .= "\\q\n";
$psql->finish;
like(as('admin', "SET log_min_duration_statement = 0; SELECT 1"), qr/permission denied/, 'only superusers log');
foreach my $case (
	[ "'slack:plain', 'no url $plain_canary'", qr/webhook's URL/ ],
	[ "'slack:plain', 'https://evil.example/$plain_canary'", qr/leads to another host/ ],
	[ "'twilio', E'$plain_canary\\n'", qr/line break/ ],
	[ "'twilio', '$plain_canary', 'no-destination'", qr/not host:port/ ],
	[ "'smtp', '$plain_canary'", qr/a destination is needed/ ],
	[ "'$plain_canary', 'slack'", qr/not the name of a credential/ ],
	[ "NULL, '$plain_canary'", qr/name and secret are needed/ ])
{
	like(as('admin', "SELECT stockalert.set_credential_plaintext($case->[0])"), $case->[1], 'in plain text: ' . ($case->[0] =~ s/$plain_canary/.../r));
}
like(as('admin', "SET default_transaction_read_only = on; SELECT stockalert.set_credential_plaintext('slack', '$plain')"), qr/read-only transaction/, 'an error of the server itself');
my $log = slurp_file($node->logfile);
like($log, qr/STATEMENT:  <a statement with a secret>/, 'is logged without the statement');
$node->append_conf('postgresql.conf', "log_statement = all\nlog_min_duration_statement = 0");
$node->reload;
wait_until($node, 'SHOW log_statement', 'all', 'statements are logged');
like(as('admin', "SELECT stockalert.set_credential_plaintext('slack', 'https://hooks.slack.com/$mistake_canary')"),
	qr/These settings may have kept it: log_statement, log_min_duration_statement\./, 'the warning names what keeps it');
$log = slurp_file($node->logfile);
unlike($log, qr/$file_canary/, 'the content of files is nowhere in the log');
unlike($log, qr/$plain_canary/, 'nor is a secret in plain text, under the usual logging');
$node->safe_psql('postgres', 'CHECKPOINT');
$node->stop;
my $found = '';
IPC::Run::run([ 'grep', '-raFl', '-e', $file_canary, '-e', $plain_canary, $node->data_dir ], '>', \$found);
is($found, '', 'nor in any file of the server');
done_testing();
