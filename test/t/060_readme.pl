# Every block of SQL of the README runs as it stands there, from the first to the last, in one database, and as who
# the README says: the owner of the shop's database with stockalert_admin, unless the text above the block says "as
# superuser", or a remark behind a statement "as shop_app".  So does what its table of environment variables says.
use strict;
use warnings;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

# Placeholders, which only a person can fill in.
my %placeholder = (qr/'sa1:…'/ => qr/envelope/, qr/'HX…'/ => qr/content_sid/);

my $readme = slurp_file('README.md');
my $files = tempdir(CLEANUP => 1);
make_key("$files/key");
my $node = new_server('readme', 'cron.database_name = shop', "shared_preload_libraries = 'pg_cron,stockalert'", "stockalert.key_file = '$files/key'");
my ($blocks, $statements) = (0, 0);

$node->safe_psql('postgres', 'CREATE ROLE shop_owner LOGIN; CREATE ROLE shop_app LOGIN; CREATE DATABASE shop OWNER shop_owner');

# Statements of a block end with ; at the end of a line, or before a remark, which is theirs.
sub statements_of
{
	my ($block) = @_;

	return grep { /\w/ } "$block\n" =~ /(.*?;[ \t]*(?:--[^\n]*)?\n)/gs;
}

sub run_statement
{
	my ($statement, $where, $role) = @_;
	my ($code, $out, $err) = $node->psql('shop', $statement, on_error_stop => 1, extra_params => [ '-U', $role ]);
	my ($expected) = map { $placeholder{$_} } grep { $statement =~ $_ } keys %placeholder;

	$statements++;
	$statement =~ s/\s+/ /g;
	if ($expected)
	{
		like($err, $expected, "$where: a person has to fill in: $statement");
		return;
	}
	# WARNINGs and NOTICEs are answers too.
	is($code, 0, "$where: $statement") or diag("as $role: $err");
}

my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
my %roles;
while ($readme =~ /^```sql\n(.*?)^```$/msg)
{
	my $block = $1;
	my $before = substr($readme, 0, $-[0]);
	my $line = 1 + ($before =~ tr/\n//);
	my ($above) = $before =~ /(?:\A|\n\n)((?:(?!\n\n).)+?)\n*\z/s;
	my $role = $above =~ /\bas\s+superuser\b/i ? $superuser : 'shop_owner';

	$blocks++;
	foreach my $statement (statements_of($block))
	{
		my $by = $statement =~ /;\s*-- as shop_app\b/ ? 'shop_app' : $role;

		run_statement($statement, "line $line", $by);
		$roles{$by}++;
	}
}
is($roles{$superuser}, 5, 'a superuser is needed for the extensions and three grants');
is($roles{shop_app}, 1, 'an app writes stock');
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
	my ($code, $out, $err) = $node->psql('shop', "BEGIN; DELETE FROM stockalert.subscribers; DELETE FROM stockalert.connections; SET LOCAL ROLE shop_owner; $statement; ROLLBACK", on_error_stop => 1);

	is($code, 0, "variables: $statement") or diag($err);
}
foreach my $setting ($variables =~ /`(stockalert\.[a-z_]+)/g)
{
	next if $setting =~ /stockalert\.(set|add|load|seal)/;
	is($node->safe_psql('shop', "SELECT count(*) FROM pg_settings WHERE name = '$setting'"), 1, "$setting is a setting");
}

# Names that the README links to are there.
my %anchor = map { my $h = lc; $h =~ s/[^\w\- ]//g; $h =~ s/ /-/g; $h => 1 } $readme =~ /^#{2,3} ([^\n]+)$/mg;
is_deeply([ grep { !$anchor{$_} } $readme =~ /\]\(#([^)]+)\)/g ], [], 'links lead somewhere');
done_testing();
