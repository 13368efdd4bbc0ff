// Names of cuBLAS that c10d's headers mention; none of their contents is needed, and the packages that have them are large.
#pragma once
typedef struct cublasContext *cublasHandle_t;
typedef int cublasStatus_t;
