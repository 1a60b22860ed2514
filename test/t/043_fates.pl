# From "accepted" to "delivered": Twilio is asked what became of each message, in time and not too often; what was lost
# shows, with the reason; who answered STOP or cannot be reached is left alone until somebody says otherwise.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $files   = tempdir(CLEANUP => 1);
my $account = 'AC' . '0123456789abcdef' x 2;
my @tls = make_ca($files);
my $twilio = start_peer('twilio_peer.py', '--record', "$files/requests", '--login', "$account:$account:canary-token",
	@tls);

my $node = new_server('fates', live($files), "stockalert.twilio_hosts = 'localhost:$twilio'", 'stockalert.storm_after = 1000',
	'stockalert.status_check = 20ms', 'log_min_messages = debug1');
install_shop($node, 'postgres', 60, 'sms', '+393331234567');
my $item = 1;

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}
set_secret($node, 'twilio', "localhost:$twilio", "$account:canary-token");
sql("SELECT stockalert.set_channel('sms', sender => '+15550100', per_second => 1000, burst => 100); UPDATE stockalert.subscriber_contacts SET minimum_severity = 'low'");

# A message to this number: its item runs low.
sub runs_low
{
	my ($number) = @_;

	sql("UPDATE stockalert.subscriber_contacts SET address = '$number'") if $number;
	sql("UPDATE stockalert.stock_levels SET on_hand = 2 WHERE item_id = " . $item++);
	return;
}

