/*
 * load MODE PORT CORPUS CONNECTIONS LINES: sends lines of the corpus to a log server on this machine, and waits until the
 * server has closed every connection, which it does once it has read all of it.
 *
 *   blast   each connection streams its share in large writes
 *   line    one send for each line, over the connections in turn
 *   acked   LOGCASTER/1 at ack=commit, 100,000 lines on the way on each connection; ends with the last acknowledgement
 *   paced   LOGCASTER/1, RATE lines a second, one send each; says how long each took to be acknowledged (LEVEL)
 *   greet   LOGCASTER/1, all connections at once, one line each; says how long each waited for its first answer
 *   idle    one line on each connection, then nothing until standard input ends
 *
 * Prints one JSON object: when it began and ended, in seconds since 1970, what was sent, and what was measured.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { events_max = 256, hello_max = 160, heard_max = 256 };
static const size_t write_bytes = 256u << 10;
static const uint64_t window_lines = 100000;

struct corpus {
  const char *bytes;
  uint64_t size, lines;
  uint64_t *starts; /* of each line, and behind the last one */
};

struct peer {
  int socket;
  uint64_t line, end; /* of this connection's share: what goes next, and where it ends */
  uint64_t within;    /* bytes of the next line that are sent */
  uint64_t acknowledged, total;
  double *sent_at; /* of each line, in `paced` */
  char heard[heard_max];
  size_t heard_bytes;
};

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double seconds(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static struct corpus read_corpus(const char *path) {
  struct corpus corpus = {0};
  struct stat found;
  int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &found) != 0) die(path);
  corpus.size = (uint64_t)found.st_size;
  corpus.bytes = mmap(NULL, corpus.size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
  corpus.starts = malloc((corpus.size / 32 + 2) * sizeof(uint64_t));
  if (corpus.bytes == MAP_FAILED || corpus.starts == NULL) die(path);
  const char *end = corpus.bytes + corpus.size;
  corpus.starts[0] = 0;
  for (const char *at = corpus.bytes; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;)
    corpus.starts[++corpus.lines] = (uint64_t)(++at - corpus.bytes);
  return corpus;
}

/* Line `number`, counted from 0 and over the corpus again and again. */
static const char *line_at(const struct corpus *corpus, uint64_t number, size_t *bytes) {
  uint64_t at = number % corpus->lines;
  *bytes = corpus->starts[at + 1] - corpus->starts[at];
  return corpus->bytes + corpus->starts[at];
}

static int connected(int port) {
  int one = 1, socket_ = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket_ < 0 || connect(socket_, (void *)&at, sizeof at) != 0) die("connect");
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return socket_;
}

static void send_all(int socket, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);
    if (sent < 0) die("send");
    bytes += sent;
    count -= (size_t)sent;
  }
}

static void say_hello(struct peer *peer, const char *level, int number) {
  char hello[hello_max];
  int length = snprintf(hello, sizeof hello, "LOGCASTER/1 session=load-%d-%d ack=%s window=%llu\n", getpid(), number,
                        level, (unsigned long long)window_lines);
  send_all(peer->socket, hello, (size_t)length);
}

static void hear_greeting(struct peer *peer) {
  size_t got = 0;
  for (char answer[heard_max]; memchr(answer, '\n', got) == NULL;) {
    ssize_t more = recv(peer->socket, answer + got, sizeof answer - got, 0);
    if (more <= 0) die("no greeting");
    got += (size_t)more;
    if (memcmp(answer, "+OK ", got < 4 ? got : 4) != 0) fprintf(stderr, "refused: %.*s\n", (int)got, answer), exit(1);
  }
}

/* The number of the newest `ACK` among what the server says; the peer's own count grows with it. False when it has closed. */
static int hear(struct peer *peer) {
  ssize_t got = recv(peer->socket, peer->heard + peer->heard_bytes, heard_max - peer->heard_bytes, MSG_DONTWAIT);
  if (got == 0) return 0;
  if (got < 0) return errno == EAGAIN ? 1 : (die("recv"), 0);
  size_t end = peer->heard_bytes + (size_t)got, from = 0;
  for (char *stop; (stop = memchr(peer->heard + from, '\n', end - from)) != NULL; from = (size_t)(stop + 1 - peer->heard)) {
    if (memcmp(peer->heard + from, "ACK ", 4) == 0) peer->acknowledged = strtoull(peer->heard + from + 4, NULL, 10);
    else if (peer->heard[from] == '-') fprintf(stderr, "refused: %.*s\n", (int)(end - from), peer->heard + from), exit(1);
  }
  memmove(peer->heard, peer->heard + from, end - from);
  peer->heard_bytes = end - from;
  return 1;
}

