# One session writes 100,000 transactions, each of which raises an alert and wakes the sender: it must be as fast at
# the end as it was, and as one that has just begun.  (Where each transaction leaves a callback behind, or a plan is kept that was made while
# there were no alerts, it is many times slower.)
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $transactions = $ENV{SA_FAULT_TRANSACTIONS} || 100000;
my $pairs        = 40;
my $each         = 200;
my $node         = new_server('session', "stockalert.delivery = 'off'", "log_statement = 'none'", 'autovacuum = off');

install_shop($node, 'postgres', $transactions + 2 * ($pairs + 1) * $each, 'log', 'console');
$node->safe_psql('postgres', q{
	CREATE SEQUENCE public.next_item;
	-- Transactions that lower one item after the other; the microseconds of CPU that each took.
	CREATE PROCEDURE public.run_low(many integer, INOUT spent float8 DEFAULT 0) LANGUAGE plpgsql AS $$
	DECLARE
		before float8 := split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8;
	BEGIN
		FOR i IN 1 .. many LOOP
			UPDATE stockalert.stock_levels SET on_hand = 5 WHERE location_id = 1 AND item_id = (SELECT nextval('public.next_item'));
			COMMIT;
		END LOOP;
		spent := (split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::float8 - before) / 1000 / many;
	END
	$$});
$node->safe_psql('postgres', 'VACUUM ANALYZE');

sub run_low
{
	my ($session, $many) = @_;

	return $session->query_safe("CALL public.run_low($many)");
}

my $old    = $node->background_psql('postgres', timeout => 1700);
my @tenths = map { sprintf '%.0f', run_low($old, $transactions / 10) } 1 .. 10;
diag('microseconds of CPU a transaction, by tenths: ' . join(' ', @tenths));
my ($first) = sort { $a <=> $b } @tenths[ 0 .. 2 ];
my ($last)  = sort { $a <=> $b } @tenths[ 7 .. 9 ];
cmp_ok($first / $last, '>=', 0.95, sprintf('the best of the last tenths runs at %.2f of the best of the first', $first / $last));

# Side by side, so that a neighbour slows down both; by a tenth it moves them still.
my $fresh = $node->background_psql('postgres');
run_low($fresh, $each);
run_low($old, $each);
my @ratios;
foreach my $pair (1 .. $pairs)
{
	my %spent;

	$spent{$_} = run_low($_ eq 'old' ? $old : $fresh, $each) foreach $pair % 2 ? qw(old fresh) : qw(fresh old);
	push @ratios, $spent{fresh} / $spent{old};
}
my $ratio = (sort { $a <=> $b } @ratios)[ $pairs / 2 ];
diag('a new session beside it: ' . join(' ', map { sprintf '%.2f', $_ } @ratios));
cmp_ok($ratio, '>=', 0.9, sprintf('after %d transactions the session runs at %.2f of the speed of a new one', $transactions, $ratio));
is($node->safe_psql('postgres', 'SELECT count(*) FROM stockalert.queue'), $transactions + 2 * ($pairs + 1) * $each, 'and each transaction left its event');
$old->quit;
$fresh->quit;
$node->stop;
done_testing();
