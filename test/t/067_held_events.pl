# Events under a snapshot that somebody holds for hours: those that were routed cannot be vacuumed away, and are not read
# again; and one that becomes visible long after younger ones is told all the same.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $items = 2000;
my $node  = new_server('held', 'stockalert.repeat_after = 0', 'stockalert.storm_after = 100000', 'max_prepared_transactions = 4', 'autovacuum = off');

install_shop($node, 'postgres', $items, 'log', 'console');
sub sql { return $node->safe_psql('postgres', $_[0]) }

# Entries of the index of events that were read until now.  The sender tells them before it says that it waits.
sub entries_read
{
	wait_until($node, "SELECT query FROM pg_stat_activity WHERE backend_type = 'stockalert sender'", 'stockalert: waiting', 'the sender told what it read');
	return sql("SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'queue_events_idx'");
}

# One item runs low, is told and is well again.
sub tell_one
{
	my ($item) = @_;

	sql("UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = $item");
	wait_until($node, "SELECT count(*) FROM stockalert.messages AS m JOIN stockalert.alerts AS a ON a.alert_id = ANY (m.alert_ids) WHERE a.item_id = $item AND m.kind = 'alert'", '1', "item $item is told of");
	return;
}

# --- what is held

my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM stockalert.queue');
for my $round (1 .. 3)
{
	sql('UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id > 20');
	wait_until($node, "SELECT count(*) FROM stockalert.queue WHERE stage = 'event'", '0', "round $round is routed");
	sql('UPDATE stockalert.stock_levels SET on_hand = 100 WHERE item_id > 20');
	wait_until($node, "SELECT count(*) FROM stockalert.queue WHERE stage = 'event'", '0', 'and all are well');
}
cmp_ok(sql("SELECT count(*) FROM stockalert.alert_events WHERE event IN ('opened', 'resolved')"), '>=', 6 * ($items - 20), 'thousands of events were routed');
# What a look has read is told by the next one, a second later at the earliest.
tell_one($_) for 1 .. 3;
sleep 1.5;
tell_one(4);
my $before = entries_read();
tell_one($_) for 5 .. 12;
sleep 1.5;
tell_one(13);
my $read = entries_read() - $before;
cmp_ok($read, '>', 0, 'reads are counted');
cmp_ok($read, '<', 200, "for nine more, $read entries of the index are read, not thousands for each");

# --- who was first and is last

my $late = $node->background_psql('postgres');
$late->query_safe('BEGIN; UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = 14');
sql("BEGIN; UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = 15; PREPARE TRANSACTION 'late'");
tell_one($_) for 16 .. 18;
sleep 1;
tell_one(19);
is(sql("SELECT count(*) FROM stockalert.messages AS m JOIN stockalert.alerts AS a ON a.alert_id = ANY (m.alert_ids) WHERE a.item_id IN (14, 15)"), '0', 'nobody is told what is not committed');
$late->query_safe('COMMIT');
sql("COMMIT PREPARED 'late'");
wait_until($node, "SELECT count(*) FROM stockalert.messages AS m JOIN stockalert.alerts AS a ON a.alert_id = ANY (m.alert_ids) WHERE a.item_id IN (14, 15)", '2',
	'what is committed behind younger ones is told');
tell_one(20);
wait_until($node, 'SELECT count(*) FROM stockalert.queue', '0', 'nothing is left');
$late->quit;
$holder->quit;
$node->stop;
done_testing();
