# Logical replication of stock to another database with StockAlert: nothing fires there when rows arrive, a check finds what
# they mean, once.  Where the columns that StockAlert writes itself are replicated too, it has to be a check from scratch
# for what was low and got worse.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $from = new_server('from', 'wal_level = logical', "stockalert.delivery = 'off'");
my $to   = new_server('to', 'wal_level = logical', "stockalert.delivery = 'off'");
my %columns = (whole => '', ours_left_out => '(location_id, item_id, on_hand, reserved, on_order, in_transit, par_level, active)');

foreach my $way (sort keys %columns)
{
	$from->safe_psql('postgres', "CREATE DATABASE $way");
	install_shop($from, $way, 5, 'log', 'console');
	$to->safe_psql('postgres', "CREATE DATABASE $way");
	$to->safe_psql($way, q{CREATE EXTENSION stockalert; INSERT INTO stockalert.rules (low, critical) VALUES (10, 3)});
	$from->safe_psql($way, 'UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 1');
	$from->safe_psql($way, "CREATE PUBLICATION stock FOR TABLE stockalert.locations, stockalert.items, stockalert.stock_levels $columns{$way}");
	$to->safe_psql($way, "CREATE SUBSCRIPTION ${way}_stock CONNECTION '" . ($from->connstr($way) =~ s/'/''/gr) . "' PUBLICATION stock");
	$to->wait_for_subscription_sync($from, "${way}_stock", $way);
	is($to->safe_psql($way, 'SELECT count(*) FROM stockalert.stock_levels'), 5, "$way: the rows are there");
	is($to->safe_psql($way, 'SELECT count(*) FROM stockalert.active_alerts'), 0, "$way: and raise nothing");
	is($to->safe_psql($way, 'SELECT alerts_opened FROM stockalert.check_stock()'), 1, "$way: a check finds the first copy");
	$from->safe_psql($way, 'UPDATE stockalert.stock_levels SET on_hand = 2 WHERE item_id = 2; UPDATE stockalert.stock_levels SET on_hand = 90 WHERE item_id = 1');
	$from->wait_for_catchup("${way}_stock");
	is($to->safe_psql($way, q{SELECT string_agg(item_id || ' ' || on_hand::int, ', ' ORDER BY item_id) FROM stockalert.stock_levels WHERE item_id < 3}), '1 90, 2 2', "$way: changes arrive");
	is($to->safe_psql($way, q{SELECT string_agg(item, ', ') FROM stockalert.active_alerts}), 'Item 1', "$way: without a trigger");
	# Where the publisher's own judgement came along, it does not go with what alerts are open here.
	is($to->safe_psql($way, 'SELECT alerts_opened, alerts_resolved FROM stockalert.check_stock()'), '1|1', "$way: a check finds them");
	is($to->safe_psql($way, q{SELECT string_agg(item || ' ' || severity, ', ') FROM stockalert.active_alerts}), 'Item 2 critical', "$way: as they are");
	is($to->safe_psql($way, 'SELECT alerts_opened, alerts_resolved FROM stockalert.check_stock()'), '0|0', "$way: once");
	# What is low already and gets worse there is the one thing that a check from scratch has to find.
	$from->safe_psql($way, 'UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id = 2');
	$from->wait_for_catchup("${way}_stock");
	my $how = $way eq 'whole' ? 'recompute => true' : '';
	is($to->safe_psql($way, 'SELECT alerts_worsened FROM stockalert.check_stock()'), 0, "$way: an ordinary check does not see that it is worse") if $way eq 'whole';
	is($to->safe_psql($way, "SELECT alerts_worsened FROM stockalert.check_stock($how)"), 1, "$way: a check finds what is worse");
	$to->safe_psql($way, 'UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = 3');
	is($to->safe_psql($way, 'SELECT count(*) FROM stockalert.active_alerts'), 2, "$way: what is written there raises at once");
	$to->safe_psql($way, "DROP SUBSCRIPTION ${way}_stock");
}
unlike(slurp_file($to->logfile), qr/PANIC|ERROR|FATAL:  (?!terminating (?:logical|background))/, 'nothing unexpected in the log');
$_->stop foreach $to, $from;
done_testing();
