# A shop at the stand-in Square, connected to a server, and whether the tables say what the stand-in knows.
#
#   my $shop = SquareShop->new('import', 300, LINE OF THE CONFIGURATION, ...);   $shop->{node}   $shop->{square}
#   $shop->day;   $shop->sync('what');   $shop->same('what');
package SquareShop;

use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;
use Square;

# What differs, by name; nothing is right.
my %differences = (
	# Of what is known here: deleted objects that were never seen are in no list of Square's.
	counts => q{
		SELECT * FROM (SELECT c.variation, c.place, c.quantity FROM truth_counts AS c WHERE c.state = 'IN_STOCK') AS t
		FULL JOIN (SELECT v.external_id, r.external_id AS place, l.in_stock FROM stockalert.square_levels AS l
			JOIN stockalert.square_variations AS v ON v.item_id = l.item_id
			JOIN stockalert.location_refs AS r ON r.location_id = l.location_id WHERE l.in_stock IS NOT NULL) AS o
		ON o.external_id = t.variation AND o.place = t.place
		WHERE t.quantity IS DISTINCT FROM o.in_stock
			AND (o.external_id IS NOT NULL OR EXISTS (SELECT FROM stockalert.square_variations AS v WHERE v.external_id = t.variation AND NOT v.gone))},
	levels => q{
		SELECT v.external_id, s.location_id, s.on_hand, l.in_stock FROM stockalert.square_levels AS l
		JOIN stockalert.stock_levels AS s ON s.location_id = l.location_id AND s.item_id = l.item_id
		JOIN stockalert.square_variations AS v ON v.item_id = l.item_id
		LEFT JOIN stockalert.square_overrides AS o ON o.item_id = l.item_id AND o.location_id = l.location_id
		WHERE s.active AND s.on_hand <> CASE WHEN o.sold_out_until > clock_timestamp() THEN least(l.in_stock, greatest(l.reserved, 0)) ELSE l.in_stock END},
	items => q{
		SELECT t.id, t.deleted, v.gone FROM truth_items AS t LEFT JOIN stockalert.square_variations AS v ON v.external_id = t.id
		WHERE CASE WHEN t.deleted THEN NOT v.gone ELSE v.external_id IS NULL OR v.gone <> t.archived END},
	sales => q{
		SELECT * FROM truth_sales AS t
		FULL JOIN (SELECT r.external_id AS place, v.external_id AS variation, (s.sold_at AT TIME ZONE l.time_zone)::date AS day,
				coalesce(sum(s.quantity) FILTER (WHERE s.kind = 'sale'), 0) AS sold, coalesce(sum(abs(s.quantity)) FILTER (WHERE s.kind = 'return'), 0) AS returned
			FROM stockalert.sales AS s JOIN stockalert.square_variations AS v ON v.item_id = s.item_id JOIN stockalert.locations AS l ON l.location_id = s.location_id
			JOIN stockalert.location_refs AS r ON r.location_id = l.location_id
			WHERE s.kind IN ('sale', 'return') AND s.source_line LIKE 'CH%' GROUP BY 1, 2, 3) AS o
		ON o.place = t.place AND o.variation = t.variation AND o.day = t.day
		WHERE (t.sold, t.returned) IS DISTINCT FROM (o.sold, o.returned)
			AND (o.variation IS NOT NULL OR EXISTS (SELECT FROM stockalert.square_variations AS v WHERE v.external_id = t.variation))},
	transfers => q{
		SELECT * FROM truth_transfers AS t FULL JOIN (SELECT r.external_id AS place, v.external_id AS variation, sum(x.pending) AS pending FROM stockalert.square_transfers AS x
			JOIN stockalert.square_variations AS v ON v.item_id = x.item_id JOIN stockalert.location_refs AS r ON r.location_id = x.location_id GROUP BY 1, 2) AS o
		ON o.place = t.place AND o.variation = t.variation
		WHERE t.pending IS DISTINCT FROM o.pending AND coalesce(t.pending, 1) <> 0 AND (o.variation IS NOT NULL OR EXISTS (SELECT FROM stockalert.square_variations AS v
			WHERE v.external_id = t.variation AND NOT v.gone))});

