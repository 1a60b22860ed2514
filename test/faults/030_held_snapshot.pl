# Somebody leaves a transaction open for hours while messages go out: nothing of them can be vacuumed away, and the
# sender must not get slow for it.  And a queue of many must not be slower to take from than one of few.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $people = 20;
my $items  = 400;
my $rounds = $ENV{SA_FAULT_ROUNDS} || 20;
my $node   = new_server('held', 'stockalert.storm_after = 100000', 'stockalert.digest_after = 1000', 'stockalert.repeat_after = 0', 'autovacuum_naptime = 1s',
	"log_min_messages = error", "log_statement = 'none'");

install_shop($node, 'postgres', $items, 'log', 'console');
sub sql { return $node->safe_psql('postgres', $_[0]) }

sql("INSERT INTO stockalert.subscribers (name, time_zone) SELECT 'P' || n, 'UTC' FROM generate_series(2, $people) AS n;
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'log', 'console' FROM stockalert.subscribers WHERE name LIKE 'P%'");

# Messages a second of one round: every item low, told to everybody, and healthy again without a word.
sub round_of
{
	my $before = sql('SELECT count(*) FROM stockalert.deliveries');
	my $started = time;

	sql('UPDATE stockalert.stock_levels SET on_hand = 5');
	sleep 0.02 until sql('SELECT count(*) FROM stockalert.deliveries') >= $before + $people * $items;
	my $rate = $people * $items / (time - $started);
	sql("UPDATE stockalert.alerts SET resolved_at = now(), resolved_by = 'test'; UPDATE stockalert.stock_levels SET on_hand = 100; DELETE FROM stockalert.queue WHERE stage = 'event'");
	sleep 0.05 until sql('SELECT count(*) FROM stockalert.queue') eq '0';
	return $rate;
}

round_of();
my @free = map { round_of() } 1 .. 3;
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM stockalert.queue');
my @held = map { round_of() } 1 .. $rounds;
eval { $holder->{run}->kill_kill; };
my ($free) = (sort { $a <=> $b } @free)[1];
my $last = (sort { $a <=> $b } @held[ -3 .. -1 ])[1];
diag(sprintf('free %.0f/s, held %s', $free, join(' ', map { sprintf '%.0f', $_ } @held)));
cmp_ok($last, '>=', 0.15 * $free, sprintf('after %d messages under a held snapshot: %.2f of the free rate', $rounds * $people * $items, $last / $free));
is(sql('SELECT count(*) - count(DISTINCT message_id) FROM stockalert.deliveries'), 0, 'none twice');
$node->stop;
done_testing();
