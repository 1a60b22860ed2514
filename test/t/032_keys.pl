# The key file and the secrets in a running server: what is wrong with a file is named within two seconds and
# harms nothing; what waited is sent once; the key is in the worker alone; a secret is nowhere on disk (R1-R7, R16).
use strict;
use warnings;
use File::Spec;
use File::Temp qw(tempdir);
use IPC::Run;
use JSON::PP;
use MIME::Base64;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use POSIX qw(mkfifo);
use Time::HiRes qw(sleep time);
use Shop;

my ($path_canary, $password_canary, $mistake_canary) = ('canaryinthepath0001', 'canaryofthemail0002', 'canarybymistake0003');
my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $slack = start_peer('http_peer.py', '--record', "$files/slack", @tls);
my $relay = start_peer('smtp_peer.py', '--dir', "$files/mail", @tls, '--user', 'shop', '--password', $password_canary);
my $key   = "$files/key";
make_key($key);
my ($secret_key) = slurp_file($key) =~ / ([0-9a-f]{64})\n/;
my $node = new_server('keys', "stockalert.delivery = 'live'", "stockalert.key_file = '$key'", "stockalert.ca_file = '$files/ca/ca.pem'",
	"stockalert.allowed_networks = '127.0.0.1'", "stockalert.slack_hosts = 'localhost:$slack, nowhere.invalid'", 'stockalert.retry_base = 100',
	'stockalert.send_timeout = 10s', 'stockalert.storm_after = 1000', 'log_statement = all', 'log_min_messages = debug5', 'log_min_duration_statement = 0', 'log_error_verbosity = verbose');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub lower
{
	my ($item) = @_;

	sql("UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = $item");
	return;
}

# How often Slack got a message about an item.
sub posts_about
{
	my ($item) = @_;

	return scalar grep { /Item $item\b/ } split /\n/, slurp_file("$files/slack");
}

# Sets the key file, and waits for the state that follows.  A busy machine makes many of these slow, never all.
my @took;
sub use_file
{
	my ($file, $state, $what) = @_;
	my $started = time;

	$node->append_conf('postgresql.conf', "stockalert.key_file = '$file'");
	$node->reload;
	wait_until($node, "SELECT state || coalesce(' ' || detail, '') FROM stockalert.worker_status() WHERE role = 'sender'", $state, $what);
	push @took, time - $started;
	return;
}

install_shop($node, 'postgres', 60, 'slack', 'slack');
sql("SELECT stockalert.set_channel('slack', per_second => 1000, burst => 100);
	SELECT stockalert.set_channel('email', host => 'localhost', port => $relay, username => 'shop', sender => 'shop\@example.com', per_second => 1000, burst => 100)");
my $url = "https://localhost:$slack/services/$path_canary";
set_secret($node, 'slack', "localhost:$slack", "$url/ok");
set_secret($node, 'smtp', "localhost:$relay", $password_canary);
wait_until($node, "SELECT string_agg(state, ',') FROM stockalert.credential_status", 'ok,ok', 'both secrets open');
lower(1);
wait_until($node, 'SELECT outcome FROM stockalert.deliveries', 'sent', 'a message is sent');

# --- what is in whose memory

sub scan
{
	my ($pid, @texts) = @_;
	my $found = `test/peers/scan_memory.py $pid @texts`;

	chomp $found;
	return $found;
}

my $worker = sender_pid($node);
is(scan($worker, $secret_key), 'denied', 'nobody but root reads the memory of the sender');
my ($locked) = slurp_file("/proc/$worker/status") =~ /^VmLck:\s+(\d+) kB/m;
cmp_ok($locked, '>=', 4, 'its key is in locked memory');
like(slurp_file("/proc/$worker/limits"), qr/^Max core file size\s+0\s+0/m, 'it leaves no core file');
my ($postmaster) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
my $backend = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') ], '<', \my $in, '>', \my $out, '2>', \my $err, IPC::Run::timeout(240));
$in = "SELECT stockalert.set_stock('SKU-50', 50); SELECT * FROM stockalert.credential_status; SELECT pg_backend_pid();\n";
$backend->pump until $out =~ /^(\d+)\n/m;
my ($backend_pid) = $out =~ /^(\d+)$/m;
foreach my $case ([ $postmaster, 'the postmaster' ], [ $backend_pid, 'a backend' ])
{
	my $found = scan($case->[0], $secret_key, $path_canary, $password_canary, 'stockalert');

	SKIP:
	{
		skip "the kernel does not let us read $case->[1]", 1 if $found eq 'denied';
		like($found, qr/^0 0 0 [1-9]/, "neither key nor secrets are in $case->[1]");
	}
}
$backend->finish;

# --- what can be wrong with a key file, while the keys loaded before stay in use

my $stay = '; the keys loaded before stay in use';
my $line = slurp_file($key);
sub file_with
{
	my ($name, $text, $mode) = @_;

	open(my $handle, '>', "$files/$name") or die $!;
	print $handle $text;
	close $handle;
	chmod $mode, "$files/$name";
	return "$files/$name";
}
mkdir "$files/folder";
mkfifo("$files/pipe", 0600) or die $!;
symlink("$files/gone", "$files/dangling");
symlink($key, "$files/link");
my $inside = File::Spec->rel2abs($node->data_dir . '/key');
system('cp', '-p', $key, $inside) == 0 or die $!;
my $item = 2;
foreach my $case (
	[ "$files/none", 'does not exist: make it with stockalert-keygen', 'missing' ],
	[ file_with('open', $line, 0644), 'may be read by others: chmod 0600 it, or 0640 if it belongs to root', 'mode 0644' ],
	[ "$files/folder", 'is no regular file: name a file made with stockalert-keygen', 'a folder' ],
	[ "$files/pipe", 'is no regular file: name a file made with stockalert-keygen', 'a FIFO' ],
	[ '/dev/zero', 'is no regular file: name a file made with stockalert-keygen', 'a device' ],
	[ file_with('empty', '', 0600), 'holds no key: make one with stockalert-keygen', 'empty' ],
	[ file_with('short', $line =~ s/.\n/\n/r, 0600), 'has a secret that is not 64 hexadecimal digits (line 1)', '63 digits' ],
	[ file_with('word', $line =~ s/.\n/x\n/r, 0600), 'has a secret that is not 64 hexadecimal digits (line 1)', 'another letter' ],
	[ file_with('other', $line =~ s/(.)\n/$1 eq '0' ? "1\n" : "0\n"/er, 0600),
		'has a key id that does not belong to the secret beside it: one of the two is damaged (line 1)', 'a damaged digit' ],
	[ file_with('long', "#\n" x 40000 . $line, 0600), 'is larger than 64 KiB: it is no key file', '65 KiB' ],
	[ $inside, 'lies in the data directory, where every base backup would carry it: move it elsewhere', 'in the data directory' ],
	[ "$files/dangling", 'does not exist: make it with stockalert-keygen', 'a link to nothing' ])
{
	my ($file, $why, $what) = @$case;

	use_file($file, "bad_key_file the key file $why$stay", $what);
	lower($item++) if $item < 5;
}
cmp_ok((sort { $a <=> $b } @took)[0], '<', 2, 'within two seconds');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 4, 'all the while messages are sent');
use_file("$files/link", 'running', 'a link to a good file is good');
unlink $inside;

