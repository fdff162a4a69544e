// A closed-loop generator of UDP queries: every socket keeps so many in flight and sends a new one for each reply, many per
// system call (sendmmsg, recvmmsg), so that one core can keep a fast server busy. Compiled by the bench where a C compiler is.
//
//   udpgen PORT SECONDS SOCKETS INFLIGHT FILE
//
// FILE holds messages, each with its length in two bytes before it. Prints one line of JSON.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SOCKETS = 64, MAX_INFLIGHT = 64, REPLY_ROOM = 1500, STALL_MS = 500 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  double seconds = atof(argv[2]);
  int sockets = atoi(argv[3]), inflight = atoi(argv[4]);
  if (sockets < 1 || sockets > MAX_SOCKETS || inflight < 1 || inflight > MAX_INFLIGHT) return 2;

  FILE *file = fopen(argv[5], "rb");
  if (!file) return 3;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(size);
  if (fread(bytes, 1, size, file) != (size_t)size) return 3;
  fclose(file);
  struct iovec *queries = calloc(size / 2 + 1, sizeof *queries);
  long count = 0;
  for (long at = 0; at + 2 <= size; count++) {
    int length = bytes[at] << 8 | bytes[at + 1];
    queries[count] = (struct iovec){bytes + at + 2, length};
    at += 2 + length;
  }
  if (count == 0) return 3;

  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct pollfd fds[MAX_SOCKETS];
  for (int i = 0; i < sockets; i++) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), room = 4 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (connect(fd, (struct sockaddr *)&server, sizeof server)) return 4;
    fds[i] = (struct pollfd){fd, POLLIN, 0};
  }

  static struct mmsghdr out[MAX_INFLIGHT], in[MAX_INFLIGHT];
  static struct iovec room[MAX_INFLIGHT];
  static unsigned char replies[MAX_INFLIGHT][REPLY_ROOM];
  for (int i = 0; i < MAX_INFLIGHT; i++) {
    room[i] = (struct iovec){replies[i], REPLY_ROOM};
    in[i].msg_hdr = (struct msghdr){.msg_iov = &room[i], .msg_iovlen = 1};
  }
  int open[MAX_SOCKETS] = {0};
  long next = 0, answered = 0, lost = 0, octets = 0;
  double began = now(), end = began + seconds;
  while (now() < end) {
    for (int i = 0; i < sockets; i++) {
      int free = inflight - open[i];
      for (int k = 0; k < free; k++) {
        out[k].msg_hdr = (struct msghdr){.msg_iov = &queries[next], .msg_iovlen = 1};
        next = (next + 1) % count;
      }
      int sent = free > 0 ? sendmmsg(fds[i].fd, out, free, 0) : 0;
      if (sent > 0) open[i] += sent;
    }
    if (poll(fds, sockets, STALL_MS) == 0) {
      for (int i = 0; i < sockets; i++) lost += open[i], open[i] = 0;
      continue;
    }
    for (int i = 0; i < sockets; i++) {
      if (!(fds[i].revents & POLLIN)) continue;
      int got = recvmmsg(fds[i].fd, in, inflight, 0, NULL);
      for (int k = 0; k < got; k++) octets += in[k].msg_len;
      if (got > 0) answered += got, open[i] = open[i] > got ? open[i] - got : 0;
    }
  }
  double took = now() - began;
  printf("{\"answered\":%ld,\"lost\":%ld,\"seconds\":%.6f,\"replyBytes\":%.1f}\n", answered, lost, took,
         answered ? (double)octets / answered : 0.0);
  return 0;
}
