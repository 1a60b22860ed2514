# The stand-in Square itself: what other tests believe of its order, cursors, limits, tokens, shapes and faults.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use File::Temp qw(tempdir);
use HTTP::Tiny;
use IO::Socket::INET;
use JSON::PP;
use List::Util qw(uniq);
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;
use Square;

my $files  = tempdir(CLEANUP => 1);
my $square = Square->new('--shop', 400, '--days', 3, '--a-day', 40, '--clock', '2026-03-02T12:00:00Z');
my $base   = 'http://127.0.0.1:' . $square->port;
my $token  = 'EAAAstandinpersonal';
my $http   = HTTP::Tiny->new(timeout => 60);

# An answer: status, body as JSON if it is some, headers.
sub call
{
	my ($method, $path, $body, %header) = @_;
	my %headers = ('Authorization' => "Bearer $token", 'Square-Version' => '2025-10-16', 'Content-Type' => 'application/json', %header);
	delete $headers{$_} foreach grep { !defined $headers{$_} } keys %headers;
	my $answer = $http->request($method, $base . $path, { headers => \%headers, defined $body ? (content => encode_json($body)) : () });

	return { status => $answer->{status}, json => scalar eval { decode_json($answer->{content}) }, text => $answer->{content}, headers => $answer->{headers} };
}

sub code
{
	my ($answer) = @_;

	return join ' ', $answer->{status}, $answer->{json}{errors} ? $answer->{json}{errors}[0]{code} : ();
}

my $counts  = '/v2/inventory/counts/batch-retrieve';
my $changes = '/v2/inventory/changes/batch-retrieve';

# All rows of a query; between two pages something may happen.
sub rows
{
	my ($path, $member, $body, $between) = @_;
	my ($cursor, @rows, $pages);

	do
	{
		my $answer = call('POST', $path, { %{$body}, defined $cursor ? (cursor => $cursor) : () });
		die "$path: $answer->{text}" if $answer->{status} != 200;
		push @rows, @{ $answer->{json}{$member} || [] };
		$cursor = $answer->{json}{cursor};
		$between->(++$pages) if $between && defined $cursor;
	} while (defined $cursor);
	return @rows;
}

sub count_lines
{
	return [ sort map { join ' ', @{$_}{qw(catalog_object_id location_id state quantity calculated_at)} } @_ ];
}

sub true_counts
{
	return [ sort map { join ' ', @{$_} } @{ $square->truth('counts')->{counts} } ];
}

# The shop has what it must have.
my $truth = $square->truth;
my @items = @{ $truth->{items} };
is(scalar(uniq(map { $_->{timezone} } @{ $truth->{locations} })), 6, 'places in six time zones');
is(scalar(grep { $_->{status} eq 'INACTIVE' } @{ $truth->{locations} }), 1, 'one of them closed');
my %seen = (deleted => 0, archived => 0, sold_out => 0, threshold => 0, override => 0, poured => 0, untracked => 0, yen => 0, nameless => 0, vendor => 0);
foreach my $item (@items)
{
	$seen{deleted}++   if $item->{deleted};
	$seen{archived}++  if $item->{archived};
	$seen{threshold}++ if $item->{inventory_alert_type};
	$seen{poured}++    if $item->{stockable_conversion};
	$seen{untracked}++ if !$item->{track_inventory};
	$seen{nameless}++  if !defined $item->{sku};
	$seen{vendor}++    if $item->{vendor_information};
	foreach my $override (@{ $item->{location_overrides} || [] })
	{
		$seen{sold_out}++ if $override->{sold_out};
		$seen{override}++ if $override->{inventory_alert_type};
		$seen{yen}++      if $override->{price_money} && $override->{price_money}{currency} eq 'JPY';
	}
}
cmp_ok($seen{$_}, '>', 0, "there is $_") foreach sort keys %seen;
cmp_ok(scalar(grep { $_->[3] =~ /^-/ } @{ $truth->{counts} }), '>', 0, 'counts below zero');
cmp_ok(scalar(grep { $_->[3] =~ /\.\d{4,5}$/ } @{ $truth->{counts} }), '>', 0, 'counts with five decimals');
cmp_ok(scalar(@{ $truth->{counts} }), '<', @items * 6, 'counts are missing');
cmp_ok(scalar(grep { $_->[4] =~ /\.\d{9}Z/ } @{ $truth->{counts} }), '>', 0, 'times with nine decimals');

