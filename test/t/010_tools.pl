# The two tools by themselves: keys are made once and never overwritten, checked as the worker checks them,
# and a secret is sealed without being seen.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use IPC::Run;
use File::Temp qw(tempdir);

my $folder       = tempdir(CLEANUP => 1);
my $inputs       = tempdir(CLEANUP => 1);
my $file         = "$folder/key";
my $installation = '10111213-1415-1617-1819-1a1b1c1d1e1f';
my $secret       = 'https://hooks.slack.com/services/T0/B0/canarycanarycanary';

# Runs a tool; returns exit status, output and errors.  The input is a file: one that refuses its options
# never reads, and a pipe to it would break.
sub run_tool
{
	my ($input, @command) = @_;
	my ($out, $err) = ('', '');
	open(my $handle, '>', "$inputs/input") or die $!;
	print $handle $input;
	close $handle;
	IPC::Run::run(\@command, '<', "$inputs/input", '>', \$out, '2>', \$err, IPC::Run::timeout(240));
	return ($? >> 8, $out, $err);
}

sub keygen
{
	return run_tool('', 'stockalert-keygen', @_);
}

sub refused
{
	my ($name, $status, $pattern, $got, $out, $err) = @_;
	is($got, $status, "$name: exit status");
	is($out, '', "$name: nothing on standard output");
	like($err, $pattern, "$name: why");
	unlike("$out$err", qr/canary/, "$name: the secret is not repeated");
	return;
}

sub slurp
{
	my ($path) = @_;
	open(my $handle, '<', $path) or die "$path: $!";
	local $/ = undef;
	return <$handle>;
}

# --- stockalert-keygen ---

my ($status, $out, $err) = keygen($file);
is($status, 0, 'a key file is made') or diag($err);
my ($key_id) = $out =~ /key id\s+([0-9a-f]{16})$/m;
my ($public) = $out =~ /public key\s+([0-9a-f]{64})$/m;
ok($key_id && $public, 'key id and public key are printed');
like($out, qr/stockalert\.key_file = '\Q$file\E'/, 'and the configuration line');
is((stat $file)[2] & 07777, 0600, 'mode 0600 whatever the umask');
my $text = slurp($file);
my ($secret_key) = $text =~ /^stockalert-key-v1 $key_id ([0-9a-f]{64})\n\z/;
ok($secret_key, 'one line of the form the worker reads');
unlike($out, qr/$secret_key/, 'the secret key is not printed');

refused('made again', 1, qr/exists and is left as it is/, keygen($file));
is(slurp($file), $text, 'the file is as before');
($status, $out, $err) = keygen('--check', $file);
is($status, 0, 'check passes');
like($out, qr/Active key:\s+key id\s+$key_id/, 'check shows the key');

($status, $out, $err) = keygen('--add', $file);
is($status, 0, 'a second key is added') or diag($err);
like(slurp($file), qr/\Astockalert-key-v1 (?!$key_id)[0-9a-f]{16} [0-9a-f]{64}\n\Q$text\E\z/, 'before the old one, which stays');
is((stat $file)[2] & 07777, 0600, 'mode 0600 still');
is_deeply([ sort map { s{.*/}{}r } glob("$folder/*") ], ['key'], 'no temporary file is left');
my ($new_id) = $out =~ /key id\s+([0-9a-f]{16})$/m;
($status, $out, $err) = keygen('--check', $file);
like($out, qr/2 keys.*Active key:\s+key id\s+$new_id.*Older key:\s+key id\s+$key_id/s, 'check shows both');

symlink($file, "$folder/link") or die $!;
($status, $out, $err) = keygen('--add', "$folder/link");
is($status, 0, 'added through a symlink');
ok(-l "$folder/link" && slurp($file) =~ /(?:stockalert-key-v1.*\n){3}/, 'the link stays, the file behind it changes');
unlink "$folder/link";

chmod 0644, $file;
refused('check of an open file', 1, qr/chmod 0600/, keygen('--check', $file));
refused('adding to an open file', 1, qr/chmod 0600/, keygen('--add', $file));
chmod 0600, $file;
refused('check of nothing', 1, qr/does not exist/, keygen('--check', "$folder/none"));
refused('check of a folder', 1, qr/no regular file/, keygen('--check', $folder));
refused('no folder', 1, qr/cannot use the folder/, keygen("$folder/none/key"));
refused('no file named', 2, qr/--help/, keygen());
refused('two modes', 2, qr/--help/, keygen('--add', '--check', $file));
refused('unknown user', 1, qr/not known/, keygen('--owner', 'no-such-user-here', "$folder/other"));

mkdir "$folder/data" or die $!;
mkdir "$folder/data/global" or die $!;
mkdir "$folder/data/sub" or die $!;
append_to_file("$folder/data/global/pg_control", 'x');
refused('in a data directory', 1, qr/is a data directory/, keygen("$folder/data/key"));
refused('deeper in it', 1, qr/is a data directory/, keygen("$folder/data/sub/key"));
ok(!-e "$folder/data/key" && !-e "$folder/data/sub/key", 'nothing was made there');
append_to_file("$folder/damaged", "# mine\nstockalert-key-v1 $key_id " . ('0' x 64) . "\n");
chmod 0600, "$folder/damaged";
refused('a damaged line', 1, qr/does not belong to the secret.*line 2/, keygen('--check', "$folder/damaged"));

