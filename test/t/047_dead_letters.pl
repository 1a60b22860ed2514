# What could not be delivered is shown and counted, and tried again on request: the same words under the same key.
use strict;
use warnings;
use File::Temp qw(tempdir);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $mails = tempdir(CLEANUP => 1);
my $port  = start_peer('smtp_peer.py', '--dir', $mails);
my $node  = new_server('dead', "stockalert.delivery = 'live'", "stockalert.smtp_hosts = '127.0.0.1:$port'",
	"stockalert.allowed_networks = '127.0.0.0/8'", 'stockalert.allow_http = on', 'stockalert.retry_base = 100', 'stockalert.retry_cap = 200',
	'stockalert.max_attempts = 3', 'stockalert.storm_after = 1000');

install_shop($node, 'postgres', 30, 'email', '550@example.com');
$node->safe_psql('postgres', "SELECT stockalert.set_channel('email', host => '127.0.0.1', port => $port, security => 'none', sender => 'shop\@example.com', per_second => 1000, burst => 1000)");

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub ids
{
	my @ids = map { /^Message-ID: (\S+)/m ? $1 : () } map { slurp_file($_) } glob("$mails/*.eml");

	return @ids;
}

is(sql('SELECT count(*) FROM stockalert.dead_letters'), 0, 'no dead letters in a new shop');
sql('UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id <= 3');
wait_until($node, 'SELECT count(*), min(outcome), min(status), min(attempts) FROM stockalert.dead_letters', '3|dead|550|1', 'three refused');
like(sql(q{SELECT concat_ws(' ', state, finding, remedy) FROM stockalert.health() WHERE "check" = 'dead letters'}),
	qr/^error 3 in the last 24 hours.*SELECT \* FROM stockalert\.dead_letters/, 'health() counts them and says where they are');
is(sql(q{SELECT stockalert.explain_stock('SKU-1')}) =~ /Ann by email: message dead: SMTP 550/ ? 1 : 0, 1, 'explain_stock() says so');
like(sql(q{SELECT concat_ws(' ', state, finding) FROM stockalert.health() WHERE "check" = 'untold'}), qr/^error 3 open alerts reached nobody/, 'alerts that reached nobody are an error');

# --- who may, and what cannot

my $one = sql('SELECT min(message_id) FROM stockalert.dead_letters');
foreach my $case ([ "SET ROLE stockalert_viewer; SELECT stockalert.retry_delivery($one)", qr/permission denied/ ], [ 'SELECT stockalert.retry_delivery(99999)', qr/message 99999 is no dead letter/ ],
	[ "SELECT stockalert.retry_delivery('fax')", qr/channel/ ])
{
	my (undef, undef, $error) = $node->psql('postgres', $case->[0]);

	like($error, $case->[1], "refused: $case->[0]");
}

# --- one, to the address that is right now

sql(q{UPDATE stockalert.subscriber_contacts SET address = 'ann@example.com'});
is(sql("SET ROLE stockalert_manager; SELECT done FROM stockalert.retry_delivery($one)"), '1 message is tried again', 'a manager tries one again');
wait_until($node, "SELECT string_agg(outcome, ' ' ORDER BY finished_at) FROM stockalert.deliveries WHERE message_id = $one", 'dead sent', 'it is sent');
like(join(' ', ids()), qr/^<stockalert\.$one\.\S+>$/, 'under the key of that message');
is(sql("SELECT count(*) FROM stockalert.notices"), 1, 'and counts as told');
is(sql('SELECT count(*) FROM stockalert.dead_letters'), 2, 'two are left');
my (undef, undef, $error) = $node->psql('postgres', "SELECT stockalert.retry_delivery($one)");
like($error, qr/is no dead letter/, 'what was sent is not tried again');

# --- all; what is not true any more is not sent

sql('UPDATE stockalert.stock_levels SET on_hand = 90 WHERE item_id = 3');
is(sql(q{SELECT done FROM stockalert.retry_delivery('email')}), '2 messages are tried again', 'all of a channel');
wait_until($node, "SELECT string_agg(outcome, ' ' ORDER BY outcome) FROM stockalert.deliveries", 'dead dead dead sent sent superseded', 'one is sent, one not true any more');
is(sql('SELECT count(*) FROM stockalert.dead_letters'), 0, 'none is left');
like(sql(q{SELECT state FROM stockalert.health() WHERE "check" = 'untold'}), qr/^ok/, 'every open alert reached somebody');
is(scalar(my @both = ids()), 2, 'two mails in all');

# --- again in vain: dead again, and again a letter

sql(q{UPDATE stockalert.subscriber_contacts SET address = '450@example.com'; UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 4});
wait_until($node, 'SELECT string_agg(concat_ws(\' \', outcome, attempts), \', \') FROM stockalert.dead_letters', 'dead 3', 'three attempts in vain');
sql(q{SELECT stockalert.retry_delivery('email')});
wait_until($node, 'SELECT string_agg(concat_ws(\' \', outcome, attempts), \', \') FROM stockalert.dead_letters', 'dead 3', 'and three more');
is(sql('SELECT count(*) FROM stockalert.deliveries WHERE attempts = 3'), 2, 'both are recorded');

# --- what could never be written down cannot be sent

sql(q{ALTER TABLE stockalert.messages ADD CONSTRAINT "for the test" CHECK (subject NOT LIKE '%Item 6') NOT VALID;
	UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 6});
wait_until($node, "SELECT count(*) FROM stockalert.dead_letters WHERE error_class = 'route'", 1, 'an event is given up');
like(sql(q{SELECT r.done FROM stockalert.dead_letters AS d, stockalert.retry_delivery(d.message_id) AS r WHERE d.error_class = 'route'}),
	qr/^0 messages are tried again; 1 could never be written down/, 'it is said that it cannot be');
$node->stop;
done_testing();
