# What leaves the machine: e-mail over STARTTLS with a log-in and Slack over https, byte for byte as the golden
# files say; where a secret may go; what a hostile name or answer can do (R34, R36, R41, R42, R43).
# SA_GOLDEN=write renews test/data/messages.
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
my @login = ('--user', 'shop', '--password', 'canary pass');
my $mail  = start_peer('smtp_peer.py', '--dir', "$files/mail", @tls, @login);
my $bare  = start_peer('smtp_peer.py', '--dir', "$files/bare", @tls);
my $other = start_peer('smtp_peer.py', '--dir', "$files/other", '--cert', "$files/ca/other.pem", '--key', "$files/ca/other.key", @login);
my $slack = start_peer('http_peer.py', '--record', "$files/slack", @tls);

my $node = new_server('channels', live($files),
	"stockalert.slack_hosts = 'localhost:$slack'", "stockalert.shop_name = 'Café Kiosk'", 'stockalert.send_timeout = 10s',
	'stockalert.retry_base = 100', 'stockalert.digest_after = 5', 'stockalert.storm_after = 1000',
	'log_min_messages = debug1');
install_shop($node, 'postgres', 60, 'email', 'ann@example.com');

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub lower
{
	my ($item, $quantity) = @_;

	sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id = $item");
	return;
}

sub last_ends
{
	my ($expected, $what) = @_;

	wait_until($node, 'SELECT concat_ws(\'|\', outcome, status, error_class) FROM stockalert.deliveries ORDER BY message_id DESC, finished_at DESC LIMIT 1',
		$expected, $what);
	return;
}

# The newest mail of a folder: header, text and HTML, decoded, without what differs from run to run.
sub newest_mail
{
	my ($folder) = @_;
	my @all = sort glob("$files/$folder/*.eml");
	my $raw = slurp_file($all[-1]);
	my ($header, $body) = split /\r\n\r\n/, $raw, 2;
	my ($boundary) = $header =~ /boundary=(\S+)/;
	my (undef, $text, $html) = map { s/\r\n\z//r } split /--\Q$boundary\E(?:--)?\r\n/, $body;

	$header =~ s/\Q$boundary\E/BOUNDARY/;
	return ($raw, map { tidy($_) } $header, map { (split /\r\n\r\n/, $_, 2)[0] . "\n\n" . decode_qp((split /\r\n\r\n/, $_, 2)[1]) } $text, $html);
}

sub tidy
{
	my ($text) = @_;

	$text =~ s/\r\n/\n/g;
	$text =~ s/(Ref:|Ref) [0-9A-Z]{6}/$1 REF/g;
	$text =~ s/unsubscribe%20[0-9A-Z]{6}>/unsubscribe%20REF>/g;
	$text =~ s/<stockalert\.\d+\.[0-9a-f-]{36}@/<stockalert.ID.INSTALLATION@/;
	return $text;
}

sub slack_requests
{
	return map { decode_json($_) } split /\n/, slurp_file("$files/slack");
}

# --- e-mail: refused by what is missing, one thing after the other; nothing leaves before all is right

sql("SELECT stockalert.set_channel('email', host => 'localhost', port => $mail, username => 'shop', sender => 'stock\@shop.example', per_second => 1000, burst => 100)");
lower(1, 7);
wait_until($node, 'SELECT last_error FROM stockalert.queue', 'email credentials not configured', 'without a password it waits and says so');
set_secret($node, 'smtp', 'evil.example:587', 'canary pass');
wait_until($node, 'SELECT last_error FROM stockalert.queue', "credential smtp was set for evil.example:587, not for localhost:$mail",
	'a password for another host goes nowhere');
ok(!-e "$files/mail/log", 'the relay saw nothing of it');
set_secret($node, 'smtp', "localhost:$mail", 'canary pass');
last_ends('sent|250', 'with the right one it is sent');

my ($raw, $header, $text, $html) = newest_mail('mail');
is_golden('email_low.header', $header);
is_golden('email_low.txt', $text);
is_golden('email_low.html', $html);
like(slurp_file("$files/mail/log"), qr/^EHLO shop\.example plain\nEHLO shop\.example tls\nAUTH PLAIN shop right$/m,
	'under the name of the sender\'s domain, logged in after STARTTLS');
is((grep { length > 998 || /[^\x09\x20-\x7e]/ } split /\r\n/, $raw), 0, 'printable ASCII lines of at most 998 characters, ended by CRLF');

lower(1, 50);
last_ends('sent|250', 'back in stock');
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 2, 'is a second mail');
(undef, $header, $text) = newest_mail('mail');
is_golden('email_resolved.txt', $text);
like($header, qr/^Subject: =\?UTF-8\?B\?/m, 'its subject is encoded');

# --- hostile names: one recipient, no header of theirs, no markup

sql(q{UPDATE stockalert.items SET name = '<script>alert(1)</script> "x" & %s%n .Bcc: evil@example.com ' || repeat('é', 300) WHERE item_id = 2});
lower(2, 1);
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 3, 'a hostile name is sent');
($raw, $header, $text, $html) = newest_mail('mail');
is_golden('email_hostile.header', $header);
unlike($html, qr/<script|alert\(1\)<\/script>/, 'its HTML is escaped');
like($html, qr/&lt;script&gt;alert\(1\)&lt;\/script&gt; &quot;x&quot; &amp; %s%n/, 'and readable');
is((grep { /^X-Peer-To: (?!ann\@example\.com\r?$)/ } split /\n/, $raw), 0, 'it went to one recipient');

