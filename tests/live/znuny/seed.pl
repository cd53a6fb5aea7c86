# What an administrator of this throw-away Znuny has done: groups, queues, people and their rights.
# Fields and web services are not here: the tests make them as the guide of slaplugin says.
# Run by start-znuny.sh; every password is ZNUNY_PASSWORD.
use strict;
use warnings;
use Kernel::System::ObjectManager;

local $Kernel::OM = Kernel::System::ObjectManager->new('Kernel::System::Log' => { LogPrefix => 'seed' });
my $password = $ENV{ZNUNY_PASSWORD};
my ($group, $queue, $user) = map { $Kernel::OM->Get("Kernel::System::$_") } qw(Group Queue User);

sub made { my ($what, $id) = @_; return $id || die "$what could not be made\n" }

my %groups = map { $_ => made($_, $group->GroupAdd(Name => $_, ValidID => 1, UserID => 1)) } qw(desk archive secret);
my %queues = (Support => 'desk', Escalations => 'desk', Billing => 'desk', Archive => 'archive', Hidden => 'secret');
for my $name (sort keys %queues) {
    made($name, $queue->QueueAdd(
        Name => $name, GroupID => $groups{ $queues{$name} }, ValidID => 1, SystemAddressID => 1,
        SalutationID => 1, SignatureID => 1, FollowUpID => 1, FollowUpLock => 0, UnlockTimeout => 0,
        Comment => "$name requests", UserID => 1,
    ));
}

# the agents may do everything, slaplugin's account what the guide asks for
my %rights = (
    agents => { desk => ['rw'], archive => ['rw'], secret => ['rw'] },
    sla    => { desk => [qw(ro rw priority owner note move_into close)], archive => ['ro'] },
);
my %people = (
    'root@localhost' => 'agents',
    anna => 'agents', ben => 'agents', carla => 'agents', dmitri => 'agents', 'sla.api' => 'sla',
);
my @all = qw(ro move_into create note owner priority rw);
for my $login (sort keys %people) {
    my $id = $login eq 'root@localhost' ? 1 : made($login, $user->UserAdd(
        UserFirstname => ucfirst $login, UserLastname => 'Berg', UserLogin => $login, UserPw => $password,
        UserEmail => "$login\@desk.test", ValidID => 1, ChangeUserID => 1,
    ));
    $user->SetPassword(UserLogin => $login, PW => $password);
    my $given = $rights{ $people{$login} };
    for my $name (sort keys %{$given}) {
        my %has = map { $_ => 1 } @{ $given->{$name} };
        made("$login in $name", $group->PermissionGroupUserAdd(
            GID => $groups{$name}, UID => $id, UserID => 1,
            Permission => { map { $_ => $has{$_} ? 1 : 0 } @all, 'close' },
        ));
    }
}

my ($company, $customer) = map { $Kernel::OM->Get("Kernel::System::$_") } qw(CustomerCompany CustomerUser);
my %companies = (ACME => [qw(joan raj)], GLOBEX => ['li']);
for my $id (sort keys %companies) {
    made($id, $company->CustomerCompanyAdd(CustomerID => $id, CustomerCompanyName => ucfirst lc $id, ValidID => 1, UserID => 1));
    for my $login (@{ $companies{$id} }) {
        made($login, $customer->CustomerUserAdd(
            Source => 'CustomerUser', UserFirstname => ucfirst $login, UserLastname => 'Webb',
            UserCustomerID => $id, UserLogin => $login, UserPassword => $password,
            UserEmail => "$login\@" . lc($id) . '.test', ValidID => 1, UserID => 1,
        ));
    }
}
print "seeded\n";