sub becomes
{
	my ($number, $fate, $what) = @_;

	runs_low($number);
	wait_until($node, "SELECT concat_ws('|', f.fate, f.error_class) FROM stockalert.delivery_fates AS f JOIN stockalert.messages AS m USING (message_id)
		WHERE m.recipient = '$number' ORDER BY f.accepted_at DESC LIMIT 1", $fate, $what);
	return;
}

sub asked
{
	my ($number) = @_;

	return 0 unless -e "$files/requests.asked";
	return scalar grep { ($_->{to} || '') eq $number } map { decode_json($_) } split /\n/, slurp_file("$files/requests.asked");
}

sub sent
{
	my ($number) = @_;

	return scalar grep { $_->{To} eq $number } map { decode_json(decode_json($_)->{body}) } split /\n/, slurp_file("$files/requests");
}

# --- what is asked, and how often

becomes('+393331234567', 'delivered', 'a delivered message is known to have arrived');
is(asked('+393331234567'), 1, 'and asked about once');
is(sql("SELECT fate FROM stockalert.delivery_log"), 'delivered', 'which the log of deliveries shows');
becomes('+17770000300', 'delivered', 'one that is queued at first is asked about again');
is(asked('+17770000300'), 2, 'twice in all');
becomes('+17770000200', 'unknown|handed_on', 'one that a carrier took and never said more of is unknown in the end');
is(asked('+17770000200'), 4, 'after four questions');
becomes('+17770000100', 'unknown|under_way', 'and so is one that stays queued');
becomes('+17770040400', 'unknown|forgotten', 'one that Twilio does not know is not asked about again');
is(asked('+17770040400'), 1, 'after the first question');
is(sql("SELECT count(*) FROM stockalert.delivery_fates WHERE ask_at IS NOT NULL"), 0, 'nothing is left to ask');

# --- what was lost

becomes('+17773000700', 'undelivered|content', 'filtered by a carrier');
is(sql("SELECT concat_ws('|', outcome, error) FROM stockalert.dead_letters"), 'undelivered|Twilio 30007: the text is not accepted', 'is a dead letter');
is(sql("SELECT finding FROM stockalert.health() WHERE \"check\" = 'addresses'"),
	'1 messages accepted and not delivered in the last 24 hours, last: Twilio 30007: the text is not accepted', 'health() tells');
is(sql("SELECT state FROM stockalert.health() WHERE \"check\" = 'untold'"), 'error', 'and that an alert reached nobody');
my $alert = sql('SELECT max(alert_id) FROM stockalert.alerts');
like(sql("SELECT stockalert.explain_alert($alert)"), qr/message undelivered: Twilio 30007: the text is not accepted/, 'explain_alert() says so');
is(sql("SELECT count(*) FROM stockalert.notices WHERE alert_id = $alert"), 0, 'it does not count as told');
sql("UPDATE stockalert.subscriber_contacts SET address = '+393331234567'; SELECT stockalert.retry_delivery('sms')");
wait_until($node, "SELECT count(*) FROM stockalert.notices WHERE alert_id = $alert", 1, 'retry_delivery() tells it to the number of now');
wait_until($node, "SELECT count(*) FROM stockalert.dead_letters", 0, 'then it is none any more');

becomes('+17773000300', 'undelivered|unreachable', 'a phone that is off');
wait_until($node, "SELECT count(*) FROM stockalert.delivery_fates WHERE error_class = 'unreachable' AND ask_at IS NULL", 2, 'is tried once more when its hour has come');
is(sent('+17773000300'), 2, 'and not again');
is(sql("SELECT count(*) FROM stockalert.suppressed_addresses"), 0, 'it is not suppressed');

# --- who is left alone

foreach my $case ([ '+17773000500', 'it cannot be reached' ], [ '+17772161000', 'its owner answered STOP' ])
{
	my ($number, $why) = @$case;

	becomes($number, $why =~ /STOP/ ? 'undelivered|opted_out' : 'undelivered|recipient', "$number: undelivered");
	is(sql("SELECT concat_ws('|', subscriber, channel, address, since > now() - interval '1 minute', reason) FROM stockalert.suppressed_addresses"),
		"Ann|sms|$number|t|$why", 'its number is suppressed');
}
sql("UPDATE stockalert.subscriber_contacts SET address = '+19992161000'");
is(sql('SELECT count(*) FROM stockalert.suppressed_addresses'), 0, 'a new number is not');
runs_low();
wait_until($node, 'SELECT address FROM stockalert.suppressed_addresses', '+19992161000', 'a number that is refused at once with STOP is suppressed');
my $requests = sent('+19992161000');
runs_low();
wait_until($node, "SELECT count(*) FROM stockalert.queue", 0, 'news for it');
$alert = sql('SELECT max(alert_id) FROM stockalert.alerts');
like(sql("SELECT stockalert.explain_alert($alert)"), qr/address suppressed: its owner answered STOP/, 'is not told, with the reason');
is(sent('+19992161000'), $requests, 'and nothing leaves');
is(sql("SELECT concat_ws('|', state, finding) FROM stockalert.health() WHERE \"check\" = 'addresses'") =~ /^warn\|1 suppressed: answered STOP/, 1, 'health() tells');
$node->restart;
is(sql('SELECT count(*) FROM stockalert.suppressed_addresses'), 1, 'a restart does not change that');
my (undef, undef, $err) = $node->psql('postgres', "SELECT stockalert.allow_address('sms', '+393330000000')");
like($err, qr/address is not suppressed.*HINT:  SELECT \* FROM stockalert\.suppressed_addresses/s, 'another number cannot be allowed');
like(sql("SELECT stockalert.allow_address('sms', '+1 999 2161000')"), qr/Ann is told by sms again.*START/s, 'allow_address() lifts it');
runs_low();
wait_until($node, 'SELECT address FROM stockalert.suppressed_addresses', '+19992161000', 'then it is tried again');
cmp_ok(sent('+19992161000'), '>', $requests, 'which Twilio sees');

# --- when nobody answers

sql("UPDATE stockalert.subscriber_contacts SET address = '+17770050300'");
becomes('+17770050300', 'waiting|server_error', 'a 503 is no answer');
sql('UPDATE stockalert.delivery_fates SET accepted_at = now(), ask_at = now() WHERE fate = \'waiting\'');
$node->restart;
wait_until($node, "SELECT count(*) FROM stockalert.delivery_fates WHERE fate = 'waiting'", 0, 'after a restart the question is asked again');
is(sql("SELECT fate FROM stockalert.delivery_fates ORDER BY accepted_at DESC LIMIT 1"), 'delivered', 'and answered');
$node->append_conf('postgresql.conf', 'stockalert.status_check = 1h');
$node->restart;
runs_low('+393331234567');
wait_until($node, "SELECT count(*) FROM stockalert.delivery_fates WHERE fate = 'waiting' AND ask_at > now() + interval '50 minutes'", 1, 'an hour may be waited');
$node->stop('immediate');
$node->start;
is(sql("SELECT count(*) FROM stockalert.delivery_fates WHERE fate = 'waiting'"), 1, 'a crash forgets no question');
is(sql("SELECT count(*) FROM stockalert.delivery_fates WHERE error ~ '[+]1|[+]39'"), 0, 'no number is kept in an error');
unlike(join('', grep { !/statement:|WHERE m\.recipient/ } slurp_file($node->logfile) =~ /(.*\n)/g), qr/canary|[+]1777/, 'the log holds neither log-in nor numbers');
$node->stop;
done_testing();
