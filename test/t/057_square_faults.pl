# Every fault of the stand-in Square: what it did to a round, and that one more sync leaves the tables as they should be.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;
use SquareShop;

my $shop = SquareShop->new('faults', 120, 'stockalert.send_timeout = 5s');
my ($node, $square, $open, $variations) = @{$shop}{qw(node square open variations)};

sub sql
{
	return $shop->sql(@_);
}

$square->tell('settings', { page_size => 40 });

sub broken
{
	my ($what, $expected, @faults) = @_;

	$shop->day;
	$square->fault(@faults);
	$shop->sync($what, $expected, 'everything => true');
	$square->tell('clear-faults');
	$shop->sync("$what, once more");
	$shop->same($what);
	return;
}

my $all_well = join ' ', ('ok') x 7;
foreach my $path ('catalog', 'counts', 'changes')
{
	broken("$path: rate limited, server errors, a web page, half an answer, a reset", $all_well, { fault => '429', path => $path, skip => 1 },
		{ fault => '503', path => $path }, { fault => 'html', path => $path }, { fault => 'half', path => $path }, { fault => 'reset', path => $path },
		{ fault => 'truncated', path => $path, skip => 2 });
	broken("$path: cursors lost, wrong and repeated, a page twice", $all_well, { fault => 'expire-cursor', path => $path },
		{ fault => 'wrong-cursor', path => $path, skip => 1 }, { fault => 'repeat-cursor', path => $path, skip => 2 }, { fault => 'duplicate', path => $path, skip => 3 });
}
broken('a page with one absurd row', $all_well, map { { fault => 'absurd', path => $_, at => 1 } } qw(catalog counts changes orders vendors transfer));
broken('slow, silent, empty', $all_well, { fault => 'slow', ms => 700, path => 'counts' }, { fault => 'hang', path => 'counts' }, { fault => 'empty', path => 'counts' });
broken('too large an answer', $all_well, { fault => 'endless', path => 'counts' });
broken('a long quantity', $all_well, { fault => 'long', path => 'counts', at => 0 }, { fault => 'long', path => 'changes', at => 0 });
broken('an unknown state and type', $all_well, { fault => 'state', path => 'counts', at => 0 }, { fault => 'state', path => 'changes', at => 0 },
	{ fault => 'type', path => 'counts', at => 1 }, { fault => 'type', path => 'changes', at => 1 });
broken('rows that change between pages', $all_well, map {
	{ fault => 'then', path => 'counts', verbs => [ { verb => 'sell', location => $open->[$_], variation => $variations->[ 10 + $_ ], quantity => '2' } ] } } 0 .. 3);
broken('a fault that stays', 'ok ok transient ok ok ok ok', { fault => '503', path => 'counts', times => -1 });
cmp_ok(sql("SELECT count(*) FROM stockalert.sync_problems WHERE stream = 'counts'"), '>', 0, 'rows that could not be used are listed');

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|ERROR:  (?!canceling)/, 'no error is in the log');
done_testing();
