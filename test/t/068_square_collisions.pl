# Pairs that somebody else brings while a page of Square's counts is applied: each undoes the page once, and however many
# there are the round ends well and says nothing of it.
use strict;
use warnings;
use PostgreSQL::Test::BackgroundPsql;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;
use SquareShop;

my $others = 5;
my $shop = SquareShop->new('collisions', 40);
my $node = $shop->{node};

# New pairs again, of which others bring a few.
$shop->sql(q{CREATE TABLE public.brought AS SELECT location_id, item_id, row_number() OVER (ORDER BY location_id, item_id) AS n FROM stockalert.square_levels WHERE in_stock IS NOT NULL;
	DELETE FROM stockalert.alerts; DELETE FROM stockalert.square_levels; DELETE FROM stockalert.stock_levels});
cmp_ok($shop->sql('SELECT count(*) FROM public.brought'), '>', 3 * $others, 'there are pairs');
my @sessions = map { $node->background_psql('postgres') } 1 .. $others;
$sessions[ $_ - 1 ]->query_safe("BEGIN; INSERT INTO stockalert.stock_levels (location_id, item_id, on_hand) SELECT location_id, item_id, 1 FROM public.brought WHERE n = 3 * $_")
	foreach 1 .. $others;
$shop->sql('SELECT stockalert.sync_now(everything => true)');
foreach my $n (1 .. $others)
{
	wait_until($node, q{SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE NOT l.granted AND a.backend_type LIKE 'stockalert%'}, '1', "the page waits for other $n");
	$sessions[ $n - 1 ]->query_safe('COMMIT');
	$sessions[ $n - 1 ]->quit;
}
wait_until($node, q{SELECT string_agg(coalesce(error_class, 'ok'), ' ' ORDER BY stockalert.stream_rank(stream)) FROM stockalert.sync_streams
	WHERE enabled HAVING bool_and(coalesce(finished_at >= requested_at AND started_at >= requested_at, false))}, join(' ', ('ok') x 7), 'the round ends well');
$shop->same('with what others brought');
is($shop->sql(q{SELECT count(*) FROM stockalert.sync_problems WHERE stream = 'counts' AND seen_at > (SELECT requested_at FROM stockalert.sync_streams WHERE stream = 'counts')}), '0', 'and nothing is a problem');
my @collisions = slurp_file($node->logfile) =~ /ERROR:  duplicate key value violates unique constraint "stock_levels_pkey"/g;
is(scalar @collisions, $others, 'each of them undid it once');
$node->stop;
done_testing();
