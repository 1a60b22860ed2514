# A private server with a small shop in it, for the tests of the workers.
package Shop;

use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(new_server install_shop make_ca make_key live seal set_secret start_peer sender_pid worker_pid kill_sender kill_worker read_settings wait_until value seconds_for log_since is_golden);

# How many times slower than usual everything is: under valgrind.
my $slow = $ENV{SA_SLOW} || 1;
# Limits only end what hangs; on a machine that does ten other things, everything takes that much longer.
my $patience = 90 * $slow;
my $lifetime = 280 * $slow;
my @peers;
END { $_->kill_kill(grace => 1) foreach @peers; }

# A started server that preloads the extension; delivery is logged unless a line says otherwise.  No answer is late and no
# message out of attempts because the machine is busy: a test that needs either says so.
sub new_server
{
	my ($name, @lines) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(allows_streaming => 1, extra => [ '--locale=C.UTF-8', '-E', 'UTF8' ]);
	$node->append_conf('postgresql.conf', join("\n",
		"shared_preload_libraries = 'stockalert'", "stockalert.delivery = 'log'",
		'stockalert.connect_timeout = 60s', 'stockalert.send_timeout = 60s', 'stockalert.max_attempts = 1000', "max_worker_processes = 16", @lines, $slow > 1 ? ('stockalert.connect_timeout = 60s', 'stockalert.send_timeout = 60s') : (), ''));
	$node->start;
	return $node;
}

# One location, items SKU-1 to SKU-n with 100 of each, low below 10, critical below 3, and one person to tell.
sub install_shop
{
	my ($node, $database, $items, $channel, $address) = @_;

	$node->safe_psql($database, qq{
		CREATE EXTENSION stockalert;
		SELECT stockalert.add_location('main', 'Main shop', 'UTC');
		INSERT INTO stockalert.items (sku, name) SELECT 'SKU-' || n, 'Item ' || n FROM generate_series(1, $items) AS n;
		INSERT INTO stockalert.rules (low, critical) VALUES (10, 3);
		INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT 1, item_id, 100 FROM stockalert.items;
		INSERT INTO stockalert.subscribers (name, time_zone) VALUES ('Ann', 'UTC');
		INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) VALUES (1, '$channel', '$address');
	});
	return;
}

# A key file, as a person makes it.
sub make_key
{
	my ($file) = @_;

	IPC::Run::run([ 'stockalert-keygen', $file ], '>', \my $said) or die 'no key';
	return;
}

# An authority and its certificates in the folder ca; returns what a peer takes to serve TLS.
sub make_ca
{
	my ($files) = @_;

	system('test/peers/make_ca.sh', "$files/ca") == 0 or die 'no certificates';
	return ('--cert', "$files/ca/server.pem", '--key', "$files/ca/server.key");
}

# Makes a key file in the folder of make_ca() and returns the settings of a server that sends to our peers with it.
sub live
{
	my ($files) = @_;

	make_key("$files/key");
	return ("stockalert.delivery = 'live'", "stockalert.key_file = '$files/key'", "stockalert.ca_file = '$files/ca/ca.pem'",
		"stockalert.allowed_networks = '127.0.0.1'");
}

# Seals a secret with what the server says of itself.
sub seal
{
	my ($node, $name, $destination, $secret, $database) = @_;
	my ($key_id, $public, $installation) =
		split /\|/, $node->safe_psql($database || 'postgres', 'SELECT key_id, public_key, installation FROM stockalert.public_key()');
	my $envelope;

	IPC::Run::run([ 'stockalert-seal', '--key-id', $key_id, '--public-key', $public, '--installation', $installation, '--name', $name,
		'--dest', $destination ], '<', \$secret, '>', \$envelope) or die 'not sealed';
	chomp $envelope;
	return $envelope;
}

# And hands it to the server.
sub set_secret
{
	my ($node, $name, $destination, $secret, $database) = @_;

	$node->safe_psql($database || 'postgres',
		"SELECT stockalert.set_credential('$name', '" . seal($node, $name, $destination, $secret, $database) . "')");
	return;
}

# A script of test/peers; returns the port it listens on.
sub start_peer
{
	my ($script, @arguments) = @_;
	my $out = '';
	my $peer = IPC::Run::start([ 'python3', "test/peers/$script", '--alarm', $lifetime, @arguments ],
		'>', \$out, IPC::Run::timeout($lifetime));
	my $deadline = time + $patience;

	push @peers, $peer;
	while (time < $deadline)
	{
		$peer->pump_nb;
		return $1 if $out =~ /^port (\d+)$/m;
		sleep 0.05;
	}
	die "$script did not start";
}

sub value
{
	my ($node, $query, $database) = @_;

	return $node->safe_psql($database || 'postgres', $query);
}

# Polls until a query answers as expected, or reports what it answered last.
sub wait_until
{
	my ($node, $query, $expected, $what, $database) = @_;
	my $deadline = time + $patience;
	my $got;

	do
	{
		(undef, $got) = $node->psql($database || 'postgres', $query);
		return is($got, $expected, $what) if defined $got && $got eq $expected;
		sleep 0.05;
	} while (time < $deadline);
	return is($got, $expected, $what);
}

sub sender_pid
{
	my ($node, $database) = @_;

	return worker_pid($node, 'sender', $database);
}

sub worker_pid
{
	my ($node, $role, $database) = @_;

	$database ||= 'postgres';
	return $node->safe_psql('postgres',
		"SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE backend_type = 'stockalert $role' AND datname = '$database'");
}

sub kill_sender
{
	my ($node, $database) = @_;

	kill_worker($node, 'sender', $database);
	return;
}

# kill -9 of the worker that is there or comes soon; returns when the server is through the crash that this is to it.
sub kill_worker
{
	my ($node, $role, $database) = @_;
	my $offset   = -s $node->logfile;
	my $deadline = time + $patience;
	my $pid;

	sleep 0.05 until $pid = worker_pid($node, $role, $database) or time > $deadline;
	die "no $role" unless $pid && kill 'KILL', $pid;
	$node->wait_for_log(qr/all server processes terminated; reinitializing.*database system is ready to accept connections/s, $offset);
	return;
}

# Adds lines to the configuration; returns when the sender goes by them, which shows in the credentials it tries again.
sub read_settings
{
	my ($node, @lines) = @_;
	my $since = value($node, 'SELECT clock_timestamp()');

	$node->append_conf('postgresql.conf', join("\n", @lines, ''));
	$node->reload;
	return wait_until($node, "SELECT bool_and(last_checked_at > '$since') FROM stockalert.credential_status", 't', "the sender read: @lines");
}

# How long a command takes; it must succeed.
sub seconds_for
{
	my ($node, $command, $database) = @_;
	my $started = time;

	$node->safe_psql($database || 'postgres', $command);
	return time - $started;
}

# A message as it is kept in test/data/messages; SA_GOLDEN=write keeps it as it is now.
sub is_golden
{
	my ($name, $got) = @_;
	my $path = "test/data/messages/$name";

	if (($ENV{SA_GOLDEN} || '') eq 'write')
	{
		open(my $out, '>', $path) or die "$path: $!";
		print $out $got;
		close $out;
	}
	return is($got, -e $path ? slurp_file($path) : '', "$name as in test/data/messages");
}

sub log_since
{
	my ($node, $offset) = @_;

	return substr(slurp_file($node->logfile), $offset);
}

1;
