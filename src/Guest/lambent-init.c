/* lambent-init: PID 1 of every sandbox.
 *
 * It prepares the sandbox's network, hands the listening sockets of the Runtime API and of the AWS APIs to the worker, and then does what
 * the worker says on one control channel: attach a mount, spawn the runtime, send a signal. It reaps, and reports
 * exits. It reads nothing that a function wrote: the Runtime API's connections and the pipes of stdout and stderr
 * are passed to the worker as descriptors (SCM_RIGHTS), so no byte of them goes through here.
 *
 * Channel: SOCK_SEQPACKET, one message a packet, the first byte is its type (see Messages below; the worker's side is
 * src/Worker/Drivers/Oci/GuestChannel.cs). When the channel closes, the worker is gone: PID 1 exits, and with it the
 * kernel ends every process of the sandbox. That is what makes kill -9 of Lambent leave nothing running.
 *
 * Static, no allocation after start, no dependency but libc. docs/decisions/0002 says why C.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/route.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

#define CHANNEL_PATH "/run/lambent/guest.sock"
#define RUNTIME_API_ADDRESS "169.254.100.1" /* what AWS_LAMBDA_RUNTIME_API says on AWS, runtime-env-recorded.json */
#define RUNTIME_API_PORT 9001
#define AWS_API_PORT 80 /* no function may listen below 1024, so none finds it taken */
#define MESSAGE_MAX (128 * 1024)
#define STRINGS_MAX 2048
#define PASSED_FD 3 /* first of the PASSED descriptors that a runtime may start with: its environment comes by it; a connection to the Runtime API */
#define PASSED 2

/* Messages. Worker to guest: */
enum { MSG_NETWORK = 'N', MSG_MOUNT = 'M', MSG_SPAWN = 'S', MSG_SIGNAL = 'K', MSG_RESET = 'R', MSG_CONNECT = 'C' };
/* Guest to worker: */
enum { MSG_HELLO = 'H', MSG_OK = 'O', MSG_FAILED = 'F', MSG_SPAWNED = 'P', MSG_EXITED = 'X', MSG_CONNECTED = 'D' };

struct spawn_header { /* follows the type byte, then cwd, argv and environment as NUL-ended strings */
    uint32_t uid, gid, argc, envc, specialise, api; /* 1 = give it the pipe that its environment comes by; a connection to the Runtime API */
} __attribute__((packed));

static int channel = -1;
static char message[MESSAGE_MAX];
static char *strings[STRINGS_MAX];

static void die(const char *what) {
    fprintf(stderr, "lambent-init: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static int send_message(const void *data, size_t size, const int *fds, int count) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int) * 4)]; } control;
    struct iovec iov = { (void *)data, size };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    if (count > 0) {
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
    }
    return sendmsg(channel, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static void reply_ok(void) { send_message("O", 1, NULL, 0); }

static void reply_failed(const char *what) {
    char text[256];
    int size = snprintf(text, sizeof text, "F%s: %s", what, strerror(errno));
    send_message(text, size < (int)sizeof text ? size : (int)sizeof text - 1, NULL, 0);
}

static ssize_t receive_message(int *fd) {
    union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control;
    struct iovec iov = { message, sizeof message - 1 };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    ssize_t size;
    *fd = -1;
    do size = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC); while (size < 0 && errno == EINTR);
    if (size <= 0 || (msg.msg_flags & MSG_TRUNC)) return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
    if (header && header->cmsg_type == SCM_RIGHTS) memcpy(fd, CMSG_DATA(header), sizeof *fd);
    message[size] = 0;
    return size;
}

static void set_address(int sock, const char *interface, in_addr_t address, in_addr_t mask) {
    struct ifreq request = {0};
    struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = address;
    if (ioctl(sock, SIOCSIFADDR, &request) < 0) die("SIOCSIFADDR");
    in->sin_addr.s_addr = mask;
    if (ioctl(sock, SIOCSIFNETMASK, &request) < 0) die("SIOCSIFNETMASK");
}

static void bring_up(int sock, const char *interface) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(sock, SIOCSIFFLAGS, &request) < 0) die("SIOCSIFFLAGS");
}

/* lo with 127.0.0.1 and the Runtime API's own address. */
static void open_loopback(void) {
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0) die("socket");
    bring_up(sock, "lo");
    set_address(sock, "lo:api", inet_addr(RUNTIME_API_ADDRESS), 0xffffffff);
    close(sock);
}

