#!/usr/bin/env bash
# Throw-away instances of a real Znuny, from Debian's own packages, for the live tests.
#
#   start-znuny.sh install              apt-get the packages (root); Znuny is in Debian's non-free,
#                                       which is looked into for this package alone. Where there is
#                                       an init system it starts Apache and PostgreSQL, as ever
#                                       when they are installed; nothing here uses those
#   start-znuny.sh installed            says what is missing, if anything is
#   start-znuny.sh start   PORT DATA    make DATA if missing, serve 127.0.0.1:PORT/otrs
#   start-znuny.sh seed    PORT DATA    groups, queues, people (seed.pl)
#   start-znuny.sh up      PORT DATA    start + seed
#   start-znuny.sh console PORT DATA COMMAND …   the administrator's console (otrs.Console.pl)
#   start-znuny.sh perl    PORT DATA [FILE]      run Perl inside this Znuny, from FILE or stdin:
#                                       what people do in pages that no interface offers
#   start-znuny.sh daemon  PORT DATA start|stop  the daemon of Znuny, which sends what is
#                                       asynchronous; not running otherwise
#   start-znuny.sh clock   PORT DATA WHEN [frozen]   move the clock to "2026-03-02 09:00:00" (UTC),
#                                       ticking on from there or frozen; WHEN "real" goes back.
#                                       Needs package faketime.
#   start-znuny.sh status  PORT DATA
#   start-znuny.sh down    PORT DATA    stops what was started here, nothing else
#
# Every instance owns one DATA directory: a copy of the program, a PostgreSQL cluster that listens
# on a socket in there alone, an Apache with mod_perl and the package's own configuration, logs.
# A system-wide Znuny, PostgreSQL or Apache is neither read nor written. Mail is never sent.
# Started by root everything runs as ZNUNY_USER; started by anybody else as that user. Every verb
# can be repeated. DATA must be short: the path of a socket holds 107 characters.
#
# Environment: ZNUNY_USER (default otrs, whom the package makes), ZNUNY_WORKERS (3),
# ZNUNY_TIME_ZONE (UTC: the setting OTRSTimeZone), ZNUNY_PASSWORD (default "sla-password": that of
# everybody who is seeded).
set -euo pipefail

die() { echo "start-znuny: $*" >&2; exit 1; }
verb=${1:-help}
HERE=$(cd "$(dirname "$0")" && pwd)
PACKAGE=/usr/share/otrs
SITE=/etc/apache2/conf-available/otrs2.conf
PG=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n1 || true)
FAKE=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n1 || true)
APT=(apt-get -o DPkg::Lock::Timeout=600 -qq)

# Debian's mirror as this machine's own sources name it: URI and release
mirror() {
    local code; code=$(. /etc/os-release && echo "$VERSION_CODENAME")
    apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages' |
        awk -v code="$code" '$2 == code && $3 == "main" && $4 == "Debian" { print $1, $2; exit }'
}

do_install() {
    local uri release key=/usr/share/keyrings/debian-archive-keyring.gpg
    [ "$(id -u)" = 0 ] || die "install needs root"
    export DEBIAN_FRONTEND=noninteractive
    "${APT[@]}" update
    read -r uri release < <(mirror) || true
    [ -n "${uri:-}" ] || die "no Debian mirror among this machine's package sources"
    [ -e "$key" ] || die "the package debian-archive-keyring is missing"
    private=$(mktemp -d); trap 'rm -rf "$private"' EXIT; chmod 755 "$private"
    mkdir -p "$private/lists/partial" "$private/cache/archives/partial"
    echo "deb [signed-by=$key] $uri $release non-free" >"$private/sources.list"
    # the machine's own sources stay as they are: non-free is seen by these two calls alone
    local only=(-o Dir::Etc::sourcelist="$private/sources.list" -o Dir::Etc::sourceparts=-
                -o Dir::State::lists="$private/lists" -o Dir::Cache="$private/cache")
    "${APT[@]}" "${only[@]}" update
    (cd "$private" && "${APT[@]}" "${only[@]}" download otrs2)
    # dbconfig-no-thanks keeps apt from making a system database for the package
    "${APT[@]}" install -y --no-install-recommends "$private"/otrs2_*.deb \
        apache2 libapache2-mod-perl2 libapache-dbi-perl libdbd-pg-perl librest-client-perl postgresql \
        dbconfig-no-thanks faketime
}

