# Whatever is wrong outside, stock and alerts go on, nothing is lost, nothing comes twice, and a person can read
# why something waits: dead and hanging relays, refusals, passwords, certificates, addresses, proxies, line breaks.
use strict;
use warnings;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
my @login = ('--user', 'shop', '--password', 'right');
my $good  = start_peer('smtp_peer.py', '--dir', "$files/good", @tls, @login);
my $plain = start_peer('smtp_peer.py', '--dir', "$files/plain");
my $forged = start_peer('smtp_peer.py', '--dir', "$files/forged", '--cert', "$files/ca/other.pem", '--key', "$files/ca/other.key", @login);
my $slack = start_peer('http_peer.py', '--record', "$files/slack", @tls);

# One that takes connections and never says a word; one that nobody may call; a port where nobody is.
my $silent = IO::Socket::INET->new(Listen => 100, LocalAddr => '127.0.0.1', Proto => 'tcp') or die $!;
my $proxy  = IO::Socket::INET->new(Listen => 100, LocalAddr => '127.0.0.1', Proto => 'tcp', Blocking => 0) or die $!;
# Taken, so that nobody else gets it, and not listened on.
my $unheard = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp') or die $!;
my $nobody = $unheard->sockport;
$ENV{$_} = 'http://127.0.0.1:' . $proxy->sockport foreach qw(http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY smtp_proxy);

my $node = new_server('faults', live($files), "stockalert.slack_hosts = 'localhost:$slack'", "stockalert.smtp_hosts = 'localhost:$nobody'",
	'stockalert.retry_base = 100', 'stockalert.retry_cap = 300', 'stockalert.send_timeout = 10s', 'stockalert.storm_after = 1000');
install_shop($node, 'postgres', 100, 'email', 'ann@example.com');

my $number = 0;
my @told;    # the items that must have been told exactly once

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

# The next item runs low.  Stock and alerts must not notice what is wrong outside.
sub lower
{
	my $started = time;

	$number++;
	sql("UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = $number");
	is(sql("SELECT severity FROM stockalert.active_alerts WHERE item = 'Item $number'") . (time - $started < 10 ? '' : ' late'), 'low', "item $number: the alert opens");
	push @told, $number;
	return;
}

sub waits
{
	my ($expected, $what) = @_;

	wait_until($node, "SELECT last_error || ' ' || CASE WHEN attempts = 0 THEN 'not tried' WHEN maybe_twice THEN 'perhaps sent' ELSE 'not sent' END"
		. " FROM stockalert.waiting_messages WHERE last_error IS NOT NULL ORDER BY queue_id DESC LIMIT 1", $expected, $what);
	return;
}

# What waited is sent, within seconds of being mended.
my @took;
sub mended
{
	my ($what) = @_;
	my $started = time;

	wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, "$what: what waited is sent");
	push @took, time - $started;
	cmp_ok($took[-1], '<', 30, 'and soon');
	return;
}

sub set_relay
{
	my ($port, $password, $more) = @_;

	sql("SELECT stockalert.set_channel('email', host => 'localhost', port => $port, username => 'shop', security => 'starttls',"
		. " sender => 'shop\@example.com', per_second => 1000, burst => 100)");
	set_secret($node, 'smtp', "localhost:$port", $password);
	return;
}

sub channel_is
{
	my ($state, $what) = @_;

	wait_until($node, "SELECT state FROM stockalert.channels WHERE channel = 'email'", $state, $what);
	return;
}

# --- nothing configured

lower();
waits('email is not configured not tried', 'no channel');
like(sql(q{SELECT finding || ' ' || remedy FROM stockalert.health() WHERE "check" = 'channels'}), qr/^not configured: email SELECT \* FROM stockalert\.set_channel\('email', host => .*\);$/,
	'health() says what to do');
sql("SELECT stockalert.set_channel('email', host => 'localhost', port => $good, username => 'shop')");
waits('email credentials not configured not tried', 'no password');
set_secret($node, 'smtp', "localhost:$good", 'right');
waits('email sender address is missing or not an address not tried', 'no sender');
set_relay($good, 'right');
mended('configured');