/* A listening socket of a server that the worker is. */
static int listen_on(uint16_t port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(RUNTIME_API_ADDRESS) };
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (sock < 0) die("socket");
    setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(sock, (struct sockaddr *)&address, sizeof address) < 0 || listen(sock, 1024) < 0) die("bind");
    return sock;
}

/* eth0 with a /32 address and a default route through a gateway on the link: the veth is a wire, not a subnet. */
static void on_network(const char *body, ssize_t size) {
    uint32_t address, gateway;
    if (size < 8) { errno = EINVAL; reply_failed("network"); return; }
    memcpy(&address, body, 4);
    memcpy(&gateway, body + 4, 4);
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    set_address(sock, "eth0", address, 0xffffffff);
    bring_up(sock, "eth0");
    struct rtentry route = { .rt_flags = RTF_UP | RTF_HOST, .rt_dev = "eth0" };
    struct sockaddr_in *to = (struct sockaddr_in *)&route.rt_dst, *by = (struct sockaddr_in *)&route.rt_gateway;
    to->sin_family = AF_INET;
    to->sin_addr.s_addr = gateway;
    int failed = ioctl(sock, SIOCADDRT, &route) < 0 && errno != EEXIST;
    to->sin_addr.s_addr = 0;
    ((struct sockaddr_in *)&route.rt_genmask)->sin_family = AF_INET;
    by->sin_family = AF_INET;
    by->sin_addr.s_addr = gateway;
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    failed = failed || (ioctl(sock, SIOCADDRT, &route) < 0 && errno != EEXIST);
    if (failed) reply_failed("route"); else reply_ok();
    close(sock);
}

/* A mount that the worker made on the host and detached, put in its place here: nothing stays mounted on the host. */
static void on_mount(const char *target, int mount_fd) {
    if (mount_fd < 0) { errno = EBADF; reply_failed(target); return; }
    if (syscall(SYS_move_mount, mount_fd, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0) reply_failed(target);
    else reply_ok();
    close(mount_fd);
}

/* In the child: becomes the unprivileged user, without capabilities and with the signals of a fresh process. */
static void become(const struct spawn_header *spawn, const char *cwd, char **argv, char **envp, int out, int err, const int *passed) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setsid();
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(126);
    for (int i = 0; i < PASSED; i++) { /* they lie above: the lowest five are ours, and of each pair we have both ends */
        if (passed[i] < 0) close(PASSED_FD + i);
        else if (passed[i] < PASSED_FD + PASSED || dup2(passed[i], PASSED_FD + i) < 0) _exit(126);
    }
    syscall(SYS_close_range, PASSED_FD + PASSED, ~0U, 0);
    for (int cap = 0; cap <= 63; cap++) prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (setgroups(0, NULL) < 0 || setresgid(spawn->gid, spawn->gid, spawn->gid) < 0 ||
        setresuid(spawn->uid, spawn->uid, spawn->uid) < 0) _exit(126);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) _exit(126);
    umask(0022);
    if (chdir(cwd) < 0 && chdir("/") < 0) _exit(126);
    execve(argv[0], argv, envp);
    dprintf(2, "%s: %s\n", argv[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
}

static void on_spawn(char *body, ssize_t size) {
    struct spawn_header spawn;
    if (size < (ssize_t)sizeof spawn) { errno = EINVAL; reply_failed("spawn"); return; }
    memcpy(&spawn, body, sizeof spawn);
    char *at = body + sizeof spawn, *end = body + size, *cwd = at;
    if (spawn.argc < 1 || spawn.argc > 64 || spawn.envc > STRINGS_MAX - 128) { errno = E2BIG; reply_failed("spawn"); return; }
    uint32_t index = 0, total = spawn.argc + spawn.envc;
    at += strlen(at) + 1;
    for (uint32_t i = 0; i < total; i++) {
        if (at >= end) { errno = EINVAL; reply_failed("spawn"); return; }
        strings[index++] = at;
        if (i + 1 == spawn.argc) strings[index++] = NULL;
        at += strlen(at) + 1;
    }
    strings[index] = NULL;

    enum { OUT, ERR, ENV, API, PAIRS }; /* what of each pair is the worker's; the API's, a socket, is the last that it gets */
    static const int ours[PAIRS] = { 0, 0, 1, 0 };
    int pairs[PAIRS][2], count = spawn.api ? PAIRS : API, no = 0;
    for (int i = 0; i < API; i++) if (pipe2(pairs[i], O_CLOEXEC) < 0) { reply_failed("pipe"); return; }
    /* a function may not pass descriptors: the worker would have to close them, and that may block */
    if (spawn.api && (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[API]) < 0 ||
                      setsockopt(pairs[API][ours[API]], SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof no) < 0)) { reply_failed("socketpair"); return; }
    /* the runtime may reopen its pipes by /dev/stdout, as scripts do */
    if (fchown(pairs[OUT][1], spawn.uid, spawn.gid) < 0 || fchown(pairs[ERR][1], spawn.uid, spawn.gid) < 0) { reply_failed("fchown"); return; }
    int passed[PASSED] = { spawn.specialise ? pairs[ENV][0] : -1, spawn.api ? pairs[API][1] : -1 };
    pid_t pid = fork();
    if (pid == 0) become(&spawn, cwd, strings, strings + spawn.argc + 1, pairs[OUT][1], pairs[ERR][1], passed);
    if (pid < 0) { reply_failed("fork"); return; }
    char reply[5] = { MSG_SPAWNED };
    int fds[PAIRS];
    for (int i = 0; i < count; i++) fds[i] = pairs[i][ours[i]];
    memcpy(reply + 1, &pid, 4);
    send_message(reply, sizeof reply, fds, count);
    for (int i = 0; i < count; i++) { close(pairs[i][0]); close(pairs[i][1]); }
}