# --- many at once: one digest

sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = item_id % 3 WHERE item_id BETWEEN 10 AND 21");
wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', 4, 'twelve alerts make one mail');
(undef, $header, $text, $html) = newest_mail('mail');
is_golden('email_digest.txt', $text);
is_golden('email_digest.html', $html);

# --- relays that cannot be trusted get neither password nor mail

foreach my $case ([ $bare, 'the server offers no log-in', 'bare' ], [ $other, "the server's certificate is not trusted", 'other' ])
{
	my ($port, $why, $folder) = @$case;

	sql("SELECT stockalert.set_channel('email', port => $port)");
	set_secret($node, 'smtp', "localhost:$port", 'canary pass');
	lower($port == $bare ? 3 : 4, 7);
	wait_until($node, "SELECT count(*) > 0 FROM stockalert.queue WHERE last_error = \$\$$why\$\$", 't', $why);
	unlike(-e "$files/$folder/log" ? slurp_file("$files/$folder/log") : '', qr/AUTH|MAIL|DATA/, 'it got neither log-in nor mail');
}
sql("SELECT stockalert.set_channel('email', port => $mail)");
set_secret($node, 'smtp', "localhost:$mail", 'canary pass');
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'mended, what waited is sent');

# --- Slack

sql("SELECT stockalert.set_channel('slack', per_second => 1000, burst => 100);
	UPDATE stockalert.subscriber_contacts SET channel = 'slack', address = 'slack'");
set_secret($node, 'slack', "localhost:$slack", "https://localhost:$slack/services/canary/ok");
lower(5, 2);
last_ends('sent|200', 'a webhook is posted');
my ($first) = slack_requests();
is($first->{headers}{'Content-Type'}, 'application/json; charset=utf-8', 'as JSON');
is_golden('slack_critical.json', tidy(JSON::PP->new->utf8->canonical->pretty->encode(decode_json(Encode::encode_utf8($first->{body})))));

my $item = 30;
foreach my $case ([ '400', 'dead|400|rejected' ], [ 'seq/500,429,200', 'sent|200' ], [ 'seq/hang,200', 'sent|200' ],
	[ 'seq/reset,200', 'sent|200' ], [ 'huge', 'sent|200' ])
{
	my ($path, $ends) = @$case;

	set_secret($node, 'slack', "localhost:$slack", "https://localhost:$slack/services/canary/$path");
	my $before = sql('SELECT count(*) FROM stockalert.deliveries');
	lower($item++, 2);
	wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', $before + 1, "$path comes to an end");
	last_ends($ends, "which is $ends");
}
is(sql("SELECT count(*) FROM stockalert.deliveries WHERE maybe_twice AND channel = 'slack'"), 3, 'a 500, a hang and a reset may have been read');

is(scalar(grep { $_->{path} =~ /seq.reset/ } slack_requests()), 2, 'nothing was sent again behind our back');

foreach my $case (
	[ "https://localhost:$slack/services/canary/redirect", "localhost:$slack", 'HTTP 302: the address has moved; redirects are not followed' ],
	[ "https://localhost:$slack/services/canary/410", "localhost:$slack", 'HTTP 410: channel_is_archived' ],
	[ "https://127.0.0.1:$slack/services/canary/ok", "127.0.0.1:$slack", "host 127.0.0.1:$slack is not in stockalert.slack_hosts" ],
	[ "http://localhost:$slack/services/canary/ok", "localhost:$slack", 'slack credential is an http URL and stockalert.allow_http is off' ],
	[ "https://localhost:$slack/", "localhost:$slack", 'slack credential is not a webhook URL such as https://hooks.slack.com/services/...' ])
{
	my ($url, $destination, $why) = @$case;

	sql('DELETE FROM stockalert.queue');
	set_secret($node, 'slack', $destination, $url);
	sql("SELECT stockalert.set_channel('slack')");
	lower($item++, 2);
	wait_until($node, "SELECT last_error FROM stockalert.queue WHERE stage = 'message' ORDER BY queue_id DESC LIMIT 1", $why, $why);
}
ok(!(grep { $_->{path} eq '/redirected' } slack_requests()), 'the redirect was not followed');

# --- the guard: the same host without the setting

$node->append_conf('postgresql.conf', "stockalert.allowed_networks = ''");
$node->reload;
sql('DELETE FROM stockalert.queue');
set_secret($node, 'slack', "localhost:$slack", "https://localhost:$slack/services/canary/ok");
sql("SELECT stockalert.set_channel('slack')");
my $requests = () = slack_requests();
lower($item++, 2);
wait_until($node, "SELECT last_error FROM stockalert.queue WHERE stage = 'message' ORDER BY queue_id DESC LIMIT 1",
	'the address is in no network of stockalert.allowed_networks', 'an inside address is not connected');
is(scalar(() = slack_requests()), $requests, 'the receiver saw nothing');

# --- no secret anywhere

unlike(slurp_file($node->logfile), qr/canary/, 'neither the password nor a path is in the log, even at debug1');
is(sql("SELECT count(*) FROM stockalert.deliveries WHERE error LIKE '%canary%'"), 0, 'nor in what is kept of the answers');
$node->stop;
done_testing();
