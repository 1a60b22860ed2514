# A key is replaced without loss: a hundred credentials are sealed anew while the sender dies again and again, one that is
# set meanwhile stays as it was set, and then the old key can go (R8, R9).
use strict;
use warnings;
use File::Temp qw(tempdir);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $slack = start_peer('http_peer.py', '--record', "$files/slack", @tls);
my $key   = "$files/key";
make_key($key);
my $node = new_server('rotation', "stockalert.delivery = 'live'", "stockalert.key_file = '$key'", "stockalert.ca_file = '$files/ca/ca.pem'",
	"stockalert.allowed_networks = '127.0.0.1'", "stockalert.slack_hosts = 'localhost:$slack'", 'restart_after_crash = on');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

install_shop($node, 'postgres', 20, 'slack', 'slack:n050');
sql("SELECT stockalert.set_channel('slack', per_second => 1000, burst => 100)");
my ($first, $public, $installation) = split /\|/, sql('SELECT key_id, public_key, installation FROM stockalert.public_key()');

sub sealed
{
	my ($name, $word) = @_;
	my $envelope;

	IPC::Run::run([ 'stockalert-seal', '--key-id', $first, '--public-key', $public, '--installation', $installation, '--name', $name, '--dest', "localhost:$slack" ],
		'<', \"https://localhost:$slack/services/$word/ok", '>', \$envelope) or die 'not sealed';
	chomp $envelope;
	return $envelope;
}

my @names = map { sprintf 'slack:n%03d', $_ } 1 .. 100;
sql(join(';', map { "SELECT stockalert.set_credential('$_', '" . sealed($_, 'word' . substr($_, 7)) . "')" } @names));
my $states = "SELECT string_agg(DISTINCT state, ' '), count(*) FROM stockalert.credential_status";
wait_until($node, $states, 'ok|100', 'a hundred credentials open');
is(sql('SELECT done FROM stockalert.rotate_credentials()'), "nothing to do: no credential is sealed for another key than the active one, $first", 'nothing to rotate');

# --- a new key before the old one

my $old_line = slurp_file($key);
IPC::Run::run([ 'stockalert-keygen', '--add', $key ], '>', \my $said) or die 'no second key';
my ($second) = $said =~ /key id\s+([0-9a-f]{16})$/m;
$node->reload;
wait_until($node, 'SELECT key_id, active, loaded, rows, to_reseal FROM stockalert.key_status ORDER BY active DESC', "$second|t|t|0|0\n$first|f|t|100|0", 'both keys are known');
wait_until($node, $states, 'ok|100', 'and all is well before it is sealed anew');
(undef, undef, my $error) = $node->psql('postgres', "SELECT stockalert.set_credential('slack', '" . sealed('slack', 'late') . "')");
like($error, qr/sealed for key $first, and the active key is $second/, 'nothing more is sealed for the old key');

# Before it writes a row, the worker passes a gate, which a session may hold shut: then it waits there.
sql(q{CREATE FUNCTION public.pass_gate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM pg_advisory_xact_lock(substr(NEW.name, 8)::int); RETURN NEW; END$$;
	CREATE TRIGGER gate BEFORE UPDATE ON stockalert.credentials FOR EACH ROW WHEN (NEW.key_id <> OLD.key_id AND NEW.state = 'ok') EXECUTE FUNCTION public.pass_gate()});

# A session that does something and stays as it is until told, or until the server dies.
sub hold
{
	my ($statement) = @_;
	my %session = (in => "BEGIN;\n$statement;\nSELECT 'held';\n", out => '', err => '');

	$session{run} = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') ], '<', \$session{in}, '>', \$session{out}, '2>', \$session{err}, IPC::Run::timeout(240));
	$session{run}->pump until $session{out} =~ /held/;
	return \%session;
}

sub let_go
{
	my ($session) = @_;

	$session->{in} .= "COMMIT;\n\\q\n";
	$session->{run}->finish;
	return;
}

my $done = "SELECT count(*) FROM stockalert.credential_status WHERE key_id = '$second'";
my $held = hold('SELECT pg_advisory_xact_lock(16)');
like(sql('SELECT done FROM stockalert.rotate_credentials()'), qr/^the worker seals 100 credentials for the active key $second within seconds$/, 'it begins');
wait_until($node, $done, 15, '15 are done, and the worker waits');
is(sql('SELECT sum(to_reseal) FROM stockalert.key_status'), 85, 'the others are to come');

# The sender is ended five times on the way, each time while it waits in the middle of its work.
foreach my $next (32, 48, 64, 80)
{
	my $pid     = sender_pid($node);
	my $further = hold("SELECT pg_advisory_xact_lock($next)");

	sql("SELECT pg_terminate_backend($pid)");
	wait_until($node, "SELECT count(*) FROM pg_stat_activity WHERE pid = $pid", 0, "the sender is ended before row $next");
	let_go($held);
	$held = $further;
	wait_until($node, $done, $next - 1, sprintf('and the next one goes on to %d', $next - 1));
}

