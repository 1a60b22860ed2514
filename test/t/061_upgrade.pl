# Every release updates to what a fresh install makes: frozen scripts of test/releases, and one of an old version made up here,
# which differs in something of each kind, as proof that the comparison sees it.
use strict;
use warnings;
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Catalog;
use Shop;

# A server tree of our own, as other tests look at theirs meanwhile.
my $tree = tempdir(CLEANUP => 1);
my ($bin, $lib, $share) = map { my $folder = `pg_config --$_`; chomp $folder; $folder } qw(bindir pkglibdir sharedir);
make_path(map { "$tree$_" } $bin, $lib, $share);
system("cp -p '$bin'/* '$tree$bin/' && cp -rs '$lib/.' '$tree$lib/' && cp -rs '$share/.' '$tree$share/'") == 0 or die 'no tree';
$ENV{PATH} = "$tree$bin:$ENV{PATH}";
my $scripts = "$tree$share/extension";
my ($version) = slurp_file("$scripts/stockalert.control") =~ /^default_version\s*=\s*'(.*)'/m;
my $script = slurp_file("$scripts/stockalert--$version.sql");

sub write_script
{
	my ($name, $text) = @_;

	unlink "$scripts/$name";
	append_to_file("$scripts/$name", $text);
	return;
}

# A statement of our script, as it stands there.
sub ours
{
	my ($start) = @_;

	$script =~ /^(\Q$start\E(?:\$\$.*?\$\$|'(?:[^']|'')*'|[^;'\$])*;)/ms or die "our script has no $start";
	return $1;
}