/* Sends as much of the share as the socket takes at once and the window allows. */
static void push(struct peer *peer, const struct corpus *corpus, uint64_t window) {
  uint64_t first = peer->end - peer->total, ahead = first + peer->acknowledged + window;
  uint64_t stop = ahead < peer->end ? ahead : peer->end;
  if (peer->line >= stop) return;
  uint64_t at = peer->line % corpus->lines, span = stop - peer->line;
  uint64_t last = at + span < corpus->lines ? at + span : corpus->lines;
  size_t bytes = corpus->starts[last] - corpus->starts[at] - peer->within;
  ssize_t sent = send(peer->socket, corpus->bytes + corpus->starts[at] + peer->within,
                      bytes < write_bytes ? bytes : write_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) die("send");
  if (sent <= 0) return;
  uint64_t reached = corpus->starts[at] + peer->within + (uint64_t)sent;
  while (at < last && corpus->starts[at + 1] <= reached) at += 1, peer->line += 1;
  peer->within = reached - corpus->starts[at];
}

/* Until every share is sent and, with a window, acknowledged; then until the server has closed. */
static void stream(struct peer *peers, int count, const struct corpus *corpus, uint64_t window) {
  int epoll = epoll_create1(0), open_ = count;
  for (int at = 0; at < count; at += 1) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = (uint32_t)at};
    epoll_ctl(epoll, EPOLL_CTL_ADD, peers[at].socket, &event);
  }
  for (struct epoll_event events[events_max]; open_ > 0;) {
    int ready = epoll_wait(epoll, events, events_max, -1);
    for (int at = 0; at < ready; at += 1) {
      struct peer *peer = &peers[events[at].data.u32];
      if ((events[at].events & (EPOLLIN | EPOLLHUP)) != 0 && !hear(peer)) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, peer->socket, NULL);
        open_ -= 1;
        continue;
      }
      if (peer->line < peer->end) push(peer, corpus, window);
      uint64_t first = peer->end - peer->total, ahead = peer->line - first - peer->acknowledged;
      int is_sent = peer->line == peer->end;
      struct epoll_event event = {.events = EPOLLIN, .data = events[at].data};
      if (!is_sent && ahead < window) event.events |= EPOLLOUT;
      if (is_sent && peer->socket >= 0) shutdown(peer->socket, SHUT_WR);
      epoll_ctl(epoll, EPOLL_CTL_MOD, peer->socket, &event);
    }
  }
}

static void one_by_one(struct peer *peers, int count, const struct corpus *corpus, uint64_t lines) {
  for (uint64_t number = 0; number < lines; number += 1) {
    size_t bytes;
    const char *line = line_at(corpus, number, &bytes);
    send_all(peers[number % (uint64_t)count].socket, line, bytes);
  }
  for (int at = 0; at < count; at += 1) shutdown(peers[at].socket, SHUT_WR);
  for (int at = 0; at < count; at += 1)
    for (char byte; recv(peers[at].socket, &byte, 1, 0) > 0;) continue;
}

static int compare(const void *left, const void *right) {
  double one = *(const double *)left, other = *(const double *)right;
  return (one > other) - (one < other);
}

/* How long each line took from its send to its acknowledgement, in milliseconds. */
static double *pace(struct peer *peers, int count, const struct corpus *corpus, uint64_t lines, double rate) {
  double *delays = malloc(lines * sizeof(double)), begun = seconds(CLOCK_MONOTONIC);
  struct pollfd *polls = calloc((size_t)count, sizeof *polls);
  uint64_t *heard = calloc((size_t)count, sizeof *heard), sent = 0, known = 0;
  for (int at = 0; at < count; at += 1) {
    polls[at] = (struct pollfd){.fd = peers[at].socket, .events = POLLIN};
    peers[at].sent_at = malloc((lines / (uint64_t)count + 1) * sizeof(double));
  }
  while (known < lines) {
    double now = seconds(CLOCK_MONOTONIC);
    for (; sent < lines && begun + (double)sent / rate <= now; sent += 1) {
      struct peer *peer = &peers[sent % (uint64_t)count];
      size_t bytes;
      const char *line = line_at(corpus, sent, &bytes);
      peer->sent_at[sent / (uint64_t)count] = seconds(CLOCK_MONOTONIC);
      send_all(peer->socket, line, bytes);
    }
    double wait = sent < lines ? begun + (double)sent / rate - seconds(CLOCK_MONOTONIC) : 0.1;
    struct timespec until = {0, wait > 0 ? (long)(wait * 1e9) : 0};
    if (ppoll(polls, (nfds_t)count, &until, NULL) <= 0) continue;
    now = seconds(CLOCK_MONOTONIC);
    for (int at = 0; at < count; at += 1) {
      if (polls[at].revents == 0) continue;
      if (!hear(&peers[at])) die("closed too early");
      for (; heard[at] < peers[at].acknowledged; heard[at] += 1, known += 1)
        delays[known] = (now - peers[at].sent_at[heard[at]]) * 1000;
    }
  }
  qsort(delays, lines, sizeof(double), compare);
  return delays;
}

