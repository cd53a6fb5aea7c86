# People at a Znuny: each line on stdin is one act as JSON, each answer a line of JSON on stdout.
#   {"do": "create", "customer": "joan", "queue": "Support", "title": "A question"} -> {"ok": "17"}
# Acts are those of Znuny's own pages and of its mail intake, by the modules that these use. Who
# acts is a login ("by"); an act is over, its events included, when its answer is there.
use strict;
use warnings;
use JSON::PP;
use Kernel::System::ObjectManager;

local $Kernel::OM = Kernel::System::ObjectManager->new('Kernel::System::Log' => { LogPrefix => 'stage' });
my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my %acts = (
    mail => \&mail, reply => \&reply, note => \&note, state => \&state, set => \&set, field => \&field,
    merge => \&merge, delete => \&delete_it, fields => \&fields, setting => \&setting, rows => \&rows,
    right => \&right, shown => \&shown, queue => \&queue, ticket => \&ticket,
    open => \&open_ones, clear => \&clear, tasks => \&tasks,
);
$| = 1;

sub the { my $name = shift; return $Kernel::OM->Get("Kernel::System::$name") }
sub sure { my ($what, $result) = @_; return $result || die "$what was not done\n" }
sub user { my $login = shift; return sure("user $login", the('User')->UserLookup(UserLogin => $login)) }
sub ticket_of { my ($act, %more) = @_; return { the('Ticket')->TicketGet(TicketID => $act->{ticket}, UserID => 1, %more) } }

