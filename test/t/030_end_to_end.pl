# The main job as a shop does it: set up by the functions, secrets sealed by the tools, an ordinary role changes
# stock, and mail and Slack arrive; what must not arrive; the 24-hour rule; digests; delivery = log and off.
use strict;
use warnings;
use utf8;
use Encode;
use File::Temp qw(tempdir);
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my $relay = start_peer('smtp_peer.py', '--dir', "$files/mail", @tls, '--user', 'shop@example.com', '--password', 'right one');
my $slack = start_peer('http_peer.py', '--record', "$files/slack", @tls);
my $node = new_server('whole', live($files),
	"stockalert.slack_hosts = 'localhost:$slack'", "stockalert.shop_name = 'Kiosk'");
my $name = qq(<b>"LED" & Co</b> ünï 🚨);

sub sql
{
	return decode_utf8($node->safe_psql('postgres', encode_utf8($_[0])));
}

# As the point of sale: a role that may write stock and nothing else.
sub till
{
	return $node->safe_psql('postgres', $_[0], extra_params => [ '-U', 'till' ]);
}

sub mails
{
	return map { decode_json(scalar `test/peers/read_mail.py $_`) } sort glob("$files/mail/*.eml");
}

sub posts
{
	return map { decode_json($_) } split /\n/, slurp_file("$files/slack");
}

# So many mails and posts have come, and none is on its way.
sub received
{
	my ($mails, $posts, $what) = @_;

	wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, "$what: nothing waits");
	is(scalar(() = glob("$files/mail/*.eml")) . ' mails, ' . scalar(() = posts()) . ' posts', "$mails mails, $posts posts", $what);
	return;
}

# --- set up as the README says

$node->safe_psql('postgres', 'CREATE EXTENSION stockalert; CREATE ROLE till LOGIN IN ROLE stockalert_writer; GRANT SET ON PARAMETER stockalert.as_of TO till');
sql(qq{
	SELECT stockalert.add_location('main', 'Hauptgeschäft', 'Europe/Rome');
	SELECT stockalert.add_item('LED-8', '$name');
	SELECT stockalert.add_item('SKU-' || n, 'Item ' || n) FROM generate_series(2, 40) AS n;
	SELECT stockalert.set_threshold(low => 10, critical => 3);
	SELECT stockalert.set_stock(sku, 20) FROM stockalert.items;
	SELECT stockalert.add_subscriber('Ann Ünal', email => 'ann\@example.com', slack => 'slack', time_zone => 'Europe/Rome');
	SELECT stockalert.set_channel('email', host => 'localhost', port => $relay, username => 'shop\@example.com', per_second => 1000, burst => 100);
	SELECT stockalert.set_channel('slack', per_second => 1000, burst => 100);
});
set_secret($node, 'smtp', "localhost:$relay", 'right one');
set_secret($node, 'slack', "localhost:$slack", "https://localhost:$slack/services/T0/B0/xyz");
wait_until($node, "SELECT string_agg(state, ',') FROM stockalert.credential_status", 'ok,ok', 'the worker opens both credentials');
is(sql("SELECT string_agg(\"check\" || ' ' || state, ', ') FROM stockalert.health() WHERE state <> 'ok'"), 'jobs warn', 'health() has nothing to say');

# --- one UPDATE by an ordinary role

till(q{UPDATE stockalert.stock_levels SET on_hand = on_hand - 13 WHERE item_id = 1});
is(sql('SELECT sku, location, severity, quantity_at_alert, threshold, threshold_from FROM stockalert.active_alerts'),
	'LED-8|main|low|7|10|rule', 'the alert is there when the UPDATE is committed');
is(sql("SELECT actor, event FROM stockalert.alert_events"), 'till|opened', 'and names who wrote the row');
my ($code, undef, $error) = $node->psql('postgres', 'SELECT * FROM stockalert.alerts', extra_params => [ '-U', 'till' ]);
like($error, qr/permission denied/, 'the role itself may not read alerts');
received(1, 1, 'one mail and one post');
is(sql("SELECT string_agg(channel || ' ' || outcome || ' ' || attempts || ' ' || maybe_twice, ', ' ORDER BY channel) FROM stockalert.deliveries"),
	'email sent 1 false, slack sent 1 false', 'each at the first attempt');

