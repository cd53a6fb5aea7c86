#!/usr/bin/env bash
# Throw-away instances of a real Request Tracker 5, from Debian's own packages, for the live tests.
#
#   start-rt.sh install               apt-get the packages (root)
#   start-rt.sh installed             says what is missing, if anything is
#   start-rt.sh prepare PORT DATA     make and seed DATA/rt.db without serving it
#   start-rt.sh start  PORT DATA      make DATA/rt.db if missing, serve 127.0.0.1:PORT
#   start-rt.sh seed   PORT DATA      queues, people, rights, custom fields, bot token
#   start-rt.sh up     PORT DATA      start + seed
#   start-rt.sh clock  PORT DATA WHEN [frozen]   move the running server's clock to
#                                     "2026-03-02 09:00:00" (UTC), ticking on from there or
#                                     frozen; WHEN "real" goes back. Needs package faketime.
#   start-rt.sh mail   PORT DATA QUEUE [comment]   feed an e-mail on stdin to the gateway
#   start-rt.sh perl   PORT DATA      run Perl from stdin inside this RT: what an administrator
#                                     does in web pages that REST does not offer (rights, tokens)
#   start-rt.sh insert PORT DATA      feed rt-setup-database a file of initial data on stdin
#   start-rt.sh status PORT DATA
#   start-rt.sh stop   PORT DATA      stops the process named in DATA/rt.pid, nothing else
#
# Every instance owns one DATA directory: SQLite file, config, caches, logs, mailbox.
# A system-wide RT (its config, database, caches) is neither read nor written.
# Started by root the server runs as RT_USER (default www-data); started by anybody
# else it runs as that user. Every verb can be repeated.
#
# Environment: RT_USER, RT_ROOT_PASSWORD (default "sla-root-pw"), RT_WORKERS (3),
# RT_SLOW_AUTH=1 (keep RT's production bcrypt cost of 12 instead of the minimum),
# RT_NATIVE_SLA=1 (switch RT's own %ServiceAgreements on, to compare against),
# RT_LIKE=DIR (begin with the database of DIR, an instance that is prepared and not running).
set -euo pipefail

die() { echo "start-rt: $*" >&2; exit 1; }
verb=${1:-help}
LIB=/usr/share/request-tracker5
FAKE=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n1 || true)

if [ "$verb" = install ]; then
    [ "$(id -u)" = 0 ] || die "install needs root"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -o DPkg::Lock::Timeout=600 -qq update
    # dbconfig-no-thanks keeps apt from building a system database; msmtp-mta is the
    # lightest package that satisfies the mail-transport-agent dependency.
    exec apt-get -o DPkg::Lock::Timeout=600 install -qq -y --no-install-recommends \
        request-tracker5 rt5-db-sqlite rt5-standalone \
        dbconfig-no-thanks msmtp-mta faketime
fi

if [ "$verb" = installed ]; then
    [ -d "$LIB/lib" ] || die "Request Tracker is not installed"
    [ -n "$FAKE" ] || die "the package faketime is missing"
    [ -x /usr/bin/rt-mailgate-5 ] || die "the package rt5-clients is missing"
    [ -x /usr/sbin/rt-setup-database-5 ] || die "the package request-tracker5 is incomplete"
    exit 0
fi

case "$verb" in prepare|start|seed|up|clock|mail|perl|insert|status|stop) ;; *) sed -n '2,29p' "$0"; exit 2;; esac
PORT=${2:?PORT missing}; DATA=${3:?DATA directory missing}
[[ $PORT =~ ^[0-9]+$ ]] || die "PORT must be a number"
[[ $DATA =~ ^[A-Za-z0-9._/-]+$ ]] || die "DATA may hold letters, digits and ._/- only"
case "$verb" in
prepare|start|seed|up)
    mkdir -p "$DATA"   # the directory changes owner below, so take only a new, an empty or an own one
    [ -e "$DATA/.rt-instance" ] || [ -z "$(ls -A "$DATA")" ] || die "$DATA is not empty and not an instance of mine"
    touch "$DATA/.rt-instance" ;;
stop|status) [ -e "$DATA/.rt-instance" ] || { echo "stopped"; [ "$verb" = stop ] && exit 0 || exit 3; } ;;
*)  [ -e "$DATA/.rt-instance" ] || die "no instance in $DATA" ;;
esac
DATA=$(cd "$DATA" && pwd)
URL=http://127.0.0.1:$PORT
ROOTPW=${RT_ROOT_PASSWORD:-sla-root-pw}
[ -d "$LIB/lib" ] || die "request-tracker5 is not installed (run: start-rt.sh install)"