# Counts: all of them, latest first, in pages of any size; later than, not from.
my @all = rows($counts, 'counts', { limit => 1000 });
is_deeply(count_lines(@all), true_counts(), 'pages of counts are the truth');
is_deeply([ map { $_->{calculated_at} } @all ], [ reverse sort map { $_->{calculated_at} } @all ], 'latest first');
is(scalar(uniq(map { $_->{calculated_at} } @all)) < @all, 1, 'some have the same time');
is_deeply(count_lines(rows($counts, 'counts', { limit => 333 })), true_counts(), 'pages of another size too');
my $middle = $all[ @all / 2 ]{calculated_at};
is(scalar(rows($counts, 'counts', { limit => 1000, updated_after => $middle })), scalar(grep { $_->{calculated_at} gt $middle } @all), 'updated_after leaves out its own time');
is(scalar(rows($counts, 'counts', { limit => 1000, states => ['WASTE'], location_ids => [ $truth->{locations}[0]{id} ] })),
	scalar(grep { $_->[2] eq 'WASTE' && $_->[1] eq $truth->{locations}[0]{id} } @{ $truth->{counts} }), 'filters');
my ($oldest) = grep { $_->{state} eq 'IN_STOCK' } reverse @all;
my @moved = rows($counts, 'counts', { limit => 1000 },
	sub { $square->tell(receive => { variation => $oldest->{catalog_object_id}, location => $oldest->{location_id}, quantity => 3 }) if $_[0] == 1 });
is(scalar(@moved), @all - 1, 'a row that changes between pages gets out of the way');
is(scalar(rows($counts, 'counts', { updated_after => $all[0]{calculated_at} })), 1, 'and is found by its new time');

# Cursors belong to their query and token, and age.
my $cursor = call('POST', $counts, { limit => 10 })->{json}{cursor};
is(code(call('POST', $counts, { limit => 10, cursor => $cursor })), '200', 'a cursor goes on');
is(code(call('POST', $counts, { limit => 11, cursor => $cursor })), '400 INVALID_CURSOR', 'not with another limit');
is(code(call('POST', $counts, { limit => 10, states => ['WASTE'], cursor => $cursor })), '400 INVALID_CURSOR', 'not with another filter');
is(code(call('POST', $changes, { limit => 10, cursor => $cursor })), '400 INVALID_CURSOR', 'not elsewhere');
is(code(call('POST', $counts, { limit => 10, cursor => 'bm90IG9uZSBvZiBtaW5l' })), '400 INVALID_CURSOR', 'nor an invented one');
my $second = $square->tell(token => { kind => 'personal' })->{access_token};
is(code(call('POST', $counts, { limit => 10, cursor => $cursor }, Authorization => "Bearer $second")), '400 INVALID_CURSOR', 'nor of another token');
isnt(call('POST', $counts, { limit => 10 })->{json}{cursor}, $cursor, 'no two are alike');
$square->tell(settings => { cursor_ttl => 60 });
$square->tell(advance => { seconds => 61 });
is(code(call('POST', $counts, { limit => 10, cursor => $cursor })), '400 INVALID_CURSOR', 'and they get old');
$square->tell(settings => { cursor_ttl => undef });

# Limits.
is(code(call('POST', $counts, { limit => 1001 })), '400 VALUE_TOO_HIGH', 'counts: 1000 a page');
is(code(call('POST', $counts, { limit => 0 })), '400 VALUE_TOO_LOW', 'and not none');
is(code(call('POST', $counts, { catalog_object_ids => [ 1 .. 1001 ] })), '400 ARRAY_LENGTH_TOO_LONG', '1000 objects a query');
is(code(call('POST', $counts, { updated_after => 'yesterday' })), '400 INVALID_TIME', 'times are times');
is(code(call('POST', $counts, { limits => 5 })), '400 UNKNOWN_BODY_PARAMETER', 'nothing unknown');
is(scalar(@{ call('GET', '/v2/catalog/list?types=ITEM')->{json}{objects} }), 100, 'the catalog comes by the hundred');
is(code(call('POST', '/v2/catalog/batch-retrieve', { object_ids => [ 1 .. 1001 ] })), '400 ARRAY_LENGTH_TOO_LONG', 'objects by id: 1000');
is(code(call('POST', '/v2/catalog/search', { include_deleted_objects => JSON::PP::true, include_category_path_to_root => JSON::PP::true })),
	'400 CONFLICTING_PARAMETERS', 'what excludes each other');
