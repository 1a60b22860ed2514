# Webhooks of Square through the front that the README has: signed by the stand-in, verified by the syncer, read at once.
use strict;
use warnings;
use IPC::Run;
use IO::Socket::INET;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);
use Shop;
use SquareShop;

my $shop = SquareShop->new('front', 40);
my ($node, $square) = @{$shop}{qw(node square)};
my ($key, $url) = ('canary-signature-key', 'https://shop.example/square');
my ($script) = slurp_file('README.md') =~ /^```python\n(#!.*?\n# square_front\.py .*?)^```$/ms;
my $port = PostgreSQL::Test::Cluster::get_free_port();

ok(defined $script, 'the README has a front');
cmp_ok(scalar(() = $script =~ /^.*\S/mg), '<=', 22, 'of about 20 lines');
append_to_file("$shop->{files}/square_front.py", $script);
$shop->sql('CREATE ROLE front LOGIN; GRANT stockalert_webhook TO front');
set_secret($node, 'square_webhook', 'connect.squareup.com:443', "$key#$url");
my $front = do
{
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'postgres', PGUSER => 'front');
	IPC::Run::start([ 'python3', "$shop->{files}/square_front.py", $port ], '>', \my $out, '2>', \my $err);
};
END { $front->kill_kill(grace => 1) if $front; }
for (1 .. 1000)
{
	last if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
	sleep 0.05;
}

# Lets the stand-in post what happened since the last call.
sub post
{
	my (%more) = @_;

	return $square->tell('webhook', { url => $url, key => $key, post_to => "http://127.0.0.1:$port/square", %more });
}

sub states
{
	my ($state) = @_;

	return $shop->sql("SELECT count(*) FROM stockalert.webhook_inbox WHERE state = '$state'");
}

post(send => \0);
$shop->sql("SELECT stockalert.set_connection('shop', sync_every => '1 day')");
$shop->sync('before');
$shop->day;
my $sent = post(copies => 2, order => 'reverse');
is(join(' ', sort { $a <=> $b } map { $_->{status} } @{$sent}), join(' ', (200) x @{$sent}), 'each is taken');
wait_until($node, "SELECT count(*) FROM stockalert.webhook_inbox WHERE state = 'pending'", '0', 'and handled');
is(states('duplicate'), @{$sent} / 2, 'what comes twice counts once');
is(states('forged'), 0, 'none is forged');
wait_until($node, q{SELECT bool_and(finished_at >= requested_at AND started_at >= requested_at) FROM stockalert.sync_streams WHERE stream IN ('counts', 'movements', 'orders')}, 't', 'what they tell of is read');
$shop->same('after webhooks alone');
foreach my $forgery (qw(signature key body none))
{
	my $before = states('forged');

	$shop->day;
	my $forged = post(forge => $forgery);
	wait_until($node, "SELECT count(*) FROM stockalert.webhook_inbox WHERE state = 'pending'", '0', "forged by $forgery: handled");
	is(states('forged') - $before, scalar(@{$forged}), 'and seen to be forged');
}
is($shop->sql(q{SELECT count(*) FROM stockalert.sync_streams WHERE requested_at > finished_at}), '0', 'nothing was read for them');
unlike(slurp_file($node->logfile), qr/canary/, 'the key is not in the log');
done_testing();
