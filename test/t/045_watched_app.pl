# The README's chapter about an app's own tables, statement by statement, with stand-ins for the mail server and
# for Twilio: the e-mail and the WhatsApp message of the low stock arrive, and those of its end; an owned item
# concerns its owner and of the app's people nobody else.
use strict;
use warnings;
use Encode;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $files   = tempdir(CLEANUP => 1);
my $account = 'AC' . '0123456789abcdef' x 2;
my $content = 'HX' . '00112233445566778899aabbccddeeff';
my @tls = make_ca($files);
my $mail   = start_peer('smtp_peer.py', '--dir', "$files/mail", @tls);
my $twilio = start_peer('twilio_peer.py', '--record', "$files/requests", '--login', "$account:$account:canary-token", @tls);

my $node = new_server('app', live($files),
	"stockalert.smtp_hosts = 'localhost:$mail'", "stockalert.twilio_hosts = 'localhost:$twilio'", 'stockalert.retry_base = 100');
my ($chapter) = slurp_file('README.md') =~ /^## The tables of an app you have\n(.*?)^## /ms or die 'no such chapter';
my ($setup, $low, $back) = $chapter =~ /^```sql\n(.*?)^```/msg;

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

# As the app's own role, which may do what the README says it needs and nothing else.
sub as_app
{
	my ($statements) = @_;

	return $node->safe_psql('postgres', "SET ROLE shop_app; $statements");
}

sub delivered
{
	my ($count, $what) = @_;

	wait_until($node, q{SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'}, $count, $what)
		or BAIL_OUT(sql('SELECT string_agg(last_error, chr(10)) FROM stockalert.waiting_messages'));
	return;
}

sub mails
{
	return map { slurp_file($_) } sort glob("$files/mail/*.eml");
}

sub recipients
{
	return sort map { /^X-Peer-To: (\S+)\r$/m } @_;
}

sub posts
{
	return -e "$files/requests" ? map { decode_json(Encode::encode_utf8(decode_json($_)->{body})) } split /\n/, slurp_file("$files/requests") : ();
}

sql("CREATE EXTENSION stockalert;
	CREATE ROLE shop_app; GRANT stockalert_manager TO shop_app; GRANT CREATE ON SCHEMA public TO shop_app;
	SELECT stockalert.set_channel('email', host => 'localhost', port => $mail, sender => 'stock\@shop.example', per_second => 1000, burst => 100);
	SELECT stockalert.set_channel('whatsapp', sender => '+15550100', content_sid => '$content', per_second => 1000, burst => 100)");
set_secret($node, 'twilio', "localhost:$twilio", "$account:canary-token");

like(as_app($setup), qr/^1 item of public\.items watched, 0 low now\|.*\n1 person of public\.users watched\|/, 'one line a table');
like(as_app($low), qr/^LED Red\|low\|3\|5\n.*LED Red.*^1\|1\|0\|1$/ms, 'the list, the reasons and the statistics are as the README says');
delivered(2, 'two messages are accepted');
is(join(' ', recipients(mails())), 'alerts@example.com', 'one e-mail, to alerts@example.com');
like((mails())[0], qr/LED Red/, 'about the LED');
my @posts = posts();
is(scalar(@posts), 1, 'one WhatsApp message');
is($posts[0]{To}, 'whatsapp:+919876543210', 'to +919876543210');
is(as_app('SELECT item, alert_type, is_resolved FROM stockalert.alert_list'), 'LED Red|BOTH|f', 'told by both');

like(as_app($back), qr/^LED Red\|low\|BOTH\|t\|stock\n1\|0\|1\|0\npublic\.items\|ok\|\|\npublic\.users\|ok\|\|$/, 'back in stock it is resolved by itself');
delivered(4, 'who was told hears of it');
is(scalar(mails()) . ' ' . scalar(posts()), '2 2', 'by both');
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'nothing is left');

# An owned item: two people of the app, one added here.
as_app(q{ALTER TABLE items ADD user_id integer;
	INSERT INTO users (name, notification_email) VALUES ('Bea', 'bea@example.com');
	SELECT stockalert.watch_table('items', item => 'id', quantity => 'quantity', name => 'name', owner => 'user_id');
	SELECT stockalert.add_subscriber('manager', email => 'boss@example.com');
	INSERT INTO items (name, quantity, user_id) VALUES ('Lamp of Bea', 40, 2);
	UPDATE items SET quantity = 1 WHERE user_id = 2});
delivered(6, 'its owner and who was added here');
is(join(' ', recipients((mails())[ 2, 3 ])), 'bea@example.com boss@example.com', 'and of the app\'s people nobody else');
is(sql(q{SELECT i.owner_key || ' ' || b.name FROM stockalert.items AS i JOIN stockalert.subscribers AS b ON b.app_key = i.owner_key}), '2 Bea', 'by the key of the app');
as_app(q{UPDATE items SET user_id = 1, quantity = 0 WHERE user_id = 2});
delivered(9, 'it changes hands and runs out: the new owner, by both, and who was added here');
is(join(' ', recipients((mails())[ 4, 5 ])), 'alerts@example.com boss@example.com', 'not who had it');

$node->stop;
done_testing();
