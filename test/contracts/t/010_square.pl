# Square: what we ask and what our stand-in answers keep to Square's description (Prism between them), the official
# SDK reads the same through the same door, and what it reads is what our tables hold.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Contract;
use Shop;
use Square;

my $files = tempdir(CLEANUP => 1);
my $token = 'EAAAstandinpersonal';
my @tls = make_ca($files);
my $square = Square->new('--alarm', 380, '--shop', 1200, '--days', 6, '--a-day', 50);
my $spec   = 'test/data/apis/square-subset.openapi.json';
my $door   = start_prism($spec, $square->port, "$files/door", '--alarm', 380);
$square->tell(transfer => { variation => 'WINE-BOTTLE', source => 'Paris', destination => 'Tokyo', quantity => 2 });
$square->tell('offline-sale' => { variation => 'WINE-GLASS', location => 'Paris', quantity => 3, hours_late => 40 });

# Sorted lines of what two sides say of the same thing.
sub lines
{
	return join "\n", sort map { join '|', map { $_ // '' } @{$_} } @_;
}

sub same
{
	my ($got, $expected, $what) = @_;

	cmp_ok(length $expected, '>', 0, "$what: there are some");
	return ok(1, $what) if $got eq $expected;
	my %in = map { $_ => 1 } split /\n/, $expected;
	my %is = map { $_ => 1 } split /\n/, $got;
	fail($what);
	diag join "\n", "$what, too much:", (grep { !$in{$_} } sort keys %is)[ 0 .. 9 ];
	diag join "\n", 'missing:', (grep { !$is{$_} } sort keys %in)[ 0 .. 9 ];
	return;
}

# --- the SDK

my $truth = $square->truth;
my %sdk;
foreach my $version ('2025-10-16', '2026-07-15')
{
	my $read = $sdk{$version} = decode_json(node('square_read.mjs', '', "http://127.0.0.1:$door", $token, $version));

	same(lines(map { [ @{$_}{qw(catalogObjectId locationId state quantity calculatedAt)} ] } @{ $read->{counts} }), lines(@{ $truth->{counts} }), "$version: counts");
	same(lines(map { [ @{$_}{qw(id name status timezone currency)} ] } @{ $read->{locations} }), lines(map { [ @{$_}{qw(id name status timezone currency)} ] } @{ $truth->{locations} }),
		"$version: locations");
	my @variations = map { my $item = $_; map { [ $item->{id}, $_->{id}, @{ $_->{itemVariationData} }{qw(name sku inventoryAlertType inventoryAlertThreshold)},
		$_->{itemVariationData}{trackInventory} ? 1 : 0, scalar @{ $_->{itemVariationData}{locationOverrides} || [] }, $item->{itemData}{isArchived} ? 1 : 0 ] }
		@{ $item->{itemData}{variations} || [] } } grep { $_->{type} eq 'ITEM' } @{ $read->{catalog} };
	same(lines(@variations), lines(map { [ @{$_}{qw(item_id id variation_name sku inventory_alert_type inventory_alert_threshold)}, $_->{track_inventory} ? 1 : 0,
		scalar @{ $_->{location_overrides} || [] }, $_->{archived} ? 1 : 0 ] } grep { !$_->{deleted} } @{ $truth->{items} }), "$version: variations");
	same(lines(map { [ $_->{id} ] } grep { $_->{type} eq 'ITEM_VARIATION' } @{ $read->{deleted} }), lines(map { [ $_->{id} ] } grep { $_->{deleted} } @{ $truth->{items} }), "$version: deleted ones");
	same(lines(map { [ @{$_}{qw(id name status)} ] } @{ $read->{vendors} }), lines(map { [ @{$_}{qw(id name status)} ] } @{ $truth->{vendors} }), "$version: vendors");
	same(lines(map { [ @{$_}{qw(id status)}, map { $_->{quantityPending} } @{ $_->{lineItems} } ] } @{ $read->{transfers} }),
		lines(map { [ @{$_}{qw(id status)}, map { $_->{quantity_pending} } @{ $_->{line_items} } ] } @{ $truth->{transfers} }), "$version: transfer orders");
	my %sold;
	foreach my $line (map { @{ $_->{lineItems} || [] } } @{ $read->{orders} })
	{
		$sold{ $line->{catalogObjectId} } += $line->{quantity};
	}
	my %ordered;
	$ordered{ $_->[1] } += $_->[3] foreach @{ $truth->{order_sales} };
	same(lines(map { [ $_, sprintf '%.5f', $sold{$_} ] } keys %sold), lines(map { [ $_, sprintf '%.5f', $ordered{$_} ] } grep { $ordered{$_} } keys %ordered), "$version: quantities of orders");
	is(scalar(grep { $_->{type} eq 'TRANSFER' } @{ $read->{changes} }), 0, "$version: no transfers by themselves");
	is(scalar(grep { $_->{adjustment} && $_->{adjustment}{fromLocationId} } @{ $read->{changes} }) > 0, $version ge '2026', "$version: adjustments between places");
	is($read->{limits}{batchRetrieveMaxObjectIds}, 1000, "$version: limits");
}
is(violations("$files/door"), '', 'Prism has nothing against the SDK and the stand-in');

# The door does see what is wrong.
my $strict = start_prism($spec, $square->port, "$files/strict", '--alarm', 380);
$square->fault({ fault => 'edit', path => 'counts', set => { quantity => 5 } });
eval { node('square_read.mjs', '', "http://127.0.0.1:$strict", $token, '2025-10-16') };
like(violations("$files/strict"), qr/quantity/, 'a number where Square has text is seen');

# --- the extension, through a door of its own with TLS

my $before = scalar @{ $square->log->{requests} };
my $mine = start_prism($spec, $square->port, "$files/mine", '--alarm', 380, @tls);
my $node = new_server('contract', live($files), 'max_worker_processes = 32', 'log_min_messages = warning');

foreach my $version ('2025-10-16', '2026-07-15')
{
	my $database = $version eq '2025-10-16' ? 'old' : 'new';
	my $read     = $sdk{$version};

	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION stockalert; SELECT stockalert.ensure_installation()');
	set_secret($node, 'square', "localhost:$mine", $token, $database);
	$node->safe_psql($database, "SELECT stockalert.add_square_connection(api_version => '$version', base_url => 'https://localhost:$mine')");
	my $rounds = 0;
	my $left;
	do
	{
		(undef, $left) = $node->psql($database, q{SELECT string_agg(concat_ws(' ', stream, error_class, error_code), ', ') FROM stockalert.sync_streams WHERE enabled AND last_success_at IS NULL});
		sleep 1;
	} while ($left ne '' && $rounds++ < 150);
	is($left, '', "$version: every stream is read");

	my %live = map { $_->{id} => 1 } map { @{ $_->{itemData}{variations} || [] } } grep { $_->{type} eq 'ITEM' } @{ $read->{catalog} };
	same($node->safe_psql($database, q{SELECT r.external_id, p.external_id, trim_scale(l.in_stock), to_char(l.in_stock_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')
		FROM stockalert.square_levels AS l JOIN stockalert.item_refs AS r USING (item_id) JOIN stockalert.location_refs AS p USING (location_id)
		JOIN stockalert.square_variations AS v ON v.external_id = r.external_id WHERE l.in_stock IS NOT NULL AND NOT v.gone ORDER BY concat_ws('|', r.external_id, p.external_id) COLLATE "C"}),
		lines(map { [ @{$_}{qw(catalogObjectId locationId quantity)}, substr($_->{calculatedAt}, 0, 23) ] } grep { $_->{state} eq 'IN_STOCK' && $live{ $_->{catalogObjectId} }
			&& !archived($read, $_->{catalogObjectId}) } @{ $read->{counts} }), "$version: stock in our tables is what the SDK read");
	same($node->safe_psql($database, q{SELECT p.external_id, l.name, l.time_zone FROM stockalert.locations AS l JOIN stockalert.location_refs AS p USING (location_id) ORDER BY p.external_id COLLATE "C"}),
		lines(map { [ @{$_}{qw(id name timezone)} ] } @{ $read->{locations} }), "$version: locations");
	same($node->safe_psql($database, q{SELECT p.external_id, r.external_id, (s.sold_at AT TIME ZONE l.time_zone)::date, trim_scale(coalesce(sum(s.quantity) FILTER (WHERE s.kind = 'sale'), 0)),
			trim_scale(coalesce(sum(s.quantity) FILTER (WHERE s.kind = 'return'), 0))
		FROM stockalert.sales AS s JOIN stockalert.location_refs AS p USING (location_id) JOIN stockalert.item_refs AS r USING (item_id) JOIN stockalert.locations AS l USING (location_id)
		JOIN stockalert.square_variations AS v ON v.external_id = r.external_id
		WHERE s.kind IN ('sale', 'return')
		GROUP BY 1, 2, 3 ORDER BY concat_ws('|', p.external_id, r.external_id, (s.sold_at AT TIME ZONE l.time_zone)::date) COLLATE "C"}),
		lines(grep { $live{ $_->[1] } } @{ $truth->{sales} }, @{ $truth->{untracked_sales} }), "$version: sales by day are what was sold");
	is($node->safe_psql($database, q{SELECT count(*) FROM stockalert.suppliers}), scalar @{ $read->{vendors} }, "$version: vendors");
}

sub archived
{
	my ($read, $id) = @_;

	$read->{archived} ||= { map { my $item = $_; map { $_->{id} => $item->{itemData}{isArchived} } @{ $item->{itemData}{variations} || [] } } grep { $_->{type} eq 'ITEM' } @{ $read->{catalog} } };
	return $read->{archived}{$id};
}

# One more round each: what is asked when only changes are.
$square->tell(sell => { variation => 'WINE-BOTTLE', location => 'Paris', quantity => 4 });
$square->tell('set-threshold' => { variation => 'WINE-BOTTLE', threshold => 30 });
my ($bottle) = grep { ($_->{sku} || '') eq 'WINE-BOTTLE' } @{ $truth->{items} };
foreach my $database ('old', 'new')
{
	my ($left) = grep { $_->[0] eq $bottle->{id} && $_->[1] eq $truth->{locations}[4]{id} && $_->[2] eq 'IN_STOCK' } @{ $square->truth('counts')->{counts} };

	$node->safe_psql($database, 'SELECT stockalert.sync_now()');
	wait_until($node, qq{SELECT trim_scale(s.on_hand) FROM stockalert.stock_levels AS s JOIN stockalert.item_refs AS r USING (item_id) JOIN stockalert.location_refs AS p USING (location_id)
		WHERE r.external_id = '$bottle->{id}' AND p.external_id = '$left->[1]'}, $left->[3], "$database: a sale is seen", $database);
	wait_until($node, 'SELECT count(*) FROM stockalert.sync_streams WHERE finished_at < requested_at', 0, "$database: the round is over", $database);
}
is(violations("$files/mine"), '', 'Prism has nothing against what we ask');
my @ours = grep { $_->{path} =~ m{^/v2} } @{ $square->log($before)->{requests} };
cmp_ok(scalar(@ours), '>', 20, 'the stand-in was asked by us');
is(scalar(grep { ($_->{headers}{'square-version'} || '') !~ /^(?:2025-10-16|2026-07-15)$/ } @ours), 0, 'always with a version');
$node->stop;

done_testing();
