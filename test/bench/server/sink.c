/*
 * sink PORT: what the machine itself can do. Takes lines over TCP, finds every LF, keeps the bytes in a ring and where
 * lines end in an index, and that is all: no checksum, no level, no limits. Prints READY, then runs until it is ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { events_max = 256, backlog = 4096 };
static const size_t ring_bytes = 256u << 20, index_lines = 1u << 22, read_bytes = 1u << 20;

struct store {
  char *ring;
  uint64_t *ends;
  size_t head, lines, taken;
};

static void *room(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (at == MAP_FAILED) perror("mmap"), exit(1);
  return at;
}

static void keep(struct store *store, const char *bytes, size_t count) {
  const char *from = bytes;
  for (const char *end; (end = memchr(from, '\n', (size_t)(bytes + count - from))) != NULL; from = end + 1)
    store->ends[store->lines++ & (index_lines - 1)] = store->taken + (size_t)(end - bytes);
  size_t straight = ring_bytes - store->head < count ? ring_bytes - store->head : count;
  memcpy(store->ring + store->head, bytes, straight);
  memcpy(store->ring, bytes + straight, count - straight);
  store->head = (store->head + count) % ring_bytes;
  store->taken += count;
}

static void watch(int epoll, int socket) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = socket};
  epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

static int listening(int port) {
  int one = 1, socket_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(socket_, (void *)&at, sizeof at) != 0 || listen(socket_, backlog) != 0) perror("listen"), exit(1);
  return socket_;
}

int main(int count, char **words) {
  if (count < 2) return 64;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  struct store store = {.ring = room(ring_bytes), .ends = room(index_lines * sizeof(uint64_t))};
  char *buffer = room(read_bytes);
  int door = listening(atoi(words[1])), epoll = epoll_create1(0);
  watch(epoll, door);
  puts("READY");
  fflush(stdout);
  for (struct epoll_event events[events_max];;) {
    int ready = epoll_wait(epoll, events, events_max, -1);
    for (int at = 0; at < ready; at += 1) {
      int from = events[at].data.fd;
      if (from == door) {
        for (int peer; (peer = accept4(door, NULL, NULL, SOCK_NONBLOCK)) >= 0;) watch(epoll, peer);
        continue;
      }
      ssize_t got = read(from, buffer, read_bytes);
      if (got > 0) keep(&store, buffer, (size_t)got);
      else if (got == 0 || errno != EAGAIN) close(from);
    }
  }
}