RUN=()
if [ "$(id -u)" = 0 ] && [ "${RT_USER:-www-data}" != root ]; then
    u=${RT_USER:-www-data}
    chown "$u:$(id -gn "$u")" "$DATA"
    RUN=(setpriv --reuid="$u" --regid="$(id -g "$u")" --init-groups)
    "${RUN[@]}" test -w "$DATA" || die "user $u cannot reach $DATA (a parent directory is closed); choose another DATA or set RT_USER=root"
fi
# cd first: RT resolves its own path and an unreadable cwd would break that
rt() { (cd "$DATA" && exec "${RUN[@]}" env -u PERL5LIB HOME="$DATA" TZ=UTC LANG=C.UTF-8 \
        RT_SITE_CONFIG="$DATA/RT_SiteConfig.pm" RT_SITE_CONFIG_DIR="$DATA/conf.d" "$@"); }

pid_alive() { [ -s "$DATA/rt.pid" ] && kill -0 "$(cat "$DATA/rt.pid")" 2>/dev/null \
              && tr '\0' ' ' <"/proc/$(cat "$DATA/rt.pid")/cmdline" | grep -q "rt-server.*--port $PORT "; }
# the server runs in a process group of its own (setsid): list what is left of it, workers included
group() { local p=$1 f st; for f in /proc/[0-9]*/stat; do
    { read -r st <"$f"; } 2>/dev/null || continue; st=${st##*) }; set -- $st
    [ "$3" = "$p" ] || continue; f=${f%/stat}
    if { tr '\0' ' ' <"$f/cmdline"; } 2>/dev/null | grep -q "rt-server.*--port $PORT "; then echo "${f#/proc/}"; fi
done; }
answers() { perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0], Timeout => 2) or exit 1;
    $s->autoflush(1); print $s "GET /REST/2.0/rt HTTP/1.0\r\nHost: 127.0.0.1:$ARGV[0]\r\n\r\n";
    my $l = <$s> // ""; exit($l =~ / (200|401) / ? 0 : 1)' "$PORT" 2>/dev/null; }

write_config() {
    rt mkdir -p "$DATA/conf.d" "$DATA/mason" "$DATA/sessions" "$DATA/var"
    local tmp=$DATA/.siteconfig.$$
    cat >"$tmp" <<PERL
# written by start-rt.sh, rewritten on every start; local additions go to conf.d/*.pm
\$RT::VarPath         = '$DATA/var';
\$RT::MasonDataDir    = '$DATA/mason';
\$RT::MasonSessionDir = '$DATA/sessions';
Set(\$rtname, 'sla.test');
Set(\$Organization, 'sla.test');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, $PORT);
Set(\$WebPath, '');
Set(\$WebBaseURL, '$URL');
Set(\$Timezone, 'UTC');
Set(\$DatabaseType, 'SQLite');
Set(\$DatabaseName, '$DATA/rt.db');
Set(\$CorrespondAddress, 'support\@sla.test');
Set(\$CommentAddress, 'support-comment\@sla.test');
Set(\$LogToSyslog, undef);
Set(\$LogToSTDERR, 'warning');
Set(\$HTMLFormatter, 'core');
Set(\$BcryptCost, $([ -n "${RT_SLOW_AUTH:-}" ] && echo 12 || echo 4));
Set(%GnuPG, Enable => 0);
Set(%SMIME, Enable => 0);
# outgoing mail lands in one file, so nothing ever leaves the machine
Set(\$MailCommand, sub {
    my \$entity = shift;
    open my \$out, '>>', '$DATA/mail.mbox' or return 0;
    print \$out "From rt\@sla.test \@{[ scalar gmtime ]}\n", \$entity->as_string, "\n";
    return close \$out;
});
PERL
    if [ -n "${RT_NATIVE_SLA:-}" ]; then cat >>"$tmp" <<'PERL'
Set(%ServiceBusinessHours, Default => {
    map { $_ => { Name => "day$_", Start => '09:00', End => '17:00' } } 1 .. 5 });
Set(%ServiceAgreements,
    Default => 'standard', QueueDefault => { VIP => 'vip' },
    Levels => {
        standard => { Response => { BusinessMinutes => 240 }, Resolve => { BusinessMinutes => 1440 } },
        vip      => { StartImmediately => 1, Response => { RealMinutes => 30 }, Resolve => { RealMinutes => 240 } },
    });
PERL
    fi
    chmod 644 "$tmp"; mv "$tmp" "$DATA/RT_SiteConfig.pm"
}

write_env() {
    { echo "RT_URL=$URL"; echo "RT_TOKEN=$(cat "$DATA/slabot.token")"
      echo "RT_BOT=slabot"; echo "RT_ROOT_PASSWORD=$ROOTPW"; } >"$DATA/rt.env"; chmod 600 "$DATA/rt.env"
}