my ($mail) = mails();
is_deeply($mail->{defects}, [], 'a strict reader finds no defect in the mail');
my $headers = $mail->{headers};
like($headers->{subject}, qr/\Q$name\E/, 'the subject has the name as it is');
like($headers->{from}, qr/^Kiosk <shop\@example\.com>$/, 'From is the shop');
like($headers->{to}, qr/^"?Ann Ünal"? <ann\@example\.com>$/, 'To is the subscriber');
like($headers->{'message-id'}, qr/^<stockalert\.1\.\Q${\sql('SELECT installation_id FROM stockalert.installation')}\E\@example\.com>$/, 'Message-ID');
is($headers->{'auto-submitted'}, 'auto-generated', 'Auto-Submitted');
like($headers->{'list-unsubscribe'}, qr/^\s*<mailto:[A-Za-z0-9._~-]+\@[a-z.]+\?subject=unsubscribe%20$headers->{'x-stockalert-ref'}>$/, 'List-Unsubscribe');
is($headers->{'mime-version'}, '1.0', 'MIME-Version');
ok($headers->{date}, 'Date');
is($mail->{type}, 'multipart/alternative', 'two forms of one text');
is(join(' ', map { $_->{type} } @{ $mail->{parts} }), 'text/plain text/html', 'plain first, then HTML');
like($mail->{parts}[0]{text}, qr/\Q$name\E/, 'the plain text has the name');
like($mail->{parts}[0]{text}, qr/Hauptgeschäft/, 'and the location');
like($mail->{html_text}, qr/\Q$name\E/, 'a person reads the same in the HTML');
like($mail->{parts}[1]{text}, qr/&lt;b&gt;&quot;LED&quot; &amp; Co&lt;\/b&gt;/, 'where it is escaped');
like(slurp_file("$files/mail/log"), qr/^EHLO example\.com plain\nEHLO example\.com tls\nAUTH PLAIN shop\@example\.com right$/m,
	'encrypted before the log-in');

my ($post) = posts();
is($post->{path}, '/services/T0/B0/xyz', 'Slack is called by the sealed URL');
my $body = decode_json(encode_utf8($post->{body}));
like($body->{text}, qr/&lt;b&gt;"LED" &amp; Co&lt;\/b&gt; ünï 🚨/, 'with the name escaped as Slack wants it');
is(ref $body->{blocks}, 'ARRAY', 'and blocks');

# --- nothing for what was not committed

