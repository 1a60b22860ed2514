# From nothing to a message in Slack: a key, a sealed URL, a statement; each says what to do next, and that is done here,
# as printed. Then what health() says of every wrong state of keys and credentials: one line, with what helps, which helps.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $slack = start_peer('http_peer.py', '--record', "$files/slack", @tls);
my $url   = "https://localhost:$slack/services/T1/B1/canarycanary01/ok";
my $node  = new_server('three', "stockalert.delivery = 'live'", "stockalert.ca_file = '$files/ca/ca.pem'", "stockalert.allowed_networks = '127.0.0.1'",
	"stockalert.slack_hosts = 'localhost:$slack'");

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

# What health() says of a check: state, finding, remedy.
sub health
{
	my ($check) = @_;

	return sql(qq{SELECT string_agg(concat_ws('|', state, finding, remedy), E'\\n' ORDER BY finding) FROM stockalert.health() WHERE "check" LIKE '$check'});
}

sub wait_health
{
	my ($check, $pattern, $what) = @_;
	my $got = '';

	for (1 .. 900 * ($ENV{SA_SLOW} || 1))
	{
		$got = health($check);
		last if $got =~ $pattern;
		sleep 0.1;
	}
	return like($got, $pattern, $what);
}

install_shop($node, 'postgres', 10, 'log', 'server log');
wait_health('key', qr/^ok\|none, and none is needed$/, 'without credentials no key is missed');
sql("UPDATE stockalert.subscriber_contacts SET channel = 'slack', address = 'slack'");
is(health('key'), 'error|no key is loaded: stockalert.key_file is not set|-- On the server: stockalert-keygen FILE, then follow what it prints.', 'somebody wants to hear by Slack: make a key');
like(health('credential slack'), qr/^error\|not set, and needed by 1 contact\|SELECT stockalert\.seal_command\('slack'\);$/, 'and a secret');

# --- first command: a key

my ($said, $error) = ('', '');
ok(IPC::Run::run([ 'stockalert-keygen', "$files/key" ], '>', \$said, '2>', \$error), 'a key is made');
my ($line)    = $said =~ /In postgresql\.conf: (.*)$/m;
my ($reload)  = $said =~ /(SELECT pg_reload_conf\(\);)/;
my ($command) = $said =~ /\d\. (SELECT stockalert\.seal_command\('slack'\);)/;
my ($key_id)  = $said =~ /key id\s+([0-9a-f]{16})$/m;
ok($line && $reload && $command && $key_id, 'and it says what to do next') or diag($said);
$node->append_conf('postgresql.conf', $line);
sql($reload);
wait_health('key', qr/^ok\|active key $key_id$/, 'which loads it');

# --- second command: the URL is sealed, by the command that is printed

my $seal = sql($command =~ s/'slack'/'slack', 'localhost:$slack'/r);
like($seal, qr/^stockalert-seal --sql --key-id $key_id --public-key [0-9a-f]{64} --installation [0-9a-f-]{36} --name slack --dest localhost:$slack$/, 'the command that seals');
my $statement = '';
ok(IPC::Run::run([ split / /, $seal ], '<', \"$url\n", '>', \$statement, '2>', \$error), 'runs as printed');

# --- third command: the statement

