# A week of a busy shop in minutes: alerts open, get worse and resolve, day after day, with each night's upkeep and
# purge.  The queue, the notices and what is kept only for a while stay as small as on the first three days.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $items = 300;
my $node  = new_server('week', 'stockalert.storm_after = 100000', 'stockalert.digest_after = 1000', 'stockalert.keep_deliveries = 2', 'stockalert.keep_events = 2', 'autovacuum_naptime = 1s');

sub sql { return $node->safe_psql('postgres', $_[0]) }

install_shop($node, 'postgres', $items, 'log', 'console');
sql("INSERT INTO stockalert.subscribers (name, time_zone) SELECT 'P' || n, 'UTC' FROM generate_series(2, 5) AS n;
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'log', 'console' FROM stockalert.subscribers WHERE name LIKE 'P%'");

sub drained
{
	my $deadline = time + 60;

	sleep 0.05 while sql('SELECT count(*) FROM stockalert.queue') ne '0' && time < $deadline;
	return;
}

my @sizes;
foreach my $day (1 .. 7)
{
	foreach my $hour (9, 12, 15)
	{
		my $as_of = "SET stockalert.as_of = '2026-03-0$day $hour:00+00'";

		foreach my $quantity (7, 2, 0, 100)
		{
			sql("$as_of; UPDATE stockalert.stock_levels SET on_hand = $quantity");
			drained();
		}
	}
	# Wall-clock ages are a day more, and the night's work is done.
	sql("UPDATE stockalert.deliveries SET finished_at = finished_at - interval '1 day'; UPDATE stockalert.messages SET created_at = created_at - interval '1 day';
		SELECT stockalert.purge()");
	sleep 3;
	push @sizes, sql("SELECT pg_total_relation_size('stockalert.queue') || ' ' || pg_total_relation_size('stockalert.notices') || ' ' || pg_total_relation_size('stockalert.messages')
		|| ' ' || (SELECT count(*) FROM stockalert.messages) || ' ' || (SELECT count(*) FROM stockalert.deliveries)");
	diag("day $day: queue, notices, messages (bytes), messages, deliveries: $sizes[-1]");
}
# How large the queue gets before somebody vacuums it is not the same each day.
my @days = map { [split / /] } @sizes;
foreach my $n (0 .. 4)
{
	my ($most) = sort { $b <=> $a } map { $days[$_][$n] } 0 .. 2;

	cmp_ok($days[6][$n], '<=', 1.6 * $most + 100000, qw(queue notices messages messages deliveries)[$n] . ': on the seventh day as on the first three');
}
$node->stop;
done_testing();
