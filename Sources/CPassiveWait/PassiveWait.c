// Has OpenMP's threads sleep, and not spin, while they wait for one another.
//
// LibTorch computes with the threads of GNU's OpenMP. By default a thread that waits at a barrier spins
// for some milliseconds; where another process needs the core, that is the core's time lost, again at
// every barrier. On two cores beside one busy process training falls to a third of its speed by that,
// and to three fifths with threads that sleep; alone both are equally fast.
//
// OpenMP reads OMP_WAIT_POLICY when it is loaded, before main. What is set here by setenv would be lost,
// since the C library takes over the environment afterwards. So the program starts itself anew, once,
// with the variable in its environment, before anything else of it has begun. What the user has set stays.

// Which C library this is, its headers say.
#include <limits.h>

#if defined(__linux__) && defined(__GLIBC__)

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char policy[] = "OMP_WAIT_POLICY=PASSIVE";
static const char *const own[] = {"OMP_WAIT_POLICY=", "GOMP_SPINCOUNT="};

static int begins_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

static void wait_passively(int argc, char **argv, char **environment) {
  (void)argc;
  size_t count = 0;
  for (; environment[count] != NULL; count++) {
    for (size_t name = 0; name < sizeof own / sizeof own[0]; name++) {
      if (begins_with(environment[count], own[name])) return;
    }
  }
  // The program's own path: started by "/proc/self/exe" it would be called "exe" in lists of processes.
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = '\0';
  // Started as an argument of the loader, the program is not what the system would start again.
  const char *name = strrchr(path, '/');
  if (name == NULL || begins_with(name, "/ld-") || begins_with(name, "/ld.")) return;
  // The allocator may not be ready yet.
  char **longer = mmap(NULL, (count + 2) * sizeof *longer, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (longer == MAP_FAILED) return;
  memcpy(longer, environment, count * sizeof *longer);
  longer[count] = policy;
  longer[count + 1] = NULL;
  execve(path, argv, longer);
  // It could not be started anew: it goes on as it is.
  munmap(longer, (count + 2) * sizeof *longer);
}

__attribute__((used, section(".preinit_array"))) static void (*const start)(int, char **, char **) =
    wait_passively;

#endif
