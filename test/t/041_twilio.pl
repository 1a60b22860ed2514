# SMS and WhatsApp by a stand-in for Twilio that refuses what Twilio would: form, log-in, sender, template; which
# error ends a message and which one makes a channel wait.  SA_GOLDEN=write renews test/data/messages.
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
my $key     = 'SK' . 'fedcba9876543210' x 2;
my $content = 'HX' . '00112233445566778899aabbccddeeff';
my @tls = make_ca($files);
my $twilio = start_peer('twilio_peer.py', '--record', "$files/requests", '--login', "$account:$account:canary-token", @tls);
my $keyed  = start_peer('twilio_peer.py', '--record', "$files/keyed", '--login', "$account:$key:canary-secret", @tls);

my $node = new_server('twilio', live($files), "stockalert.shop_name = 'Café Kiosk'",
	"stockalert.twilio_hosts = 'localhost:$twilio, localhost:$keyed'", 'stockalert.send_timeout = 10s', 'stockalert.retry_base = 100',
	'stockalert.digest_after = 5', 'stockalert.storm_after = 1000', 'log_min_messages = debug1');
install_shop($node, 'postgres', 80, 'sms', '+393331234567');
my $item = 1;
my $done = 0;

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub lower
{
	my ($quantity) = @_;

	sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id = " . $item++);
	return;
}

sub next_ends
{
	my ($expected, $what) = @_;

	$done++;
	wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', $done, "$what: comes to an end");
	is(sql('SELECT concat_ws(\'|\', outcome, status, error_class) FROM stockalert.deliveries ORDER BY finished_at DESC LIMIT 1'), $expected, $what);
	return;
}

sub waits
{
	my ($why) = @_;

	wait_until($node, "SELECT last_error FROM stockalert.queue WHERE stage = 'message' ORDER BY queue_id DESC LIMIT 1", $why, $why);
	return;
}

sub forms
{
	my ($file) = @_;

	return map { decode_json(Encode::encode_utf8(decode_json($_)->{body})) } split /\n/, slurp_file("$files/" . ($file || 'requests'));
}

# Compares a text with test/data/messages/NAME.
sub golden
{
	my ($name, $got) = @_;

	$got = Encode::encode_utf8($got) . "\n";
	$got =~ s/Ref [0-9A-Z]{6}/Ref REF/;
	is_golden($name, $got);
	return;
}

sub set_address
{
	my ($channel, $address) = @_;

	sql("UPDATE stockalert.subscriber_contacts SET channel = '$channel', address = '$address', minimum_severity = 'low'");
	return;
}

# --- SMS: what is missing is said, one thing after the other

