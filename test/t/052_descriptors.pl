# Descriptors run out: of the sender while messages leave, and of a server that has few from the start.  Slower, and
# nothing is lost.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $ways  = 64;
my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
# Of one host sixteen connections are made at most.
my @peers = map { start_peer('http_peer.py', '--record', "$files/requests", @tls) } 1 .. 5;
my $node = new_server('descriptors', live($files), 'stockalert.storm_after = 100000', 'stockalert.digest_after = 1000', 'stockalert.retry_base = 100', 'stockalert.retry_cap = 300',
	"log_statement = 'none'");
install_shop($node, 'postgres', 100, 'log', 'console');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

# Each to a connection of its own, all at the same time.
sql(q{DELETE FROM stockalert.subscribers; INSERT INTO stockalert.subscribers (name, time_zone) VALUES ('All', 'UTC'); SELECT stockalert.set_channel('webhook', per_second => 1000, burst => 100)});
foreach my $n (1 .. $ways)
{
	my $host = 'localhost:' . $peers[ $n % @peers ];

	set_secret($node, "webhook:w$n", $host, "https://$host/w$n/slow?ms=300#whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5");
}
wait_until($node, q{SELECT count(*) FROM stockalert.credential_status WHERE state = 'ok'}, $ways, 'the worker opens the secrets');
sql("INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'webhook', 'webhook:w' || n FROM stockalert.subscribers, generate_series(1, $ways) AS n");

# All messages came, and none twice that does not say so.
sub all_came
{
	my ($expected, $what) = @_;
	my %ids;

	wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, "$what: the queue empties");
	is(sql(q{SELECT string_agg(DISTINCT outcome, ' ') FROM stockalert.deliveries}), 'sent', "$what: all are sent");
	foreach my $request (map { decode_json($_) } split /\n/, slurp_file("$files/requests"))
	{
		my ($key) = grep { lc eq 'webhook-id' } keys %{ $request->{headers} };
		$ids{ $request->{headers}{$key} }++;
	}
	is(scalar(keys %ids), $expected, "$what: all came");
	my $marked = sql('SELECT count(*) FROM stockalert.deliveries WHERE maybe_twice');
	cmp_ok(scalar(grep { $_ > 1 } values %ids), '<=', $marked, "$what: twice only what says so");
	return;
}

sub lower
{
	sql('UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id ' . $_[0]);
	return;
}

# So few that the sender may have to start anew, which costs nothing but what was on its way.
my $sender = sender_pid($node);
is(system('prlimit', "--pid=$sender", '--nofile=32:32'), 0, 'the sender may have 32');
lower('BETWEEN 1 AND 4');
all_came(4 * $ways, 'with too few');
like(slurp_file($node->logfile), qr/Too many open files/, 'they were too few');

# --- a server that is poor from its start

$node->append_conf('postgresql.conf', 'max_files_per_process = 64');
$node->stop;
# With none of those that this test holds open.
my $start = 'for f in /proc/self/fd/*; do f=${f##*/}; [ "$f" -le 2 ] || eval "exec $f>&-"; done; ulimit -n 96; exec pg_ctl -w -D "$1" -l "$2" start >/dev/null';
is(system('bash', '-c', $start, 'start', $node->data_dir, $node->logfile), 0, 'a server with 96 descriptors starts');
$node->_update_pid(1);
wait_until($node, q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'stockalert sender'}, 1, 'its sender too');
$sender = sender_pid($node);
my $poor = -s $node->logfile;
lower('BETWEEN 5 AND 8');
all_came(8 * $ways, 'of a poor server');
is(sender_pid($node), $sender, 'by one sender');
unlike(log_since($node, $poor), qr/Too many open files|ERROR/, 'which leaves the server what it needs');
unlike(slurp_file($node->logfile), qr/PANIC|signal 11|signal 6/, 'nothing crashed');
$node->stop;
done_testing();