do_database() {
    write_config
    if [ ! -e "$DATA/.db-ready" ] && [ -n "${RT_LIKE:-}" ]; then
        rt cp -p "$RT_LIKE/rt.db" "$RT_LIKE/slabot.token" "$DATA"
        write_env
        touch "$DATA/.db-ready" "$DATA/.seeded"
    elif [ ! -e "$DATA/.db-ready" ]; then
        rm -f "$DATA/rt.db"
        printf '%s\n' "$ROOTPW" >"$DATA/root.password"; chmod 644 "$DATA/root.password"
        rt /usr/sbin/rt-setup-database-5 --action init --skip-create \
            --root-password-file "$DATA/root.password" >"$DATA/setup.log" 2>&1 \
            || { tail -n 20 "$DATA/setup.log" >&2; die "database set-up failed"; }
        chmod 600 "$DATA/root.password"; touch "$DATA/.db-ready"
    fi
}

do_start() {
    do_database
    if pid_alive; then echo "already running: $URL (pid $(cat "$DATA/rt.pid"))"; return; fi
    ! answers || die "port $PORT is taken by something else"
    local pre=()
    if [ -n "$FAKE" ]; then
        [ -e "$DATA/clock" ] || echo "+0" >"$DATA/clock"
        pre=(LD_PRELOAD="$FAKE" FAKETIME_TIMESTAMP_FILE="$DATA/clock" FAKETIME_NO_CACHE=1
             FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1)
    fi
    rm -f "$DATA/rt.pid"
    rt setsid sh -c 'echo $$ >"$0"; exec env "$@"' "$DATA/rt.pid" "${pre[@]}" \
        perl "$LIB/libexec/rt-server" --host 127.0.0.1 --port "$PORT" --max-workers "${RT_WORKERS:-3}" \
        </dev/null >>"$DATA/rt.log" 2>&1 &
    for _ in $(seq 1 240); do
        if answers; then echo "running: $URL (pid $(cat "$DATA/rt.pid"))"; return; fi
        sleep 0.25
    done
    tail -n 20 "$DATA/rt.log" >&2; die "no answer on $URL after 60 s"
}