my @places = map { $_->{id} } @{ $truth->{locations} };
is(code(call('POST', '/v2/orders/search', { location_ids => [ @places, 1 .. 5 ] })), '400 ARRAY_LENGTH_TOO_LONG', 'orders of ten places');
is(code(call('POST', '/v2/orders/search', {})), '400 MISSING_REQUIRED_PARAMETER', 'of one at least');
is(code(call('POST', '/v2/transfer-orders/search', { limit => 101 })), '400 VALUE_TOO_HIGH', 'transfer orders: 100');

# Movements: in order of occurrence, chosen by arrival.
my $arrived = $square->truth('sizes')->{now};
my $late = $square->tell('offline-sale' => { variation => 'WINE-GLASS', location => 'Tokyo', quantity => 3, hours_late => 60 });
my @since = rows($changes, 'changes', { updated_after => $arrived });
is(scalar(@since), 1, 'a late sale arrives');
is_deeply([ @{ $since[0]{adjustment} }{qw(from_state to_state quantity transaction_id)} ], [ 'IN_STOCK', 'SOLD', '0.6', $late->{id} ], 'poured from a bottle');
cmp_ok($since[0]{adjustment}{occurred_at}, 'lt', '2026-02-28T01', 'with its own time');
my @movements = rows($changes, 'changes', { limit => 50, types => [qw(PHYSICAL_COUNT ADJUSTMENT TRANSFER)] });
is(scalar(@movements), $square->truth('sizes')->{sizes}{changes}, 'all movements');
my @times = map { (values %{$_})[0]{occurred_at} || (values %{$_})[1]{occurred_at} } map { my %m = %{$_}; delete $m{type}; \%m } @movements;
is_deeply(\@times, [ sort @times ], 'in their order');

# Orders: bounds belong to a range; field and sort agree; a range without end ends with the first page.
sub orders
{
	my ($field, %range) = @_;

	return call('POST', '/v2/orders/search', { location_ids => \@places, limit => 1000,
		query => { filter => { date_time_filter => { $field => \%range } }, sort => { sort_field => uc $field, sort_order => 'ASC' } } });
}
is(code(call('POST', '/v2/orders/search', { location_ids => \@places, query => { filter => { date_time_filter => { updated_at => {} } } } })),
	'400 BAD_REQUEST', 'orders: the sort must be of the range');
is(code(call('POST', '/v2/orders/search', { location_ids => \@places, query => { filter => { state_filter => { states => ['OPEN'] },
	date_time_filter => { closed_at => {} } }, sort => { sort_field => 'CLOSED_AT' } } })), '400 BAD_REQUEST', 'nothing open was closed');
is_deeply([ map { $_->{id} } @{ orders('updated_at', start_at => $late->{updated_at}, end_at => $late->{updated_at})->{json}{orders} } ], [ $late->{id} ], 'both bounds belong');
is(scalar(grep { $_->{id} eq $late->{id} } @{ orders('closed_at', start_at => $arrived)->{json}{orders} || [] }), 0, 'a late sale was closed long ago');
my $sold = $square->tell(sell => { location => $places[1], lines => [ { variation => 'WINE-BOTTLE', quantity => 2 }, { variation => 'WINE-GLASS', quantity => 5 } ] });
is(Square::truth($square, 'counts')->{counts} && (grep { $_->[0] eq $sold->{line_items}[0]{catalog_object_id} && $_->[1] eq $places[1] && $_->[2] eq 'IN_STOCK' }
	@{ $square->truth('counts')->{counts} })[0][3], '21', 'two bottles and five glasses are three bottles');
