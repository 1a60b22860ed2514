# E-mail by a relay that nobody here wrote: Exim, by STARTTLS and by TLS from the first byte, with a log-in; what it
# delivers is read by Python's email package, and what it refuses or puts off ends as it should.
use strict;
use warnings;
use Encode;
use File::Temp qw(tempdir);
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Shop;

my $files = tempdir(CLEANUP => 1);
my @tls = make_ca($files);
system('python3', 'test/peers/exim_peer.py', '--packages', "$files/packages") == 0 or die 'no Exim';
my $relay = start_peer('exim_peer.py', '--packages', "$files/packages", '--dir', "$files/exim", @tls);
my $tls   = slurp_file("$files/exim/tls_port");

my $node = new_server('exim', live($files), "stockalert.smtp_hosts = 'localhost:$relay, localhost:$tls'",
	"stockalert.shop_name = 'Café Kiosk'", 'stockalert.retry_base = 100', 'stockalert.digest_after = 5',
	'stockalert.storm_after = 1000');
install_shop($node, 'postgres', 60, 'email', 'ann@example.test');

my $done = 0;
my $item = 1;

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

sub lower
{
	my ($where, $quantity) = @_;

	sql("SET stockalert.as_of = '2026-03-01 09:00+00'; UPDATE stockalert.stock_levels SET on_hand = $quantity WHERE item_id $where");
	return;
}

sub next_ends
{
	my ($expected, $what) = @_;

	$done++;
	wait_until($node, 'SELECT count(*) FROM stockalert.deliveries', $done, "$what: comes to an end");
	is(sql(q{SELECT concat_ws('|', outcome, status) FROM stockalert.deliveries ORDER BY finished_at DESC LIMIT 1}), $expected, $what);
	return;
}

# The mails that arrived since, as Python's email package reads them.
my %seen;

sub arrived
{
	my ($number) = @_;
	my @new;

	for (1 .. 900)
	{
		@new = grep { !$seen{$_} } glob "$files/exim/box/new/*";
		last if @new >= $number;
		select undef, undef, undef, 0.1;
	}
	@seen{@new} = (1) x @new;
	return map { my ($out, $err) = run_command([ 'python3', 'test/peers/read_mail.py', $_ ]); is($err, '', 'the mail can be read'); decode_json($out) } @new;
}

sql("SELECT stockalert.set_channel('email', host => 'localhost', port => $relay, username => 'relay', sender => 'stock\@shop.example', per_second => 1000, burst => 100)");
set_secret($node, 'smtp', "localhost:$relay", 'p w');
lower('= 1', 7);
next_ends('sent|250', 'Exim takes an alert');
my ($mail) = arrived(1);
is_deeply($mail->{defects}, [], 'the mail is without a defect');
is(join(' ', map { $_->{type} } @{ $mail->{parts} }), 'text/plain text/html', 'it has both parts');
like($mail->{headers}{subject}, qr/Item 1/, 'its subject names the item');
is($mail->{headers}{to}, 'Ann <ann@example.test>', 'it is for Ann');
like(slurp_file("$files/exim/log/mainlog"), qr/ <= \S+ H=\S+ .*P=esmtpsa X=TLS1\.[23].* A=(?:plain|login):relay/, 'it came by TLS, logged in');

sql(q{UPDATE stockalert.items SET name = 'Façade "Łódź" <b>&amp; ☕ .Bcc: evil@example.com ' || repeat('é', 150) WHERE item_id = 2});
lower('= 2', 0);
next_ends('sent|250', 'a hostile name');
($mail) = arrived(1);
is_deeply($mail->{defects}, [], 'makes no defect');
is($mail->{headers}{bcc}, undef, 'and no header');
like(Encode::encode_utf8($mail->{headers}{subject}), qr/Façade/, 'it is in the subject');
lower('BETWEEN 20 AND 31', 2);
next_ends('sent|250', 'a digest');
($mail) = arrived(1);
is_deeply($mail->{defects}, [], 'is without a defect');
like($mail->{html_text}, qr/Item 31/, 'and holds every item');

# What it refuses, and what it wants later.
sql("UPDATE stockalert.subscriber_contacts SET address = 'bad\@example.test'");
lower('= 3', 0);
next_ends('dead|550', 'a mailbox that is none ends the message');
sql("UPDATE stockalert.subscriber_contacts SET address = 'ann\@elsewhere.test'");
lower('= 4', 0);
next_ends('dead|550', 'so does a domain that is not relayed');
sql("UPDATE stockalert.subscriber_contacts SET address = 'grey\@example.test'");
lower('= 5', 0);
wait_until($node, q{SELECT attempts > 1 FROM stockalert.queue WHERE stage = 'message'}, 't', 'a greylisted one is tried again');
is(sql('SELECT count(*) FROM stockalert.deliveries'), $done, 'and did not end');
sql("DELETE FROM stockalert.queue; UPDATE stockalert.subscriber_contacts SET address = 'ann\@example.test'");

# By TLS from the first byte, and with a wrong password.
sql("SELECT stockalert.set_channel('email', port => $tls, security => 'tls')");
set_secret($node, 'smtp', "localhost:$tls", 'p w');
lower('= 6', 0);
next_ends('sent|250', 'by TLS from the first byte');
($mail) = arrived(1);
is_deeply($mail->{defects}, [], 'too');
set_secret($node, 'smtp', "localhost:$tls", 'wrong');
lower('= 7', 0);
wait_until($node, q{SELECT state FROM stockalert.channels WHERE channel = 'email'}, 'broken', 'a wrong password makes the channel wait');
is(scalar(arrived(0)), 0, 'and nothing arrives');
$node->stop;

done_testing();