# A connected shop of that many variations.
sub new
{
	my ($class, $name, $variations, @lines) = @_;
	my $files = tempdir(CLEANUP => 1);

	my @tls = make_ca($files);
	my $square = Square->new('--shop', $variations, '--days', 2, '--a-day', 20, @tls);
	my $node = new_server($name, live($files), 'stockalert.retry_base = 20', 'stockalert.retry_cap = 100',
		'restart_after_crash = on', @lines);
	my $self = bless { files => $files, square => $square, node => $node, turn => 0 }, $class;

	$node->safe_psql('postgres', 'CREATE EXTENSION stockalert');
	$self->set_token('EAAAstandinpersonal');
	like($self->sql("SELECT done FROM stockalert.add_square_connection('shop', base_url => 'https://localhost:" . $square->port . "')"),
		qr/^shop is connected to Square/, 'a shop is connected');
	wait_until($node, 'SELECT count(*) FROM stockalert.sync_streams WHERE last_success_at IS NOT NULL', '7', 'all streams are read');
	$self->{open} = [ map { $_->{name} } grep { $_->{status} eq 'ACTIVE' } @{ $square->truth('locations')->{locations} } ];
	$self->{variations} = [ map { $_->{id} } grep { !$_->{deleted} && !$_->{archived} && $_->{track_inventory} && !$_->{measurement_unit_id} && ($_->{stockable} // 1) }
			@{ $square->truth('items')->{items} } ];
	return $self;
}

sub sql
{
	my ($self, $query) = @_;

	return $self->{node}->safe_psql('postgres', $query);
}

sub set_token
{
	my ($self, $secret) = @_;

	set_secret($self->{node}, 'square', 'localhost:' . $self->{square}->port, $secret);
	return;
}

# Things happen in the shop, other ones each time.
sub day
{
	my ($self) = @_;
	my ($open, $variations) = @{$self}{qw(open variations)};
	my @verbs;

	foreach my $verb (qw(sell receive waste recount sell offline-sale))
	{
		my $turn = $self->{turn}++;

		push @verbs, [ $verb => { location => $open->[ $turn % @{$open} ], variation => $variations->[ ($turn * 7) % @{$variations} ], quantity => 1 + $turn % 5 } ];
	}
	$self->{square}->tell_all(@verbs);
	return;
}

# Asks for what changed and waits until it was read, well or not.
sub sync
{
	my ($self, $what, $expected, $arguments) = @_;

	$self->sql('SELECT stockalert.sync_now(' . ($arguments || '') . ')');
	return wait_until($self->{node}, q{SELECT string_agg(coalesce(error_class, 'ok'), ' ' ORDER BY stockalert.stream_rank(stream)) FROM stockalert.sync_streams
		WHERE enabled HAVING bool_and(coalesce(finished_at >= requested_at AND started_at >= requested_at, false))}, $expected || join(' ', ('ok') x 7), $what);
}

# The tables are the stand-in's.
sub same
{
	my ($self, $what) = @_;
	my $found = '';

	open(my $out, '>', "$self->{files}/truth") or die;
	print $out encode_json($self->{square}->truth);
	close $out;
	my $setup = qq{
		CREATE TEMP TABLE truth AS SELECT pg_read_file('$self->{files}/truth')::jsonb AS t;
		CREATE TEMP TABLE truth_counts AS SELECT e ->> 0 AS variation, e ->> 1 AS place, e ->> 2 AS state, (e ->> 3)::numeric AS quantity FROM truth, jsonb_array_elements(t -> 'counts') AS e;
		CREATE TEMP TABLE truth_items AS SELECT e ->> 'id' AS id, (e ->> 'deleted')::boolean AS deleted, (e ->> 'archived')::boolean AS archived FROM truth, jsonb_array_elements(t -> 'items') AS e;
		CREATE TEMP TABLE truth_sales AS SELECT e ->> 0 AS place, e ->> 1 AS variation, (e ->> 2)::date AS day, (e ->> 3)::numeric AS sold, (e ->> 4)::numeric AS returned
			FROM truth, jsonb_array_elements(t -> 'sales') AS e;
		CREATE TEMP TABLE truth_transfers AS SELECT e ->> 'destination_location_id' AS place, l ->> 'item_variation_id' AS variation, sum((l ->> 'quantity_pending')::numeric) AS pending
			FROM truth, jsonb_array_elements(t -> 'transfers') AS e, jsonb_array_elements(e -> 'line_items') AS l WHERE e ->> 'status' IN ('STARTED', 'PARTIALLY_RECEIVED') GROUP BY 1, 2;
		ANALYZE truth_counts, truth_items, truth_sales, truth_transfers;};
	my $rows = join " UNION ALL ", map { "SELECT '$_: ' || count(*) || ' ' || (array_agg(d))[1]::text FROM ($differences{$_}) AS d HAVING count(*) > 0" } sort keys %differences;

	return is($self->sql("SET client_min_messages = error; $setup SELECT string_agg(r, '; ') FROM ($rows) AS r (r)"), '', "$what: the tables are the stand-in's");
}

1;
