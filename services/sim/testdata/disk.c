/* A library before libc: while the file that AISLE_SIM_DISK_FULL names exists, what would make a file below base/ longer
 * fails with ENOSPC. Postgres keeps its tables there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int full(int fd, off_t end) {
    static const char *flag;
    char link[64], path[4096];
    struct stat at;
    ssize_t n;
    int before = errno, yes = 0;
    if (!flag && !(flag = getenv("AISLE_SIM_DISK_FULL")))
        flag = "";
    if (*flag && access(flag, F_OK) == 0 && fstat(fd, &at) == 0 && S_ISREG(at.st_mode) && end > at.st_size) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        n = readlink(link, path, sizeof path - 1);
        path[n < 0 ? 0 : n] = 0;
        yes = strstr(path, "/base/") != NULL;
    }
    errno = before;
    return yes;
}

static size_t bytes(const struct iovec *parts, int count) {
    size_t n = 0;
    for (int i = 0; i < count; i++)
        n += parts[i].iov_len;
    return n;
}

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) \
        next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define REFUSE(fd, end) \
    if (full(fd, end)) { \
        errno = ENOSPC; \
        return -1; \
    }

ssize_t pwrite(int fd, const void *from, size_t n, off_t at) {
    NEXT(pwrite);
    REFUSE(fd, at + n)
    return next(fd, from, n, at);
}

ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at) {
    NEXT(pwrite64);
    REFUSE(fd, at + n)
    return next(fd, from, n, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    NEXT(pwritev);
    REFUSE(fd, at + bytes(parts, count))
    return next(fd, parts, count, at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    NEXT(pwritev64);
    REFUSE(fd, at + bytes(parts, count))
    return next(fd, parts, count, at);
}

/* These return the error. */
int posix_fallocate(int fd, off_t at, off_t n) {
    static int (*next)(int, off_t, off_t);
    if (!next)
        next = (int (*)(int, off_t, off_t))dlsym(RTLD_NEXT, "posix_fallocate");
    return full(fd, at + n) ? ENOSPC : next(fd, at, n);
}

int posix_fallocate64(int fd, off64_t at, off64_t n) {
    static int (*next)(int, off64_t, off64_t);
    if (!next)
        next = (int (*)(int, off64_t, off64_t))dlsym(RTLD_NEXT, "posix_fallocate64");
    return full(fd, at + n) ? ENOSPC : next(fd, at, n);
}
