/*
 * corpus FILE BYTES [SEED]: log lines as services write them, 61 to 301 bytes with the LF, the same for the same seed.
 * Three of a hundred are errors, one of two hundred is fatal.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { line_min = 60, line_max = 300 };

static uint64_t state;

/* splitmix64: small, and even enough for a corpus. */
static uint64_t draw(void) {
  uint64_t mixed = (state += 0x9e3779b97f4a7c15u);
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return mixed ^ (mixed >> 31);
}

static unsigned below(unsigned bound) { return (unsigned)(draw() % bound); }

static const char *level(void) {
  unsigned permille = below(1000);
  if (permille < 5) return "FATAL";
  if (permille < 35) return "ERROR";
  if (permille < 100) return "WARN";
  return permille < 300 ? "DEBUG" : "INFO";
}

static const char *pick(const char *const *words, unsigned count) { return words[below(count)]; }

static const char *const services[] = {"auth", "billing", "gateway", "orders", "search", "mailer", "worker", "ingest"};
static const char *const verbs[] = {"GET", "POST", "PUT", "DELETE", "PATCH"};
static const char *const paths[] = {"/api/v1/users", "/api/v1/orders", "/healthz", "/api/v2/search", "/login"};
static const char *const mishaps[] = {"connection refused by upstream", "timeout after 30000ms waiting for lock",
                                      "deadlock detected, transaction rolled back", "permission denied for resource"};

/* What comes behind the time, the level and the service. */
static int message(char *into, size_t room, const char *named) {
  if (named[0] == 'E' || named[0] == 'F')
    return snprintf(into, room, "%s (code=%u, host=10.%u.%u.%u) trace=%016" PRIx64, pick(mishaps, 4), below(600),
                    below(256), below(256), below(256), draw());
  if (below(16) == 0) return snprintf(into, room, "cache miss key=u:%u", below(1000000));
  return snprintf(into, room, "%s %s/%u status=%u dur=%u.%ums bytes=%u", pick(verbs, 5), pick(paths, 5), below(100000),
                  below(16) == 0 ? 500u : 200u, below(500), below(10), below(65536));
}

/* One line in eight carries a context of up to 150 letters; short ones are filled up with dots. */
static int line(char *into, size_t room, uint64_t ms) {
  unsigned second = (unsigned)(ms / 1000 % 86400);
  const char *named = level();
  int end = snprintf(into, room, "2026-10-10T%02u:%02u:%02u.%03uZ %s %s[%u]: ", second / 3600, second / 60 % 60,
                     second % 60, (unsigned)(ms % 1000), named, pick(services, 8), 1000 + below(900));
  end += message(into + end, room - (size_t)end, named);
  if (below(8) == 0) {
    unsigned letters = below(150);
    end += snprintf(into + end, room - (size_t)end, " ctx={");
    for (unsigned at = 0; at < letters && end < line_max - 1; at += 1) into[end++] = (char)('a' + (letters + at * 7) % 26);
    into[end++] = '}';
  }
  while (end < line_min) into[end++] = '.';
  if (end > line_max) end = line_max;
  into[end++] = '\n';
  return end;
}

int main(int count, char **words) {
  if (count < 3) return 64;
  FILE *file = fopen(words[1], "wb");
  if (file == NULL) return perror(words[1]), 1;
  uint64_t wanted = strtoull(words[2], NULL, 10);
  state = count > 3 ? strtoull(words[3], NULL, 10) : 42;
  uint64_t lines = 0, bytes = 0, ms = 1791600000000u;
  for (char text[1024]; bytes < wanted; lines += 1) {
    ms += below(3);
    int length = line(text, sizeof text, ms);
    fwrite(text, 1, (size_t)length, file);
    bytes += (uint64_t)length;
  }
  if (fclose(file) != 0) return perror(words[1]), 1;
  printf("{\"lines\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", lines, bytes);
  return 0;
}