# --- stockalert-seal ---

my %values = ('--key-id' => $key_id, '--public-key' => $public, '--installation' => $installation, '--name' => 'slack');

# Seals with %values changed; undef leaves an option out.
sub seal
{
	my ($input, $changes, @more) = @_;
	my %now = (%values, %$changes);
	my @options = map { ($_, $now{$_}) } grep { defined $now{$_} } sort keys %now;
	return run_tool($input, 'stockalert-seal', @options, @more);
}

($status, $out, $err) = seal("$secret\n", {});
is($status, 0, 'a secret is sealed') or diag($err);
like($out, qr/\Asa1:[A-Za-z0-9_-]{200,}\n\z/, 'the envelope and nothing else');
is($err, '', 'without a word beside it');
my (undef, $again) = seal("$secret\n", {});
isnt($again, $out, 'sealing again gives another envelope');
my (undef, $shorter) = seal("https://hooks.slack.com/a\n", {});
is(length $shorter, length $out, 'whose length does not tell that of the secret');
($status, $out) = seal($secret, { '--name' => 'slack:ops' }, '--sql');
like($out, qr/\ASELECT \* FROM stockalert\.set_credential\('slack:ops', 'sa1:[A-Za-z0-9_-]+'\);\n\z/, '--sql prints a statement');
($status) = seal("pass word \xc3\xa4\r\n", { '--name' => 'smtp', '--dest' => 'mail.example.com:587' });
is($status, 0, 'a mail password may have blanks and other letters');
($status) = seal('x' x 4096, { '--name' => 'twilio' });
is($status, 0, '4096 bytes are taken');

refused('key id of another key', 1, qr/does not have the key id/, seal($secret, { '--key-id' => '0' x 16 }));
refused('bad key id', 1, qr/16 hexadecimal/, seal($secret, { '--key-id' => 'x' }));
refused('bad public key', 1, qr/64 hexadecimal/, seal($secret, { '--public-key' => substr($public, 1) }));
refused('bad installation', 1, qr/UUID/, seal($secret, { '--installation' => substr($installation, 1) }));
refused('bad name', 1, qr/no credential/, seal($secret, { '--name' => 'Slack' }));
refused('bad destination', 1, qr/host:port/, seal($secret, { '--dest' => 'hooks.slack.com' }));
refused('URL of another host', 1, qr/does not lead to/, seal('https://evil.example/canary', {}));
refused('not a URL', 1, qr/webhook's URL/, seal('canarycanary', {}));
refused('host missing', 2, qr/--dest is missing/, seal('canary', { '--name' => 'smtp' }));
refused('empty', 1, qr/empty/, seal("\n", { '--name' => 'twilio' }));
refused('too long', 1, qr/longer than 4096/, seal('x' x 4097, { '--name' => 'twilio' }));
refused('two lines', 1, qr/line break/, seal("canary\ncanary\n", { '--name' => 'twilio' }));
refused('NUL', 1, qr/control character/, seal("canary\0canary", { '--name' => 'twilio' }));
refused('blank', 1, qr/space/, seal('canary canary', { '--name' => 'twilio' }));
refused('secret as an argument', 2, qr/never given/, seal('', {}, 'canary'));
for my $option (sort keys %values)
{
	refused("without $option", 2, qr/$option is missing/, seal($secret, { $option => undef }));
}

# At a terminal it asks for everything, and does not show the secret.
SKIP:
{
	skip 'no terminal can be opened', 3 unless eval { require IO::Pty; IO::Pty->new or die; 1 };
	my ($screen, $in) = ('', join("\n", $key_id, $public, $installation, 'slack', '', $secret) . "\n");
	my $tool = IPC::Run::start([ 'stockalert-seal', '--sql' ], '<pty<', \my $typed, '>pty>', \$screen, IPC::Run::timeout(240));
	for my $line (split /\n/, $in, -1)
	{
		my $seen = length $screen;
		$tool->pump until length($screen) > $seen && $screen =~ /: ?\z/ || $screen =~ /set_credential/;
		last if $screen =~ /set_credential/;
		$typed = "$line\n";
	}
	$tool->finish;
	is($tool->result(0), 0, 'asked at a terminal');
	like($screen, qr/Destination host:port \[hooks\.slack\.com:443\]:.*set_credential\('slack', 'sa1:/s, 'with the usual host offered');
	unlike($screen, qr/canary/, 'the secret is not shown');
}

for my $tool ('stockalert-keygen', 'stockalert-seal')
{
	($status, $out, $err) = run_tool('', $tool, '--help');
	ok($status == 0 && $out =~ /Usage:/ && $err eq '', "$tool --help");
	refused("$tool with an unknown option", 2, qr/--help/, run_tool('', $tool, '--no-such'));
}

done_testing();