till('BEGIN; UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id IN (2, 3); ROLLBACK');
till('BEGIN; SAVEPOINT s; UPDATE stockalert.stock_levels SET on_hand = 0 WHERE item_id BETWEEN 2 AND 30; ROLLBACK TO s;
	UPDATE stockalert.stock_levels SET on_hand = 19 WHERE item_id = 2; COMMIT');
$node->psql('postgres', 'BEGIN; UPDATE stockalert.stock_levels SET on_hand = 1 WHERE item_id = 2; SELECT 1 / 0; COMMIT', extra_params => [ '-U', 'till' ]);
is(sql('SELECT count(*) FROM stockalert.alerts'), 1, 'a rollback leaves no alert');
is(sql('SELECT count(*) FROM stockalert.queue'), 0, 'no event');
received(1, 1, 'no message');

# --- two sessions at once: one alert, one message

my @sessions = map {
	IPC::Run::start([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-U', 'till', '-d', $node->connstr('postgres'), '-c', 'BEGIN', '-c',
		'UPDATE stockalert.stock_levels SET on_hand = on_hand - 6 WHERE item_id = 2', '-c', 'SELECT pg_sleep(0.3)', '-c', 'COMMIT' ],
		'>', \my $out, '2>', \my $err, IPC::Run::timeout(240))
} 1 .. 2;
ok($_->finish, 'a session committed') foreach @sessions;
is(sql('SELECT severity, quantity FROM stockalert.alerts WHERE item_id = 2'), 'low|7', 'the second waits, and crosses nothing more: one alert');
received(2, 2, 'one message each');
my @race = map {
	IPC::Run::start([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-U', 'till', '-d', $node->connstr('postgres'),
		map { ('-c', "UPDATE stockalert.stock_levels SET on_hand = on_hand - 6 WHERE item_id = $_") } 3 .. 9 ],
		'>', \my $out, '2>', \my $err, IPC::Run::timeout(240))
} 1 .. 2;
ok($_->finish, 'a racing session committed') foreach @race;
is(sql("SELECT count(*), count(DISTINCT item_id) FROM stockalert.alerts WHERE item_id BETWEEN 3 AND 9"), '7|7', 'seven races, seven alerts');
received(9, 9, 'each told once');

# --- the 24-hour rule, in the time of the shop

sub at
{
	my ($time, $quantity) = @_;

	till("SET stockalert.as_of = '$time'; UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id = 10");
	return;
}

sub last_subject
{
	return (mails())[-1]{headers}{subject};
}

at('2026-03-01 09:00+00', 8);
received(10, 10, 'low');
at('2026-03-01 10:00+00', 50);
received(11, 11, 'back in stock');
like(last_subject(), qr/Back in Stock.*Item 10/, 'says so');
at('2026-03-01 11:00+00', 8);
received(11, 11, 'low again two hours later: silent');
is(sql('SELECT count(*), max(reopened_at) FROM stockalert.alerts WHERE item_id = 10'), '1|2026-03-01 11:00:00+00', 'the same alert, open again');
at('2026-03-01 12:00+00', 2);
received(12, 12, 'worse breaks the silence');
like(last_subject(), qr/Critical.*Item 10/i, 'and says so');
at('2026-03-02 08:00+00', 50);
received(13, 13, 'back again');
at('2026-03-03 12:30+00', 8);
received(14, 14, 'low after more than a day: told');
is(sql('SELECT count(*) FROM stockalert.alerts WHERE item_id = 10'), 2, 'as an alert of its own');

# --- many at once, and their return

till('UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id BETWEEN 11 AND 22');
received(15, 15, 'twelve at once: one message each');
my $digest = (mails())[-1];
is_deeply($digest->{defects}, [], 'the digest is good mail');
is(scalar(grep { $digest->{html_text} =~ /\bItem $_\b/ && $digest->{parts}[0]{text} =~ /\bItem $_\b/ } 11 .. 22), 12, 'and names all twelve in both forms');
till('UPDATE stockalert.stock_levels SET on_hand = 50 WHERE item_id BETWEEN 11 AND 22');
received(16, 16, 'their return is one message too');

# --- delivery = log and off

foreach my $mode ('log', 'off')
{
	my $before = sql('SELECT count(*) FROM stockalert.deliveries');
	my $offset = -s $node->logfile;

	$node->append_conf('postgresql.conf', "stockalert.delivery = '$mode'");
	$node->reload;
	wait_until($node, "SELECT coalesce(max(state || coalesce(' ' || detail, '')), 'none') FROM stockalert.worker_status() WHERE role = 'sender'",
		$mode eq 'log' ? 'running stockalert.delivery is log' : 'off stockalert.delivery is off; messages wait', "delivery = $mode is seen");
	till('UPDATE stockalert.stock_levels SET on_hand = 5 WHERE item_id = ' . ($mode eq 'log' ? 30 : 31));
	if ($mode eq 'log')
	{
		received(16, 16, 'log: nothing leaves');
		is(sql("SELECT count(*) FROM stockalert.deliveries WHERE outcome = 'logged'"), 2, 'both are recorded as logged');
		like(slurp_file($node->logfile, $offset), qr/stockalert message: channel=email .*Item 30/, 'the text is in the server log');
	}
	else
	{
		sleep 0.5;
		is(sql('SELECT count(*) FROM stockalert.deliveries'), $before, 'off: nothing is told');
		is(sql('SELECT severity FROM stockalert.active_alerts WHERE item = \'Item 31\''), 'low', 'the alert is open');
	}
}
$node->append_conf('postgresql.conf', "stockalert.delivery = 'live'");
$node->reload;
received(17, 17, 'live again: what waited is told');
unlike(slurp_file($node->logfile), qr/WARNING|ERROR:  (?!permission denied|division)|PANIC|FATAL/, 'nothing else in the log');
$node->stop;
done_testing();
