# People and the sender: an escalation reaches the boss and nobody else, a default recipient hears where nobody
# does, who is disabled hears nothing, a test message arrives; in a server where escalate_after is 0, none is made.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $node = new_server('people', "stockalert.escalate_after = '1min'");

sub told
{
	my ($where) = @_;

	return $node->safe_psql('postgres', "SELECT coalesce(string_agg(format('%s: %s', subscriber, subject), ', ' ORDER BY subscriber, subject), '') FROM stockalert.delivery_log WHERE outcome = 'logged' AND $where");
}

sub all_told
{
	wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, $_[0]);
	return;
}

$node->safe_psql('postgres', q{
	CREATE EXTENSION stockalert;
	SELECT stockalert.add_location('main');
	SELECT stockalert.add_item('LED-8', category => 'light'), stockalert.add_item('MUG', category => 'kitchen'), stockalert.add_item('PEN', category => 'desk');
	SELECT stockalert.set_threshold(low => 10, critical => 5);
	SELECT stockalert.add_subscriber('clerk', log => true, categories => '{light,desk}');
	SELECT stockalert.add_subscriber('boss', log => true, escalation => true);
	SELECT stockalert.add_subscriber('owner', log => true, fallback => true);
	SELECT stockalert.set_stock(sku, 100) FROM stockalert.items;
	UPDATE stockalert.stock_levels SET on_hand = 3 WHERE item_id IN (SELECT item_id FROM stockalert.items WHERE sku <> 'PEN');
});
all_told('two alerts are told');
is(told('true'), 'clerk: ⚠️ Critical Stock Alert: LED-8, owner: ⚠️ Critical Stock Alert: MUG',
	'each to whom it concerns, what concerns nobody to the default recipient');

$node->safe_psql('postgres', q{
	UPDATE stockalert.alerts SET opened_at = opened_at - interval '2 minutes';
	UPDATE stockalert.alert_events SET occurred_at = occurred_at - interval '2 minutes';
	SELECT stockalert.acknowledge_alert(alert_id) FROM stockalert.active_alerts WHERE sku = 'MUG';
	SELECT stockalert.check_stock()});
all_told('the escalation is told');
like(told(q{subscriber = 'boss'}), qr/^boss: \S+ Critical Stock Alert: LED-8 \(escalated\)$/, 'what nobody acknowledged goes to the boss');
$node->safe_psql('postgres', 'SELECT stockalert.check_stock()');
is($node->safe_psql('postgres', q{SELECT count(*) FROM stockalert.alert_events WHERE event = 'escalated'}), 1, 'once');

$node->safe_psql('postgres', q{
	SELECT stockalert.set_preferences('clerk', notification_enabled => false), stockalert.set_preferences('owner', notification_enabled => false);
	UPDATE stockalert.stock_levels SET on_hand = 2 WHERE item_id = stockalert.find_item('PEN')});
all_told('the event is routed');
is($node->safe_psql('postgres', q{SELECT severity FROM stockalert.active_alerts WHERE sku = 'PEN'}), 'critical', 'disabled: recorded');
unlike(told('true'), qr/PEN/, 'and not sent');
like($node->safe_psql('postgres', q{SELECT stockalert.explain_stock('PEN')}), qr/^  clerk by log: subscriber disabled$/m, 'which can be read');

$node->safe_psql('postgres', q{SELECT stockalert.set_preferences('clerk', notification_enabled => true), stockalert.test_channel('log', 'clerk')});
all_told('the test message is told');
like(told(q{kind = 'test'}), qr/^clerk: /, 'a test message arrives');

$node->append_conf('postgresql.conf', 'stockalert.escalate_after = 0');
$node->reload;
wait_until($node, q{SELECT current_setting('stockalert.escalate_after')}, 0, 'the setting is read');
$node->safe_psql('postgres', q{
	UPDATE stockalert.alerts SET opened_at = opened_at - interval '9 days';
	UPDATE stockalert.alert_events SET occurred_at = occurred_at - interval '9 days';
	SELECT stockalert.check_stock()});
is($node->safe_psql('postgres', q{SELECT count(*) FROM stockalert.alert_events WHERE event = 'escalated'}), 1, 'with 0, nothing is escalated');
done_testing();