# --- started without a key: stock and alerts go on, messages wait and say why, later each is sent once

use_file($key, 'running', 'the file itself');
$node->append_conf('postgresql.conf', "stockalert.key_file = '$files/none'");
$node->restart;
wait_until($node, "SELECT state || ' ' || detail FROM stockalert.worker_status() WHERE role = 'sender'",
	'bad_key_file the key file does not exist: make it with stockalert-keygen', 'started without its key file: it says so');
lower($_) foreach 10 .. 12;
is(sql('SELECT count(*) FROM stockalert.active_alerts'), 7, 'alerts are raised');
wait_until($node, "SELECT count(*), min(last_error), max(attempts) FROM stockalert.waiting_messages WHERE last_error IS NOT NULL OR stage = 'message'",
	'3|slack credential: no key is loaded: make one with stockalert-keygen and set stockalert.key_file|0', 'messages wait and say for what');
like(sql(q{SELECT string_agg(finding, ' ') FROM stockalert.health() WHERE "check" IN ('worker', 'queue')}), qr/bad_key_file: the key file does not exist.*no key is loaded/, 'so does health()');
my ($code, undef, $error) = $node->psql('postgres', 'SELECT * FROM stockalert.public_key()');
like($error, qr/WARNING: .*no key is loaded/, 'public_key() warns');
make_key("$files/second");
use_file("$files/second", 'running', 'another key');
wait_until($node, "SELECT count(*) FROM stockalert.credential_status WHERE state = 'unknown_key'", 2, 'opens nothing');
my ($wanted) = $line =~ /v1 (\w+)/;
my ($loaded) = slurp_file("$files/second") =~ /v1 (\w+)/;
like(sql("SELECT last_error FROM stockalert.credential_status WHERE name = 'slack'"), qr/it needs key $wanted, loaded: $loaded$/, 'and says which key is needed, which is there');
use_file('', 'no_key stockalert.key_file is not set', 'none named');
use_file($key, 'running', 'the right one again');
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 7, 'what waited is sent');
is(join(' ', map { posts_about($_) } 10 .. 12), '1 1 1', 'each once');
is(sql('SELECT max(attempts) || \' \' || bool_or(maybe_twice) FROM stockalert.deliveries'), '1 false', 'and no attempt was burnt');
lower(13);
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 8, 'and the next at once');

# --- an envelope in another's place opens never, and nothing is connected

