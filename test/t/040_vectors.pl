# The SQL functions against the reference numbers that ship, and that a wrong number would be seen.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $folder = tempdir(CLEANUP => 1);
my $server = new_server('vectors');
$server->safe_psql('postgres', 'CREATE EXTENSION stockalert');

my ($cases, $err) = run_command([ 'python3', 'test/vectors/cases.py', 'test/data/vectors' ]);
is($err, '', 'the files are understood');

# Exit status and output of evaluate.sql on these cases.
sub evaluate
{
	my ($text) = @_;
	open(my $handle, '>', "$folder/cases.csv") or die $!;
	print $handle $text;
	close $handle;
	my ($out, $errors) = ('', '');
	IPC::Run::run([ 'psql', '-XqAt', '-h', $server->host, '-p', $server->port, '-d', 'postgres',
			'-v', "cases=$folder/cases.csv", '-f', 'test/vectors/evaluate.sql' ],
		'>', \$out, '2>', \$errors, IPC::Run::timeout(240));
	return ($? >> 8, "$out$errors");
}

my ($status, $out) = evaluate($cases);
is($status, 0, 'every number is right') or diag($out);
foreach my $file (qw(abc_online_retail accuracy censored distributions empirical_leadtime esw_holtwinters
		holtwinters_forecasts holtwinters_states intermittent intermittent_paths inventorize_rop
		leadtime_variance_factor safety_stock_grid statsforecast stockpyl velocity xyz_online_retail))
{
	my ($tried, $right) = $out =~ /^\Q$file\E\.csv\|(\d+)\|(\d+)\|/m;
	cmp_ok($tried // 0, '>=', 18, "$file: rows tried");
	is($right, $tried, "$file: rows right");
}

# One digit off in one row: the row is named, and the run fails.
(my $wrong = $cases) =~ s/^(leadtime_variance_factor\.csv,9,.*),12\.11\d*,/$1,12.110000001,/m or die 'no such row';
($status, $out) = evaluate($wrong);
isnt($status, 0, 'a number that is off by 1e-10 fails');
like($out, qr/^leadtime_variance_factor\.csv\|9\|/m, 'and is named');
($status, $out) = evaluate('');
isnt($status, 0, 'no row at all fails too');

done_testing();
