# Sourced by a script that needs a whole host to itself. The script starts anew
# in namespaces of its own (mounts, processes, network), where /etc, /run, /home,
# /var/log, /dev and the folder of PAM modules are copies: it may write there
# as it likes, and all that it started ends with it. Needs root.
#
#	. tests/harness/private_host.sh
#	host_start                  users alice, bob, carol; sshd on 127.0.0.1:22
#	authboxd_start              with a clock of its own, see clock_*
#
# The host's files: $HOST/syslog, $HOST/sshd.log, $HOST/authboxd.log.

# shellcheck shell=bash
: "${BUILD:=build}" "${SANITIZE:=}"
if [ -z "${PRIVATE_HOST-}" ]; then
	[ "$(id -u)" -eq 0 ] || {
		echo "Bail out! $0 needs root"
		exit 1
	}
	PRIVATE_HOST=1 exec tests/harness/own_mounts.py unshare --mount --net --pid \
		--fork --kill-child --mount-proc -- "$BASH" "$0" "$@"
fi
HOST=/run/host
TOP=$PWD
# sshd and sudo are not sanitized, so the module that they load is not either;
# tests/pam has the sanitized one.
MODULE=${BUILD}/pam_authbox.so
[ -z "$SANITIZE" ] || MODULE=$(dirname "$BUILD")/pam_authbox.so
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export AUTHBOX_CLOCK_FILE=/run/clock LC_ALL=C.UTF-8
unset SSH_AUTH_SOCK DISPLAY

# A copy of FOLDER, in memory, takes its place.
host_copy() { # FOLDER
	mkdir -p "$HOST/copy$1"
	cp -a "$1/." "$HOST/copy$1"
	mount --bind "$HOST/copy$1" "$1"
}

# Programs log to /dev/log; nothing of that shall reach the real journal.
host_private_dev() {
	local dev=$HOST/dev node
	mkdir -p "$dev"
	mount -t tmpfs -o mode=755 dev "$dev"
	for node in null zero full random urandom tty; do
		: >"$dev/$node"
		mount --bind "/dev/$node" "$dev/$node"
	done
	mkdir "$dev/pts" "$dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$dev/pts"
	mount -t tmpfs -o mode=1777 shm "$dev/shm"
	ln -s pts/ptmx "$dev/ptmx"
	ln -s /proc/self/fd "$dev/fd"
	ln -s fd/0 "$dev/stdin" && ln -s fd/1 "$dev/stdout" && ln -s fd/2 "$dev/stderr"
	mount --move "$dev" /dev
	python3 -u - >"$HOST/syslog" <<-'PYTHON' &
		import os, socket, sys
		drain = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		drain.bind("/dev/log")
		os.chmod("/dev/log", 0o666)
		while True:
		    print(drain.recv(65536).decode(errors="backslashreplace").strip("\0"))
	PYTHON
	within 5 test -S /dev/log
}

host_account() { # NAME UID
	printf '%s:x:%d:%d::/:/usr/sbin/nologin\n' "$1" "$2" "$2" >>/etc/passwd
	printf '%s:x:%d:\n' "$1" "$2" >>/etc/group
	printf '%s:!*:19000::::::\n' "$1" >>/etc/shadow
}
host_user() { # NAME UID: password "NAME's password", a key in his home
	local home=/home/$1
	printf '%s:x:%d:%d:%s:%s:/bin/bash\n' "$1" "$2" "$2" "$1" "$home" >>/etc/passwd
	printf '%s:x:%d:\n' "$1" "$2" >>/etc/group
	printf '%s:%s:19000:0:99999:7:::\n' "$1" \
		"$(openssl passwd -6 -salt authbox "$1's password")" >>/etc/shadow
	mkdir -p "$home/.ssh"
	ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$home/.ssh/id_ed25519"
	cp "$home/.ssh/id_ed25519.pub" "$home/.ssh/authorized_keys"
	chown -R "$2:$2" "$home"
	chmod -R go= "$home"
}

# The programs as installed, so that every user can reach them; authboxd is the
# one with a clock that can be set.
host_programs() {
	mount -t tmpfs -o mode=755 none /usr/local/sbin
	cp "$BUILD"/authbox* tests/harness/{askpass,phone,pty_driver.py,qr_picture.py,varlink_call} \
		/usr/local/sbin/
	mv /usr/local/sbin/authboxd-settable-clock /usr/local/sbin/authboxd
	[ ! -e "$MODULE" ] || cp "$MODULE" "$security/"
}