my ($done, $next) = split /\|/, sql($statement);
is($done, 'credential slack stored and channel slack set up; the worker tries to open it within seconds', 'the statement it prints does all the rest');
is($next, "SELECT * FROM stockalert.test_channel('slack', 'Ann');", 'and names a test');
sql($next);
wait_until($node, 'SELECT outcome FROM stockalert.deliveries', 'sent', 'the test message is sent');
like(slurp_file("$files/slack"), qr{"path": "/services/T1/B1/canarycanary01/ok"}, 'to the URL');
is(health('cred%') . '/' . health('key'), "ok|it opens/ok|active key $key_id", 'health() is content');
like(sql("SELECT stockalert.after_credential('webhook:new')"), qr/set_channel\('webhook'/, 'what is next after others');
is(sql("SELECT stockalert.after_credential('slack:ops')"), "SELECT * FROM stockalert.add_subscriber('slack ops', slack => 'slack:ops');", 'somebody who hears by it');

# --- wrong states, each with one line and what helps

# Moves an envelope, damages it and so on, as only a superuser can; then what health() says of it.
sub wrong
{
	my ($statement, $name, $pattern, $what) = @_;

	sql("$statement; UPDATE stockalert.credentials SET state = 'pending' WHERE name = '$name'");
	$node->reload;
	wait_health("credential $name", $pattern, $what);
	my @lines = split /\n/, health("credential $name");
	is(scalar @lines, 1, 'in one line');
	return;
}

my $again = qr/\|SELECT stockalert\.seal_command\('[a-z:]+'\); -- to seal it again$/;
wrong("INSERT INTO stockalert.credentials (name, key_id, sealed) SELECT 'slack:moved', key_id, sealed FROM stockalert.credentials", 'slack:moved',
	qr/^error\|bad_binding: it is sealed under another name.*$again/, 'an envelope under another name');
wrong("INSERT INTO stockalert.credentials (name, key_id, sealed) SELECT 'slack:flipped', key_id, set_byte(sealed, 100, get_byte(sealed, 100) \# 1) FROM stockalert.credentials WHERE name = 'slack'", 'slack:flipped',
	qr/^error\|wrong_key: it is damaged or forged.*$again/, 'a flipped bit');
wrong("INSERT INTO stockalert.credentials (name, key_id, sealed) SELECT 'slack:long', key_id, sealed || decode(repeat('00', 128), 'hex') FROM stockalert.credentials WHERE name = 'slack'", 'slack:long',
	qr/^error\|wrong_key: it is damaged or forged.*$again/, 'made longer by a block');
wrong("INSERT INTO stockalert.credentials (name, key_id, sealed) SELECT 'slack:other', '0123456789abcdef', overlay(sealed PLACING '\\x0123456789abcdef' FROM 5) FROM stockalert.credentials WHERE name = 'slack'", 'slack:other',
	qr/^error\|unknown_key: .*it needs key 0123456789abcdef, loaded: $key_id\|SELECT stockalert\.seal_command\('[a-z:]+'\); -- to seal it again; or put the line of key 0123456789abcdef back into the key file and reload$/, 'an unknown key');
wrong('UPDATE stockalert.installation SET installation_id = gen_random_uuid()', 'slack', qr/^error\|bad_binding: it is sealed for another installation.*$again/, 'another installation');
is(sql(q{SELECT count(*) FROM stockalert.health() WHERE "check" = 'credentials'}), 0, 'no line says that all is well');
sql("DELETE FROM stockalert.credentials WHERE name <> 'slack'");

# The line is followed: sealed again, it opens.
ok(IPC::Run::run([ split / /, sql("SELECT stockalert.seal_command('slack', 'localhost:$slack')") ], '<', \"$url\n", '>', \$statement), 'sealed again');
sql($statement);
wait_health('credentials', qr/^ok\|it opens$/, 'it opens again');

IPC::Run::run([ 'stockalert-keygen', '--add', "$files/key" ], '>', \$said) or die;
$node->reload;
wait_health('old keys', qr/^warn\|one credential is sealed for a key other than the active one\|SELECT \* FROM stockalert\.rotate_credentials\(\);$/, 'a new key: what is sealed for the old one');
like(health('key'), qr/^ok\|active key (?!$key_id)\w{16}, 1 older$/, 'and both are there');
my ($rotate) = $said =~ /(SELECT \* FROM stockalert\.rotate_credentials\(\);)/;
sql($rotate);
wait_health('old keys', qr/^$/, 'done as stockalert-keygen says, nothing is old');
is(sql('SELECT active, loaded, rows FROM stockalert.key_status ORDER BY active DESC'), "t|t|1\nf|t|0", 'the old line may go');

chmod 0644, "$files/key";
$node->reload;
wait_health('key', qr/^error\|the key file may be read by others: chmod 0600 it, or 0640 if it belongs to root; the keys loaded before stay in use\|-- On the server: stockalert-keygen --check FILE; /,
	'a file that is open to others');
is(health('credentials'), 'ok|it opens', 'what was loaded still opens');
chmod 0600, "$files/key";
$node->reload;
wait_health('key', qr/^ok\|/, 'closed again');
$node->append_conf('postgresql.conf', "stockalert.worker_enabled = off");
$node->restart;
wait_health('key', qr/^ok\|/, 'a worker that does nothing has its key all the same');
unlike(slurp_file($node->logfile), qr/canary/, 'nothing secret in the log');
done_testing();
