# A random schedule of faults over many messages, and a count of every one: kill -9 of sender and postmaster, orders
# to end, restarts, locks, reloads, receivers that refuse, cut and hang.  SA_FAULT_SECONDS (300) and SA_FAULT_SEED.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $seconds = $ENV{SA_FAULT_SECONDS} || 300;
my $seed    = $ENV{SA_FAULT_SEED} || time % 1000000;
my $items   = 400;
my @ways    = ('/ok', '/slow?ms=300', '/seq/500,200,200,503,200,200,429,200', '/seq/reset,200,200,200,partial,200', '/seq/200,200,200,429,200?after=1', '/seq/hang,200,200,200,200,200,200,200');
my $files   = tempdir(CLEANUP => 1);

srand $seed;
diag("seed $seed, $seconds s");
my @tls = make_ca($files);
my $peer = start_peer('http_peer.py', '--record', "$files/requests", @tls, '--alarm', $seconds + 600);
my $node = new_server('random', live($files),
	'stockalert.send_timeout = 2s', 'stockalert.retry_base = 100', 'stockalert.retry_cap = 2000', 'stockalert.storm_after = 100000', 'stockalert.digest_after = 1000',
	'stockalert.max_attempts = 16', 'restart_after_crash = on', 'stockalert.repeat_after = 0');

install_shop($node, 'postgres', $items, 'log', 'console');
$node->safe_psql('postgres', q{DELETE FROM stockalert.subscribers; SELECT stockalert.set_channel('webhook', per_second => 10000, burst => 1000)});
foreach my $n (0 .. $#ways)
{
	set_secret($node, "webhook:w$n", "localhost:$peer", "https://localhost:$peer/w$n$ways[$n]#whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5");
	$node->safe_psql('postgres', "INSERT INTO stockalert.subscribers (name) VALUES ('W$n');
		INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'webhook', 'webhook:w$n' FROM stockalert.subscribers WHERE name = 'W$n'");
}

sub try
{
	my ($query) = @_;
	my (undef, $out) = $node->psql('postgres', $query);

	return $out;
}

my %done;
my %faults = (
	'kill sender' => sub { my $pid = try(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'stockalert sender'}); kill 'KILL', $pid if $pid; },
	'kill postmaster' => sub {
		my ($pid) = slurp_file($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
		$node->kill9;
		sleep 0.05 while kill 0, $pid;
		for (1 .. 50) { last if $node->start(fail_ok => 1); sleep 0.2; }
	},
	'terminate' => sub { try(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'stockalert sender'}) },
	'cancel'    => sub { try(q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type = 'stockalert sender'}) },
	'reload'    => sub { $node->reload },
	'restart'   => sub { $node->restart('fast', fail_ok => 1) },
	'lock'      => sub { my @t = qw(queue messages deliveries notices channels); try('BEGIN; LOCK TABLE stockalert.' . $t[ rand @t ] . ' IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1.5); COMMIT') },
	'vacuum'    => sub { try('VACUUM stockalert.queue; ANALYZE stockalert.queue') },
	'nothing'   => sub { sleep 2 },
);
my $end = time + $seconds;
while (time < $end)
{
	my @names = sort keys %faults;
	my $name  = $names[ rand @names ];
	my $first = 1 + int rand $items;

	try("UPDATE stockalert.stock_levels SET on_hand = CASE on_hand WHEN 100 THEN 7 WHEN 7 THEN 2 WHEN 2 THEN 0 ELSE 100 END WHERE item_id BETWEEN $first AND $first + 30");
	sleep rand 1.5;
	$faults{$name}->();
	$done{$name}++;
}
diag(join(', ', map { "$_ $done{$_}" } sort keys %done));
for (1 .. 100) { last if defined try('SELECT 1'); sleep 0.2; }
try(q{UPDATE stockalert.stock_levels SET on_hand = 100});
my $deadline = time + 240;
sleep 0.5 while (try('SELECT count(*) FROM stockalert.queue') // 1) ne '0' && time < $deadline;

# --- the model: every message ends in one way; what the receivers hold and what the tables say agree

is(try('SELECT count(*) FROM stockalert.queue'), 0, 'the queue drains');
is(try('SELECT count(*) FROM stockalert.messages AS m WHERE (SELECT count(*) FROM stockalert.deliveries AS d WHERE d.message_id = m.message_id) <> 1'), 0, 'each message ends once');
my (%requests, %accepted);
open(my $record, '<', "$files/requests") or die $!;
while (my $line = <$record>)
{
	my $request = decode_json($line);
	my ($key) = grep { lc eq 'webhook-id' } keys %{ $request->{headers} };
	my ($id) = $request->{headers}{$key} =~ /(\d+)/;

	$requests{$id}++;
	$accepted{$id}++ if $request->{answer} eq '200';
}
my %outcome;
my %twice;
my @deadly;
foreach my $row (split /\n/, $node->safe_psql('postgres', 'SELECT d.message_id, d.outcome, d.maybe_twice, m.recipient, d.error_class FROM stockalert.deliveries AS d JOIN stockalert.messages AS m USING (message_id)'))
{
	my ($id, $outcome, $twice, $recipient, $class) = split /\|/, $row;

	$outcome{$id} = $outcome eq 'dead' ? "dead of $class" : $outcome;
	$twice{$id}   = $twice eq 't';
	push @deadly, $recipient if $outcome{$id} eq 'dead of poison';
}
is(scalar(grep { $outcome{$_} eq 'sent' && !$requests{$_} } keys %outcome), 0, 'lost: none that counts as sent');
# Three kills in a row with the same message in hand, one that hangs, and it counts as deadly: it shows as a dead letter.
is(join(' ', grep { /^dead/ && $_ ne 'dead of poison' } values %outcome), '', 'given up: none but what was in hand at three kills');
is(scalar(grep { !exists $outcome{$_} } keys %requests), 0, 'nobody received what is not in the tables');
is(join(' ', grep { ($accepted{$_} || 0) > 1 && !$twice{$_} } keys %outcome), '', 'what was accepted twice is marked');
my $doubled = grep { $_ > 1 } values %accepted;
my $kills = ($done{'kill sender'} || 0) + ($done{'kill postmaster'} || 0);
diag(sprintf('%d messages, %d accepted twice after %d kills', scalar(keys %outcome), $doubled, $kills));
diag(scalar(@deadly) . ' in hand at three kills');
cmp_ok(scalar(@deadly), '<=', $kills / 3, 'of which there cannot be more');
# In hand for longer than a moment are only those whose receiver lets wait.
is(join(' ', grep { !/^webhook:w[15]$/ } @deadly), '', 'all of them hung');
cmp_ok($doubled, '<=', 200 * ($kills + ($done{restart} || 0) + ($done{terminate} || 0)) , 'no more than was in flight');
unlike(slurp_file($node->logfile), qr/PANIC|signal 11|signal 6/, 'and nothing crashed by itself');
$node->stop;
done_testing();