my $back = $square->tell(return => { location => $places[1], variation => 'WINE-BOTTLE', quantity => 1, order => $sold->{id} });
is($back->{returns}[0]{source_order_id}, $sold->{id}, 'a return is an order of its own');
my ($table, $ordered) = @{ $square->truth('sales') }{qw(sales order_sales)};
my ($bottles) = grep { $_->[0] eq $places[1] && $_->[1] eq $sold->{line_items}[0]{catalog_object_id} && $_->[2] eq '2026-03-02' } @{$table};
is_deeply([ @{$bottles}[ 3, 4 ] ], [ '3', '1' ], 'the truth of sales: what was moved');

# The catalog: changes after a time, deleted ones as well.
my $mark = call('POST', '/v2/catalog/search', { object_types => ['ITEM'], limit => 1 })->{json}{latest_time};
my ($item) = grep { !$_->{deleted} && $_->{track_inventory} } @items;
$square->tell(advance => { seconds => 1 });
$square->tell('set-threshold' => { variation => $item->{id}, threshold => 12 });
$square->tell(delete => { object => $items[-1]{item_id} });
my @changed = rows('/v2/catalog/search', 'objects', { object_types => ['ITEM'], begin_time => $mark, include_deleted_objects => JSON::PP::true });
is_deeply([ map { $_->{is_deleted} ? 'deleted' : 'changed' } @changed ], [ 'changed', 'deleted' ], 'changed and deleted objects');
is(scalar(rows('/v2/catalog/search', 'objects', { object_types => ['ITEM'], begin_time => $changed[0]{updated_at}, include_deleted_objects => JSON::PP::true })), 1, 'begin_time leaves out its own');
my ($shown) = grep { $_->{id} eq $item->{id} } map { @{ $_->{item_data}{variations} } } @changed;
is($shown->{item_variation_data}{inventory_alert_threshold}, 12, 'with the new threshold');

# Versions.
is(code(call('GET', '/v2/locations', undef, 'Square-Version' => undef)), '400 MISSING_REQUIRED_PARAMETER', 'no version, no answer');
is(code(call('GET', '/v2/locations', undef, 'Square-Version' => 'new')), '400 INVALID_SQUARE_VERSION_FORMAT', 'a version is a day');
is(code(call('GET', '/v2/locations', undef, 'Square-Version' => '2099-01-01')), '400 API_VERSION_INCOMPATIBLE', 'of the past');
$arrived = $square->truth('sizes')->{now};
$square->tell(transfer => { variation => 'WINE-BOTTLE', source => $places[0], destination => $places[1], quantity => 4 });
is(call('POST', $changes, { updated_after => $arrived, types => ['TRANSFER'] })->{json}{changes}[0]{type}, 'TRANSFER', 'a transfer, as it was told until July 2026');
is(call('POST', $changes, { updated_after => $arrived })->{json}{changes}, undef, 'to who asks for it');
my $new = call('POST', $changes, { updated_after => $arrived }, 'Square-Version' => '2026-07-15')->{json}{changes}[0];
is_deeply([ $new->{type}, @{ $new->{adjustment} }{qw(from_location_id to_location_id quantity)} ], [ 'ADJUSTMENT', @places[ 0, 1 ], '4' ], 'and since then');
my ($one) = @{ call('POST', $changes, { updated_after => '2026-03-01T12:00:00Z', limit => 1 }, 'Square-Version' => '2026-07-15')->{json}{changes} };
is_deeply([ @{ $one->{adjustment} }{qw(location_id from_location_id)} ], [ undef, $one->{adjustment}{to_location_id} ], 'where every adjustment has two places');
my ($bought) = grep { $_->{vendor_information} && !$_->{deleted} } @items;
is(call('GET', "/v2/catalog/object/$bought->{id}")->{json}{object}{item_variation_data}{vendor_information}, undef, 'no vendors in the old catalog');
isnt(call('GET', "/v2/catalog/object/$bought->{id}", undef, 'Square-Version' => '2026-07-15')->{json}{object}{item_variation_data}{vendor_information}, undef, 'in the new one');
is(code(call('POST', '/v2/transfer-orders/search', {}, 'Square-Version' => '2025-08-20')), '404 NOT_FOUND', 'and no transfer orders before October 2025');

