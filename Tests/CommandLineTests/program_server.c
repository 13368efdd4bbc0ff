// Starts a program many times and loads its libraries once, since loading LibTorch takes longer than what most tests do.
//
//     LD_PRELOAD=program_server.so PROGRAM < requests > replies
//
// It comes between the loader and the program's main. For each request it forks a process, which goes on to main with
// the request's arguments, environment, folder and files, as if it had been started anew. A request is a length of four
// bytes and that many bytes of fields, each ended by a NUL:
//
//     ID FOLDER INPUT OUTPUT WORDS BLOCKS COUNT ARGUMENT... VARIABLE...
//
// with the files of the standard streams, the largest file in blocks of 1,024 bytes (-1 for no limit), and the number of
// arguments. Replies are lines: "ready", "started ID PROCESS", "ended ID STATUS", the last as waitpid has it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

// Swift reads its arguments from the system, and draws the seeds of its hash tables when it is loaded.
extern void _swift_stdlib_overrideUnsafeArgvArgc(char **, int) __attribute__((weak));
extern uint64_t _swift_stdlib_Hashing_parameters[2] __attribute__((weak));

typedef int (*Main)(int, char **, char **);
static Main program;

static int arguments;
static char **argv;

static int read_whole(void *into, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t more = read(0, (char *)into + done, count - done);
    if (more <= 0) return 0;
    done += more;
  }
  return 1;
}

static void open_as(int number, const char *file, int flags) {
  int opened = open(file, flags);
  if (opened < 0 || dup2(opened, number) < 0) _exit(127);
  if (opened != number) close(opened);
}

static void *run_program(void *unused) {
  (void)unused;
  exit(program(arguments, argv, environ));
}

// On a thread of its own: Swift keeps a thread's number for its locks where a fork copies it. The forked thread would
// lock by the server's number, and a lock for which another thread then waits would never be free again.
static void run_on_own_thread(void) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 8 << 20);
  if (pthread_create(&thread, &attributes, run_program, NULL) != 0) _exit(127);
  while (1) pause();
}

static void begin(char *text, char *end) {
  char **fields = calloc(end - text + 2, sizeof *fields);
  int count = 0;
  for (char *field = text; field < end; field += strlen(field) + 1) fields[count++] = field;
  if (count < 7 || chdir(fields[1]) != 0) _exit(127);
  open_as(0, fields[2], O_RDONLY);
  open_as(1, fields[3], O_WRONLY);
  open_as(2, fields[4], O_WRONLY);
  long blocks = atol(fields[5]);
  if (blocks >= 0) {
    struct rlimit limit = {blocks * 1024, blocks * 1024};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  setpgid(0, 0);
  arguments = atoi(fields[6]);
  argv = calloc(arguments + 1, sizeof *argv);
  memcpy(argv, fields + 7, arguments * sizeof *argv);
  environ = fields + 7 + arguments;
  if (_swift_stdlib_overrideUnsafeArgvArgc) _swift_stdlib_overrideUnsafeArgvArgc(argv, arguments);
  if (_swift_stdlib_Hashing_parameters &&
      getrandom(_swift_stdlib_Hashing_parameters, 16, 0) != 16)
    _exit(127);
  run_on_own_thread();
}

static int serve(int argc, char **argv, char **environment) {
  enum { MOST = 256 };
  static struct { pid_t process; long id; } running[MOST];
  sigset_t children, before;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, &before);
  int ends = signalfd(-1, &children, SFD_CLOEXEC);
  dprintf(1, "ready\n");
  while (1) {
    struct pollfd events[] = {{0, POLLIN, 0}, {ends, POLLIN, 0}};
    if (poll(events, 2, -1) < 0) continue;
    if (events[1].revents) {
      struct signalfd_siginfo signal;
      if (read(ends, &signal, sizeof signal) < 0) continue;
      int status;
      for (pid_t process; (process = waitpid(-1, &status, WNOHANG)) > 0;)
        for (int i = 0; i < MOST; ++i)
          if (running[i].process == process) {
            running[i].process = 0;
            dprintf(1, "ended %ld %d\n", running[i].id, status);
          }
    }
    if (!events[0].revents) continue;
    uint32_t length;
    if (!read_whole(&length, sizeof length)) _exit(0);
    char *text = malloc(length);
    if (!text || !read_whole(text, length)) _exit(1);
    int place = 0;
    while (place < MOST && running[place].process) ++place;
    if (place == MOST) _exit(1);
    pid_t process = fork();
    if (process == 0) {
      close(ends);
      sigprocmask(SIG_SETMASK, &before, NULL);
      // What starts the tests may ignore these, as nohup does, and a shell for what runs in the background.
      signal(SIGHUP, SIG_DFL);
      signal(SIGINT, SIG_DFL);
      begin(text, text + length);
    }
    running[place].process = process;
    running[place].id = atol(text);
    dprintf(1, "started %s %d\n", text, process);
    free(text);
  }
}

int __libc_start_main(
  Main main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*end)(void), void *stack) {
  program = main;
  int (*start)(Main, int, char **, void (*)(void), void (*)(void), void (*)(void), void *) =
    dlsym(RTLD_NEXT, "__libc_start_main");
  return start(serve, argc, argv, init, fini, end, stack);
}