missing() {
    [ -x "$PACKAGE/bin/otrs.Console.pl" ] || { echo "Znuny is not installed"; return; }
    [ -x /usr/sbin/apache2 ] || { echo "the package apache2 is missing"; return; }
    [ -e /usr/lib/apache2/modules/mod_perl.so ] || { echo "the package libapache2-mod-perl2 is missing"; return; }
    [ -x "$PG/initdb" ] || { echo "the package postgresql is missing"; return; }
    perl -MDBD::Pg -e1 2>/dev/null || { echo "the package libdbd-pg-perl is missing"; return; }
    perl -MREST::Client -e1 2>/dev/null || { echo "the package librest-client-perl is missing"; return; }
    [ -n "$FAKE" ] || echo "the package faketime is missing"
}

case "$verb" in
install)   do_install; exit 0 ;;
installed) lack=$(missing); [ -z "$lack" ] || die "$lack"; exit 0 ;;
start|seed|up|console|perl|daemon|clock|status|down) ;;
*) sed -n '2,31p' "$0"; exit 2 ;;
esac

PORT=${2:?PORT missing}; DATA=${3:?DATA directory missing}
[[ $PORT =~ ^[0-9]+$ ]] || die "PORT must be a number"
[[ $DATA =~ ^[A-Za-z0-9._/-]+$ ]] || die "DATA may hold letters, digits and ._/- only"
case "$verb" in
start|seed|up)
    mkdir -p "$DATA"   # the directory changes owner below, so take only a new, an empty or an own one
    [ -e "$DATA/.znuny-instance" ] || [ -z "$(ls -A "$DATA")" ] || die "$DATA is not empty and not an instance of mine"
    touch "$DATA/.znuny-instance" ;;