# --- nobody there; somebody who never speaks

set_relay($nobody, 'right');
lower();
wait_until($node, 'SELECT max(attempts) >= 5 FROM stockalert.waiting_messages', 't', 'a dead relay is tried and tried');
like(sql('SELECT last_error FROM stockalert.waiting_messages'), qr/connect/i, 'and the reason is kept');
is(sql('SELECT maybe_twice FROM stockalert.waiting_messages'), 'f', 'surely not sent');
channel_is('active', 'that breaks no channel');
set_relay($good, 'right');
mended('another relay');
set_relay($silent->sockport, 'right');
lower();
wait_until($node, 'SELECT max(attempts) >= 1 FROM stockalert.waiting_messages', 't', 'a relay that hangs is given up in time');
like(sql('SELECT last_error FROM stockalert.waiting_messages'), qr/time/i, 'and the reason is kept');
set_relay($good, 'right');
mended('one that speaks');

# --- refusals of the channel: no attempt is burnt

set_relay($good, 'wrong');
lower();
waits('SMTP 535: the server refuses the user name or password not tried', 'a wrong password');
channel_is('broken', 'breaks the channel');
like(sql(q{SELECT finding FROM stockalert.health() WHERE "check" = 'channels'}), qr/broken: email: SMTP 535/, 'health() says so');
lower();
my $before = () = slurp_file("$files/good/log") =~ /wrong$/mg;
sleep 1;
is(scalar(() = slurp_file("$files/good/log") =~ /wrong$/mg), $before, 'and is not tried with every message, which would lock the account');
sql("SELECT stockalert.set_channel('email')");
wait_until($node, "SELECT count(*) FROM pg_read_file('$files/good/log') AS t, regexp_matches(t, 'wrong\$', 'gn')", $before + 1, 'set_channel() makes it try, once');
channel_is('broken', 'which changes nothing');
set_secret($node, 'smtp', "localhost:$good", 'right');
mended('the right password');
channel_is('active', 'the channel is whole');
foreach my $case ([ $plain, 'the server offers no STARTTLS', 'plain' ], [ $forged, "the server's certificate is not trusted", 'forged' ])
{
	my ($port, $why, $folder) = @$case;

	set_relay($port, 'right');
	lower();
	waits("$why not tried", $why);
	channel_is('broken', 'breaks the channel');
	unlike(-e "$files/$folder/log" ? slurp_file("$files/$folder/log") : '', qr/AUTH|MAIL|RCPT|DATA/, 'it saw neither password nor mail');
	set_relay($good, 'right');
	mended('the true relay');
}
$node->append_conf('postgresql.conf', "stockalert.allowed_networks = ''");
$node->reload;
my $log = slurp_file("$files/good/log");
lower();
waits('the address is in no network of stockalert.allowed_networks not tried', 'a name that leads inside');
is(slurp_file("$files/good/log"), $log, 'is not connected');
$node->append_conf('postgresql.conf', "stockalert.allowed_networks = '127.0.0.1'");
$node->reload;
mended('allowed');

# --- a recipient that does not exist: dead, the others are served

sql(q{INSERT INTO stockalert.subscribers (name) VALUES ('Nobody'), ('Later');
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) VALUES (2, 'email', '550@example.com'), (3, 'email', 'seq-450-421-250@example.com')});
lower();
mended('a refused recipient');
is(sql(q{SELECT string_agg(concat_ws(' ', subscriber, outcome, status, error_class, attempts), ', ' ORDER BY subscriber) FROM stockalert.delivery_log
	WHERE subject LIKE '%Item } . $number . q{'}), 'Ann sent 250 1, Later sent 250 3, Nobody dead 550 rejected 1', 'is given up at once; others are sent, or tried again');
like(sql(q{SELECT state || ' ' || finding FROM stockalert.health() WHERE "check" = 'dead letters'}), qr/^error 1 in/, 'health() counts it');

