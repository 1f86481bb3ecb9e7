/* posix.c: the device as a process on a TCP socket.
 *
 *     persona-device --port N         listen on 127.0.0.1:N; 0 takes any free port
 *     persona-device --listen-fd FD   serve a socket that the parent process is listening on
 *                    --flash FILE     besides: keep durable edits and the key in FILE
 *
 * Prints "listening on 127.0.0.1:PORT" once it is reachable. Connections are served one after another; the device keeps
 * its state between them, as a board does when a cable is pulled. Ticks are microseconds of the monotonic clock.
 */
#define _POSIX_C_SOURCE 200809L

#include "file_flash.h"
#include "port.h"
#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 64 /* sysexits.h EX_USAGE */
#define NOBODY (-1)
#define LONGEST_WAIT_MS 250

static struct {
    int listener;
    int peer;
    uint8_t arrived[1024];
    size_t size;
    size_t taken;
} line = { .listener = NOBODY, .peer = NOBODY };

static const persona_flash *flash; /* NULL: none */

static void fail(const char *what)
{
    fprintf(stderr, "persona-device: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static bool would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void hang_up(void)
{
    (void)close(line.peer);
    line.peer = NOBODY;
}

static void receive(void)
{
    const ssize_t got = recv(line.peer, line.arrived, sizeof line.arrived, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && !would_wait())) {
        hang_up();
    }
    line.taken = 0;
    line.size = got > 0 ? (size_t)got : 0;
}

int persona_port_read(void)
{
    if (line.taken == line.size && line.peer != NOBODY) {
        receive();
    }
    return line.taken < line.size ? line.arrived[line.taken++] : -1;
}

/* Whether something happened within the time that the device may sleep. */
static bool wait_for(int fd, short what)
{
    struct pollfd want = { .fd = fd, .events = what };
    const int ready = poll(&want, 1, LONGEST_WAIT_MS);
    if (ready < 0 && errno != EINTR) {
        fail("poll");
    }
    return ready > 0;
}

static void pick_up(void)
{
    const int on = 1;
    if (!wait_for(line.listener, POLLIN)) {
        return;
    }
    line.peer = accept(line.listener, NULL, NULL);
    if (line.peer == NOBODY) {
        if (!would_wait() && errno != ECONNABORTED) {
            fail("accept");
        }
        return;
    }
    (void)setsockopt(line.peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void persona_port_wait(void)
{
    if (line.peer == NOBODY) {
        pick_up();
    } else {
        (void)wait_for(line.peer, POLLIN);
    }
}

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    while (size > 0 && line.peer != NOBODY) {
        const ssize_t sent = send(line.peer, bytes, size, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes += sent;
            size -= (uint32_t)sent;
        } else if (would_wait()) {
            (void)wait_for(line.peer, POLLOUT);
        } else {
            hang_up();
        }
    }
}

uint64_t persona_port_ticks(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint32_t persona_port_ticks_per_second(void)
{
    return 1000000u;
}

const char *persona_port_name(void)
{
    return "posix";
}

const persona_flash *persona_port_flash(void)
{
    return flash;
}

void persona_port_watchdog(uint32_t seconds)
{
    (void)seconds;
}

void persona_port_panic(const char *why)
{
    fprintf(stderr, "persona-device: %s\n", why);
    exit(EXIT_FAILURE);
}

static int listen_on(uint16_t port)
{
    const int on = 1;
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0) {
        fail("socket");
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1) < 0) {
        fail("cannot listen");
    }
    return fd;
}

static void announce(int fd)
{
    struct sockaddr_in address = { 0 };
    socklen_t size = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
        fail("not a listening socket");
    }
    printf("listening on 127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
    (void)fflush(stdout);
}

/* The number in `text`, or -1 unless it is a decimal number up to `most`. */
static long number_in(const char *text, long most)
{
    char *end = NULL;
    errno = 0;
    const long number = strtol(text, &end, 10);
    const bool whole = errno == 0 && end != text && *end == '\0';
    return whole && number >= 0 && number <= most ? number : -1;
}

static void refuse_usage(void)
{
    fprintf(stderr, "usage: persona-device --port N | --listen-fd FD [--flash FILE]   (N: 0 to 65535, 0 takes a free "
                    "port)\n");
    exit(EXIT_USAGE);
}

static int listener_of(const char *option, const char *value)
{
    const long port = strcmp(option, "--port") == 0 ? number_in(value, 65535) : -1;
    const long fd = strcmp(option, "--listen-fd") == 0 ? number_in(value, 1L << 20) : -1;
    if (port < 0 && fd < 0) {
        refuse_usage();
    }
    return port >= 0 ? listen_on((uint16_t)port) : (int)fd;
}

static void open_flash(const char *path)
{
    flash = persona_file_flash(path);
    if (flash == NULL) {
        fail(path);
    }
}

int main(int argc, char **argv)
{
    if ((argc != 3 && argc != 5) || (argc == 5 && strcmp(argv[3], "--flash") != 0)) {
        refuse_usage();
    }
    if (argc == 5) {
        open_flash(argv[4]);
    }
    line.listener = listener_of(argv[1], argv[2]);
    announce(line.listener);
    persona_run();
    return EXIT_FAILURE;
}