# Tokens.
is(code(call('GET', '/v2/locations', undef, Authorization => undef)), '401 UNAUTHORIZED', 'no token');
my $oauth = $square->tell(token => { scopes => ['ITEMS_READ'], expires_in => 100 });
is(code(call('GET', '/v2/locations', undef, Authorization => "Bearer $oauth->{access_token}")), '403 INSUFFICIENT_SCOPES', 'a scope is missing');
is_deeply(call('POST', '/oauth2/token/status', undef, Authorization => "Bearer $oauth->{access_token}")->{json}{scopes}, ['ITEMS_READ'], 'it says so itself');
$square->tell(advance => { seconds => 101 });
is(code(call('GET', '/v2/catalog/info', undef, Authorization => "Bearer $oauth->{access_token}")), '401 ACCESS_TOKEN_EXPIRED', 'it ends');
my %client = (client_id => 'sq0idp-standin', client_secret => 'sq0csp-standin', grant_type => 'refresh_token');
my $again = call('POST', '/oauth2/token', { %client, refresh_token => $oauth->{refresh_token} }, Authorization => undef)->{json};
is($again->{refresh_token}, $oauth->{refresh_token}, 'it is renewed with the same token');
is(code(call('GET', '/v2/catalog/info', undef, Authorization => "Bearer $again->{access_token}")), '200', 'and works');
is(code(call('POST', '/oauth2/token', { %client, client_secret => 'wrong', refresh_token => $oauth->{refresh_token} })), '401 UNAUTHORIZED', 'not without the secret');
my $once = $square->tell(token => { single_use => JSON::PP::true });
my %pkce = (client_id => 'sq0idp-standin', grant_type => 'refresh_token');
my $next = call('POST', '/oauth2/token', { %pkce, refresh_token => $once->{refresh_token} })->{json};
isnt($next->{refresh_token}, $once->{refresh_token}, 'PKCE gives another one');
is(code(call('POST', '/oauth2/token', { %pkce, refresh_token => $once->{refresh_token} })), '401 UNAUTHORIZED', 'and the first is used up');
is(call('POST', '/oauth2/revoke', { client_id => $client{client_id} }, Authorization => 'Client sq0csp-standin')->{json}{success}, JSON::PP::true, 'revoked');
is(code(call('GET', '/v2/catalog/info', undef, Authorization => "Bearer $again->{access_token}")), '401 ACCESS_TOKEN_REVOKED', 'it is over');

# Faults, each used up by one call.
sub faulty
{
	my ($fault, $path, $body) = @_;

	$square->fault($fault);
	my $answer = call('POST', $path || $counts, $body || { limit => 3 });
	is(call('POST', $counts, { limit => 3 })->{status}, 200, "after $fault->{fault} all is well");
	return $answer;
}
my $limited = faulty({ fault => '429', after => 7, path => 'counts' });
is(code($limited) . ' ' . $limited->{headers}{'retry-after'}, '429 RATE_LIMITED 7', '429 with Retry-After');
is(faulty({ fault => '429' })->{headers}{'retry-after'}, undef, 'and without');
is(code(faulty({ fault => '500' })), '500 INTERNAL_SERVER_ERROR', 'a fault of theirs');
like(faulty({ fault => '502' })->{text}, qr/^<html>/, '502 is a page');
is(faulty({ fault => 'html' })->{status} . faulty({ fault => 'html' })->{json}, '200', 'so may be a 200');
is(faulty({ fault => 'empty' })->{text}, '', 'nothing at all');
is(faulty({ fault => 'reset' })->{status}, 599, 'the connection is reset');
is(faulty({ fault => 'truncated' })->{status}, 599, 'or cut');
is(faulty({ fault => 'half' })->{json}, undef, 'half a document');
is(faulty({ fault => 'errors' })->{json}{errors}[0]{code}, 'TEMPORARY_ERROR', 'errors inside a 200');
is(scalar(@{ faulty({ fault => 'absurd' })->{json}{counts} }), 4, 'an absurd row among good ones');
is(length(faulty({ fault => 'long' })->{json}{counts}[0]{quantity}), 26, 'a long quantity');
is(faulty({ fault => 'state', at => 1 })->{json}{counts}[1]{state}, 'IN_LIMBO', 'an unknown state');
is(faulty({ fault => 'type' }, $changes)->{json}{changes}[0]{type}, 'HOLOGRAM', 'an unknown type');
is(faulty({ fault => 'edit', set => { 'quantity' => 'x' }, drop => ['location_id'] })->{json}{counts}[0]{quantity}, 'x', 'any other change');
my $first = call('POST', $counts, { limit => 3 })->{json};
my %on = (limit => 3, cursor => $first->{cursor});
is(code(faulty({ fault => 'expire-cursor' }, $counts, \%on)), '400 INVALID_CURSOR', 'a cursor that is refused once');
is(faulty({ fault => 'repeat-cursor' }, $counts, \%on)->{json}{cursor}, $first->{cursor}, 'a cursor again');
is(code(call('POST', $counts, { limit => 3, cursor => faulty({ fault => 'wrong-cursor' })->{json}{cursor} })), '400 INVALID_CURSOR', 'a wrong one');
$square->fault({ fault => 'duplicate', skip => 1 });
my @twice = rows($counts, 'counts', { limit => 1000 });
is(scalar(@twice), @{ $square->truth('counts')->{counts} } + 1000, 'a page comes twice, and then on');
is(scalar(uniq(@{ count_lines(@twice) })), scalar(@{ $square->truth('counts')->{counts} }), 'with nothing missing');
$square->fault({ fault => 'then', path => $counts, verbs => [ { verb => 'recount', variation => 'WINE-BOTTLE', location => 'Paris', quantity => '77.5' } ] });
call('POST', $counts, { limit => 3 });
is(call('POST', $counts, { limit => 1 })->{json}{counts}[0]{quantity}, '77.5', 'something happens behind a page');

