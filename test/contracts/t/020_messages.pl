# What leaves for Slack, Twilio and webhooks, held against the vendors' own types, descriptions and SDKs.
use strict;
use warnings;
use Encode;
use File::Temp qw(tempdir);
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Contract;
use Shop;

my $files   = tempdir(CLEANUP => 1);
my $account = 'AC' . '0123456789abcdef' x 2;
my $content = 'HX' . '00112233445566778899aabbccddeeff';
my $secret  = 'whsec_Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5';
my @tls = ('--alarm', 380, make_ca($files));
my $twilio = start_peer('twilio_peer.py', '--alarm', 380, '--record', "$files/twilio", '--login', "$account:$account:canary-token");
my $door   = start_prism('test/data/apis/twilio-messages-subset.openapi.json', $twilio, "$files/door", @tls);
my $http   = start_peer('http_peer.py', '--record', "$files/http", @tls);

my $node = new_server('messages', live($files), "stockalert.shop_name = 'Café Kiosk'", "stockalert.twilio_hosts = 'localhost:$door'",
	"stockalert.slack_hosts = 'localhost:$http'", 'stockalert.send_timeout = 20s', 'stockalert.status_check = 200ms', 'stockalert.digest_after = 5', 'stockalert.storm_after = 1000');
install_shop($node, 'postgres', 60, 'slack', 'slack');
$node->safe_psql('postgres', qq{
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address)
		VALUES (1, 'webhook', 'webhook:erp'), (1, 'sms', '+393331234567'), (1, 'whatsapp', '+393331234567');
	UPDATE stockalert.subscriber_contacts SET minimum_severity = 'low';
	SELECT stockalert.set_channel(c, per_second => 1000, burst => 100) FROM unnest('{slack,webhook}'::text[]) AS c;
	SELECT stockalert.set_channel('sms', sender => '+15550100', per_second => 1000, burst => 100);
	SELECT stockalert.set_channel('whatsapp', sender => '+15550101', content_sid => '$content', per_second => 1000, burst => 100)});
set_secret($node, 'slack', "localhost:$http", "https://localhost:$http/services/canary/ok");
set_secret($node, 'webhook:erp', "localhost:$http", "https://localhost:$http/hook/ok#$secret");
set_secret($node, 'twilio', "localhost:$door", "$account:canary-token");

# A stock change of its own time; when its messages have left the next one comes.
my $expected = 0;

sub stock
{
	my ($where, $quantity, $messages) = @_;

	$node->safe_psql('postgres', "SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id $where");
	$expected += $messages;
	wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', $expected, "items $where at $quantity: every channel is done");
	return;
}
stock('= 1', 7, 4);
stock('= 2', 2, 4);
stock('= 3', 0, 4);
stock('= 1', 90, 4);
$node->safe_psql('postgres', q{UPDATE stockalert.items SET name = 'Façade "Łódź" <b>&amp; \\ ☕ 100%=+' WHERE item_id = 4; UPDATE stockalert.items SET name = repeat('牛奶', 60) WHERE item_id = 5;
	UPDATE stockalert.items SET name = repeat('a long name ', 20) || '!' WHERE item_id = 6});
stock('= 4', 5, 4);
stock('= 5', 0, 4);
stock('= 6', 1, 4);
stock('BETWEEN 20 AND 31', 2, 4);
is($node->safe_psql('postgres', q{SELECT string_agg(DISTINCT outcome || ' ' || status, ', ') FROM stockalert.deliveries}), 'sent 200, sent 201', 'all were taken');

my @http  = map { decode_json($_) } split /\n/, slurp_file("$files/http");
my @forms = map { decode_json(Encode::encode_utf8(decode_json($_)->{body})) } split /\n/, slurp_file("$files/twilio");