sql(q{INSERT INTO stockalert.credentials (name, key_id, sealed) SELECT 'slack:moved', key_id, sealed FROM stockalert.credentials WHERE name = 'slack';
	UPDATE stockalert.subscriber_contacts SET address = 'slack:moved'});
my $before = slurp_file("$files/slack");
lower(14);
wait_until($node, 'SELECT last_error FROM stockalert.waiting_messages', 'slack credential: it is sealed under another name: seal it with the name it is set under',
	'an envelope copied to another name');
wait_until($node, "SELECT state FROM stockalert.credential_status WHERE name = 'slack:moved'", 'bad_binding', 'is shown as such');
sql(q{UPDATE stockalert.subscriber_contacts SET address = 'slack'; DELETE FROM stockalert.queue;
	UPDATE stockalert.credentials SET destination = 'localhost:9' WHERE name = 'slack'});
lower(15);
wait_until($node, 'SELECT last_error FROM stockalert.waiting_messages', 'slack credential: it is sealed for another host: seal it for the host and port it is sent to',
	'a destination changed beside it');
sql(q{DELETE FROM stockalert.queue; UPDATE stockalert.credentials SET destination = NULL; UPDATE stockalert.installation SET installation_id = gen_random_uuid()});
$node->reload;
wait_until($node, "SELECT string_agg(DISTINCT state, ' ') FROM stockalert.credential_status", 'bad_binding', 'another installation');
lower(16);
wait_until($node, "SELECT last_error LIKE '%for another installation%' FROM stockalert.waiting_messages", 't', 'its message waits');
is(slurp_file("$files/slack"), $before, 'all that while nobody was called');

# --- the secrets travel through every fault, and appear nowhere

sql('DELETE FROM stockalert.queue');
my $number = 20;
foreach my $end ("$url/404", "$url/500", "$url/redirect", "$url/reset", "$url/hang", "$url/page", "https://nowhere.invalid/$path_canary")
{
	my ($host, $port) = $end =~ m{https://([^/:]+)(?::(\d+))?};

	sql('DELETE FROM stockalert.queue');
	set_secret($node, 'slack', $host . ':' . ($port || 443), $end);
	lower($number++);
	wait_until($node, "SELECT count(*) > 0 FROM (SELECT last_error FROM stockalert.queue WHERE last_error IS NOT NULL UNION ALL SELECT 'sent' FROM stockalert.deliveries AS d"
		. " JOIN stockalert.messages AS m USING (message_id) WHERE m.subject LIKE '%Item @{[ $number - 1 ]}') AS x", 't', 'a fault: ' . ($end =~ s/.*\///r =~ s/canary.*/no such host/r));
}
sql(q{DELETE FROM stockalert.queue; UPDATE stockalert.subscriber_contacts SET channel = 'email', address = 'ann@example.com'});
set_secret($node, 'smtp', "localhost:$relay", "${password_canary}wrong");
lower(40);
wait_until($node, 'SELECT last_error FROM stockalert.queue', 'SMTP 535: the server refuses the user name or password', 'a wrong password');
set_secret($node, 'smtp', "localhost:$relay", $password_canary);
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'the right one');
$node->psql('postgres', "SET log_statement = 'none'; SET log_min_duration_statement = -1;\nSELECT stockalert.set_credential('slack', 'https://hooks.slack.com/$mistake_canary')",
	on_error_stop => 0);
$node->psql('postgres', "SET log_statement = 'none'; SET log_min_duration_statement = -1;\nSELECT stockalert.set_credential('$mistake_canary', 'slack')", on_error_stop => 0);
IPC::Run::run([ 'pg_dump', '-f', "$files/dump.sql", '-d', $node->connstr('postgres') ]) or die 'no dump';
sql('CHECKPOINT');
$node->stop;

# Files below these that hold a text.
sub holders
{
	my ($text) = @_;
	my $found = '';

	IPC::Run::run([ 'grep', '-raFl', '-e', $text, $node->data_dir, $node->logfile, "$files/dump.sql" ], '>', \$found);
	return join(' ', map { s/.*\///r } sort split /\n/, $found);
}

like(slurp_file("$files/slack"), qr/$path_canary/, 'the receiver got the path');
like(slurp_file("$files/mail/log"), qr/AUTH PLAIN shop right/, 'and the relay the password');
like(holders('Main shop'), qr/^(?=.*\b00000001\d{16}\b)(?=.*dump\.sql)(?=.*keys\.log)/, 'what is no secret is found in WAL, dump and log');
is(holders($_), '', "$_ is in no file") foreach $path_canary, $password_canary, $mistake_canary, $secret_key;
is(holders($_ =~ s/=*$//r), '', 'nor encoded') foreach encode_base64("\0shop\0$password_canary", ''), encode_base64($password_canary, ''), unpack('H*', $path_canary);
is(holders(pack('H*', $secret_key)), '', 'nor the bytes of the key') if index(pack('H*', $secret_key), "\0") < 0 && index(pack('H*', $secret_key), "\n") < 0;
done_testing();
