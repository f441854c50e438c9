/* A server that responses every request immediately, from memory, so that no benchmark waits for it.
 *
 *     stub_server RESPONSES [CORE]
 *
 * It listens on a free port of 127.0.0.1 and prints it. RESPONSES is a file of entries, each `MATCH LENGTH\n` and then
 * LENGTH bytes: the complete response, head and body, to a request whose target contains MATCH. The first match counts.
 * CORE is the processor core to run on. The server ends when its standard input ends.
 *
 *     GET /-/wait/MILLISECONDS    how long to wait before each of the following responses
 *     GET /-/stats                requests read, seconds of processor time
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONNECTIONS = 65536, BUFFER_SIZE = 65536, MAX_RESPONSES = 64, MAX_WAITING = 65536 };

struct response {
    char match[128];
    char *bytes;
    size_t length;
};

struct connection {
    char *buffer;
    size_t used;
    uint32_t generation; /* tells apart the connections that had this number, one after the other */
};

struct due {
    int64_t at;
    int number;
    uint32_t generation;
    const struct response *response;
};

static struct response responses[MAX_RESPONSES];
static int response_count;
static struct connection connections[MAX_CONNECTIONS];
static struct due waiting[MAX_WAITING]; /* a ring, the next one due first: every wait is equally long */
static size_t first_waiting, count_waiting;
static int timer, poller;
static int64_t delay_ns;
static uint64_t requests;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) die(path);
    struct response *one = responses;
    while (response_count < MAX_RESPONSES && fscanf(file, "%127s %zu", one->match, &one->length) == 2) {
        if (fgetc(file) != '\n') exit(1);
        one->bytes = malloc(one->length);
        if (!one->bytes || fread(one->bytes, 1, one->length, file) != one->length) die("responses");
        one++, response_count++;
    }
    fclose(file);
}

static void disconnect(int number) {
    connections[number].generation++;
    connections[number].used = 0;
    close(number);
}

/* Writes all bytes, and waits for room if they do not fit at once. */
static void write_all(int number, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = send(number, bytes, length, MSG_NOSIGNAL);
        if (written < 0 && errno == EAGAIN) {
            usleep(100);
            continue;
        }
        if (written < 0) return; /* the peer has gone: the poller will say so */
        bytes += written, length -= (size_t)written;
    }
}

static void arm(void) {
    struct itimerspec when = {0};
    if (count_waiting > 0) {
        int64_t at = waiting[first_waiting].at;
        when.it_value.tv_sec = at / 1000000000LL, when.it_value.tv_nsec = at % 1000000000LL;
    }
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void respond_later(int number, const struct response *response) {
    if (count_waiting == MAX_WAITING) {
        disconnect(number);
        return;
    }
    waiting[(first_waiting + count_waiting++) % MAX_WAITING] =
        (struct due){now_ns() + delay_ns, number, connections[number].generation, response};
    if (count_waiting == 1) arm();
}

static void respond_due(void) {
    uint64_t expirations;
    (void)!read(timer, &expirations, sizeof expirations);
    int64_t now = now_ns();
    while (count_waiting > 0 && waiting[first_waiting].at <= now) {
        struct due due = waiting[first_waiting];
        first_waiting = (first_waiting + 1) % MAX_WAITING, count_waiting--;
        if (connections[due.number].generation == due.generation) write_all(due.number, due.response->bytes, due.response->length);
    }
    arm();
}

static void say(int number, const char *body) {
    char text[512];
    int length = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                          strlen(body), body);
    write_all(number, text, (size_t)length);
}

static void control(int number, const char *target) {
    char body[256];
    long milliseconds;
    if (sscanf(target, "/-/wait/%ld", &milliseconds) == 1) delay_ns = milliseconds * 1000000LL;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    snprintf(body, sizeof body, "{\"requests\": %llu, \"cpu_seconds\": %ld.%06ld}", (unsigned long long)requests,
             (long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000000L,
             (long)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) % 1000000L);
    say(number, body);
}

/* Handles one complete request; false if the connection is closed now. */
static int handle(int number, char *head, size_t head_length) {
    char *target = memchr(head, ' ', head_length);
    char *end = target ? memchr(target + 1, ' ', (size_t)(head + head_length - target - 1)) : NULL;
    if (!end) {
        disconnect(number);
        return 0;
    }
    *end = 0, target++;
    if (!strncmp(target, "/-/", 3)) {
        control(number, target);
        return 1;
    }
    requests++;
    for (int i = 0; i < response_count; i++) {
        if (!strstr(target, responses[i].match)) continue;
        if (delay_ns > 0)
            respond_later(number, &responses[i]);
        else
            write_all(number, responses[i].bytes, responses[i].length);
        return 1;
    }
    static const char missing[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    write_all(number, missing, sizeof missing - 1);
    return 1;
}

/* How long a request's body is; -1 if it is not all there yet. The head is text that ends with an empty line. */
static ssize_t body_length(const char *head, size_t head_length, size_t there) {
    const char *body = head + head_length;
    const char *length = strcasestr(head, "\ncontent-length:");
    if (length && length < body) {
        size_t bytes = strtoul(length + 16, NULL, 10);
        return bytes <= there ? (ssize_t)bytes : -1;
    }
    const char *chunked = strcasestr(head, "\ntransfer-encoding:");
    if (chunked && chunked < body) {
        const char *last = memmem(body, there, "0\r\n\r\n", 5);
        return last ? last + 5 - body : -1;
    }
    return 0;
}

static void receive(int number) {
    struct connection *connection = &connections[number];
    ssize_t got = recv(number, connection->buffer + connection->used, BUFFER_SIZE - connection->used - 1, 0);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) disconnect(number);
        return;
    }
    connection->used += (size_t)got;
    char *start = connection->buffer;
    size_t left = connection->used;
    while (left > 0) {
        start[left] = 0;
        char *blank = memmem(start, left, "\r\n\r\n", 4);
        if (!blank) break;
        size_t head_length = (size_t)(blank + 4 - start);
        ssize_t body = body_length(start, head_length, left - head_length);
        if (body < 0) break;
        if (!handle(number, start, head_length)) return;
        start += head_length + (size_t)body, left -= head_length + (size_t)body;
    }
    if (left >= BUFFER_SIZE - 1) {
        disconnect(number);
        return;
    }
    memmove(connection->buffer, start, left);
    connection->used = left;
}

static void accept_all(int listener) {
    for (;;) {
        int number = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (number < 0) return;
        if (number >= MAX_CONNECTIONS) {
            close(number);
            continue;
        }
        int on = 1;
        setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!connections[number].buffer && !(connections[number].buffer = malloc(BUFFER_SIZE))) die("memory");
        struct epoll_event event = {.events = EPOLLIN, .data.fd = number};
        epoll_ctl(poller, EPOLL_CTL_ADD, number, &event);
    }
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    signal(SIGPIPE, SIG_IGN);
    load(arguments[1]);
    if (count > 2) {
        cpu_set_t core;
        CPU_ZERO(&core);
        CPU_SET(atoi(arguments[2]), &core);
        if (sched_setaffinity(0, sizeof core, &core)) die("core");
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    poller = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (poller < 0 || timer < 0) die("poller");
    int watched[] = {0, listener, timer};
    for (int i = 0; i < 3; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = watched[i]};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, watched[i], &event)) die("watch");
    }
    for (;;) {
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int number = events[i].data.fd;
            char nothing[64];
            if (number == listener)
                accept_all(listener);
            else if (number == timer)
                respond_due();
            else if (number == 0) {
                if (read(0, nothing, sizeof nothing) <= 0) return 0;
            } else
                receive(number);
        }
    }
}
