#include <sys/types.h>
#include <sys/xattr.h>

// What Swift's overlays of the C library lack.

// Extended attributes of an open file: the two systems' calls differ.

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
#include <stdio.h>
static inline int rondo_memory_file(void) {
  FILE *file = tmpfile();
  if (file == NULL) return -1;
  int descriptor = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
  fclose(file);
  return descriptor;
}
#endif

// Gives memory that is not used back to the system, where the C library keeps it for later: only GNU's can.
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
static inline void rondo_give_memory_back(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}
