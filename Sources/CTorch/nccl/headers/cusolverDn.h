// Names of cuSOLVER that c10d's headers mention; none of their contents is needed, and the packages that have them are large.
#pragma once
typedef struct cusolverDnContext *cusolverDnHandle_t;
