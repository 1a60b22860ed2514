# Words that somebody changed reach each channel as text: e-mail, HTML, Slack and the log, for the channel, the language
# and the kind that they are for.
use strict;
use warnings;
use Encode;
use File::Temp qw(tempdir);
use JSON::PP;
use MIME::QuotedPrint;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $mail  = start_peer('smtp_peer.py', '--dir', "$files/mail", @tls, '--user', 'shop', '--password', 'pass');
my $slack = start_peer('http_peer.py', '--record', "$files/slack", @tls);
my $node = new_server('templates', live($files), "stockalert.slack_hosts = 'localhost:$slack'", 'stockalert.digest_after = 2', 'stockalert.storm_after = 1000');
install_shop($node, 'postgres', 20, 'email', 'ann@example.com');
my $done = 0;

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub change
{
	my ($what) = @_;

	sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET $what");
	$done++;
	wait_until($node, "SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'sent'", $done, "$what is sent");
	return;
}

# Header, text and HTML of the newest mail.
sub newest_mail
{
	my @all = sort glob("$files/mail/*.eml");
	my ($header, $body) = split /\r\n\r\n/, slurp_file($all[-1]), 2;
	my ($boundary) = $header =~ /boundary=(\S+)/;
	my (undef, $text, $html) = split /--\Q$boundary\E(?:--)?\r\n/, $body;

	return ($header, decode_qp($text), decode_qp($html));
}

sql("SELECT stockalert.set_channel('email', host => 'localhost', port => $mail, username => 'shop', sender => 'stock\@shop.example', per_second => 1000, burst => 100);
	SELECT stockalert.set_channel('slack', per_second => 1000, burst => 100)");
set_secret($node, 'smtp', "localhost:$mail", 'pass');
set_secret($node, 'slack', "localhost:$slack", "https://localhost:$slack/services/ok");
sql(q{INSERT INTO stockalert.templates (kind, channel, language, part, body) VALUES
	('low', 'any', 'en', 'subject', 'Buy {item}: {quantity} left'), ('low', 'any', 'en', 'emoji', '!!'),
	('low', 'any', 'en', 'lead', '<b>{item}</b> & {{x}} {supplier}for {name} at {shop}'),
	('low', 'slack', 'en', 'closing', '<!channel> {ref}'), ('low', 'any', 'it', 'closing', 'Ordinare subito'),
	('digest', 'any', 'en', 'subject', '{count} to buy')});
sql(q{UPDATE stockalert.items SET name = '<i>{ref}</i> %s' WHERE item_id = 1});
change('on_hand = 7 WHERE item_id = 1');
my ($header, $text, $html) = newest_mail();
like($header, qr/^Subject: !! Buy <i>\{ref\}<\/i> %s: 7 left\r$/m, 'the subject is the changed one');
like($text, qr/^<b><i>\{ref\}<\/i> %s<\/b> & \{x\} for Ann at StockAlert$/m, 'the lead too, what is filled in is not read again');
like($html, qr/&lt;b&gt;&lt;i&gt;\{ref\}&lt;\/i&gt; %s&lt;\/b&gt; &amp; \{x\} for Ann/, 'HTML in it is text');
like($text, qr/^Please restock this item to avoid stockouts\.$/m, 'what is not changed, or for another channel or language, is built in');
change('on_hand = 2 WHERE item_id = 2');
like((newest_mail())[1], qr/^The following item has critically low stock:$/m, 'and so is another kind');
change('on_hand = 5 WHERE item_id BETWEEN 5 AND 9');
($header) = newest_mail();
my ($subject) = $header =~ /^Subject: (.*)/m;
like(decode('MIME-Header', $subject), qr/5 to buy/, 'a digest has its own');

read_settings($node, "stockalert.language = 'it'");
change('on_hand = 7 WHERE item_id = 10');
like((newest_mail())[1], qr/^Ordinare subito$/m, 'has its own rows');
read_settings($node, "stockalert.language = 'en'");

sql("UPDATE stockalert.subscriber_contacts SET channel = 'slack', address = 'slack'");
change('on_hand = 7 WHERE item_id = 11');
my $body = decode_json(Encode::encode_utf8(decode_json((split /\n/, slurp_file("$files/slack"))[-1])->{body}));
my @texts = map { $_->{text} } grep { $_ } map { $_->{text} } @{ $body->{blocks} };
ok((grep { /^<!channel> [0-9A-Z]{6}$/ } @texts), 'in Slack a command is plain text');
is((grep { $_->{text} && $_->{text}{type} ne 'plain_text' } @{ $body->{blocks} }), 0, 'all of it');
is($body->{blocks}[0]{text}{text}, '!! Buy Item 11: 7 left', 'under the changed title');
my (undef, undef, $err) = $node->psql('postgres', q{INSERT INTO stockalert.templates (kind, part, body) VALUES ('low', 'heading', '{user}')});
like($err, qr/unknown placeholder.*HINT: +Known are \{item\}/s, 'an unknown placeholder is refused, the known ones are named');
$node->stop;
done_testing();