# --- people who left while their messages waited hear nothing any more

sql(q{DELETE FROM stockalert.subscribers WHERE subscriber_id > 1; INSERT INTO stockalert.subscribers (name) VALUES ('Gone'), ('Disabled'), ('Unsubscribed');
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address) SELECT subscriber_id, 'email', lower(name) || '@example.com'
		FROM stockalert.subscribers WHERE name IN ('Gone', 'Disabled', 'Unsubscribed')});
set_relay($good, 'wrong');
lower();
lower();
wait_until($node, "SELECT count(*), count(last_error), max(last_error) FROM stockalert.waiting_messages WHERE stage = 'message'",
	'8|8|SMTP 535: the server refuses the user name or password', 'each message that waits says why, tried or not');
sql(q{DELETE FROM stockalert.subscribers WHERE name = 'Gone'; UPDATE stockalert.subscribers SET enabled = false WHERE name = 'Disabled';
	DELETE FROM stockalert.subscriber_contacts WHERE address LIKE 'unsubscribed%'});
set_secret($node, 'smtp', "localhost:$good", 'right');
mended('some have left');
is(sql(q{SELECT outcome || ' ' || count(*) FROM (SELECT outcome FROM stockalert.deliveries ORDER BY message_id DESC LIMIT 8) AS d GROUP BY outcome ORDER BY 1}),
	"sent 2\nsuperseded 6", 'only who stayed is told');
unlike(slurp_file("$files/good/log"), qr/gone@|disabled@|unsubscribed@/, 'the relay heard of nobody else');
sql('DELETE FROM stockalert.subscribers WHERE subscriber_id > 1');

# --- line breaks: kept out of every field; put there by force, they make no header, no recipient, no second mail

