# CREATE EXTENSION where somebody prepared the ground: a schema or roles made beforehand, another encoding, a role that
# may create in the database; and where nothing is wrong (R23).
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $node = new_server('creation');

# Tries it in a database of its own, after some preparation; returns the error.
sub create_after
{
	my ($preparation, $database) = @_;
	my $error = '';

	$database ||= 'victim';
	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS $database");
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0 " . ($database eq 'latin' ? "ENCODING 'LATIN1' LOCALE 'C'" : "ENCODING 'UTF8'"));
	$node->safe_psql($database, $preparation);
	(undef, undef, $error) = $node->psql($database, 'CREATE EXTENSION stockalert', on_error_stop => 1);
	is($node->safe_psql($database, q{SELECT count(*) FROM pg_extension WHERE extname = 'stockalert'}), $error =~ /ERROR/ ? 0 : 1, 'and the extension is there only without an error');
	return $error;
}

# What is left of an attempt, roles apart.
sub clean_up
{
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS victim');
	$node->safe_psql('postgres', join(';', map { "DROP ROLE IF EXISTS stockalert_$_" } qw(owner worker admin manager viewer writer app webhook)));
	return;
}

$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN CREATEROLE CREATEDB');
foreach my $case (
	[ 'GRANT CREATE ON DATABASE victim TO mallory; SET ROLE mallory; CREATE SCHEMA stockalert', qr/schema "stockalert" already exists/, 'a schema made beforehand is not adopted' ],
	[ 'CREATE ROLE stockalert_owner', undef, 'a harmless role of the name is taken as it is' ],
	# Since PostgreSQL 16 whoever makes a role is its member, with ADMIN OPTION.
	[ 'SET ROLE mallory; CREATE ROLE stockalert_owner', $node->pg_version >= 16 ? qr/role "stockalert_owner" exists with rights/ : undef, 'one made by who may make roles' ],
	[ 'SET ROLE mallory; CREATE ROLE stockalert_owner ROLE mallory', qr/role "stockalert_owner" exists with rights/, 'an owner with a member' ],
	[ 'SET ROLE mallory; CREATE ROLE stockalert_owner CREATEROLE', qr/role "stockalert_owner" exists with rights/, 'an owner with rights' ],
	[ 'SET ROLE mallory; CREATE ROLE stockalert_owner LOGIN', qr/role "stockalert_owner" exists with rights/, 'an owner who may log in' ],
	[ 'SET ROLE mallory; CREATE ROLE stockalert_worker LOGIN ROLE mallory', qr/role "stockalert_worker" exists with rights/, 'a worker with a member' ],
	[ 'CREATE ROLE stockalert_admin SUPERUSER', qr/role "stockalert_admin" exists with rights/, 'an administrator with all rights' ],
	[ 'CREATE ROLE stockalert_viewer LOGIN', qr/role "stockalert_viewer" exists with rights/, 'a group that may log in' ])
{
	my ($preparation, $why, $what) = @$case;

	clean_up();
	my $error = create_after($preparation);
	defined $why ? like($error, $why, $what) : unlike($error, qr/ERROR/, $what);
	like($error, qr/HINT: /, 'and how to go on') if $error =~ /exists with rights/;
}
clean_up();
like(create_after('SELECT 1', 'latin'), qr/needs a database with encoding UTF8.*HINT: .*ENCODING 'UTF8'/s, 'another encoding');
my (undef, undef, $error) = $node->psql('postgres', 'SET ROLE mallory; CREATE EXTENSION stockalert', on_error_stop => 1);
like($error, qr/permission denied to create extension/, 'only superusers create it');

# Somebody who may create in schema public has functions of the names we use; none is called.
clean_up();
my $trap = q{CREATE SEQUENCE public.hits; GRANT ALL ON SEQUENCE public.hits TO PUBLIC;
	CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS $$SELECT nextval('public.hits')::text$$;
	CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql AS $$SELECT nextval('public.hits')::text$$;
	CREATE FUNCTION public.audit(text, text) RETURNS text LANGUAGE sql AS $$SELECT nextval('public.hits')::text$$;
	CREATE FUNCTION public.same(text, text) RETURNS boolean LANGUAGE sql AS $$SELECT nextval('public.hits') > 0$$;
	CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = text, RIGHTARG = text);
	ALTER DATABASE victim SET search_path = public, pg_catalog};
unlike(create_after($trap), qr/ERROR/, 'created under a search_path that leads elsewhere');
is($node->safe_psql('victim', 'SELECT is_called FROM public.hits'), 'f', 'where nothing of it was called');
done_testing();