down|status) [ -e "$DATA/.znuny-instance" ] || { echo "stopped"; [ "$verb" = down ] && exit 0 || exit 3; } ;;
*)  [ -e "$DATA/.znuny-instance" ] || die "no instance in $DATA" ;;
esac
DATA=$(cd "$DATA" && pwd)
[ ${#DATA} -le 80 ] || die "$DATA is too long for the path of a socket"
HOME_DIR=$DATA/home
URL=http://127.0.0.1:$PORT/otrs
lack=$(missing); [ -z "$lack" ] || die "$lack (run: start-znuny.sh install)"

RUN=()
OWNER=$(id -un)
if [ "$(id -u)" = 0 ]; then
    OWNER=${ZNUNY_USER:-otrs}
    chown "$OWNER:$(id -gn "$OWNER")" "$DATA"
    RUN=(setpriv --reuid="$OWNER" --regid="$(id -g "$OWNER")" --init-groups)
    "${RUN[@]}" test -w "$DATA" || die "user $OWNER cannot reach $DATA (a parent directory is closed); choose another DATA"
fi
as() { (cd "$DATA" && exec "${RUN[@]}" env -u PERL5LIB HOME="$DATA" TZ=UTC LANG=C.UTF-8 LC_ALL=C.UTF-8 "$@"); }
# Znuny takes its time from Perl, never from the database, so that Perl alone has to be told another
timed() {
    [ -e "$DATA/clock" ] || echo "+0" >"$DATA/clock"
    as LD_PRELOAD="$FAKE" FAKETIME_TIMESTAMP_FILE="$DATA/clock" FAKETIME_NO_CACHE=1 \
       FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DONT_RESET=1 "$@"
}
alive() { [ -s "$1" ] && kill -0 "$(head -n1 "$1")" 2>/dev/null && grep -qa "$2" "/proc/$(head -n1 "$1")/cmdline"; }
apache_alive() { alive "$DATA/apache.pid" "$DATA/apache.conf"; }
database_alive() { alive "$DATA/pg/postmaster.pid" "$DATA/pg"; }
wait_for() { for _ in $(seq 1 240); do if "$@"; then return 0; fi; sleep 0.25; done; return 1; }

write_program() {
    [ ! -e "$DATA/.program-ready" ] || return 0
    rm -rf "$HOME_DIR"; as mkdir -p "$HOME_DIR" "$DATA/conf.d"
    as cp -r "$PACKAGE/Kernel" "$PACKAGE/bin" "$PACKAGE/scripts" "$PACKAGE/RELEASE" "$HOME_DIR" 2>/dev/null || true
    rm -f "$HOME_DIR/Kernel/Config.pm" "$HOME_DIR"/Kernel/Config/{Files,Backups,GenericAgent.pm}
    cp -r "$PACKAGE/var/." "$HOME_DIR/var" 2>/dev/null || true
    rm -rf "$HOME_DIR"/var/{run,spool,tmp}
    mkdir -p "$HOME_DIR"/var/{run,spool,tmp,article,log,sessions} "$HOME_DIR"/Kernel/Config/{Files,Backups}
    cp -r "$PACKAGE"/Kernel/Config/Files/. "$HOME_DIR/Kernel/Config/Files"
    rm -f "$HOME_DIR"/Kernel/Config/Files/ZZZ*.pm
    cp "$HOME_DIR/Kernel/Config/GenericAgent.pm.dist" "$HOME_DIR/Kernel/Config/GenericAgent.pm" 2>/dev/null || true
    sed -i "s#$PACKAGE#$HOME_DIR#g" "$HOME_DIR/scripts/apache2-perl-startup.pl"
    [ "$(id -u)" != 0 ] || chown -R "$OWNER:$(id -gn "$OWNER")" "$HOME_DIR"
    touch "$DATA/.program-ready"
}

write_config() {
    cat >"$HOME_DIR/Kernel/Config.pm" <<PERL
# written by start-znuny.sh, rewritten on every start; local additions go to conf.d/*.pl, each of
# which is Perl that returns a function of the configuration
package Kernel::Config;
use strict; use warnings; use utf8;
sub Load {
    my \$Self = shift;
    \$Self->{DatabaseUser} = '$OWNER';
    \$Self->{DatabasePw}   = '';
    \$Self->{DatabaseDSN}  = "DBI:Pg:dbname=znuny;host=$DATA/pg;";
    \$Self->{Home}         = '$HOME_DIR';
    \$Self->{SecureMode}   = 1;
    \$Self->{FQDN}         = 'znuny.test';
    \$Self->{OTRSTimeZone} = '${ZNUNY_TIME_ZONE:-UTC}';
    \$Self->{'SendmailModule'}      = 'Kernel::System::Email::DoNotSendEmail';
    \$Self->{'CheckEmailAddresses'} = 0;
    \$Self->{'LogModule'}           = 'Kernel::System::Log::File';
    \$Self->{'LogModule::LogFile'}  = '$DATA/znuny.log';
    for my \$file (sort glob '$DATA/conf.d/*.pl') {
        my \$more = do \$file or die "\$file: \$@ \$!";
        \$more->(\$Self);
    }
    return 1;
}
use Kernel::Config::Defaults;
use parent qw(Kernel::Config::Defaults);
1;
PERL
    { for one in mpm_prefork authz_core authn_core alias env dir mime filter deflate headers perl; do
          echo "LoadModule ${one}_module /usr/lib/apache2/modules/mod_$one.so"
      done
      cat <<CONF
ServerName znuny.test
ServerRoot $DATA
Listen 127.0.0.1:$PORT
PidFile $DATA/apache.pid
ErrorLog $DATA/apache.log
LogLevel warn
TypesConfig /etc/mime.types
StartServers ${ZNUNY_WORKERS:-3}
MinSpareServers 1
MaxSpareServers ${ZNUNY_WORKERS:-3}
MaxRequestWorkers ${ZNUNY_WORKERS:-3}
KeepAlive On
CONF
      sed "s#$PACKAGE#$HOME_DIR#g" "$SITE"
    } >"$DATA/apache.conf"
    chmod 644 "$HOME_DIR/Kernel/Config.pm" "$DATA/apache.conf"
}

do_database() {
    if [ ! -e "$DATA/.cluster-ready" ]; then
        rm -rf "$DATA/pg"
        as "$PG/initdb" -D "$DATA/pg" -A trust -E UTF8 >"$DATA/setup.log" 2>&1 ||
            { tail -n 20 "$DATA/setup.log" >&2; die "no database cluster could be made"; }
        touch "$DATA/.cluster-ready"
    fi
    database_alive || as "$PG/pg_ctl" -D "$DATA/pg" -l "$DATA/pg.log" -w \
        -o "-k $DATA/pg -c listen_addresses='' -c fsync=off -c full_page_writes=off" start >/dev/null ||
        { tail -n 20 "$DATA/pg.log" >&2; die "the database does not start"; }
    [ ! -e "$DATA/.db-ready" ] || return 0
    as "$PG/dropdb" -h "$DATA/pg" --if-exists znuny 2>/dev/null
    as "$PG/createdb" -h "$DATA/pg" -E UTF8 -T template0 znuny
    for one in schema initial_insert schema-post; do
        as "$PG/psql" -h "$DATA/pg" -q -v ON_ERROR_STOP=1 -d znuny -f "$HOME_DIR/scripts/database/$one.postgresql.sql" \
            >>"$DATA/setup.log" 2>&1 || { tail -n 20 "$DATA/setup.log" >&2; die "$one failed"; }
    done
    timed "$HOME_DIR/bin/otrs.Console.pl" Maint::Config::Rebuild >>"$DATA/setup.log" 2>&1 ||
        { tail -n 20 "$DATA/setup.log" >&2; die "the configuration could not be built"; }
    touch "$DATA/.db-ready"
}

answers() { perl -MIO::Socket::INET -e '
    my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0], Timeout => 2) or exit 1;
    $s->autoflush(1); print $s "GET /otrs/index.pl HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    my $l = <$s> // ""; exit($l =~ / 200 / ? 0 : 1)' "$PORT" 2>/dev/null; }

do_start() {
    write_program; write_config; do_database
    if apache_alive; then echo "already running: $URL"; return; fi
    ! answers || die "port $PORT is taken by something else"
    timed /usr/sbin/apache2 -f "$DATA/apache.conf" -k start </dev/null >>"$DATA/setup.log" 2>&1 ||
        { tail -n 20 "$DATA/setup.log" >&2; die "the web server does not start"; }
    wait_for answers || { tail -n 20 "$DATA/apache.log" >&2; die "no answer on $URL after 60 s"; }
    echo "running: $URL"
}

do_seed() {
    [ -e "$DATA/.db-ready" ] || die "nothing to seed: run start first"
    [ ! -e "$DATA/.seeded" ] || { echo "already seeded"; return; }
    in_perl ZNUNY_PASSWORD="${ZNUNY_PASSWORD:-sla-password}" perl <"$HERE/znuny/seed.pl" >"$DATA/seed.log" 2>&1 ||
        { tail -n 20 "$DATA/seed.log" >&2; die "seeding failed"; }
    touch "$DATA/.seeded"; echo "seeded"
}

in_perl() { timed env PERL5LIB="$HOME_DIR:$HOME_DIR/Kernel/cpan-lib:$HOME_DIR/Custom" "$@"; }

do_daemon() {
    case "$1" in
    start) timed "$HOME_DIR/bin/otrs.Daemon.pl" start >>"$DATA/daemon.log" 2>&1 </dev/null ;;
    stop)  timed "$HOME_DIR/bin/otrs.Daemon.pl" stop --force >>"$DATA/daemon.log" 2>&1 </dev/null || true ;;
    *)     die "daemon: start or stop" ;;
    esac
}