# The log.
$square->tell('forget');
$square->fault({ fault => 'slow', ms => 3000 });
my @sockets = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $square->port) } 1 .. 3;
print {$_} "GET /v2/locations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer $token\r\nSquare-Version: 2025-10-16\r\n\r\n" foreach @sockets;
my @lines = map { scalar readline $_ } @sockets;
is(scalar(grep { /200 OK/ } @lines), 3, 'three at once');
my $log = $square->log;
is($log->{calls}{'/v2/locations'}, 3, 'the log counts them');
cmp_ok($log->{concurrency}, '>=', 2, 'and how many there were at a time');
is($log->{requests}[0]{headers}{'Square-Version'}, '2025-10-16', 'with their headers');

# Webhooks.
my ($url, $key) = ('https://shop.example/hooks/square', 'key of the hook');
$square->tell(webhook => { url => $url, key => $key, send => JSON::PP::false });
$square->tell(sell => { location => 'Paris', variation => 'WINE-BOTTLE' });
my @hooks = @{ $square->tell(webhook => { url => $url, key => $key, send => JSON::PP::false, copies => 2 }) };
is_deeply([ map { decode_json($_->{body})->{type} } @hooks ], [ ('order.updated') x 2, ('inventory.count.updated') x 2 ], 'what happened, twice');
sub signature { my $s = hmac_sha256_base64($_[0] . $_[1], $key); return $s . '=' x (-length($s) % 4); }
is($_->{signature}, signature($url, $_->{body}), 'signed') foreach @hooks;
is(decode_json($hooks[0]{body})->{event_id}, decode_json($hooks[1]{body})->{event_id}, 'with the same id');
$square->tell(waste => { location => 'Paris', variation => 'WINE-BOTTLE' });
foreach my $forge (qw(signature key body))
{
	my ($forged) = @{ $square->tell(webhook => { url => $url, key => $key, send => JSON::PP::false, forge => $forge, bodies => [ $hooks[0]{body} ] }) };
	isnt($forged->{signature}, signature($url, $forged->{body}), "a forgery: $forge");
}
my $receiver = start_peer('http_peer.py', '--record', "$files/hooks");
my $sent = $square->tell(webhook => { url => $url, key => $key, post_to => "http://127.0.0.1:$receiver/ok", order => 'reverse' });
is(join(' ', map { $_->{status} } @{$sent}), '200', 'and sent');
like(slurp_file("$files/hooks"), qr/x-square-hmacsha256-signature/i, 'with its header');

done_testing();