# The words of a line of the catalog, without what makes it JSON.
sub words
{
	my ($line) = @_;

	return join ' ', map { s/^"|"$//gr } $line =~ /(?<=:)("(?:[^"\\]|\\.)*"|\d+)/g;
}

# What an old version may have had otherwise: the object as the catalog's lines begin, that statement, and the mending one.
my @older = (
	[ 'function stockalert.sees_location(bigint)', ours('CREATE FUNCTION stockalert.sees_location(') =~ s/^CREATE/CREATE OR REPLACE/r =~ s/BEGIN\n.*END/BEGIN RETURN true; END/sr,
		ours('CREATE FUNCTION stockalert.sees_location(') =~ s/^CREATE/CREATE OR REPLACE/r ],
	[ 'function stockalert.sees_locations(bigint[])', 'ALTER FUNCTION stockalert.sees_locations(bigint[]) SET search_path = pg_catalog',
		'ALTER FUNCTION stockalert.sees_locations(bigint[]) SET search_path = pg_catalog, pg_temp' ],
	[ 'function stockalert.caller()', 'REVOKE EXECUTE ON FUNCTION stockalert.caller() FROM stockalert_writer', 'GRANT EXECUTE ON FUNCTION stockalert.caller() TO stockalert_writer' ],
	[ 'member function stockalert.start_worker()', 'DROP FUNCTION stockalert.start_worker()', join("\n", ours('CREATE FUNCTION stockalert.start_worker('),
			ours('COMMENT ON FUNCTION stockalert.start_worker('), 'REVOKE ALL ON FUNCTION stockalert.start_worker() FROM PUBLIC;',
			'GRANT EXECUTE ON FUNCTION stockalert.start_worker() TO stockalert_admin; ALTER FUNCTION stockalert.start_worker() OWNER TO stockalert_owner') ],
	[ 'column stockalert.role_scopes 5', 'ALTER TABLE stockalert.role_scopes DROP COLUMN set_at', 'ALTER TABLE stockalert.role_scopes ADD COLUMN set_at timestamptz NOT NULL DEFAULT pg_catalog.now()' ],
	[ 'column stockalert.sources 3', q{ALTER TABLE stockalert.sources ALTER COLUMN kind SET DEFAULT 'table'}, q{ALTER TABLE stockalert.sources ALTER COLUMN kind SET DEFAULT 'sql'} ],
	[ 'column stockalert.sources 2', 'ALTER TABLE stockalert.sources ALTER COLUMN name SET (n_distinct = 7)', 'ALTER TABLE stockalert.sources ALTER COLUMN name RESET (n_distinct)' ],
	[ 'constraint stockalert.sources name is', 'ALTER TABLE stockalert.sources DROP CONSTRAINT "name is 1 to 63 characters without control characters"',
		'ALTER TABLE stockalert.sources ADD CONSTRAINT "name is 1 to 63 characters without control characters" CHECK (stockalert.is_label(name, 63))' ],
	[ 'index stockalert.rules_location_id_idx', 'DROP INDEX stockalert.rules_location_id_idx', ours('CREATE INDEX rules_location_id_idx') ],
	[ 'view stockalert.location_list', ours('CREATE VIEW stockalert.location_list') =~ s/^CREATE/CREATE OR REPLACE/r =~ s/;$/ OFFSET 1;/r,
		ours('CREATE VIEW stockalert.location_list') =~ s/^CREATE/CREATE OR REPLACE/r ],
	[ 'trigger stockalert.role_scopes keep_scope_known', 'ALTER TABLE stockalert.role_scopes DISABLE TRIGGER keep_scope_known', 'ALTER TABLE stockalert.role_scopes ENABLE TRIGGER keep_scope_known' ],
	[ 'comment table stockalert.sources', q{COMMENT ON TABLE stockalert.sources IS 'Old.'}, ours('COMMENT ON TABLE stockalert.sources IS') ],
	[ 'dumped stockalert.sources', q{SELECT pg_catalog.pg_extension_config_dump('stockalert.sources', 'WHERE false')}, q{SELECT pg_catalog.pg_extension_config_dump('stockalert.sources', '')} ],
	[ 'relation stockalert.role_scopes', 'REVOKE SELECT ON stockalert.role_scopes FROM stockalert_admin', 'GRANT SELECT ON stockalert.role_scopes TO stockalert_admin' ],
	[ 'rights as made table stockalert.role_scopes', '', '' ],
	[ 'relation stockalert.noted', 'ALTER TABLE stockalert.noted OWNER TO CURRENT_USER', 'ALTER TABLE stockalert.noted OWNER TO stockalert_owner' ],
	[ 'operator stockalert.<>(stockalert.demand_history,stockalert.demand_history)', 'ALTER OPERATOR stockalert.<> (stockalert.demand_history, stockalert.demand_history) SET (RESTRICT = NONE)',
		'ALTER OPERATOR stockalert.<> (stockalert.demand_history, stockalert.demand_history) SET (RESTRICT = neqsel)' ],
	[ 'column stockalert.preferences 1', 'ALTER TYPE stockalert.preferences RENAME ATTRIBUTE phone_number TO phone', 'ALTER TYPE stockalert.preferences RENAME ATTRIBUTE phone TO phone_number' ],
	[ 'rows stockalert.suppliers', q{INSERT INTO stockalert.suppliers (name) VALUES ('Old')}, q{DELETE FROM stockalert.suppliers} ]);
write_script('stockalert--0.0test.sql', join(";\n", $script, map { $_->[1] } @older) . ';');
write_script("stockalert--0.0test--$version.sql", join(";\n", map { $_->[2] } @older) . ';');

my @frozen = map { m{/stockalert--([^/]*)\.sql$} } sort glob('test/releases/stockalert--*.sql');
my $node = new_server('upgrade', "stockalert.delivery = 'off'");
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION stockalert');
my @fresh = catalog_of($node, 'fresh');
my %kinds = map { /^\W*\w+\W+([a-z ]+)/ ? ($1 => 1) : () } @fresh;
cmp_ok(scalar(@fresh), '>', 2000, 'a fresh install has a catalog, of ' . join(', ', sort keys %kinds));

# --- the made up version: each difference is seen, and none is left

$node->safe_psql('postgres', 'CREATE DATABASE old');
$node->safe_psql('old', q{CREATE EXTENSION stockalert VERSION '0.0test'});
my @seen = differences([ catalog_of($node, 'old') ], \@fresh);
foreach my $older (@older)
{
	my $object = $older->[0];
	my @lines = grep { index(words($_), $object) >= 0 } @seen;
	cmp_ok(scalar(@lines), '>', 0, "before the update it is seen: $object");
}
$node->safe_psql('old', 'ALTER EXTENSION stockalert UPDATE');
is(join("\n", differences([ catalog_of($node, 'old') ], \@fresh)), '', 'after it nothing is');

# --- every release

foreach my $release (@frozen)
{
	my $text = slurp_file("test/releases/stockalert--$release.sql");

	if ($release eq $version)
	{
		ok($text eq $script, "$release: its script is as it was released, else this is another version");
		next;
	}
	write_script("stockalert--$release.sql", $text);
	(my $database = "from_$release") =~ s/\W/_/g;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, "CREATE EXTENSION stockalert VERSION '$release'");
	my (undef, undef, $error) = $node->psql($database, 'ALTER EXTENSION stockalert UPDATE');
	is($error, '', "$release: updates to $version");
	is(join("\n", differences([ catalog_of($node, $database) ], \@fresh)), '', "$release: to what a fresh install makes");
}
$node->stop;
done_testing();