set_address('sms', '+393331234567');
sql("SELECT stockalert.set_channel('sms', per_second => 1000, burst => 100)");
lower(7);
waits('sms credentials not configured');
set_secret($node, 'twilio', "localhost:$twilio", "$account:canary-token");
waits('sms sender not configured');
like(sql("SELECT next FROM stockalert.set_channel('whatsapp')"), qr/^SELECT \* FROM stockalert\.set_channel\('whatsapp', sender/, 'set_channel() says what comes next');
sql("SELECT stockalert.set_channel('sms', sender => '+15550100')");
next_ends('sent|201', 'with all of it an SMS is accepted');
like(sql('SELECT provider_id FROM stockalert.deliveries'), qr/^SM[0-9a-f]{32}$/, 'its sid is kept');
my ($form) = forms();
is("$form->{From} > $form->{To}", '+15550100 > +393331234567', 'from our number to theirs');
golden('sms_low.txt', $form->{Body});

lower(0);
next_ends('sent|201', 'out of stock');
golden('sms_out.txt', (forms())[-1]{Body});
sql("UPDATE stockalert.items SET name = 'Façade “Łódź” ☕ & 100%=+' WHERE item_id = $item");
lower(2);
next_ends('sent|201', 'a name with signs that GSM lacks');
golden('sms_plain.txt', (forms())[-1]{Body});
sql("UPDATE stockalert.items SET name = repeat('牛奶', 60) WHERE item_id = $item");
read_settings($node, 'stockalert.sms_max_segments = 1');
lower(2);
next_ends('sent|201', 'another script');
my $short = (forms())[-1]{Body};
cmp_ok(length($short), '<=', 70, 'goes as UCS-2, cut to one segment');
like(Encode::encode_utf8($short), qr/^Café Kiosk Inventory Alert\nItem: 牛.*\.\.\. Ref [0-9A-Z]{6}$/s, 'and keeps the ref');
read_settings($node, 'stockalert.sms_max_segments = 3');
sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = item_id % 3 WHERE item_id BETWEEN 60 AND 71");
next_ends('sent|201', 'twelve at once make one');
golden('sms_digest.txt', (forms())[-1]{Body});
my $service = 'MG' . 'a' x 32;
sql("SELECT stockalert.set_channel('sms', sender => '$service')");
lower(1);
next_ends('sent|201', 'by a messaging service');
is((forms())[-1]{MessagingServiceSid}, $service, 'which chooses the number');
sql("SELECT stockalert.set_channel('sms', sender => '+15550100')");

# --- what Twilio answers

foreach my $case ([ 21211, 'dead|400|recipient' ], [ 21610, 'dead|400|opted_out' ], [ 21617, 'dead|400|content' ],
	[ 29999, 'dead|400|rejected' ], [ 20429, 'sent|201' ])
{
	my ($code, $ends) = @$case;

	set_address('sms', "+1999$code");
	lower(2);
	next_ends($ends, "$code is $ends");
}
is(sql("SELECT count(*) FROM stockalert.deliveries WHERE maybe_twice"), 0, 'none of them may have come twice');
foreach my $number ('+18885030000', '+18886000000')
{
	set_address('sms', $number);
	lower(2);
	next_ends('sent|201', "$number is sent in the end");
}
is(sql("SELECT count(*) FROM stockalert.deliveries WHERE maybe_twice"), 2, 'a 503 and no answer may have been accepted');
is(sql("SELECT count(*) FROM stockalert.deliveries WHERE error ~ '[+]1555'"), 0, 'no text of Twilio is kept, it may hold numbers');

foreach my $case ([ 21606, 'Twilio 21606: the sender is not accepted' ], [ 20003, 'Twilio 20003: the account or its token is not accepted' ],
	[ 21408, 'Twilio 21408: the account or its token is not accepted' ])
{
	my ($code, $why) = @$case;

	set_address('sms', "+1999$code");
	lower(2);
	waits($why);
	wait_until($node, "SELECT state FROM stockalert.channels WHERE channel = 'sms'", 'broken', "$code makes the channel wait");
	sql("DELETE FROM stockalert.queue; SELECT stockalert.set_channel('sms')");
}
my $requests = () = forms();
foreach my $case ([ "localhost:$twilio", "$account", 'sms credential twilio is not AC...:token or AC...:SK...:secret' ],
	[ 'localhost:9', "$account:canary-token", 'host localhost:9 is not in stockalert.twilio_hosts' ])
{
	my ($destination, $secret, $why) = @$case;

	set_address('sms', '+393331234567');
	set_secret($node, 'twilio', $destination, $secret);
	lower(2);
	waits($why);
	sql("DELETE FROM stockalert.queue; SELECT stockalert.set_channel('sms')");
}
is(scalar(() = forms()), $requests, 'with a wrong log-in or host nothing leaves');
set_secret($node, 'twilio', "localhost:$keyed", "$account:$key:canary-secret");
lower(2);
next_ends('sent|201', 'an API key logs in too');
set_secret($node, 'twilio', "localhost:$twilio", "$account:canary-token");

# --- WhatsApp

set_address('whatsapp', '+393331234567');
sql("SELECT stockalert.set_channel('whatsapp', sender => '+15550101', per_second => 1000, burst => 100)");
lower(7);
waits('whatsapp template not configured');
my (undef, undef, $err) = $node->psql('postgres', "SELECT stockalert.set_channel('whatsapp', content_sid => 'HX1')");
like($err, qr/content_sid is HX and 32 hexadecimal digits/, 'a sid that is none is refused');
like(sql("SELECT next FROM stockalert.set_channel('whatsapp')"), qr/whatsapp_template\(\)/, 'the next step is the template');
sql("SELECT stockalert.set_channel('whatsapp', content_sid => '$content')");
next_ends('sent|201', 'with a template it is sent');
$form = (forms())[-1];
is("$form->{From} > $form->{To} $form->{ContentSid}", "whatsapp:+15550101 > whatsapp:+393331234567 $content", 'from a number of its own');
my $template = Encode::decode_utf8(sql('SELECT stockalert.whatsapp_template()'));
golden('whatsapp_template.txt', $template);

# As the recipient sees it.
sub expanded
{
	my $variables = decode_json(Encode::encode_utf8((forms())[-1]{ContentVariables}));

	return $template =~ s/\{\{(\d)\}\}/$variables->{$1}/gr;
}

golden('whatsapp_low.txt', expanded());
sql("UPDATE stockalert.stock_levels SET on_hand = 50 WHERE item_id = $item - 1");
next_ends('sent|201', 'back in stock');
golden('whatsapp_resolved.txt', expanded());
sql("UPDATE stockalert.items SET name = 'a       b {{2}} \"x\" ' || repeat('é', 300) WHERE item_id = $item");
lower(0);
next_ends('sent|201', 'a hostile name');
sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = item_id % 3 WHERE item_id BETWEEN 72 AND 79");
next_ends('sent|201', 'eight at once make one');
golden('whatsapp_digest.txt', expanded());
sql("SELECT stockalert.test_channel('whatsapp', 'Ann')");
next_ends('sent|201', 'a test message');
golden('whatsapp_test.txt', expanded());
foreach my $case ([ 63003, 'dead|400|recipient' ])
{
	set_address('whatsapp', "+1999$case->[0]");
	lower(2);
	next_ends($case->[1], "$case->[0] is $case->[1]");
}
set_address('whatsapp', '+199963016');
lower(2);
waits('Twilio 63016: the WhatsApp template is not accepted');

unlike(slurp_file($node->logfile), qr/canary/, 'the log-in is not in the log, even at debug1');
$node->stop;
done_testing();
