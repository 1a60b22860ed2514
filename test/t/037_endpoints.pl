# Every statement of the README's table of endpoints runs as it stands there, on a small shop.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $readme = slurp_file("README.md");
my ($section) = $readme =~ /^## From the two systems[^\n]*\n(.*?)^##/ms;
my $node = new_server('endpoints', 'cron.database_name = postgres', "shared_preload_libraries = 'pg_cron,stockalert'");

ok($section, 'the README has the section');
$node->safe_psql('postgres', q{
	CREATE EXTENSION pg_cron;
	CREATE EXTENSION stockalert;
	SELECT stockalert.add_location('main');
	SELECT stockalert.add_item('LED-8');
	SELECT stockalert.set_threshold('LED-8', low => 10, critical => 3);
	SELECT stockalert.add_subscriber('manager', email => 'alerts@example.com', log => true);
	SELECT stockalert.set_stock('LED-8', 2);
});

my $rows = 0;
foreach my $row (grep { /^\| / } split /\n/, $section)
{
	my @statements = $row =~ /`(SELECT[^`]*)`/g;
	my ($endpoint) = $row =~ /^\| ([^|]*?) \|/;

	next if $endpoint eq 'endpoint';
	$rows++;
	ok(@statements > 0, "$endpoint: has its SQL");
	foreach my $statement (@statements)
	{
		my ($code, $out, $err) = $node->psql('postgres', $statement);

		is($err, '', "$endpoint: $statement") or diag($out);
	}
}
cmp_ok($rows, '>=', 20, 'as many endpoints as the two systems have');
is($node->safe_psql('postgres', 'SELECT phone_number, notification_enabled FROM stockalert.get_preferences($$manager$$)'), '+919876543210|f', 'and did what they say');
done_testing();
