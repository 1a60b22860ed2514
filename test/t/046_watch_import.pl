# A table of twenty-four thousand rows is watched in one call: one digest for each subscriber, not a message a row; so too
# when one statement makes thousands low, and when they all come back.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $node = new_server('import');

sub told
{
	wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, $_[0]);
	return $node->safe_psql('postgres', q{SELECT string_agg(t.line, ', ' ORDER BY t.line) FROM (
		SELECT format('%s: %s %s', subscriber, count(*), kind) AS line FROM stockalert.delivery_log WHERE outcome = 'logged' GROUP BY subscriber, kind) AS t});
}

$node->safe_psql('postgres', q{
	CREATE EXTENSION stockalert;
	SELECT stockalert.add_subscriber('Ann', log => true), stockalert.add_subscriber('Bob', log => true);
	CREATE TABLE goods (id integer PRIMARY KEY, quantity integer, min integer);
	INSERT INTO goods SELECT g, CASE WHEN g % 12 = 0 THEN 3 ELSE 100 END, 10 FROM generate_series(1, 24000) AS g});
like($node->safe_psql('postgres', q{SELECT done FROM stockalert.watch_table('goods', item => 'id', quantity => 'quantity', threshold => 'min')}),
	qr/^24000 items of public\.goods watched, 2000 low now$/, 'twenty-four thousand rows');
is(told('what is low is told'), 'Ann: 1 digest, Bob: 1 digest', 'by one digest for each');
is($node->safe_psql('postgres', 'SELECT count(*) FROM stockalert.alerts WHERE resolved_at IS NULL'), 2000, 'of 2,000 alerts');
$node->safe_psql('postgres', 'UPDATE goods SET quantity = 2 WHERE id % 12 = 1');
is(told('another 2,000 in one statement'), 'Ann: 2 digest, Bob: 2 digest', 'are one more');
$node->safe_psql('postgres', 'UPDATE goods SET quantity = 100');
is($node->safe_psql('postgres', 'SELECT count(*) FROM stockalert.alerts WHERE resolved_at IS NULL'), 0, 'all come back');
is(told('and that is told'), 'Ann: 3 digest, Bob: 3 digest', 'in one more');
$node->stop;
done_testing();
