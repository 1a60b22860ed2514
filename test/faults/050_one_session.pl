# One session writes 100,000 transactions, each of which raises an alert and wakes the sender: the last tenth must not be
# slower than the first.  (Where each transaction leaves a callback behind, it is many times slower.)
use strict;
use warnings;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $transactions = $ENV{SA_FAULT_TRANSACTIONS} || 100000;
my $files = tempdir(CLEANUP => 1);
my $node  = new_server('session', "stockalert.delivery = 'off'", "log_statement = 'none'", 'autovacuum = off');

install_shop($node, 'postgres', $transactions, 'log', 'console');
$node->safe_psql('postgres', 'CREATE SEQUENCE public.next_item; VACUUM ANALYZE');
append_to_file("$files/low.sql", "SELECT nextval('public.next_item') AS item \\gset\nUPDATE stockalert.stock_levels SET on_hand = 5 WHERE location_id = 1 AND item_id = :item;\n");
$node->command_ok([ 'pgbench', '-n', '-M', 'prepared', '-c', 1, '-t', $transactions, '-f', "$files/low.sql", '-l', '--log-prefix', "$files/times", 'postgres' ], "$transactions transactions");
my ($log) = glob("$files/times*");
my @times = map { (split)[2] } split /\n/, slurp_file($log);

# The middle of the times, which a checkpoint or a neighbour does not move.
sub middle
{
	my @sorted = sort { $a <=> $b } @_;

	return $sorted[ @sorted / 2 ];
}
my $tenth = int(@times / 10);
my $first = middle(@times[ 0 .. $tenth - 1 ]);
my $last  = middle(@times[ -$tenth .. -1 ]);
diag(sprintf('first tenth %d us, last tenth %d us', $first, $last));
is(scalar(@times), $transactions, 'all were timed');
cmp_ok($first / $last, '>=', 0.95, sprintf('the last tenth runs at %.2f of the first', $first / $last));
is($node->safe_psql('postgres', 'SELECT count(*) FROM stockalert.queue'), $transactions, 'and each left its event');
$node->stop;
done_testing();