do_seed() {
    [ -e "$DATA/.db-ready" ] || die "nothing to seed: run start first"
    if [ -e "$DATA/.seeded" ]; then echo "already seeded: $DATA/rt.env"; return; fi
    cat >"$DATA/seed.pl" <<'PERL'
use strict; use warnings;
our (@Groups, @Users, @Queues, @CustomFields, @ACL, @Final);
my %agents = (anna => 'Anna Berg', ben => 'Ben Okoro', carla => 'Carla Ruiz', dmitri => 'Dmitri Vale');
my @customers = (['joan@acme.example', 'Joan Webb'], ['raj@acme.example', 'Raj Nair'],
                 ['li@globex.example', 'Li Chen'],   ['ops@initech.example', 'Initech Operations']);
@Queues = map +{ Name => $_, Description => "$_ requests", CorrespondAddress => lc($_) . '@sla.test',
                 CommentAddress => lc($_) . '-comment@sla.test' }, qw(Support Billing VIP Escalations);
@Users = (
    (map +{ Name => $_, RealName => $agents{$_}, EmailAddress => "$_\@sla.test", Privileged => 1,
            Password => "$_-password" }, sort keys %agents),
    { Name => 'slabot', RealName => 'SLA robot', EmailAddress => 'slabot@sla.test', Privileged => 1,
      Password => 'slabot-password' },
    (map +{ Name => $_->[0], EmailAddress => $_->[0], RealName => $_->[1], Privileged => 0,
            Password => 'customer-password' }, @customers),
);
my $names = [sort keys %agents];
@Groups = (
    { Domain => 'UserDefined', Name => 'Agents', Description => 'People who work tickets',
      Members => { Users => $names } },
    { Domain => 'UserDefined', Name => 'SLA robots', Description => 'Accounts used by integrations',
      Members => { Users => ['slabot'] } },
);
@CustomFields = (
    { Name => 'SLA Tags', Type => 'FreeformMultiple', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 0,
      Description => 'Written by the SLA service' },
    { Name => 'SLA Due', Type => 'DateTimeSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 0,
      Description => 'Next SLA deadline' },
    { Name => 'Product', Type => 'SelectSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 0,
      Description => 'What the request is about',
      Values => [map +{ Name => $_ }, 'Cloud', 'Desktop', 'Mobile', 'Hardware'] },
);
my %grant = (
    'Agents' => [qw(SeeQueue ShowTicket ShowTicketComments ShowOutgoingEmail CreateTicket CommentOnTicket
        ReplyToTicket ModifyTicket OwnTicket TakeTicket StealTicket ReassignTicket DeleteTicket Watch
        SeeCustomField ModifyCustomField SetInitialCustomField SeeGroup ModifySelf
        CreateSavedSearch EditSavedSearches LoadSavedSearch ShowSavedSearches)],
    # no OwnTicket and no DeleteTicket. Leaving ReplyToTicket out states an intent only:
    # RT accepts ModifyTicket as a permission to reply and to comment.
    # no ShowOutgoingEmail, so history pages come back short, as on many real sites.
    # CreateTicket: RT demands it in the target queue before it moves a ticket there.
    'SLA robots' => [qw(SeeQueue ShowTicket ShowTicketComments ModifyTicket CreateTicket CommentOnTicket
        ReassignTicket SeeCustomField ModifyCustomField SeeGroup ManageAuthTokens ModifySelf)],
);
@ACL = (
    (map { my $g = $_; map +{ GroupDomain => 'UserDefined', GroupId => $g, Right => $_ }, @{ $grant{$g} } } sort keys %grant),
    # customers, including people RT only meets through the mail gateway
    (map +{ GroupDomain => 'SystemInternal', GroupType => 'Unprivileged', Right => $_ }, qw(CreateTicket ReplyToTicket SeeQueue)),
    (map +{ GroupDomain => 'RT::System-Role', GroupType => 'Requestor', Right => $_ }, qw(ShowTicket ReplyToTicket)),
);
@Final = (sub {
    require RT::Authen::Token;
    my $bot = RT::User->new(RT->SystemUser); $bot->Load('slabot');
    my ($id, $msg, $auth) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $bot->id, Description => 'SLA service');
    die "token: $msg" unless $id;
    open my $out, '>', $ENV{SEED_TOKEN_FILE} or die $!; print $out "$auth\n"; close $out;
    my $q = RT::Queue->new(RT->SystemUser);
    for my $name (qw(Support Billing VIP Escalations)) { $q->Load($name) or die "queue $name missing" }
});
1;
PERL
    chmod 644 "$DATA/seed.pl"
    rt env SEED_TOKEN_FILE="$DATA/slabot.token" \
        /usr/sbin/rt-setup-database-5 --action insert --skip-create --datafile "$DATA/seed.pl" >"$DATA/seed.log" 2>&1 \
        || { tail -n 20 "$DATA/seed.log" >&2; die "seeding failed"; }
    [ -s "$DATA/slabot.token" ] || { tail -n 20 "$DATA/seed.log" >&2; die "no token was issued"; }
    chmod 600 "$DATA/slabot.token"
    write_env
    touch "$DATA/.seeded"; echo "seeded: $DATA/rt.env"
}

case "$verb" in
prepare) do_database; do_seed ;;
start)  do_start ;;
seed)   do_seed ;;
up)     do_start; do_seed ;;
clock)  [ -n "$FAKE" ] || die "the faketime package is missing"
        when=${4:?WHEN missing}
        # a leading @ lets the clock tick on from WHEN; write + rename so readers never see half a line
        case "$when:${5:-}" in real:*) echo "+0" ;; *:frozen) echo "$when" ;; *) echo "@$when" ;; esac >"$DATA/.clock.new"
        chmod 644 "$DATA/.clock.new"; mv "$DATA/.clock.new" "$DATA/clock" ;;
mail)   rt perl /usr/bin/rt-mailgate-5 --url "$URL" --queue "${4:?QUEUE missing}" --action "${5:-correspond}" ;;
perl)   rt perl -I"$LIB/lib" -MRT -e 'RT::LoadConfig(); RT::Init(); my $code = join "", <STDIN>;
            eval "use strict; use warnings; $code; 1" or die $@' ;;
insert) cat >"$DATA/insert.pl"; chmod 644 "$DATA/insert.pl"
        rt /usr/sbin/rt-setup-database-5 --action insert --skip-create --datafile "$DATA/insert.pl" ;;
status) if pid_alive; then echo "running: $URL (pid $(cat "$DATA/rt.pid"))"; else echo "stopped"; exit 3; fi ;;
stop)   if [ -s "$DATA/rt.pid" ]; then
            p=$(cat "$DATA/rt.pid"); left=$(group "$p")   # workers can outlive a parent that was killed hard
            [ -z "$left" ] || kill -TERM $left 2>/dev/null || true
            for _ in $(seq 1 40); do left=$(group "$p"); [ -n "$left" ] || break; sleep 0.25; done
            [ -z "$left" ] || kill -KILL $left 2>/dev/null || true
        fi
        rm -f "$DATA/rt.pid"; echo "stopped" ;;
esac