static void on_signal(const char *body, ssize_t size) {
    int32_t pid, number; /* pid -1: everything but PID 1 */
    if (size < 8) return;
    memcpy(&pid, body, 4);
    memcpy(&number, body + 4, 4);
    kill(pid, number);
}

static void reap(int options) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, options)) > 0) {
        char report[9] = { MSG_EXITED };
        memcpy(report + 1, &pid, 4);
        memcpy(report + 5, &status, 4);
        send_message(report, sizeof report, NULL, 0);
    }
}

/* Every process but this one ends, stopped ones too; what they wrote to /tmp stays. */
static void on_reset(void) {
    kill(-1, SIGKILL);
    reap(0);
    reply_ok();
}

/* A connection to a server of the function's own (a telemetry subscriber), for the worker to speak on. */
static void on_connect(const char *body, ssize_t size) {
    uint16_t port;
    if (size < 2) { errno = EINVAL; reply_failed("connect"); return; }
    memcpy(&port, body, 2);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval within = { .tv_usec = 200000 }; /* on this machine it takes none, unless the server's queue is full */
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &within, sizeof within);
    if (sock < 0 || connect(sock, (struct sockaddr *)&address, sizeof address) < 0) reply_failed("connect");
    else send_message("D", 1, &sock, 1);
    close(sock);
}

static void on_message(void) {
    int fd;
    ssize_t size = receive_message(&fd);
    if (size < 0) _exit(0); /* the worker is gone */
    switch (message[0]) {
    case MSG_NETWORK: on_network(message + 1, size - 1); break;
    case MSG_MOUNT: on_mount(message + 1, fd); break;
    case MSG_SPAWN: on_spawn(message + 1, size - 1); break;
    case MSG_SIGNAL: on_signal(message + 1, size - 1); break;
    case MSG_RESET: on_reset(); break;
    case MSG_CONNECT: on_connect(message + 1, size - 1); break;
    default: errno = EBADMSG; reply_failed("message"); break;
    }
}

int main(void) {
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CHANNEL_PATH };
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    signal(SIGPIPE, SIG_IGN);
    int signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    channel = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (signals < 0 || channel < 0) die("start");
    if (connect(channel, (struct sockaddr *)&address, sizeof address) < 0) die("connect " CHANNEL_PATH);
    open_loopback();
    int listeners[2] = { listen_on(RUNTIME_API_PORT), listen_on(AWS_API_PORT) };
    if (send_message("H", 1, listeners, 2) < 0) die("hello");
    for (int i = 0; i < 2; i++) close(listeners[i]);
    /* stderr was for the OCI runtime to read why we could not start; nothing of the host stays open in here */
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0) die("/dev/null");

    struct pollfd watched[2] = { { .fd = channel, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
    for (;;) {
        if (poll(watched, 2, -1) < 0 && errno != EINTR) die("poll");
        if (watched[1].revents & POLLIN) {
            struct signalfd_siginfo info;
            while (read(signals, &info, sizeof info) > 0) ;
            reap(WNOHANG);
        }
        if (watched[0].revents & (POLLIN | POLLHUP | POLLERR)) on_message();
    }
}