# One is set while the worker is about to seal it: what was set stays.  Its row is locked until the commit.
my $late = 'word95late';
($first, $public, $installation) = split /\|/, sql('SELECT key_id, public_key, installation FROM stockalert.public_key()');
my $mine   = sealed('slack:n095', $late);
my $setter = hold("SELECT stockalert.set_credential('slack:n095', '$mine')");
let_go($held);
wait_until($node, $done, 94, 'it waits for somebody who sets the next one');
let_go($setter);
wait_until($node, $done, 100, 'and goes on to the end');
is(sql("SELECT sealed = stockalert.read_envelope('$mine') FROM stockalert.credentials WHERE name = 'slack:n095'"), 't', 'what was set is there, not what was in its place before');
is(sql('SELECT sum(to_reseal) FROM stockalert.key_status'), 0, 'nothing is left to do');

# --- killed without warning: the server starts again, and so does the sender

my ($old_file, $third) = (slurp_file($key));
IPC::Run::run([ 'stockalert-keygen', '--add', $key ], '>', \$said) or die 'no third key';
($third) = $said =~ /key id\s+([0-9a-f]{16})$/m;
$node->reload;
wait_until($node, 'SELECT key_id FROM stockalert.key_status WHERE active', $third, 'a third key');
$done =~ s/'\w+'$/'$third'/;
$held = hold('SELECT pg_advisory_xact_lock(50)');
sql('SELECT stockalert.rotate_credentials()');
wait_until($node, $done, 49, 'half of them');
kill 'KILL', sender_pid($node);
$held->{run}->finish;
for (1 .. 900)
{
	last if (($node->psql('postgres', 'SELECT 1'))[1] // '') eq '1';
	sleep 0.1;
}
wait_until($node, $done, 100, 'the sender was killed, and its follower does the other half');

# --- the old keys can go

my ($line) = slurp_file($key) =~ /\A(.*\n)/;
open(my $handle, '>', $key) or die $!;
print $handle $line;
close $handle;
my $since = sql('SELECT clock_timestamp()');
$node->reload;
wait_until($node, "SELECT string_agg(DISTINCT state, ' '), count(*) FROM stockalert.credential_status WHERE last_checked_at > '$since'", 'ok|100', 'all open with the last key alone');
is(sql('SELECT key_id, active, loaded, rows, to_reseal FROM stockalert.key_status'), "$third|t|t|100|0", 'the only one there is');
sql(q{INSERT INTO stockalert.subscribers (name, time_zone) SELECT 'S' || n, 'UTC' FROM generate_series(2, 100) AS n;
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'slack', 'slack:n' || lpad(substr(name, 2), 3, '0') FROM stockalert.subscribers WHERE name LIKE 'S%';
	UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 1});
wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", 100, 'each is used');
my %paths = map { $_ => 1 } slurp_file("$files/slack") =~ m{"/services/(\w+)/ok"}g;
is_deeply([ sort keys %paths ], [ sort map({ sprintf 'word%03d', $_ } grep { $_ != 1 && $_ != 95 } 1 .. 100), $late ], 'and is what it was');
is(sql("SELECT count(*) FILTER (WHERE action = 'rotate_credentials'), count(*) FILTER (WHERE action = 'reseal_credential' AND actor = 'stockalert_worker')"
	. ' FROM stockalert.audit_log'), '3|199', 'each change left a line');

# --- a key that is gone too early: its rows say so, and stay

IPC::Run::run([ 'stockalert-keygen', "$files/other" ], '>', \$said) or die 'no other key';
my ($other) = $said =~ /key id\s+([0-9a-f]{16})$/m;
$node->append_conf('postgresql.conf', "stockalert.key_file = '$files/other'");
$node->reload;
wait_until($node, $states, 'unknown_key|100', 'without their key they do not open');
like(sql('SELECT done FROM stockalert.rotate_credentials()'), qr/could not open before: slack:n001, /, 'which rotate_credentials() tells');
wait_until($node, "SELECT count(*) FILTER (WHERE to_reseal = 0), sum(rows) FROM stockalert.key_status", '2|100', 'it gives up on them');
like(sql("SELECT DISTINCT last_error FROM stockalert.credential_status"), qr/^it is sealed for a key that is not in the key file: .*it needs key $third, loaded: $other$/, 'and they say which key is missing');
$node->append_conf('postgresql.conf', "stockalert.key_file = '$key'");
$node->reload;
wait_until($node, $states, 'ok|100', 'with it all is well again');
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|word\d\d\d\//, 'nothing in the log');
done_testing();
