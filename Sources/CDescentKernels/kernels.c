#include "kernels.h"

kernel_table kernel_active_table;