/* Every connection is made and says hello before the first answer is looked at. */
static double *greet_all(struct peer *peers, int count, const struct corpus *corpus, int port, const char *level) {
  double *delays = calloc((size_t)count, sizeof(double));
  int epoll = epoll_create1(0), waiting = count;
  for (int at = 0; at < count; at += 1) {
    delays[at] = -seconds(CLOCK_MONOTONIC);
    peers[at].socket = connected(port);
    say_hello(&peers[at], level, at);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)at};
    epoll_ctl(epoll, EPOLL_CTL_ADD, peers[at].socket, &event);
  }
  for (struct epoll_event events[events_max]; waiting > 0;) {
    int ready = epoll_wait(epoll, events, events_max, -1);
    for (int at = 0; at < ready; at += 1, waiting -= 1) {
      struct peer *peer = &peers[events[at].data.u32];
      hear_greeting(peer);
      delays[events[at].data.u32] += seconds(CLOCK_MONOTONIC);
      epoll_ctl(epoll, EPOLL_CTL_DEL, peer->socket, NULL);
    }
  }
  for (int at = 0; at < count; at += 1) {
    size_t bytes;
    const char *line = line_at(corpus, (uint64_t)at, &bytes);
    send_all(peers[at].socket, line, bytes);
    delays[at] *= 1000;
  }
  for (int at = 0; at < count; at += 1)
    for (struct pollfd wait = {.fd = peers[at].socket, .events = POLLIN}; peers[at].acknowledged == 0;) {
      poll(&wait, 1, -1);
      if (!hear(&peers[at])) die("closed too early");
    }
  qsort(delays, (size_t)count, sizeof(double), compare);
  return delays;
}

static void lift_limit_of_files(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

int main(int words_count, char **words) {
  if (words_count < 6) return 64;
  const char *mode = words[1];
  struct corpus corpus = read_corpus(words[3]);
  int count = atoi(words[4]);
  uint64_t lines = strtoull(words[5], NULL, 10);
  double rate = words_count > 6 ? atof(words[6]) : 10000;
  const char *level = words_count > 7 ? words[7] : "commit";
  lift_limit_of_files();
  struct peer *peers = calloc((size_t)count, sizeof *peers);
  double connecting = seconds(CLOCK_MONOTONIC);
  for (int at = 0; at < count; at += 1) {
    uint64_t first = lines * (uint64_t)at / (uint64_t)count;
    peers[at].line = first;
    peers[at].end = lines * (uint64_t)(at + 1) / (uint64_t)count;
    peers[at].total = peers[at].end - first;
    if (strcmp(mode, "greet") == 0) continue;
    peers[at].socket = connected(atoi(words[2]));
    if (strcmp(mode, "acked") != 0 && strcmp(mode, "paced") != 0) continue;
    say_hello(&peers[at], level, at);
    hear_greeting(&peers[at]);
  }
  double connected_after = seconds(CLOCK_MONOTONIC) - connecting, begun = seconds(CLOCK_REALTIME);
  double *delays = NULL;
  if (strcmp(mode, "blast") == 0) stream(peers, count, &corpus, UINT64_MAX / 4);
  else if (strcmp(mode, "acked") == 0) stream(peers, count, &corpus, window_lines);
  else if (strcmp(mode, "line") == 0) one_by_one(peers, count, &corpus, lines);
  else if (strcmp(mode, "paced") == 0) delays = pace(peers, count, &corpus, lines, rate);
  else if (strcmp(mode, "greet") == 0) delays = greet_all(peers, count, &corpus, atoi(words[2]), level);
  else if (strcmp(mode, "idle") == 0) {
    for (int at = 0; at < count; at += 1) {
      size_t bytes;
      const char *line = line_at(&corpus, (uint64_t)at, &bytes);
      send_all(peers[at].socket, line, bytes);
    }
    printf("{\"connected_s\":%.4f}\n", connected_after);
    fflush(stdout);
    for (char byte; read(0, &byte, 1) > 0;) continue;
    return 0;
  } else return 64;
  double ended = seconds(CLOCK_REALTIME);
  uint64_t bytes = lines / corpus.lines * corpus.size + corpus.starts[lines % corpus.lines];
  printf("{\"begun_s\":%.6f,\"ended_s\":%.6f,\"connected_s\":%.4f,\"lines\":%llu,\"bytes\":%llu", begun, ended,
         connected_after, (unsigned long long)lines, (unsigned long long)bytes);
  if (delays != NULL)
    printf(",\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f", delays[lines / 2], delays[lines * 99 / 100], delays[lines - 1]);
  puts("}");
  return 0;
}
