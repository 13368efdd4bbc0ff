#include <sys/types.h>
#include <sys/xattr.h>

// Extended attributes of an open file: the two systems' calls differ, and Swift's overlays have neither.

static inline int rondo_set_attribute(int descriptor, const char *name, const void *value, size_t size) {
#ifdef __APPLE__
  return fsetxattr(descriptor, name, value, size, 0, 0);
#else
  return fsetxattr(descriptor, name, value, size, 0);
#endif
}

static inline ssize_t rondo_attribute(int descriptor, const char *name, void *value, size_t size) {
#ifdef __APPLE__
  return fgetxattr(descriptor, name, value, size, 0, 0);
#else
  return fgetxattr(descriptor, name, value, size);
#endif
}

// A file without a name, in memory where the system has such files, to be read and written; -1 and errno where there
// is none. Swift's overlay of glibc lacks memfd_create.
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
static inline int rondo_memory_file(void) { return (int)syscall(SYS_memfd_create, "rondo", 1u /* MFD_CLOEXEC */); }
#else
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
static inline int rondo_memory_file(void) {
  char path[] = "/tmp/rondo-XXXXXX";
  int descriptor = mkstemp(path);
  if (descriptor >= 0) {
    unlink(path);
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  return descriptor;
}
#endif
