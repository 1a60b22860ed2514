# Every block of SQL of the README runs as it stands there, from the first to the last, in one database; so does
# what its table of environment variables says.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

# Placeholders, which only a person can fill in.
my %placeholder = (qr/'sa1:…'/ => qr/envelope/, qr/'HX…'/ => qr/content_sid/);

my $readme = slurp_file('README.md');
my $files = PostgreSQL::Test::Utils::tempdir();
make_key("$files/key");
my $node = new_server('readme', 'cron.database_name = postgres', "shared_preload_libraries = 'pg_cron,stockalert'", "stockalert.key_file = '$files/key'");
my ($blocks, $statements) = (0, 0);

$node->safe_psql('postgres', 'CREATE ROLE shop_owner; CREATE ROLE shop_app');

# Statements of a block end with ; at the end of a line, or before a comment.
sub statements_of
{
	my ($block) = @_;

	return grep { /\w/ } split /(?<=;)(?=[ \t]*(?:--[^\n]*)?\n)/, "$block\n";
}

sub run_statement
{
	my ($statement, $where) = @_;
	my ($code, $out, $err) = $node->psql('postgres', $statement, on_error_stop => 1);
	my ($expected) = map { $placeholder{$_} } grep { $statement =~ $_ } keys %placeholder;

	$statements++;
	$statement =~ s/\s+/ /g;
	if ($expected)
	{
		like($err, $expected, "$where: a person has to fill in: $statement");
		return;
	}
	# WARNINGs and NOTICEs are answers too.
	is($code, 0, "$where: $statement") or diag($err);
}

while ($readme =~ /^```sql\n(.*?)^```$/msg)
{
	my $block = $1;
	my $line = 1 + (substr($readme, 0, $-[0]) =~ tr/\n//);

	$blocks++;
	run_statement($_, "line $line") foreach statements_of($block);
}
cmp_ok($blocks, '>=', 20, 'the README has its blocks');
cmp_ok($statements, '>=', 60, 'and they are read whole');

my ($variables) = $readme =~ /^### Every environment variable[^\n]*\n(.*?)^## /ms;
my %named = map { $_ => 1 } $variables =~ /`([A-Z][A-Z_]+)`/g;
my @wanted = qw(DEMO_MODE SQUARE_ACCESS_TOKEN SQUARE_LOCATION_ID SQUARE_ENVIRONMENT TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN
	TWILIO_FROM_NUMBER TWILIO_TO_NUMBERS TWILIO_WHATSAPP_NUMBER SLACK_WEBHOOK_URL EMAIL_SENDER EMAIL_PASSWORD
	CHECK_INTERVAL_MINUTES LOW_STOCK_THRESHOLD_PERCENTAGE CRITICAL_STOCK_THRESHOLD_PERCENTAGE DATABASE_URL);

is_deeply([ grep { !$named{$_} } @wanted ], [], 'every variable has its row');
# In a database of its own, where nobody is known yet.
foreach my $statement ($variables =~ /`(SELECT[^`]*)`/g)
{
	my ($code, $out, $err) = $node->psql('postgres', "BEGIN; DELETE FROM stockalert.subscribers; DELETE FROM stockalert.connections; $statement; ROLLBACK", on_error_stop => 1);

	is($code, 0, "variables: $statement") or diag($err);
}
foreach my $setting ($variables =~ /`(stockalert\.[a-z_]+)/g)
{
	next if $setting =~ /stockalert\.(set|add|load|seal)/;
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_settings WHERE name = '$setting'"), 1, "$setting is a setting");
}

# Names that the README links to are there.
my %anchor = map { my $h = lc; $h =~ s/[^\w\- ]//g; $h =~ s/ /-/g; $h => 1 } $readme =~ /^#{2,3} ([^\n]+)$/mg;
is_deeply([ grep { !$anchor{$_} } $readme =~ /\]\(#([^)]+)\)/g ], [], 'links lead somewhere');
done_testing();
