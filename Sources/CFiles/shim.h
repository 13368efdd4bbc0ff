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
