# What messages say of the days ahead: days left and the suggested order, in an alert, a digest, a summary, and
# nothing of it where nothing is known.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $node = new_server('outlook', 'stockalert.digest_after = 2');

sub body_of
{
	my ($where) = @_;

	return value($node, "SELECT coalesce(string_agg(body, '~' ORDER BY message_id), '') FROM stockalert.messages WHERE $where");
}

install_shop($node, 'postgres', 6, 'log', 'console');
# Item 1 sells 4 a day and comes from Acme in packs of 12; item 2 sells 0.2 a day from nobody; item 3 was never sold.
$node->safe_psql('postgres', q{
	SELECT stockalert.add_supplier('Acme <&> Co');
	SELECT stockalert.set_supply('SKU-1', 'Acme <&> Co', pack => 12);
	INSERT INTO stockalert.demand_state (location_id, item_id, first_sale, last_sale, last_day, exposed_days, sales, level, mse, size, probability,
		interval_mean, size_sum, size_squares, velocity, reorder_point, order_up_to, season, method)
	SELECT 1, v.item_id, '2026-01-01', '2026-03-01', '2026-03-01', 60, 50, v.velocity, 4, 1, 1, 1, 100, 300, v.velocity, 5, 40, '{0,0,0,0,0,0,0}', 'esw'
	FROM (VALUES (1, 4), (2, 0.2), (4, 4)) AS v (item_id, velocity);
	INSERT INTO stockalert.channels (channel) VALUES ('email') ON CONFLICT DO NOTHING;
});
wait_until($node, "SELECT state FROM stockalert.worker_status() WHERE role = 'sender' AND database = 'postgres'", 'running', 'a sender runs');

$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = 1');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 1, 'an alert is told');
my $body = body_of("subject LIKE '%Item 1'");
# 5 at 4 a day; 40 - 5 in packs of 12.
like($body, qr/Days Left: +1\.3\b/, 'with the days that are left');
like($body, qr/Suggested Order: +36 from Acme <&> Co/, 'what to order, and from whom');

$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 9 WHERE item_id = 2');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 2, 'another is told');
$body = body_of("subject LIKE '%Item 2'");
like($body, qr/Days Left: +45\b/, 'above its reorder point: days left');
unlike($body, qr/Suggested/, 'and nothing to order');

$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id = 3');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 3, 'one without sales is told');
unlike(body_of("subject LIKE '%Item 3'"), qr/Days Left|Suggested/, 'of which nothing is known');

$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 100 WHERE item_id = 1');
wait_until($node, "SELECT count(*) FROM stockalert.messages WHERE subject LIKE '%Back in Stock: Item 1'", 1, 'one is back');
unlike(body_of("subject LIKE '%Back in Stock%'"), qr/Suggested/, 'and no order is suggested');

$node->safe_psql('postgres', 'UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id IN (4, 5, 6)');
wait_until($node, "SELECT count(*) FROM stockalert.messages WHERE kind = 'digest'", 1, 'three at once are a digest');
$body = body_of("kind = 'digest'");
like($body, qr/Item 4[^\n]*0 left[^\n]*, order 40/, 'which says what to order');
like($body, qr/Item 5[^\n]*0 left(?![^\n]*order)/, 'where it is known');

# Numbers that make no sense keep no message back.
$node->safe_psql('postgres', "UPDATE stockalert.demand_state SET velocity = 'NaN'; UPDATE stockalert.stock_levels SET on_hand = 2 WHERE item_id = 2");
wait_until($node, "SELECT count(*) FROM stockalert.messages WHERE subject LIKE '%Critical%Item 2'", 1, 'a message goes without what cannot be worked out');
unlike(body_of("subject LIKE '%Critical%Item 2'"), qr/Days Left|Suggested/, 'and says nothing of it');

$node->stop;
done_testing();