foreach my $statement (
	q{INSERT INTO stockalert.items (sku, name) VALUES ('A', E'x\r\nBcc: evil@example.com')}, q{INSERT INTO stockalert.items (sku, name) VALUES (E'A\n', 'x')},
	q{UPDATE stockalert.locations SET name = E'x\ry'}, q{UPDATE stockalert.locations SET code = E'x\ny'}, q{UPDATE stockalert.subscribers SET name = E'Ann\r\nBcc: evil@example.com'},
	q{UPDATE stockalert.subscriber_contacts SET address = E'ann@example.com\r\nRCPT TO:<evil@example.com>'}, q{UPDATE stockalert.subscriber_contacts SET address = E'ann@example.com\n'},
	q{UPDATE stockalert.channels SET sender = E'shop@example.com\r\nBcc: evil@example.com'}, q{UPDATE stockalert.channels SET username = E'shop\n'}, q{UPDATE stockalert.channels SET host = E'localhost\n'})
{
	my ($code, undef, $error) = $node->psql('postgres', $statement);

	like($error, qr/violates check constraint/, 'refused: ' . ($statement =~ s/ (?:SET|VALUES).*//sr));
}
sql(q{ALTER TABLE stockalert.items DROP CONSTRAINT "name is 1 to 512 characters without control characters";
	ALTER TABLE stockalert.subscribers DROP CONSTRAINT "name is 1 to 192 characters without control characters";
	ALTER TABLE stockalert.subscriber_contacts DROP CONSTRAINT "an email address looks like name@example.com";
	UPDATE stockalert.items SET name = E'Item ' || item_id || E'\r\nBcc: evil@example.com\r\n\r\n.\r\nMAIL FROM:<evil@example.com>' WHERE item_id BETWEEN 30 AND 31;
	UPDATE stockalert.subscribers SET name = E'Ann>\r\nBcc: evil@example.com\r\n';
	INSERT INTO stockalert.subscribers (name) VALUES ('Trick');
	INSERT INTO stockalert.subscriber_contacts (subscriber_id, channel, address)
		SELECT subscriber_id, 'email', E'bob@example.com>\r\nRCPT TO:<evil@example.com' FROM stockalert.subscribers WHERE name = 'Trick'});
my $mails = () = glob("$files/good/*.eml");
$number = 29;
sql('UPDATE stockalert.stock_levels SET on_hand = 7 WHERE item_id = 30');
wait_until($node, 'SELECT count(*) FROM stockalert.queue', 0, 'a name full of line breaks comes to an end');
is(sql(q{SELECT string_agg(concat_ws(' ', outcome, error), ', ' ORDER BY outcome) FROM stockalert.delivery_log WHERE subject LIKE '%Item 30%'}),
	'dead the recipient is not an e-mail address, sent', 'the false address is refused alone');
my @after = sort glob("$files/good/*.eml");
is(@after - $mails, 1, 'one mail came');
my $mail = decode_json(scalar `test/peers/read_mail.py $after[-1]`);
is_deeply($mail->{defects}, [], 'without a defect');
is($mail->{headers}{'x-peer-to'}, 'ann@example.com', 'for one recipient');
ok(!exists $mail->{headers}{bcc}, 'without a header of theirs');
unlike(slurp_file("$files/good/log"), qr/evil/, 'the relay heard nothing of them');
sql(q{DELETE FROM stockalert.subscribers WHERE name = 'Trick'; UPDATE stockalert.subscribers SET name = 'Ann'});

# --- Slack: answers that refuse for now

sql("SELECT stockalert.set_channel('slack', per_second => 1000, burst => 100); UPDATE stockalert.subscriber_contacts SET channel = 'slack', address = 'slack'");
$number = 49;
@told = grep { $_ < 30 } @told;

sub posts
{
	my ($item) = @_;

	return grep { $_->{body} =~ /Item $item\b/ } map { decode_json($_) } split /\n/, slurp_file("$files/slack");
}

foreach my $case ([ 'seq/500,503,200', 3 ], [ 'seq/429,200?after=1', 1 ], [ 'seq/redirect,200', 1 ])
{
	my ($path, $attempts) = @$case;

	set_secret($node, 'slack', "localhost:$slack", "https://localhost:$slack/services/T/$path");
	lower();
	if ($path =~ /redirect/)
	{
		wait_until($node, "SELECT state || ' ' || state_reason FROM stockalert.channels WHERE channel = 'slack'",
			'broken HTTP 302: the address has moved; redirects are not followed', 'a redirect breaks the channel');
		sql("SELECT stockalert.set_channel('slack')");
	}
	mended($path);
	is(sql(q{SELECT outcome || ' ' || attempts FROM stockalert.delivery_log ORDER BY finished_at DESC LIMIT 1}), "sent $attempts", 'attempts as answered');
	my @posts = posts($number);
	is(scalar(grep { $_->{answer} eq '200' } @posts), 1, 'accepted once');
	cmp_ok($posts[1]{time} - $posts[0]{time}, '>=', 1, 'Retry-After is kept') if $path =~ /after/;
}

# --- the sum of it

cmp_ok((sort { $a <=> $b } @took)[ @took / 2 ], '<', 5, 'within seconds');

my %mails;
foreach my $file (glob("$files/good/*.eml"))
{
	my ($item) = decode_json(scalar `test/peers/read_mail.py $file`)->{headers}{subject} =~ /Item (\d+)/;

	$mails{$item}++ if slurp_file($file) =~ /^X-Peer-To: ann/m;
}
is(join(' ', grep { !$mails{$_} } grep { $_ < 30 } @told), '', 'lost: none');
is(join(' ', grep { $mails{$_} > 1 } keys %mails), '', 'twice: none');
is(sql("SELECT count(*) FROM stockalert.deliveries WHERE outcome NOT IN ('sent', 'superseded') AND status IS DISTINCT FROM 550 AND error_class <> 'address'"), 0, 'given up: none but the two that had to be');
ok(!$proxy->accept, 'the proxies of the environment were never called');
unlike(slurp_file($node->logfile), qr/PANIC|FATAL|ERROR:  (?!new row)/, 'no error of ours in the log');
$node->stop;
done_testing();