# a customer's mail at the intake: a new ticket, or a follow-up where "ticket" says to which
sub mail {
    my $act = shift;
    my %who = the('CustomerUser')->CustomerUserDataGet(User => $act->{customer});
    my $subject = $act->{title} // 'A question';
    $subject = 'Re: [Ticket#' . ticket_of($act)->{TicketNumber} . "] $subject" if $act->{ticket};
    my $text = join "\n", "From: $who{UserFirstname} $who{UserLastname} <$who{UserEmail}>", 'To: desk@znuny.test',
        "Subject: $subject", 'Message-ID: <' . join('.', time, rand) . '@customer.test>',
        ($act->{ticket} ? () : 'X-OTRS-Queue: ' . ($act->{queue} // 'Support')),
        'Content-Type: text/plain; charset=utf-8', '', ($act->{text} // 'Please help.'), '';
    my $log = $Kernel::OM->Create('Kernel::System::CommunicationLog', ObjectParams => { Transport => 'Email', Direction => 'Incoming' });
    $log->ObjectLogStart(ObjectLogType => 'Message');
    my @done = $Kernel::OM->Create('Kernel::System::PostMaster', ObjectParams => {
        CommunicationLogObject => $log, Email => \$text, Trusted => 1,
    })->Run();
    $log->ObjectLogStop(ObjectLogType => 'Message', Status => 'Successful');
    $log->CommunicationStop(Status => 'Successful');
    sure("the mail '$subject'", $done[0]);
    return "$done[1]";
}

sub article {
    my ($act, $channel, %more) = @_;
    my %told = (
        TicketID => $act->{ticket}, SenderType => 'agent', UserID => user($act->{by}), Subject => 'About it',
        Body => $act->{text} // 'Well then.', ContentType => 'text/plain; charset=utf-8', Charset => 'utf-8',
        MimeType => 'text/plain', From => "$act->{by} <$act->{by}\@desk.test>", %more,
    );
    my $backend = the('Ticket::Article')->BackendForChannel(ChannelName => $channel);
    return $channel eq 'Email' ? $backend->ArticleSend(%told) : $backend->ArticleCreate(%told);
}

# an answer by mail (AgentTicketCompose)
sub reply {
    my $act = shift;
    my $to = ticket_of($act)->{CustomerUserID} . '@customer.test';
    sure('the answer', article($act, 'Email', To => $to, IsVisibleForCustomer => 1, HistoryType => 'SendAnswer', HistoryComment => "%%$to"));
    return state($act) if $act->{state};
    return 1;
}

# an internal note (AgentTicketNote)
sub note {
    my $act = shift;
    return sure('the note', article($act, 'Internal', IsVisibleForCustomer => 0, HistoryType => 'AddNote', HistoryComment => '%%Note'));
}

# a state; a pending one with "until" (epoch seconds); closing unlocks as AgentTicketClose does
sub state {
    my $act = shift;
    my $by = user($act->{by});
    sure("state $act->{state}", the('Ticket')->TicketStateSet(State => $act->{state}, TicketID => $act->{ticket}, UserID => $by));
    if ($act->{until}) {
        my $until = $Kernel::OM->Create('Kernel::System::DateTime', ObjectParams => { Epoch => $act->{until} });
        sure('the pending time', the('Ticket')->TicketPendingTimeSet(String => $until->ToString(), TicketID => $act->{ticket}, UserID => $by));
    }
    if ($act->{state} =~ /^closed/) {
        sure('unlock', the('Ticket')->TicketLockSet(Lock => 'unlock', TicketID => $act->{ticket}, UserID => $by));
    }
    return 1;
}

# one attribute: priority, queue, owner, lock
sub set {
    my $act = shift;
    my %call = (
        priority => sub { the('Ticket')->TicketPrioritySet(Priority => $act->{value}, @_) },
        queue    => sub { the('Ticket')->TicketQueueSet(Queue => $act->{value}, @_) },
        owner    => sub { the('Ticket')->TicketOwnerSet(NewUser => $act->{value}, @_) },
        lock     => sub { the('Ticket')->TicketLockSet(Lock => $act->{value}, @_) },
        title    => sub { the('Ticket')->TicketTitleUpdate(Title => $act->{value}, @_) },
        customer => sub { the('Ticket')->TicketCustomerSet(No => $act->{value}, @_) },
    );
    return sure("$act->{what} $act->{value}", $call{ $act->{what} }->(TicketID => $act->{ticket}, UserID => user($act->{by})));
}

# a dynamic field; a list for a Multiselect
sub field {
    my $act = shift;
    my $config = the('DynamicField')->DynamicFieldGet(Name => $act->{name});
    return sure("field $act->{name}", the('DynamicField::Backend')->ValueSet(
        DynamicFieldConfig => $config, ObjectID => $act->{ticket}, Value => $act->{value}, UserID => user($act->{by}),
    ));
}

sub merge {
    my $act = shift;
    return sure('the merge', the('Ticket')->TicketMerge(
        MainTicketID => $act->{into}, MergeTicketID => $act->{ticket}, UserID => user($act->{by}),
    ));
}

sub delete_it { my $act = shift; return sure('the deletion', the('Ticket')->TicketDelete(TicketID => $act->{ticket}, UserID => 1)) }

# every ticket of some queues but one is deleted
sub clear {
    my $act = shift;
    my @all = grep { $_ != $act->{but} }
        the('Ticket')->TicketSearch(Result => 'ARRAY', Queues => $act->{queues}, Limit => 1000, UserID => 1);
    sure("the deletion of $_", the('Ticket')->TicketDelete(TicketID => $_, UserID => 1)) for @all;
    return scalar @all;
}

# Admin > Dynamic Fields: {"fields": [{"name": …, "type": …, "values": […]}]}
sub fields {
    my $act = shift;
    for my $field (@{ $act->{fields} }) {
        my %values = map { $_ => $_ } @{ $field->{values} || [] };
        my %config = (DefaultValue => '', %values ? (PossibleValues => \%values, PossibleNone => 1) : ());
        sure("field $field->{name}", the('DynamicField')->DynamicFieldAdd(
            Name => $field->{name}, Label => $field->{label} // $field->{name}, FieldType => $field->{type},
            FieldOrder => 9999, ObjectType => 'Ticket', Config => \%config, ValidID => 1, UserID => 1,
        ));
    }
    return 1;
}

# what an agent of a group may do: {"by": login, "group": …, "rights": [...]}
sub right {
    my $act = shift;
    my %has = map { $_ => 1 } @{ $act->{rights} };
    my $group = the('Group')->GroupLookup(Group => $act->{group});
    return sure('the rights', the('Group')->PermissionGroupUserAdd(
        GID => $group, UID => user($act->{by}), UserID => 1,
        Permission => { map { $_ => $has{$_} ? 1 : 0 } qw(ro move_into create note owner priority rw) },
    ));
}

# another queue of a group
sub queue {
    my $act = shift;
    return '' . sure("queue $act->{name}", the('Queue')->QueueAdd(
        Name => $act->{name}, GroupID => the('Group')->GroupLookup(Group => $act->{group}), ValidID => 1,
        SystemAddressID => 1, SalutationID => 1, SignatureID => 1, FollowUpID => 1, FollowUpLock => 0,
        UnlockTimeout => 0, Comment => $act->{name}, UserID => 1,
    ));
}

# Admin > System Configuration: one setting, deployed at once
sub setting {
    my $act = shift;
    my $config = the('SysConfig');
    my $lock = $config->SettingLock(Name => $act->{name}, Force => 1, UserID => 1);
    my %done = $config->SettingUpdate(
        Name => $act->{name}, EffectiveValue => $act->{value}, ExclusiveLockGUID => $lock, UserID => 1, IsValid => 1,
    );
    sure("setting $act->{name}: " . ($done{Error} // ''), $done{Success});
    $config->SettingUnlock(Name => $act->{name});
    my %deployed = $config->ConfigurationDeploy(Comments => 'tests', DirtySettings => [$act->{name}], UserID => 1, Force => 1);
    return sure('the deployment', $deployed{Success});
}

sub ticket { my $act = shift; return ticket_of($act, DynamicFields => 1, Extended => 1) }

# what agents look at
sub shown {
    my $act = shift;
    my $raw = ticket_of($act, DynamicFields => 1);
    return { map { $_ => $raw->{$_} } 'Title', 'State', 'Queue', 'Owner', 'Priority', 'Lock', grep { /^DynamicField_/ } keys %{$raw} };
}

# tickets of queues that are not closed
sub open_ones {
    my $act = shift;
    return [ the('Ticket')->TicketSearch(
        Result => 'ARRAY', Queues => $act->{queues}, StateType => 'Open', Limit => 1000, UserID => 1,
    ) ];
}

# how many calls of invokers Znuny's daemon has still to make
sub tasks {
    my @left = the('Daemon::SchedulerDB')->TaskList(Type => 'GenericInterface');
    return scalar @left;
}

# every history entry of a ticket, oldest first
sub rows {
    my $act = shift;
    my @told = qw(HistoryType Name CreateTime CreateBy ArticleID);
    return [ map { my $row = $_; +{ map { $_ => $row->{$_} } @told } } the('Ticket')->HistoryGet(TicketID => $act->{ticket}, UserID => 1) ];
}

while (my $line = <STDIN>) {
    my $act = $json->decode($line);
    my $result = eval { ($acts{ $act->{do} } || die "no act $act->{do}\n")->($act) };
    my $failed = $@;
    $Kernel::OM->ObjectEventsHandle();
    $Kernel::OM->ObjectsDiscard();
    print $json->encode($failed ? { error => "$act->{do}: $failed" } : { ok => $result }), "\n";
}