do_down() {
    echo "+0" >"$DATA/clock"   # who waits by a clock that stands still waits for good
    if [ -d "$HOME_DIR/bin" ] && [ -n "$(ls -A "$HOME_DIR/var/run" 2>/dev/null)" ]; then do_daemon stop; fi
    ! apache_alive || kill -TERM "$(cat "$DATA/apache.pid")"
    for _ in $(seq 1 40); do apache_alive || break; sleep 0.25; done
    ! database_alive || as "$PG/pg_ctl" -D "$DATA/pg" -m fast -w stop >/dev/null
    rm -f "$DATA/apache.pid"; echo "stopped"
}

case "$verb" in
start)   do_start ;;
seed)    do_seed ;;
up)      do_start; do_seed ;;
console) shift 3; timed "$HOME_DIR/bin/otrs.Console.pl" "$@" --no-ansi ;;
perl)    shift 3; in_perl perl "$@" ;;
daemon)  do_daemon "${4:?start or stop}" ;;
clock)   when=${4:?WHEN missing}
         # a leading @ lets the clock tick on from WHEN; write + rename so readers never see half a line
         case "$when:${5:-}" in real:*) echo "+0" ;; *:frozen) echo "$when" ;; *) echo "@$when" ;; esac >"$DATA/.clock.new"
         chmod 644 "$DATA/.clock.new"; mv "$DATA/.clock.new" "$DATA/clock" ;;
status)  if apache_alive; then echo "running: $URL"; else echo "stopped"; exit 3; fi ;;
down)    do_down ;;
esac