# Twilio: its own description, and its SDK makes the same request of the same message.
wait_until($node, q{SELECT string_agg(DISTINCT fate, ' ') || ' ' || count(*) FROM stockalert.delivery_fates}, 'delivered ' . $expected / 2, 'what became of each is known');
is(violations("$files/door"), '', 'Prism has nothing against our SMS and WhatsApp messages, nor against our questions');
is(scalar(@forms), $expected / 2, 'there were some');
{
	local $ENV{NODE_EXTRA_CA_CERTS} = "$files/ca/ca.pem";
	my @messages = map { { to => $_->{To}, from => $_->{From}, defined $_->{Body} ? (body => $_->{Body}) : (contentSid => $_->{ContentSid}, contentVariables => $_->{ContentVariables}) } } @forms;
	my $said = node('twilio_send.mjs', encode_json(\@messages), "https://localhost:$door", $account, 'canary-token');
	is(scalar(() = $said =~ /^SM[0-9a-f]{32} queued$/mg), scalar(@forms), 'the SDK sends them too');
	my @again = map { decode_json(Encode::encode_utf8(decode_json($_)->{body})) } split /\n/, slurp_file("$files/twilio");
	is_deeply([ @again[ @forms .. $#again ] ], \@forms, 'as the very same forms');
	is(violations("$files/door"), '', 'and Prism has nothing against it');
}
my ($out, $err);
system('curl', '-sS', '-o', "$files/refused", '--cacert', "$files/ca/ca.pem", '-u', "$account:canary-token", '-d', 'To=nonsense&From=%2B15550100&Body=x', "https://localhost:$door/2010-04-01/Accounts/$account/Messages.json");
like(violations("$files/door"), qr/pattern/i, 'Prism does see a wrong number');

# Webhooks: verified by the SDK of Standard Webhooks.
my @hooks = grep { $_->{path} =~ /hook/ } @http;
my $lines = join "\n", map { JSON::PP->new->ascii->encode($_) } @hooks;
is_deeply([ split /\n/, node('webhook_verify.mjs', $lines, $secret) ], [ ('right') x @hooks ], 'the SDK takes our signatures');
is(scalar(@hooks), $expected / 4, 'there were some');
(my $forged = $lines) =~ s/Item 1/Item 9/g;
like(node('webhook_verify.mjs', $forged, $secret), qr/wrong/, 'and not a changed text');
is(scalar(() = node('webhook_verify.mjs', $lines, 'whsec_bmV3Y2FuYXJ5bmV3Y2FuYXJ5bmV3Y2FuYXJ5') =~ /right/g), 0, 'nor another secret');

# Slack: the payloads are of Slack's own types.
sub compiles
{
	my ($name, @bodies) = @_;
	my $number = 0;

	mkdir "$files/$name";
	open(my $file, '>:utf8', "$files/$name/payloads.ts") or die;
	print $file "import type { KnownBlock, MessageAttachment } from '\@slack/types';\n",
		"interface Payload { text: string; blocks?: KnownBlock[]; attachments?: MessageAttachment[]; unfurl_links?: boolean; unfurl_media?: boolean; mrkdwn?: boolean }\n";
	print $file 'export const p', $number++, ": Payload = $_;\n" foreach @bodies;
	close $file;
	open($file, '>', "$files/$name/tsconfig.json") or die;
	print $file encode_json({ files => ['payloads.ts'], compilerOptions => { strict => JSON::PP::true, noEmit => JSON::PP::true, skipLibCheck => JSON::PP::true,
		target => 'es2022', module => 'node16', moduleResolution => 'node16', types => [], paths => { '@slack/types' => ["$ENV{SA_NODE_MODULES}/\@slack/types"] } } });
	close $file;
	IPC::Run::run([ 'node', "$ENV{SA_NODE_MODULES}/typescript/bin/tsc", '-p', "$files/$name" ], '<', \undef, '>&', \$out);
	return $? == 0 ? '' : $out;
}
my @slack = map { $_->{body} } grep { $_->{path} =~ /services/ } @http;
is(scalar(@slack), $expected / 4, 'messages for Slack');
is(compiles('ours', @slack), '', 'are of its types');
(my $unknown = $slack[0]) =~ s/"type":"section"/"type":"chapter"/;
isnt(compiles('unknown', $unknown), '', 'an unknown block is not');

# SMS: our count of segments is Twilio's, of what was sent and of texts of every sort.
my $binary = "$files/segments";
is(system('gcc', '-std=gnu99', '-O1', '-Isrc', '-o', $binary, 'test/contracts/segments.c', glob('src/pure/*.c'), '-lsodium', '-lm'), 0, 'our counter is built');
my @letters = ([ 'a' .. 'z', ' ', "\n", '@', '£', 'é' ], [ '[', ']', '{', '}', '€', '~', '^', '|', '\\' ], [ map { chr } 0x141, 0x425, 0x4e2d, 0x2028 ], [ map { chr } 0x1f600, 0x1f4e6 ]);
my @texts = map { $_->{Body} } grep { defined $_->{Body} } @forms;
srand 5;
foreach my $length (0 .. 40, 65 .. 75, 130 .. 140, 150 .. 170, 195 .. 205, 300 .. 312, 455 .. 465)
{
	foreach my $kinds (1 .. 4)
	{
		push @texts, join '', map { my $kind = $letters[ rand() < 0.9 ? 0 : int rand $kinds ]; $kind->[ rand @{$kind} ] } 1 .. $length;
	}
}
my $hex = join '', map { unpack('H*', Encode::encode_utf8($_)) . "\n" } grep { length } @texts;
my $ours;
IPC::Run::run([$binary], '<', \$hex, '>', \$ours) or die;
my @ours   = split /\n/, $ours;
my @theirs = split /\n/, node('segments.mjs', $hex);
my @given  = split /\n/, $hex;
my @differ = grep { $ours[$_] ne ($theirs[$_] || '') } 0 .. $#ours;
is(scalar(@ours), scalar(@given), 'every text is counted');
is(scalar(@differ), 0, 'and as Twilio does') or diag join "\n", map { "$given[$_]: $ours[$_], theirs $theirs[$_]" } @differ[ 0 .. 5 ];
$node->stop;

done_testing();
