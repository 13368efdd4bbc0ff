// OpenMP's threads sleep while they wait: linking this target is all that there is to do.