host_start() {
	local folder security
	mount -t tmpfs -o mode=755 run /run
	mkdir -p $HOST /run/sshd /run/authbox /run/lock /run/tmp
	chmod 1777 /run/tmp /run/lock
	export TMPDIR=/run/tmp
	host_copy /etc
	for folder in /home /var/log /var/lib/sudo; do
		[ ! -d $folder ] || mount -t tmpfs -o mode=755 none $folder
	done
	mkdir -p /run/mail && mount --bind /run/mail /var/mail
	for security in /usr/lib/*/security /usr/lib64/security /usr/lib/security; do
		[ ! -e "$security/pam_unix.so" ] || break
	done
	host_copy "$security"
	host_programs
	host_private_dev
	ip link set lo up || {
		echo "Bail out! no CAP_NET_ADMIN here; systemd-nspawn gives it by --capability"
		exit 1
	}

	sed -i '/^\(alice\|bob\|carol\|authbox\|authbox-fetch\|authbox-userdb\):/d' /etc/passwd /etc/group /etc/shadow
	rm -rf /etc/authbox /etc/ssh/sshd_config.d/* /etc/sudoers.d/*
	mkdir /etc/authbox
	host_account authbox 20100
	host_account authbox-fetch 20101
	host_account authbox-userdb 20102
	host_user alice 20001
	host_user bob 20002
	host_user carol 20003
	printf 'Defaults lecture=never, timestamp_timeout=0, passwd_tries=1\nroot ALL=(ALL) ALL\nalice ALL=(ALL) ALL\nbob ALL=(ALL) ALL\n' >/etc/sudoers
	chmod 440 /etc/sudoers
	printf '127.0.0.1 localhost %s\n' "$(hostname)" >/etc/hosts
	printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n' >/etc/nsswitch.conf
	clock_shift 0
}

# Write /etc/pam.d/SERVICE from standard input.
pam_service() { # SERVICE
	cat >"/etc/pam.d/$1"
}
# The ready lines of dist/pam, put where the distribution has its includes; only
# that pam_unix does not wait 2 s for each refusal.
pam_service_sample() { # SAMPLE SERVICE
	awk -v sample="dist/pam/$1" '
	function put(kind,   line) {
		while ((getline line < sample) > 0)
			if (line ~ ("^" kind " ")) {
				sub(/pam_unix.so/, "& nodelay", line)
				print line
			}
		close(sample)
	}
	/^@include common-auth/ { put("auth"); next }
	/^@include common-account/ { put("account") }
	{ print }' "/etc/pam.d/$2" >"$HOST/pam-sample"
	cp "$HOST/pam-sample" "/etc/pam.d/$2"
	rm "$HOST/pam-sample"
	grep -q pam_authbox "/etc/pam.d/$2"
}

as() { # USER COMMAND...: with his environment only
	local user=$1 password="$1's password"
	shift
	setpriv --reuid "$user" --regid "$user" --init-groups env -C "/home/$user" -i \
		HOME="/home/$user" USER="$user" LOGNAME="$user" PATH="$PATH" \
		LC_ALL=C.UTF-8 TMPDIR=/run/tmp \
		"TEST_PASSWORD=${TEST_PASSWORD-$password}" "TEST_CODE=${TEST_CODE-}" \
		"PHONE_LINK=${PHONE_LINK-}" 		"TEST_ANSWERS=${TEST_ANSWERS-}" "TEST_PROMPTS=${TEST_PROMPTS-}" \
		SSH_ASKPASS=/usr/local/sbin/askpass SSH_ASKPASS_REQUIRE=force \
		SUDO_ASKPASS=/usr/local/sbin/askpass "$@"
}

# --- sshd ------------------------------------------------------------------

sshd_start() { # LINES...: of sshd_config, before the distribution's own
	local line
	for line; do echo "$line"; done >/etc/ssh/sshd_config.d/00-test.conf
	printf 'ListenAddress 127.0.0.1\nLogLevel VERBOSE\nUsePAM yes\nMaxStartups 100\nPerSourceMaxStartups none\n' \
		>/etc/ssh/sshd_config.d/10-test.conf
	[ -e /etc/ssh/ssh_host_ed25519_key ] ||
		ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	/usr/sbin/sshd -E $HOST/sshd.log
	within 5 test -s /run/sshd.pid
}
sshd_stop() {
	kill "$(cat /run/sshd.pid)"
	rm -f /run/sshd.pid
}
# ssh as the user himself, who answers by TEST_PASSWORD and TEST_CODE.
ssh_as() { # USER ARGUMENTS...
	local user=$1
	shift
	as "$user" ssh -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o NumberOfPasswordPrompts=1 -o LogLevel="${SSH_LOG:-ERROR}" \
		-o ConnectTimeout=10 "$@"
}

# --- authboxd --------------------------------------------------------------

# Whether all is well or not.
authboxd_answers() {
	local status=0
	authboxctl status || status=$?
	[ $status -lt 2 ]
}
authboxd_start() { # ARGUMENTS...
	authboxd --standalone --state-dir /run/authbox-state "$@" \
		>>$HOST/authboxd.log 2>&1 &
	# A test starts it in a shell of its own, and another one ends it.
	echo $! >$HOST/authboxd.pid
	within 10 authboxd_answers || {
		tail -n 20 $HOST/authboxd.log
		return 1
	}
}
authboxd_stop() { # SIGNAL
	local pid
	pid=$(cat $HOST/authboxd.pid)
	rm $HOST/authboxd.pid
	kill "-${1:-TERM}" "$pid"
	wait "$pid" 2>/dev/null || true # its status may be of a signal
	within 30 test ! -e "/proc/$pid/exe"
}

refused_for() { # REASON COMMAND...: which fails, and the log says why
	local reason=$1 before
	shift
	before=$(wc -l <$HOST/authboxd.log)
	fails "$@"
	# Who gave up does not wait for authboxd, which says so afterwards.
	within 10 has_since "$before" "authbox_reason=$reason( |$)" ||
		has_since "$before" "authbox_reason=$reason( |$)"
}
has_since() { # LINE PATTERN
	has "$(tail -n +$(($1 + 1)) $HOST/authboxd.log)" "$2"
}

# --- clock and codes -------------------------------------------------------

clock_shift() { # SECONDS from the real time, in all
	echo "$1" >$AUTHBOX_CLOCK_FILE.new
	mv $AUTHBOX_CLOCK_FILE.new $AUTHBOX_CLOCK_FILE
}
clock_on() { # SECONDS forward
	clock_shift $(($(sed 's/^$/0/' $AUTHBOX_CLOCK_FILE) + $1))
}
clock_now() {
	echo $(($(date +%s) + $(cat $AUTHBOX_CLOCK_FILE)))
}
# The code of a key, STEPS from now (default 0).
code_of() { # BASE32 [STEPS]
	oathtool --totp -b --now "@$(($(clock_now) + 30 * ${2:-0}))" "$1"
}
# A code that was good for nobody before: moves the clock on by one step first.
fresh_code() { # BASE32
	clock_on 30
	code_of "$1"
}
# Enrols USER as root and keeps his key in $HOST/key.USER; codes used so far are
# behind the clock afterwards.
enrol() { # USER [ARGUMENTS...]
	local user=$1 key
	shift
	key=$(authboxctl --json 2fa request "$@" "$user" |
		sed -n 's/.*"secret": *"\([A-Z2-7]*\)".*/\1/p')
	echo "$key" >"$HOST/key.$user"
	authboxctl --json 2fa confirm "$user" <<<"$(code_of "$key")" >"$HOST/recovery.$user"
	clock_on 30
}
key_of() { # USER
	cat "$HOST/key.$1"
}

# The last test of each script: what a sanitizer says stands in the log, also of a
# daemon that was started again; of leaks it tells at the end.
finally_no_program_of_ours_failed_inside() {
	local pattern='Sanitizer|runtime error:|Assertion'
	[ ! -e $HOST/authboxd.pid ] || authboxd_stop
	has_not "$(cat $HOST/authboxd.log 2>/dev/null)" "$pattern"
}

# shellcheck source=tests/harness/tap.sh
. "$TOP/tests/harness/tap.sh"
